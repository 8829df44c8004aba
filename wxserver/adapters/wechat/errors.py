"""WeChat's error codes: what they mean and how to mend it, for the log and `flask doctor` (facts/wechat.md §2-5)."""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Meaning:
    """`cause`: what WeChat says with a code; `mend`: what an operator does about it."""

    cause: str
    mend: str


_UNKNOWN: Final = Meaning("WeChat gives a code that is not in our list", "look the code up on WeChat's page of codes")
_PASSES: Final = "nothing; it is tried again"
_SIGN_IN: Final = "nothing; the citizen signs in again"
_NEXT_WAY: Final = "nothing; the next way to tell the citizen is taken"
_OURS: Final = "report it with the rid: this is a fault of ours"
_MENU: Final = "correct the menu in the configuration; flask --app wsgi menu diff"
_DOMAIN: Final = "use an address of a domain that is registered in the console"

MEANINGS: Final[Mapping[int, Meaning]] = MappingProxyType(
    {
        -1: Meaning("WeChat is busy", _PASSES),
        # The authorize page shows these to the citizen.
        10003: Meaning("redirect_uri is not of the registered domain", "set 网页授权域名 to the host of public_url"),
        10004: Meaning("the account is banned", "see the notices in the console"),
        10005: Meaning("the account may not use this scope", "get the account verified as a service account"),
        10006: Meaning("the user does not follow the test account", "follow the test account first"),
        10009: Meaning("too many authorizations", _PASSES),
        10010: Meaning("scope is empty", _OURS),
        10011: Meaning("redirect_uri is empty", _OURS),
        10012: Meaning("appid is empty", "set app_id"),
        10013: Meaning("state is empty", _OURS),
        10015: Meaning("the account has not authorized this third party", "authorize it in the console"),
        10016: Meaning("the AppID is one of the open platform", "set app_id to that of the official account"),
        # Tokens, accounts, codes.
        40001: Meaning("the access token or the secret is wrong", "check app_secret; use nothing but stable_token"),
        40002: Meaning("grant_type is wrong", _OURS),
        40003: Meaning("no user of this account has this openid", "nothing; the user is gone, or another account's"),
        40007: Meaning("WeChat knows no such media_id", "upload the material again"),
        40013: Meaning("WeChat knows no such AppID", "correct app_id in the configuration"),
        40014: Meaning("this is no access token", "nothing; a new one is fetched"),
        40029: Meaning("the code is made up, expired, or another account's", _SIGN_IN),
        40030: Meaning("the refresh token is wrong", _SIGN_IN),
        40037: Meaning("WeChat knows no such template", "correct template_id, or apply for the template again"),
        40097: Meaning("an argument is wrong", _OURS),
        40125: Meaning("the AppSecret is wrong", "correct app_secret; it may have been reset in the console"),
        40163: Meaning("the code has been used", _SIGN_IN),
        40164: Meaning("our address is not in the IP whitelist", "add the address in the console: 基本配置, IP白名单"),
        40226: Meaning("WeChat blocks this user as a risk", "nothing; the citizen goes to the window"),
        40243: Meaning("the AppSecret is frozen", "unfreeze it in the console: 基本配置"),
        41001: Meaning("the access token is missing", _OURS),
        41002: Meaning("the AppID is missing", "set app_id"),
        41004: Meaning("the AppSecret is missing", "set app_secret"),
        41008: Meaning("the code is missing", _SIGN_IN),
        41030: Meaning("the page of the mini-program is unknown", "correct page of the template, or publish the page"),
        42001: Meaning("the access token has run out", "nothing; a new one is fetched"),
        43001: Meaning("this call must be a GET", _OURS),
        43002: Meaning("this call must be a POST", _OURS),
        43004: Meaning("the user does not follow the account", _NEXT_WAY),
        43101: Meaning("the user has refused, or has not accepted", _NEXT_WAY),
        43116: Meaning("the template is banned", "apply for another template and set its template_id"),
        45009: Meaning("the day's quota is used up", "wait for the next day, or clear_quota (ten times a month)"),
        45011: Meaning("too many calls within a minute", _PASSES),
        47001: Meaning("WeChat can't read what we sent", _OURS),
        47003: Meaning("a value does not fit its field", "compare the template's fields with those in the console"),
        48001: Meaning("the account may not use this call", "get the account verified, or the permission granted"),
        48006: Meaning("the quota was cleared ten times this month", "wait for the next day"),
        50002: Meaning("the account is restricted", "see the notices in the console"),
        61004: Meaning("our address is not in the IP whitelist", "add the address in the console: 基本配置, IP白名单"),
        87008: Meaning("sig_method is wrong", _OURS),
        87009: Meaning("the session key has run out", "nothing; the mini-program signs in again"),
        89503: Meaning("calls from our address wait for an administrator", "confirm the message they got in WeChat"),
        # Menus.
        40015: Meaning("the type of a button is unknown", _MENU),
        40016: Meaning("the number of buttons is wrong: one to three at the top", _MENU),
        40017: Meaning("the type of a button is wrong", _MENU),
        40018: Meaning("the name of a button is too long: 16 bytes at the top", _MENU),
        40019: Meaning("the key of a button is too long: 128 bytes", _MENU),
        40020: Meaning("the address of a button is too long: 1024 bytes", _MENU),
        40023: Meaning("the number of sub-buttons is wrong: one to five", _MENU),
        40024: Meaning("the type of a sub-button is wrong", _MENU),
        40025: Meaning("the name of a sub-button is too long: 60 bytes", _MENU),
        40026: Meaning("the key of a sub-button is too long: 128 bytes", _MENU),
        40027: Meaning("the address of a sub-button is too long: 1024 bytes", _MENU),
        40054: Meaning("the address of a sub-button is of a domain that is not ours", _DOMAIN),
        40055: Meaning("the address of a button is of a domain that is not ours", _DOMAIN),
        46003: Meaning("no menu is published", "flask --app wsgi menu push"),
        65304: Meaning("the rule of a conditional menu is empty", _MENU),
        65320: Meaning("a conditional menu asks for gender, region or language", _MENU),
    }
)

BUSY: Final = frozenset({-1})
QUOTA: Final = frozenset({45009, 45011})
TOKEN_REFUSED: Final = frozenset({40001, 40014, 42001})
"""What WeChat says to an access token that is no good (40001 from where tokens are fetched: the secret is wrong)."""
MISCONFIGURED: Final = frozenset({40001, 40013, 40125, 40164, 40243, 41002, 41004, 48001, 50002, 61004, 89503})
"""Account, secret, address list or scope: people must mend the configuration, asking again helps nobody."""

_LONGEST: Final = 200
_RID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{8}){2}", re.ASCII)
_OPAQUE: Final = re.compile(r"[A-Za-z0-9_\-]{20,}", re.ASCII)
_ADDRESS: Final = re.compile(r"(?<![\w.:])[0-9A-Fa-f.:]{3,45}(?![\w])", re.ASCII)


def meaning(code: int) -> Meaning:
    """What a code means; for one that is not known, where to look."""
    return MEANINGS.get(code, _UNKNOWN)


def clean(errmsg: object, *secrets: str) -> str:
    """WeChat's sentence on one line, 200 characters at most.

    `secrets`, which were sent, are gone; of anything else that could be a token or an openid three characters are left.
    Addresses and the `rid`, by which WeChat explains a refusal, survive.
    """
    text = "".join(letter if letter.isprintable() else " " for letter in str(errmsg or ""))
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    return _OPAQUE.sub(_shortened, " ".join(text.split()))[:_LONGEST].rstrip()


def address_in(errmsg: str) -> str | None:
    """Our address as WeChat saw it, which it names with 40164."""
    for found in _ADDRESS.findall(errmsg):
        try:
            return str(ipaddress.ip_address(found.rstrip(".:")))
        except ValueError:
            continue
    return None


def alarm(log: logging.Logger, path: str, code: int, said: str) -> None:
    """Tell people of a code in `MISCONFIGURED`. `said`: the cleaned errmsg."""
    told = meaning(code)
    log.error("WeChat does not take our calls to %s: %s %s (%s; %s)", path, code, said, told.cause, told.mend)


def _shortened(found: re.Match[str]) -> str:
    return found[0] if _RID.fullmatch(found[0]) else f"{found[0][:3]}…"

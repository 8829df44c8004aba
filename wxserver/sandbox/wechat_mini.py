"""What WeChat does for mini-programs: session keys checked and renewed, and the phone number behind a code."""

import hashlib
import hmac
import sqlite3
from typing import Any

from flask import Blueprint, Response, request

from wxserver.sandbox.people import openid_for
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_door import api
from wxserver.sandbox.wechat_errors import errcode, okay
from wxserver.sandbox.wechat_login import issue, named_user, new_session_key
from wxserver.sandbox.wechat_users import user_of
from wxserver.sandbox.world import World, answer, problem, world

blueprint = Blueprint("wechat_mini", __name__)

MINI = "miniprogram"


@blueprint.get("/wx/phone")
def phone_button() -> Response:
    """What the phone button gives a mini-program: ``{"code"}`` for the user ``as`` at the account ``appid``."""
    here = world()
    account = here.settings.account_of(request.args.get("appid", ""))
    with here.database.read() as connection:
        user = named_user(connection)
    if account is None or account.kind != MINI or user is None:
        return problem(400, "bad-request", "没有这个小程序，或者沙箱里没有这位微信用户。")
    return answer({"code": issue(here, "phone", account.app_id, user["openid"])})


@api(blueprint, "/wxa/business/getuserphonenumber", "用手机号授权码换号码", kind=MINI)
def phone_number(here: World, account: Account, body: dict[str, Any]) -> Response:
    """Exchange the phone button's code, once; with ``openid``, only that user's."""
    now = here.clock.timestamp()
    with here.database.write() as connection:
        row = connection.execute(
            "SELECT * FROM code WHERE code = ? AND kind = 'phone' AND app_id = ?",
            (str(body.get("code", "")), account.app_id),
        ).fetchone()
        if row is None:
            return errcode(40029)
        if row["used"]:
            return errcode(40163)
        user = connection.execute("SELECT * FROM user WHERE openid = ?", (row["openid"],)).fetchone()
        if now > row["expires"] or user is None:
            return errcode(40029)
        if body.get("openid") not in (None, openid_for(user["openid"], account.kind, account.app_id)):
            return errcode(40003)
        connection.execute("UPDATE code SET used = 1 WHERE code = ?", (row["code"],))
        number = number_of(connection, user)
    info = {
        "phoneNumber": number,
        "purePhoneNumber": number,
        "countryCode": "86",
        "watermark": {"timestamp": int(now), "appid": account.app_id},
    }
    return okay(phone_info=info)


def number_of(connection: sqlite3.Connection, user: sqlite3.Row) -> str:
    """The phone number bound to a WeChat user: the cardholder's, else one that is always the same."""
    row = connection.execute(
        "SELECT phone FROM holder WHERE id_type = ? AND id_number = ?", (user["id_type"], user["id_number"])
    ).fetchone()
    if row is not None and row["phone"]:
        return str(row["phone"])
    return f"139{int(hashlib.sha256(user['openid'].encode()).hexdigest(), 16) % 10**8:08d}"


@api(blueprint, "/wxa/checksession", "核对小程序登录态", method="GET", kind=MINI)
def check_session(here: World, account: Account, given: dict[str, Any]) -> Response:
    """Whether the key that signed is the user's session key of today's login."""
    fault = _fault(here, account, given)
    return errcode(fault) if fault else okay()


@api(blueprint, "/wxa/resetusersessionkey", "换小程序登录态", effect=True, method="GET", kind=MINI)
def reset_session_key(here: World, account: Account, given: dict[str, Any]) -> Response:
    """A new session key for whoever has the old one."""
    fault = _fault(here, account, given)
    if fault:
        return errcode(fault)
    return okay(openid=given["openid"], session_key=new_session_key(here, account, given["openid"]))


def _fault(here: World, account: Account, given: dict[str, Any]) -> int | None:
    if given.get("sig_method") != "hmac_sha256":
        return 87008
    with here.database.read() as connection:
        row = connection.execute(
            "SELECT key FROM session_key WHERE app_id = ? AND openid = ?", (account.app_id, given.get("openid", ""))
        ).fetchone()
        if row is None:
            return 87009 if user_of(connection, account, given.get("openid", "")) else 40003
    right = hmac.new(row["key"].encode(), b"", hashlib.sha256).hexdigest()
    return None if hmac.compare_digest(right.encode(), given.get("signature", "").encode()) else 87009

"""WeChat's events with all their fields, from the few words a script gives (facts/wechat.md §1.7 and §1.8)."""

import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from wxserver.sandbox import wechat_users
from wxserver.sandbox.people import openid_for
from wxserver.sandbox.settings import Account
from wxserver.sandbox.world import World

PLATFORM = "oWeChatPlatform0000000000001"
"""From whom the events about deleted data come: an account of the platform, not the citizen."""
DELETIONS = ("user_info_modified", "user_authorization_revoke", "user_authorization_cancellation")
REVOKED = {"service": "205", "miniprogram": "6"}
"""What is withdrawn where nothing is said: nickname and avatar."""
POPUP_SCENES = {"service": 1, "miniprogram": 0}
MENU_ID = 439_000_001
FOLLOWING = ("subscribe", "SCAN")


def openid_at(connection: sqlite3.Connection, account: Account, openid: str) -> str:
    """The openid at this account of a user of the sandbox; of anybody else the one given."""
    known = connection.execute("SELECT 1 FROM user WHERE openid = ?", (openid,)).fetchone()
    return openid_for(openid, account.kind, account.app_id) if known else openid


def fields_of(
    connection: sqlite3.Connection, account: Account, openid: str, event: str, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of an event, those of every push aside. In a write transaction: a scene makes a QR code.

    ``openid``: the citizen's at the account. ``asked`` may hold ``event_key`` (or ``key``), ``scene``, ``template_id``
    (one or a list), ``status``, ``msg_id`` and ``revoke_info``; what is absent is made up.
    """
    fields: dict[str, Any] = {"MsgType": "event", "Event": event}
    key, scene = asked.get("event_key", asked.get("key")), asked.get("scene")
    if event in FOLLOWING and scene:
        ticket = wechat_users.ticket_for(connection, account, str(scene))
        prefix = "qrscene_" if event == "subscribe" else ""
        return fields | {"EventKey": f"{prefix}{scene}", "Ticket": ticket}
    if event in (*FOLLOWING, "CLICK"):
        return fields | {"EventKey": str(key or "")}
    if event in ("VIEW", "view_miniprogram"):
        return fields | {"EventKey": str(key or ""), "MenuId": MENU_ID}
    if event == "TEMPLATESENDJOBFINISH":
        return fields | {"MsgID": _number(asked), "Status": str(asked.get("status", "success"))}
    if event in _LISTS:
        wrapper, entry = _LISTS[event]
        return fields | {wrapper: {"List": tuple(entry(account, each, asked) for each in _templates(account, asked))}}
    if event in DELETIONS:
        return fields | _deletion(connection, account, openid, event, asked)
    return fields | ({"EventKey": str(key)} if key is not None else {})


def apply(
    here: World, connection: sqlite3.Connection, account: Account, openid: str, fields: Mapping[str, Any]
) -> None:
    """Let the platform know what an event says: who follows from now on, and who does not. In a write transaction."""
    if account.kind != "service" or fields.get("Event") not in ("subscribe", "unsubscribe"):
        return
    scene = str(fields.get("EventKey", "")).removeprefix("qrscene_") if fields.get("Ticket") else ""
    follows = fields["Event"] == "subscribe"
    wechat_users.follow(connection, openid, here.clock.timestamp(), follows, scene)


def _popup(account: Account, template: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    answer = str(asked.get("status", "accept"))
    return {"TemplateId": template, "SubscribeStatusString": answer, "PopupScene": POPUP_SCENES[account.kind]}


def _change(_: Account, template: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"TemplateId": template, "SubscribeStatusString": str(asked.get("status", "reject"))}


def _sent(_: Account, template: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    outcome = str(asked.get("status", "success"))
    told = {"TemplateId": template, "MsgID": _number(asked), "ErrorCode": int(outcome != "success")}
    return told | {"ErrorStatus": outcome}


_LISTS = {
    "subscribe_msg_popup_event": ("SubscribeMsgPopupEvent", _popup),
    "subscribe_msg_change_event": ("SubscribeMsgChangeEvent", _change),
    "subscribe_msg_sent_event": ("SubscribeMsgSentEvent", _sent),
}


def _templates(account: Account, asked: Mapping[str, Any]) -> list[str]:
    named = asked.get("template_id")
    if isinstance(named, list):
        return [str(each) for each in named]
    own = next((each.template_id for each in account.templates if each.channel != "template"), "TEMPLATE")
    return [str(named or own)]


def _deletion(
    connection: sqlite3.Connection, account: Account, openid: str, event: str, asked: Mapping[str, Any]
) -> dict[str, Any]:
    user = wechat_users.user_of(connection, account, openid)
    fields = {
        "FromUserName": PLATFORM,
        "OpenID": openid,
        "UnionID": user["unionid"] if user else "",
        "AppID": account.app_id,
    }
    if event == "user_info_modified":
        return fields
    revoked = str(asked.get("revoke_info", REVOKED[account.kind]))
    return fields | {"RevokeInfo": revoked, "PluginID": "", "OpenPID": ""}


def _number(asked: Mapping[str, Any]) -> int:
    given = asked.get("msg_id")
    return given if isinstance(given, int) else 3_000_000_000_000_000_000 + secrets.randbelow(10**15)

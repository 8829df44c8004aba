"""Pushes on demand: messages, events, and attacks on the app's address for pushes."""

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from wxserver.sandbox import wechat_attacks, wechat_events, wechat_push
from wxserver.sandbox.control_reading import Bad, account, body, text
from wxserver.sandbox.people import DEFAULT_OPENID
from wxserver.sandbox.settings import Account
from wxserver.sandbox.world import World, answer, world

blueprint = Blueprint("push", __name__)

MOST_DELIVERIES = 200
PLATFORM_DELIVERIES = 3
"""How often WeChat delivers a push in all that gets no good answer (facts/wechat.md §1.6)."""
_FIELD = re.compile(r"[A-Z][A-Za-z0-9]{0,40}")


@blueprint.post("/push")
def push() -> Response:
    """Push a text or an event of this user to the app; answers the first reply (``as_platform``: the last), and all."""
    here, asked = world(), body()
    openid, to, form = text(asked, "openid"), account(here, asked), asked.get("format", "xml")
    as_platform, overlap = (_flag(asked, name) for name in ("as_platform", "overlap"))
    copies = asked.get("deliveries", PLATFORM_DELIVERIES if as_platform else 1)
    if not isinstance(copies, int) or isinstance(copies, bool) or not 1 <= copies <= MOST_DELIVERIES:
        raise Bad(f"deliveries 应是 1 到 {MOST_DELIVERIES} 的整数。")
    if form not in wechat_push.FORMATS:
        raise Bad("format 应是 xml 或 json。")
    if as_platform and overlap:
        raise Bad("as_platform 是一次接一次地送，overlap 是同时送，只能写一个。")
    with here.database.write() as connection:
        citizen = wechat_events.openid_at(connection, to, openid)
        fields = _fields(here, connection, to, citizen, asked)
        if fields["MsgType"] == "text":
            _say(here, connection, to, openid, "me", fields["Content"])
        wechat_events.apply(here, connection, to, openid, fields)
    replies = wechat_push.send(here, to, citizen, fields, copies, form=form, overlap=overlap, as_platform=as_platform)
    told = (replies[-1] if as_platform else replies[0]) if replies else wechat_push.Reply(None, "", "not sent")
    with here.database.write() as connection:
        if isinstance(told.reply, dict) and not told.fault:
            _say(here, connection, to, openid, "them", _words(told.reply))
        elif told.fault and replies and (fields["MsgType"] == "text" or fields.get("Event") == "CLICK"):
            _say(here, connection, to, openid, "them", wechat_push.SORRY)
    return answer(told.document() | {"deliveries": [reply.document() for reply in replies]})


@blueprint.get("/attacks")
def list_attacks() -> Response:
    """The attacks that can be tried, with their Chinese names."""
    items = [{"attack": one.code, "name": one.name} for one in wechat_attacks.ATTACKS.values()]
    return answer({"items": items})


@blueprint.post("/attacks")
def attack() -> Response:
    """Try one on the app: what it answered, how fast, and whether that is a refusal."""
    here, asked = world(), body()
    chosen = wechat_attacks.ATTACKS.get(text(asked, "attack"))
    if chosen is None:
        raise Bad(f"attack 应是 {'、'.join(wechat_attacks.ATTACKS)} 中的一个。")
    victim, to = text(asked, "openid", DEFAULT_OPENID), account(here, asked)
    if chosen.needs_key and to.mode == "plain":
        raise Bad("这个账号是明文模式，没有加密可以绕开，这一招试不了。")
    return answer(wechat_attacks.attempt(here, to, victim, chosen).document())


def _fields(
    here: World, connection: sqlite3.Connection, to: Account, citizen: str, asked: dict[str, Any]
) -> dict[str, Any]:
    if "text" in asked:
        number = 2_000_000_000_000_000 + int(here.clock.timestamp() * 1_000_000)
        fields: dict[str, Any] = {
            "MsgType": "text",
            "Content": text(asked, "text", limit=2000),
            "MsgId": number,
        }
    elif "event" in asked:
        fields = wechat_events.fields_of(connection, to, citizen, text(asked, "event"), asked)
    else:
        raise Bad("要写 text 或 event。")
    return fields | {name: value for name, value in asked.items() if _FIELD.fullmatch(name)}


def _flag(asked: Mapping[str, Any], name: str) -> bool:
    value = asked.get(name, False)
    if not isinstance(value, bool):
        raise Bad(f"{name} 应是 true 或 false。")
    return value


def _say(here: World, connection: sqlite3.Connection, to: Account, openid: str, side: str, words: str) -> None:
    """Write into the chat that the phone shows; it is the one with the first official account."""
    if to.code == here.settings.service_account().code:
        connection.execute(
            "INSERT INTO chat (openid, side, text, at) VALUES (?, ?, ?, ?)",
            (openid, side, words[:2000], here.clock.text()),
        )


def _words(reply: Mapping[str, Any]) -> str:
    if reply.get("MsgType") == "news":
        articles = reply.get("Articles")
        first = articles[0] if isinstance(articles, list) and articles else {}
        return str(first.get("Title", "图文消息"))
    return str(reply.get("Content") or "收到一条消息")

"""Messages to WeChat users: who may get one, what may stand in it, and what each accepted subscription is worth."""

import json
import re
import sqlite3
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response

from wxserver.sandbox import traffic, wechat_reports
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_door import api
from wxserver.sandbox.wechat_errors import errcode, okay
from wxserver.sandbox.wechat_limits import knob
from wxserver.sandbox.wechat_templates import fault_of, granted
from wxserver.sandbox.wechat_users import user_of
from wxserver.sandbox.world import World

blueprint = Blueprint("wechat_messages", __name__, url_prefix="/cgi-bin/message")

SAME_MESSAGE = 600.0
"""Seconds in which a second message with the same ``client_msg_id`` to the same user is the first one."""
STATES = ("developer", "trial", "formal")
_PAGE = re.compile(r"pages/[\w/-]+(\?\S*)?", re.ASCII)


@api(blueprint, "/template/send", "发模板通知", effect=True)
def send_template(here: World, account: Account, body: dict[str, Any]) -> Response:
    """A template message to a follower."""
    return _send(here, account, body, "template")


@api(blueprint, "/custom/send", "发客服消息", effect=True)
def send_custom(here: World, account: Account, body: dict[str, Any]) -> Response:
    """A customer-service message to a follower."""
    with here.database.write() as connection:
        user = user_of(connection, account, str(body.get("touser", "")))
        if user is None:
            return errcode(40003)
        if not body.get("msgtype"):
            return errcode(47003)
        if not user["follows"]:
            return errcode(43004)
        return okay(msgid=_deliver(here, connection, account, user, body, "custom"))


@api(blueprint, "/subscribe/bizsend", "发订阅通知", effect=True)
def send_notice(here: World, account: Account, body: dict[str, Any]) -> Response:
    """A subscription notice of an official account; it costs one accept."""
    return _send(here, account, body, "bizsend")


@api(blueprint, "/subscribe/send", "发小程序订阅通知", effect=True, kind="miniprogram")
def send_mini_notice(here: World, account: Account, body: dict[str, Any]) -> Response:
    """A subscription notice of a mini-program; it costs one accept."""
    return _send(here, account, body, "miniprogram")


def _send(here: World, account: Account, body: dict[str, Any], channel: str) -> Response:
    openid = str(body.get("touser", ""))
    with here.database.write() as connection:
        user = user_of(connection, account, openid)
        if user is None:
            return errcode(40003)
        fault = _fault(here, connection, account, body, channel)
        if fault is not None:
            return fault
        if channel == "template":
            if not user["follows"]:
                return errcode(43004)
            earlier = _earlier(here, connection, account, openid, body.get("client_msg_id"))
            if earlier is not None:
                return okay(msgid=earlier)
        elif not _spend(connection, account, openid, body["template_id"]):
            return errcode(43101)
        kind = "template" if channel == "template" else "subscribe"
        number = _deliver(here, connection, account, user, body, kind)
        hidden = kind == "subscribe" and knob(connection, "unnumbered").get(account.code)
        return okay() if hidden else okay(msgid=number)


def _fault(
    here: World, connection: sqlite3.Connection, account: Account, body: dict[str, Any], channel: str
) -> Response | None:
    template_id, data = body.get("template_id"), body.get("data")
    if not isinstance(template_id, str):
        return errcode(40037)
    template = granted(connection, account, template_id)
    # An account whose configuration names no templates has any: then there is nothing to hold the values against.
    if account.templates and (template is None or template.channel != channel):
        return errcode(40037)
    if not isinstance(data, dict) or not data:
        return errcode(47003, "argument invalid! data is emtpy")
    wrong = fault_of(template, data) if template else None
    if wrong:
        return errcode(47003, f"argument invalid! {wrong}")
    return _wrong_way(here, body, channel)


def _wrong_way(here: World, body: dict[str, Any], channel: str) -> Response | None:
    """Whether a message leads somewhere it may not: a web page, a mini-program of ours, a page in it."""
    if channel == "miniprogram":
        page = body.get("page")
        if page and not (isinstance(page, str) and _PAGE.fullmatch(page)):
            return errcode(41030)
        return None if body.get("miniprogram_state", "formal") in STATES else errcode(47003)
    address, program = body.get("url" if channel == "template" else "page"), body.get("miniprogram")
    if address and not _is_web_page(address):
        return errcode(40066)
    if program:
        target = here.settings.account_of(str(program.get("appid", ""))) if isinstance(program, dict) else None
        if target is None or target.kind != "miniprogram":
            return errcode(40013)
        path = program.get("pagepath")
        if path and not (isinstance(path, str) and _PAGE.fullmatch(path)):
            return errcode(41030)
    return None


def _is_web_page(address: object) -> bool:
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
        return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _earlier(
    here: World, connection: sqlite3.Connection, account: Account, openid: str, client_id: object
) -> int | None:
    if not client_id:
        return None
    given = (account.app_id, openid, str(client_id), here.clock.timestamp() - SAME_MESSAGE)
    for table in ("message", "undelivered"):
        row = connection.execute(
            f"SELECT id FROM {table} WHERE app_id = ? AND openid = ? AND client_msg_id = ? AND sent > ?",  # noqa: S608
            given,
        ).fetchone()
        if row is not None:
            return _number(row["id"])
    return None


def _spend(connection: sqlite3.Connection, account: Account, openid: str, template_id: str) -> bool:
    row = connection.execute(
        "UPDATE credit SET sends = sends - (NOT always) WHERE app_id = ? AND openid = ? AND template_id = ?"
        " AND (sends > 0 OR always) RETURNING template_id",
        (account.app_id, openid, template_id),
    ).fetchone()
    return row is not None


def _deliver(
    here: World, connection: sqlite3.Connection, account: Account, user: sqlite3.Row, body: dict[str, Any], kind: str
) -> int:
    """Keep a message and order the report on it; its number. One that will be reported as failed is not delivered."""
    openid, client_id, now = str(body["touser"]), body.get("client_msg_id"), here.clock.timestamp()
    client = None if client_id is None else str(client_id)
    row = connection.execute(
        "INSERT INTO message (app_id, openid, kind, client_msg_id, document, sent, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " RETURNING id",
        (account.app_id, openid, kind, client, json.dumps(body, ensure_ascii=False), now, here.clock.text()),
    ).fetchone()
    number = _number(row["id"])
    if kind != "custom" and not wechat_reports.order(here, connection, account, openid, body, kind, number):
        connection.execute("DELETE FROM message WHERE id = ?", (row["id"],))
        connection.execute(
            "INSERT INTO undelivered (id, app_id, openid, client_msg_id, sent) VALUES (?, ?, ?, ?, ?)",
            (row["id"], account.app_id, openid, client, now),
        )
        return number
    traffic.effect(connection, here.clock, "wechat", "send", key=client or str(number), person=user["id_number"])
    return number


def _number(row: int) -> int:
    return 3_000_000_000_000_000_000 + row

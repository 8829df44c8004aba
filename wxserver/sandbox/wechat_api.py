"""WeChat's server API for official accounts: tokens, menu, messages."""

import hmac
import json
import secrets
import sqlite3
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from wxserver.sandbox import far_side, traffic
from wxserver.sandbox.people import openid_for
from wxserver.sandbox.settings import Account
from wxserver.sandbox.state import serial
from wxserver.sandbox.wechat_errors import errcode, okay
from wxserver.sandbox.wechat_menu import fault_of
from wxserver.sandbox.world import answer, world

blueprint = Blueprint("wechat_api", __name__, url_prefix="/cgi-bin")

LIFETIME = 7200.0
OVERLAP = 300.0
FORCED_PER_DAY = 20
FORCED_APART = 30.0


@blueprint.get("/token")
@far_side.wechat("取接口令牌", effect=False)
def token() -> Response:
    """A new token each time; the one before lives on for five minutes."""
    checked = _credentials(dict(request.args))
    if isinstance(checked, Response):
        return checked
    here = world()
    with here.database.write() as connection:
        now = here.clock.timestamp()
        connection.execute(
            "UPDATE token SET current = 0, expires = min(expires, ?) WHERE app_id = ? AND kind = 'basic' AND current",
            (now + OVERLAP, checked.app_id),
        )
        fresh = _issue(connection, checked.app_id, "basic", now)
    return answer({"access_token": fresh, "expires_in": int(LIFETIME)})


@blueprint.route("/stable_token", methods=["GET", "POST"])
@far_side.wechat("取稳定版接口令牌", effect=False)
def stable_token() -> Response:
    """The same token until five minutes before its end; ``force_refresh`` kills it (20 a day, 30 s apart)."""
    if request.method != "POST":
        return errcode(43002)
    body = _json()
    if body is None:
        return errcode(47001)
    checked = _credentials(body)
    if isinstance(checked, Response):
        return checked
    here = world()
    with here.database.write() as connection:
        now, app_id = here.clock.timestamp(), checked.app_id
        if body.get("force_refresh") is True:
            forced = connection.execute("SELECT at FROM forced WHERE app_id = ? ORDER BY at DESC", (app_id,)).fetchall()
            midnight = here.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
            today = [
                row["at"]
                for row in forced
                if midnight.timestamp() <= row["at"] < (midnight + timedelta(days=1)).timestamp()
            ]
            if not any(abs(now - at) < FORCED_APART for at in today):
                if len(today) >= FORCED_PER_DAY:
                    return errcode(45009)
                connection.execute("INSERT INTO forced (app_id, at) VALUES (?, ?)", (app_id, now))
                connection.execute("DELETE FROM token WHERE app_id = ? AND kind = 'stable'", (app_id,))
        row = connection.execute(
            "SELECT * FROM token WHERE app_id = ? AND kind = 'stable' AND current AND issued <= ?"
            " ORDER BY serial DESC LIMIT 1",
            (app_id, now),
        ).fetchone()
        if row is not None and row["expires"] - now > OVERLAP:
            return answer({"access_token": row["token"], "expires_in": int(row["expires"] - now)})
        connection.execute("UPDATE token SET current = 0 WHERE app_id = ? AND kind = 'stable'", (app_id,))
        fresh = _issue(connection, app_id, "stable", now)
    return answer({"access_token": fresh, "expires_in": int(LIFETIME)})


@blueprint.route("/menu/create", methods=["GET", "POST"])
@far_side.wechat("发布菜单", effect=True)
def create_menu() -> Response:
    """Take a menu in, after the platform's own checks."""
    account = _bearer()
    if isinstance(account, Response):
        return account
    if request.method != "POST":
        return errcode(43002)
    body = _json()
    if body is None:
        return errcode(47001)
    fault = fault_of(body)
    if fault is not None:
        return errcode(fault)
    here = world()
    with here.database.write() as connection:
        connection.execute(
            "INSERT INTO menu (app_id, document) VALUES (?, ?)"
            " ON CONFLICT (app_id) DO UPDATE SET document = excluded.document",
            (account.app_id, json.dumps({"button": body["button"]}, ensure_ascii=False)),
        )
        traffic.effect(connection, here.clock, "wechat", "create", key=None, person=None)
    return okay()


@blueprint.get("/menu/get")
@far_side.wechat("查菜单", effect=False)
def get_menu() -> Response:
    """The menu as it was taken in."""
    account = _bearer()
    if isinstance(account, Response):
        return account
    with world().database.read() as connection:
        row = connection.execute("SELECT document FROM menu WHERE app_id = ?", (account.app_id,)).fetchone()
    return errcode(46003) if row is None else answer({"menu": json.loads(row["document"])})


@blueprint.get("/menu/delete")
@far_side.wechat("删除菜单", effect=True)
def delete_menu() -> Response:
    """No menu any more."""
    account = _bearer()
    if isinstance(account, Response):
        return account
    here = world()
    with here.database.write() as connection:
        connection.execute("DELETE FROM menu WHERE app_id = ?", (account.app_id,))
        traffic.effect(connection, here.clock, "wechat", "delete", key=None, person=None, method="GET")
    return okay()


@blueprint.post("/message/template/send")
@far_side.wechat("发模板通知", effect=True)
def send_template() -> Response:
    """A template message to a follower."""
    return _send("template", ("template_id", "data"), must_follow=True)


@blueprint.post("/message/custom/send")
@far_side.wechat("发客服消息", effect=True)
def send_custom() -> Response:
    """A customer-service message."""
    return _send("custom", ("msgtype",), must_follow=True)


@blueprint.post("/message/subscribe/bizsend")
@far_side.wechat("发订阅通知", effect=True)
def send_notice() -> Response:
    """A subscription notice of an official account."""
    return _send("subscribe", ("template_id", "data"), must_follow=False)


@blueprint.post("/message/subscribe/send")
@far_side.wechat("发小程序订阅通知", effect=True)
def send_mini_notice() -> Response:
    """A subscription notice of a mini-program."""
    return _send("subscribe", ("template_id", "data"), must_follow=False)


def _send(kind: str, needed: tuple[str, ...], must_follow: bool) -> Response:
    account = _bearer()
    if isinstance(account, Response):
        return account
    body = _json()
    if body is None:
        return errcode(47001)
    here, openid = world(), str(body.get("touser", ""))
    with here.database.write() as connection:
        user = _user(connection, account, openid)
        if user is None:
            return errcode(40003)
        if "template_id" in needed and not isinstance(body.get("template_id"), str):
            return errcode(40037)
        if any(not body.get(name) for name in needed):
            return errcode(47003)
        if must_follow and not user["follows"]:
            return errcode(43004)
        client_id, now = body.get("client_msg_id"), here.clock.timestamp()
        if client_id:
            earlier = connection.execute(
                "SELECT id FROM message WHERE openid = ? AND client_msg_id = ? AND sent > ?",
                (openid, str(client_id), now - 600),
            ).fetchone()
            if earlier is not None:
                return okay(msgid=_message_number(earlier["id"]))
        row = connection.execute(
            "INSERT INTO message (app_id, openid, kind, client_msg_id, document, sent, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " RETURNING id",
            (
                account.app_id,
                openid,
                kind,
                None if client_id is None else str(client_id),
                json.dumps(body, ensure_ascii=False),
                now,
                here.clock.text(),
            ),
        ).fetchone()
        number = _message_number(row["id"])
        traffic.effect(connection, here.clock, "wechat", "send", key=str(client_id or number), person=user["id_number"])
    return okay(msgid=number)


def _message_number(row: int) -> int:
    return 3_000_000_000_000_000_000 + row


def _user(connection: sqlite3.Connection, account: Account, openid: str) -> sqlite3.Row | None:
    if account.kind == "service":
        known: sqlite3.Row | None = connection.execute("SELECT * FROM user WHERE openid = ?", (openid,)).fetchone()
        return known
    rows = connection.execute("SELECT * FROM user").fetchall()
    return next((row for row in rows if openid_for(row["openid"], account.kind, account.app_id) == openid), None)


def _credentials(given: dict[str, Any]) -> Response | Account:
    if given.get("grant_type") != "client_credential":
        return errcode(40002)
    if not given.get("appid"):
        return errcode(41002)
    if not given.get("secret"):
        return errcode(41004)
    account = world().settings.account_of(str(given["appid"]))
    if account is None:
        return errcode(40013)
    if not hmac.compare_digest(str(given["secret"]).encode(), account.app_secret.encode()):
        return errcode(40125)
    return account


def _bearer() -> Response | Account:
    here, given = world(), request.args.get("access_token", "")
    if not given:
        return errcode(41001)
    with here.database.read() as connection:
        row = connection.execute("SELECT * FROM token WHERE token = ?", (given,)).fetchone()
    if row is None:
        return errcode(40001)
    if here.clock.timestamp() > row["expires"]:
        return errcode(42001 if row["current"] else 40001)
    return here.settings.account_of(row["app_id"]) or errcode(40001)


def _issue(connection: sqlite3.Connection, app_id: str, kind: str, now: float) -> str:
    fresh = f"{serial(connection, 'token') % 100}_{secrets.token_urlsafe(96)}"
    connection.execute(
        "INSERT INTO token (token, app_id, kind, issued, expires, current, serial) VALUES (?, ?, ?, ?, ?, 1,"
        " (SELECT coalesce(max(serial), 0) + 1 FROM token))",
        (fresh, app_id, kind, now, now + LIFETIME),
    )
    return fresh


def _json() -> dict[str, Any] | None:
    try:
        document = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None

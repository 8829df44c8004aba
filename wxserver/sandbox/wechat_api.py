"""The tokens of WeChat's server API: access tokens, plain and stable, and the ticket of the JS-SDK."""

import hmac
import secrets
import sqlite3
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from wxserver.sandbox import far_side, wechat_limits
from wxserver.sandbox.settings import Account
from wxserver.sandbox.state import serial
from wxserver.sandbox.wechat_door import api, json_body
from wxserver.sandbox.wechat_errors import errcode, okay
from wxserver.sandbox.world import World, answer, world

blueprint = Blueprint("wechat_api", __name__, url_prefix="/cgi-bin")

LIFETIME = 7200.0
OVERLAP = 300.0
FORCED_PER_DAY = 20
FORCED_APART = 30.0


@blueprint.route("/token", methods=["GET", "POST"])
@far_side.wechat("取接口令牌", effect=False)
def token() -> Response:
    """A new token each time; the one before lives on for five minutes."""
    if request.method != "GET":
        return errcode(43001)
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
    body = json_body()
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
            if not any(abs(now - row["at"]) < FORCED_APART for row in forced):
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


@api(blueprint, "/ticket/getticket", "取网页签名票据", method="GET")
def jsapi_ticket(here: World, account: Account, given: dict[str, Any]) -> Response:
    """The ticket that pages are signed with: the same one for its two hours."""
    if given.get("type") != "jsapi":
        return errcode(40097)
    now = here.clock.timestamp()
    with here.database.write() as connection:
        row = connection.execute("SELECT * FROM ticket WHERE app_id = ?", (account.app_id,)).fetchone()
        # A clock set back leaves a ticket that would live too long: it is another one's.
        if row is None or not now < row["expires"] <= now + LIFETIME:
            fresh = f"sM4AOVdWfPE4DxkXGEs8V{secrets.token_urlsafe(48)}"
            row = connection.execute(
                "INSERT INTO ticket (app_id, ticket, expires) VALUES (?, ?, ?) ON CONFLICT (app_id)"
                " DO UPDATE SET ticket = excluded.ticket, expires = excluded.expires RETURNING *",
                (account.app_id, fresh, now + LIFETIME),
            ).fetchone()
    return okay(ticket=row["ticket"], expires_in=int(row["expires"] - now))


def _credentials(given: dict[str, Any]) -> Response | Account:
    here = world()
    if given.get("grant_type") != "client_credential":
        return errcode(40002)
    if not given.get("appid"):
        return errcode(41002)
    if not given.get("secret"):
        return errcode(41004)
    account = here.settings.account_of(str(given["appid"]))
    if account is None:
        return errcode(40013)
    if not hmac.compare_digest(str(given["secret"]).encode(), account.app_secret.encode()):
        return errcode(40125)
    refused = wechat_limits.refuses_caller(here, account) or wechat_limits.over_quota(here, account, request.path)
    return refused or account


def _issue(connection: sqlite3.Connection, app_id: str, kind: str, now: float) -> str:
    fresh = f"{serial(connection, 'token') % 100}_{secrets.token_urlsafe(96)}"
    connection.execute(
        "INSERT INTO token (token, app_id, kind, issued, expires, current, serial) VALUES (?, ?, ?, ?, ?, 1,"
        " (SELECT coalesce(max(serial), 0) + 1 FROM token))",
        (fresh, app_id, kind, now, now + LIFETIME),
    )
    return fresh

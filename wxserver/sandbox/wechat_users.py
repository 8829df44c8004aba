"""Who follows an account, and the QR codes that bring them there."""

import secrets
import sqlite3
from typing import Any

from flask import Blueprint, Response

from wxserver.sandbox.people import openid_for
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_door import api
from wxserver.sandbox.wechat_errors import errcode
from wxserver.sandbox.world import World, answer

blueprint = Blueprint("wechat_users", __name__, url_prefix="/cgi-bin")

LONGEST_SCENE = 64
LONGEST_LIFE = 30 * 24 * 3600
SHORTEST_LIFE = 60
FIRST_FOLLOWED = 1_700_000_000
"""Unix seconds since when those follow of whom nothing is noted: the people of a fresh sandbox."""


def user_of(connection: sqlite3.Connection, account: Account, openid: str) -> sqlite3.Row | None:
    """The WeChat user who has this openid at an account, or None."""
    if account.kind == "service":
        known: sqlite3.Row | None = connection.execute("SELECT * FROM user WHERE openid = ?", (openid,)).fetchone()
        return known
    rows = connection.execute("SELECT * FROM user").fetchall()
    return next((row for row in rows if openid_for(row["openid"], account.kind, account.app_id) == openid), None)


def follow(connection: sqlite3.Connection, openid: str, now: float, follows: bool, scene: str = "") -> None:
    """Let a user follow from now (Unix seconds), come by the QR code of a scene, or follow no more.

    In a write transaction.
    """
    connection.execute("UPDATE user SET follows = ? WHERE openid = ?", (follows, openid))
    connection.execute("DELETE FROM follower WHERE openid = ?", (openid,))
    if follows:
        connection.execute("INSERT INTO follower (openid, since, scene) VALUES (?, ?, ?)", (openid, now, scene))


def scene_of(connection: sqlite3.Connection, ticket: str, now: float) -> str | None:
    """The scene behind a QR code's ticket while the code lives, or None."""
    row = connection.execute(
        "SELECT scene FROM scene WHERE ticket = ? AND (expires IS NULL OR expires > ?)", (ticket, now)
    ).fetchone()
    return None if row is None else str(row["scene"])


def ticket_for(connection: sqlite3.Connection, account: Account, scene: str, expires: float | None = None) -> str:
    """The ticket of a QR code with this scene; a lasting code has one for good. In a write transaction."""
    if expires is None:
        row = connection.execute(
            "SELECT ticket FROM scene WHERE app_id = ? AND scene = ? AND expires IS NULL", (account.app_id, scene)
        ).fetchone()
        if row is not None:
            return str(row["ticket"])
    ticket = f"gQ{secrets.token_urlsafe(66)}=="
    connection.execute(
        "INSERT INTO scene (ticket, app_id, scene, expires) VALUES (?, ?, ?, ?)",
        (ticket, account.app_id, scene, expires),
    )
    return ticket


@api(blueprint, "/user/info", "查是否关注", method="GET")
def user_info(here: World, account: Account, given: dict[str, Any]) -> Response:
    """What is told of a follower; of somebody else only that they do not follow."""
    with here.database.read() as connection:
        user = user_of(connection, account, given.get("openid", ""))
        if user is None:
            return errcode(40003)
        noted = connection.execute("SELECT * FROM follower WHERE openid = ?", (user["openid"],)).fetchone()
    if not user["follows"]:
        return answer({"subscribe": 0, "openid": given["openid"], "unionid": user["unionid"]})
    scene = noted["scene"] if noted else ""
    return answer(
        {
            "subscribe": 1,
            "openid": given["openid"],
            "language": "zh_CN",
            "subscribe_time": int(noted["since"]) if noted else FIRST_FOLLOWED,
            "unionid": user["unionid"],
            "remark": "",
            "groupid": 0,
            "tagid_list": [],
            "subscribe_scene": "ADD_SCENE_QR_CODE" if scene else "ADD_SCENE_SEARCH",
            "qr_scene": 0,
            "qr_scene_str": scene,
        }
    )


@api(blueprint, "/qrcode/create", "做一个二维码", effect=True)
def create_qrcode(here: World, account: Account, body: dict[str, Any]) -> Response:
    """A QR code with a scene as text: for ever, or for 60 seconds to 30 days."""
    name, info = body.get("action_name"), body.get("action_info")
    if name not in ("QR_LIMIT_STR_SCENE", "QR_STR_SCENE"):
        return errcode(40052)
    wanted = info.get("scene") if isinstance(info, dict) else None
    scene = wanted.get("scene_str") if isinstance(wanted, dict) else None
    if not isinstance(scene, str) or not 1 <= len(scene) <= LONGEST_SCENE:
        return errcode(40053)
    seconds: int | None = None
    if name == "QR_STR_SCENE":
        asked = body.get("expire_seconds", SHORTEST_LIFE)
        if not isinstance(asked, int) or isinstance(asked, bool) or asked < 1:
            return errcode(40053)
        seconds = min(max(asked, SHORTEST_LIFE), LONGEST_LIFE)
    with here.database.write() as connection:
        expires = None if seconds is None else here.clock.timestamp() + seconds
        ticket = ticket_for(connection, account, scene, expires)
    told: dict[str, object] = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket[:40]}"}
    return answer(told if seconds is None else told | {"expire_seconds": seconds})

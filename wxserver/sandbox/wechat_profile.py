"""Nickname and avatar of a WeChat user who has agreed to show them (``snsapi_userinfo``)."""

import hashlib
import struct
import zlib

from flask import Blueprint, Response, request

from wxserver.sandbox import far_side
from wxserver.sandbox.people import openid_for
from wxserver.sandbox.wechat_errors import errcode
from wxserver.sandbox.world import answer, world

blueprint = Blueprint("wechat_profile", __name__)

SIDE = 96


@blueprint.get("/sns/userinfo")
@far_side.wechat("看昵称和头像", effect=False)
def userinfo() -> Response:
    """The profile behind the token of a login with consent; the nickname is not the person's name."""
    here, given = world(), request.args
    with here.database.read() as connection:
        row = connection.execute(
            "SELECT code.*, user.unionid, user.serial FROM code JOIN user USING (openid) WHERE code = ? AND kind = ?",
            (given.get("access_token", ""), "profile"),
        ).fetchone()
    if row is None:
        return errcode(40001)
    if here.clock.timestamp() > row["expires"]:
        return errcode(42001)
    account = here.settings.account_of(row["app_id"])
    openid = openid_for(row["openid"], "service", row["app_id"])
    if account is None or given.get("openid") != openid:
        return errcode(40003)
    return answer(
        {
            "openid": openid,
            "nickname": f"榕江边的人{row['serial']}",
            "sex": 0,
            "province": "",
            "city": "",
            "country": "",
            "headimgurl": f"{here.settings.sandbox_url}/mmopen/{row['serial']}/132",
            "privilege": [],
            "unionid": row["unionid"],
        }
    )


@blueprint.get("/mmopen/<int:serial>/132")
def avatar(serial: int) -> Response:
    """A picture of one colour for each user."""
    colour = hashlib.sha256(str(serial).encode()).digest()[:3]
    rows = (b"\x00" + colour * SIDE) * SIDE
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    body = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return Response(body, mimetype="image/png")

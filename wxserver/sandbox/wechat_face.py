"""WeChat's face verification 2.0 for mini-programs: a number fetched by the app, the person's sheet, and the query.

The platform publishes no errcodes for it; the numbers from 86002 on are the sandbox's own.
"""

import base64
import hashlib
import re
import secrets
import sqlite3
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from wxserver.sandbox import eid_orders, far_side
from wxserver.sandbox.people import tidy_number
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_door import api
from wxserver.sandbox.wechat_errors import errcode, okay
from wxserver.sandbox.wechat_users import user_of
from wxserver.sandbox.world import World, world

blueprint = Blueprint("wechat_face", __name__)

LIFETIME = 3600
PASSED, NOT_THE_SAME, NO_RECORD, UNFINISHED, CANCELLED = 10000, 10004, 10026, 10300, 90002
GONE, NOT_THIS_ONE, TAKEN = 86002, 86004, 86005
ENDS = {
    PASSED: "通过",
    NOT_THE_SAME: "不是本人",
    10003: "姓名和号码对不上",
    NO_RECORD: "权威库里没有这个人",
    10002: "没有检测到人脸特征",
    10010: "照片不清楚",
    10020: "比对超时",
    10001: "参数不对（比对）",
    10005: "还在比对",
    90001: "设备不支持",
    90109: "设备不支持人脸采集",
    CANCELLED: "点了取消",
    90003: "切到了别的页面",
    90004: "锁了屏幕",
    90005: "退出了小程序",
    90006: "关掉了核验",
    90007: "网络断了",
    90012: "网络超时",
    90008: "没有给摄像头权限",
    90009: "没有给录音权限",
    90010: "没有给系统权限",
    90011: "没有采集到脸",
    90013: "光线不好",
    90014: "没有正对屏幕",
    90017: "采集超时",
    90107: "核验超时",
    90018: "系统出错",
    90199: "核验系统出错",
    90104: "参数不对",
    90105: "类目没有开通",
    90106: "配置不对",
    90110: "版本太低",
}
"""`verify_ret` and words for it (facts/wechat.md §6)."""
_SEQUENCE = re.compile(r"[0-9A-Za-z_-]{5,32}")
_FIELDS = ("cert_type", "cert_name", "cert_no")


@api(blueprint, "/cityservice/face/identify/getverifyid", "要一个人脸核身编号", effect=True, kind="miniprogram")
def get_verify_id(here: World, account: Account, body: dict[str, Any]) -> Response:
    """A number for the client's call, good for an hour; every `out_seq_no` serves once."""
    person, sequence, openid = body.get("cert_info"), body.get("out_seq_no"), body.get("openid")
    if not isinstance(person, dict) or not all(isinstance(person.get(name), str) for name in _FIELDS):
        return errcode(47001)
    if not isinstance(sequence, str) or not _SEQUENCE.fullmatch(sequence) or person["cert_type"] != "IDENTITY_CARD":
        return errcode(47001)
    number = secrets.token_urlsafe(96)
    with here.database.write() as connection:
        if not isinstance(openid, str) or user_of(connection, account, openid) is None:
            return errcode(40003)
        if connection.execute(
            "SELECT 1 FROM face WHERE app_id = ? AND sequence = ?", (account.app_id, sequence)
        ).fetchone():
            return errcode(TAKEN)
        connection.execute(
            "INSERT INTO face (verify_id, app_id, sequence, openid, name, number, issued) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                account.app_id,
                sequence,
                openid,
                person["cert_name"],
                person["cert_no"],
                here.clock.timestamp(),
            ),
        )
    return okay(verify_id=number, expires_in=LIFETIME)


@api(blueprint, "/cityservice/face/identify/queryverifyinfo", "查人脸核身结果", kind="miniprogram")
def query_verify_info(here: World, account: Account, body: dict[str, Any]) -> Response:
    """How it ended. Whatever does not belong together is answered with an errcode, never with a result."""
    with here.database.read() as connection:
        row = find(connection, str(body.get("verify_id", "")))
        known = (
            row is not None
            and connection.execute(
                "SELECT 1 FROM user WHERE id_number = ? AND name = ?", (tidy_number(row["number"]), row["name"])
            ).fetchone()
        )
    if row is None or row["app_id"] != account.app_id or here.clock.timestamp() > row["issued"] + LIFETIME:
        return errcode(GONE)
    given = (body.get("out_seq_no"), body.get("openid"), body.get("cert_hash"))
    if given != (row["sequence"], row["openid"], cert_hash(row["name"], row["number"])):
        return errcode(NOT_THIS_ONE)
    if row["verify_ret"] == PASSED and not known:
        return okay(verify_ret=NO_RECORD)
    return okay(verify_ret=UNFINISHED if row["verify_ret"] is None else row["verify_ret"])


def cert_hash(name: str, number: str) -> str:
    """Hex SHA-256 over type, name and number, each in base64."""
    values = dict(zip(_FIELDS, ("IDENTITY_CARD", name, number), strict=True))
    text = "&".join(f"{key}={base64.b64encode(value.encode()).decode()}" for key, value in values.items())
    return hashlib.sha256(text.encode()).hexdigest()


@blueprint.get("/wechat/face/<verify_id>")
@far_side.page("wechat", "打开微信人脸核身")
def show(verify_id: str) -> Response:
    """What `wx.requestFacialVerify` shows: the tick, then the buttons that decide in the camera's place."""
    row = _of(verify_id)
    if row is None:
        return _page(404, None, "gone")
    if row["verify_ret"] is not None:
        return _page(200, row, "over")
    agreed = request.args.get("agreed") == "yes"
    return _page(200, row, "decide" if agreed else "consent", missing="step" in request.args and not agreed)


@blueprint.post("/wechat/face/<verify_id>")
@far_side.page("wechat", "做完微信人脸核身")
def decide(verify_id: str) -> Response:
    """Take an end, once. Form: `result` passed, failed or cancelled, or `verify_ret`; `openid`: who runs it."""
    here, form = world(), request.form
    ends = {"passed": PASSED, "failed": NOT_THE_SAME, "cancelled": CANCELLED}
    end = ends.get(form.get("result", ""))
    if form.get("verify_ret", "").isdigit() and form.get("result") != "cancelled":
        end = int(form["verify_ret"])
    row = _of(verify_id)
    if row is None:
        return _page(404, None, "gone")
    if end is None:
        return _page(400, row, "decide")
    if form.get("openid") not in (None, row["openid"]):
        return _page(403, row, "other")
    with here.database.write() as connection:
        ordered = eid_orders.take(connection, "verify_ret", id_number=tidy_number(row["number"]))
        connection.execute(
            "UPDATE face SET verify_ret = ? WHERE verify_id = ? AND verify_ret IS NULL",
            (end if ordered is None else int(ordered), verify_id),
        )
    return _page(200, row, "over")


def find(connection: sqlite3.Connection, verify_id: str) -> sqlite3.Row | None:
    """The verification with this number, or None."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM face WHERE verify_id = ?", (verify_id,)).fetchone()
    return row


def _of(verify_id: str) -> sqlite3.Row | None:
    here = world()
    with here.database.read() as connection:
        row = find(connection, verify_id)
    return None if row is None or here.clock.timestamp() > row["issued"] + LIFETIME else row


def _page(status: int, row: sqlite3.Row | None, step: str, *, missing: bool = False) -> Response:
    name, number = (row["name"], row["number"]) if row is not None else ("", "")
    shown = {"name": name[:1] + "*" * (len(name) - 1), "number": number[:4] + "*" * (len(number) - 8) + number[-4:]}
    text = render_template("sandbox/wechat_face.html", step=step, shown=shown, ends=ENDS, missing=missing)
    return make_response(text, status)

"""The phone on a page, and the panels beside it."""

import json
import sqlite3
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request

from wxserver.sandbox import mishaps, people, productions
from wxserver.sandbox.cards import STATE_WORDS
from wxserver.sandbox.traffic import PARTIES
from wxserver.sandbox.wechat_login import COOKIE, current_user
from wxserver.sandbox.world import World, answer, problem, world

blueprint = Blueprint("phone", __name__, static_folder="static", static_url_path="/static")

APP_COOKIES = ("wxserver", "wx_flow")
"""How the names of the app's cookies begin: another person's phone does not have them, a change of hands drops them."""
WEEKDAYS = "一二三四五六日"
KINDS_OF_MISHAP = (
    (
        "identity",
        "身份平台",
        (
            ("timeout", "没回音"),
            ("late_callback", "结果晚到"),
            ("no_callback", "结果不来"),
            ("bad_signature", "签名不对"),
            ("duplicate", "重复告知"),
        ),
    ),
    (
        "registry",
        "社保卡系统",
        (
            ("error", "断线"),
            ("timeout", "没回音"),
            ("lost_reply", "办成没回话"),
            ("reorder", "先后颠倒"),
            ("duplicate", "重复告知"),
        ),
    ),
    ("wechat", "微信", (("error", "接口故障"), ("duplicate", "重复推送"), ("bad_signature", "签名不对"))),
)
STEPS = (
    ("accepted", "已受理"),
    ("correction_requested", "要修改"),
    ("made", "已制卡"),
    ("sent", "已寄出"),
    ("ready_for_pickup", "可领取"),
    ("received", "已领取"),
)
PROOFS = {"signed": "已签", "token": "令牌", "session": "会话", "forged": "签名不对", "bad": "签名不对", "": "–"}
RESULTS = {
    200: "成功",
    201: "已发起",
    202: "已受理",
    204: "收下",
    302: "转回",
    303: "转回",
    400: "写错了",
    401: "不认",
    404: "没找到",
    409: "对不上",
    422: "不能办",
    503: "故障",
}


@blueprint.get("/")
def page() -> Response:
    """The phone and its panels; what moves is filled in by the page's own script."""
    here = world()
    text = render_template(
        "sandbox/phone.html",
        account=here.settings.service_account(),
        public_url=here.settings.public_url,
        kinds_of_mishap=KINDS_OF_MISHAP,
        steps=STEPS,
    )
    return make_response(text)


@blueprint.get("/phone/state.json")
def state() -> Response:
    """Everything that the page shows, as it is now."""
    here = world()
    now = here.clock.now()
    with here.database.read() as connection:
        holder = current_user(connection)
        openid = holder["openid"] if holder else ""
        document = {
            "now": now.strftime("%Y-%m-%d %H:%M"),
            "clock": now.strftime("%H:%M"),
            "weekday": f"周{WEEKDAYS[now.weekday()]}",
            "moved": abs(here.clock.offset()) >= 1,
            "holder": openid,
            "people": [
                _person(connection, row) for row in connection.execute("SELECT * FROM user ORDER BY serial LIMIT 40")
            ],
            "menu": _menu(here, connection),
            "chat": _chat(connection, openid),
            "mishaps": mishaps.pending(connection),
            "productions": productions.listing(connection),
            "trace": [_exchange(row) for row in connection.execute("SELECT * FROM traffic ORDER BY id DESC LIMIT 60")],
        }
    return answer(document)


@blueprint.post("/phone/holder")
def hand_over() -> Response:
    """Give the phone to somebody else: ``{"openid"}``."""
    try:
        openid = str(json.loads(request.get_data())["openid"])
    except (ValueError, KeyError, TypeError, RecursionError):
        openid = ""
    with world().database.read() as connection:
        row = connection.execute("SELECT openid FROM user WHERE openid = ?", (openid,)).fetchone()
    if row is None:
        return problem(400, "bad-request", "沙箱里没有这位微信用户。")
    response = answer({"holder": openid})
    for name in request.cookies:
        if name.startswith(APP_COOKIES):
            response.delete_cookie(name)
    response.set_cookie(COOKIE, openid, httponly=True, samesite="Lax")
    return response


def _person(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    cards = people.cards_of(connection, row["id_type"], row["id_number"])
    about = json.loads(row["demo"])["about"] if row["demo"] else "由脚本建立"
    held = "，".join(f"{card['number']} {STATE_WORDS[card['state']]}" for card in cards) or "没有卡"
    return {name: row[name] for name in ("openid", "name", "id_number")} | {"about": about, "cards": held}


def _menu(here: World, connection: sqlite3.Connection) -> list[dict[str, Any]]:
    account = here.settings.service_account()
    row = connection.execute("SELECT document FROM menu WHERE app_id = ?", (account.app_id,)).fetchone()
    buttons: list[dict[str, Any]] = json.loads(row["document"])["button"] if row else list(account.menu)
    return buttons


def _chat(connection: sqlite3.Connection, openid: str) -> list[dict[str, Any]]:
    said = [
        {"side": row["side"], "text": row["text"], "at": row["at"]}
        for row in connection.execute("SELECT * FROM chat WHERE openid = ? ORDER BY id DESC LIMIT 40", (openid,))
    ]
    for row in connection.execute("SELECT * FROM message WHERE openid = ? ORDER BY id DESC LIMIT 40", (openid,)):
        body = json.loads(row["document"])
        if row["kind"] == "custom":
            text = body.get("text")
            said.append(
                {
                    "side": "them",
                    "text": str(text.get("content", "")) if isinstance(text, dict) else "",
                    "at": row["at"],
                }
            )
        else:
            said.append({"side": "notice", "lines": _lines(body.get("data")), "url": body.get("url"), "at": row["at"]})
    return sorted(said, key=lambda one: str(one["at"]))[-40:]


def _lines(data: object) -> list[str]:
    if not isinstance(data, dict):
        return []
    return [str(value.get("value", "")) if isinstance(value, dict) else str(value) for value in data.values()]


def _exchange(row: sqlite3.Row) -> dict[str, Any]:
    status = row["status"]
    if status is not None:
        good = (
            "收下"
            if row["receiver"] == "app" and 200 <= status < 300
            else RESULTS.get(status, "成功" if status < 400 else "没成")
        )
        result = f"{status} {good}"
    else:
        result = "没有回音" if row["finished"] else "等待中"
    return {
        "id": row["id"],
        "time": row["at"][11:19],
        "sender": PARTIES[row["sender"]],
        "receiver": PARTIES[row["receiver"]],
        "meaning": row["meaning"],
        "line": f"{row['method']} {urlsplit(row['path']).path}",
        "proof": PROOFS[row["proof"]],
        "proven": row["proof"] in ("signed", "token"),
        "result": result,
        "trouble": (status is None and bool(row["finished"])) or (status is not None and status >= 400),
        "ms": "" if row["ms"] is None else f"{row['ms']} ms",
    }

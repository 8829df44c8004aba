"""The phone on a page, and the panels beside it."""

import json
import sqlite3
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from wxserver.sandbox import chat, days, forgery, mishaps, people, productions, trace, wechat_attacks
from wxserver.sandbox.cards import STATE_WORDS
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
            ("refused", "不同意办"),
            ("reorder", "先后颠倒"),
            ("duplicate", "重复告知"),
        ),
    ),
    ("wechat", "微信", (("error", "通知发不出"), ("duplicate", "重复推送"), ("bad_signature", "签名不对"))),
)
STEPS = (
    ("accepted", "已受理"),
    ("correction_requested", "要修改"),
    ("made", "已制卡"),
    ("sent", "已寄出"),
    ("ready_for_pickup", "可领取"),
    ("received", "已领取"),
)
SAMPLES = (
    ("portrait-white.jpg", "白底证件照", "可以用", 716, 882),
    ("portrait-bluish.jpg", "蓝底证件照", "会被退回", 716, 882),
    ("id-front.jpg", "身份证人像面", "可以用", 856, 540),
    ("id-back.jpg", "身份证背面", "可以用", 856, 540),
)
"""File, what it is, what the app makes of it, width, height."""
CLOSED = ("received", "cancelled")


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
        samples=SAMPLES,
        attacks=wechat_attacks.ATTACKS.values(),
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
            "weekday": _weekday(now.date()),
            "working": days.is_working(now.date()),
            "moved": abs(here.clock.offset()) >= 1,
            "holder": openid,
            "follows": bool(holder and holder["follows"]),
            "people": [
                _person(connection, row) for row in connection.execute("SELECT * FROM user ORDER BY serial LIMIT 40")
            ],
            "menu": _menu(here, connection),
            "chat": chat.of(connection, _openids(here, openid), _titles(here)),
            "scenes": list(here.settings.service_account().scenes),
            "templates": _subscriptions(here),
            "mishaps": mishaps.pending(connection),
            "productions": productions.listing(connection),
            "trace": [trace.told(row) for row in connection.execute("SELECT * FROM traffic ORDER BY id DESC LIMIT 60")],
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


@blueprint.post("/phone/time")
def step() -> Response:
    """Move time on as the panel's buttons say: ``{"to": "hour" | "working_day" | "deadline"}``; answers a sentence."""
    try:
        wanted = json.loads(request.get_data())["to"]
    except (ValueError, KeyError, TypeError, RecursionError):
        wanted = None
    here = world()
    now = here.clock.now()
    if wanted == "hour":
        here.clock.advance(timedelta(hours=1))
        return answer({"text": "过了 1 小时。"})
    if wanted == "working_day":
        day = days.count(now.date(), 1)
    elif wanted == "deadline":
        with here.database.read() as connection:
            ahead = [limit for limit in _limits(connection) if limit > now.date()]
        if not ahead:
            return problem(409, "no-deadline", "没有要到期的制卡。先在手机里提交一件申领，再点这里。")
        day = min(ahead)
    else:
        return problem(400, "bad-request", "to 应是 hour、working_day 或 deadline。")
    here.clock.set(datetime.combine(day, now.timetz()))
    words = f"{day.month}月{day.day}日，{_weekday(day)}"
    return answer({"text": f"到了 {words}" + ("，制卡的最后一天。" if wanted == "deadline" else "。")})


@blueprint.post("/phone/forgery")
def forge() -> Response:
    """Try a callback with a wrong signature on the app; answers a sentence."""
    status = forgery.attempt(world())
    told = {None: "本系统没有回音。", 401: "假冒的告知没有被认，什么也没有变。"}
    return answer({"text": told.get(status, f"本系统答了 {status}，本来应该是 401。"), "status": status})


def _weekday(day: date) -> str:
    kind = "工作日" if days.is_working(day) else "休息日"
    return f"周{WEEKDAYS[day.weekday()]}，{kind}" + ("" if days.is_published(day) else "（暂定）")


def _limits(connection: sqlite3.Connection) -> list[date]:
    rows = connection.execute(
        "SELECT h.at, p.node FROM production AS p JOIN history AS h ON h.production = p.reference"
        " WHERE h.node = 'submitted'"
    ).fetchall()
    ordered = (datetime.fromisoformat(row["at"]).date() for row in rows if row["node"] not in CLOSED)
    return [days.count(day, days.PRODUCTION_LIMIT) for day in ordered]


def _person(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    cards = people.cards_of(connection, row["id_type"], row["id_number"])
    about = json.loads(row["demo"])["about"] if row["demo"] else "由脚本建立"
    held = "，".join(f"{card['number']} {STATE_WORDS[card['state']]}" for card in cards) or (
        "" if row["demo"] else "没有卡"
    )
    return {name: row[name] for name in ("openid", "name", "id_number")} | {"about": about, "cards": held}


def _openids(here: World, openid: str) -> tuple[str, ...]:
    """This person's openids: the one that all know them by, and those at the mini-programs."""
    accounts = here.settings.accounts.values()
    own = [people.openid_for(openid, each.kind, each.app_id) for each in accounts if each.kind != "service"]
    return openid, *own


def _titles(here: World) -> dict[str, str]:
    return {each.template_id: each.title for account in here.settings.accounts.values() for each in account.templates}


def _subscriptions(here: World) -> list[dict[str, str]]:
    """The templates that a person may subscribe to, and what they are called in a list."""
    return [
        {"account": account.code, "template_id": each.template_id, "words": f"{account.name}：{each.title}"}
        for account in here.settings.accounts.values()
        for each in account.templates
        if each.channel != "template"
    ]


def _menu(here: World, connection: sqlite3.Connection) -> list[dict[str, Any]]:
    account = here.settings.service_account()
    row = connection.execute("SELECT document FROM menu WHERE app_id = ?", (account.app_id,)).fetchone()
    buttons: list[dict[str, Any]] = json.loads(row["document"])["button"] if row else list(account.menu)
    return buttons

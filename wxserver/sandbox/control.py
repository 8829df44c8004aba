"""How scripts and the phone's panels drive the sandbox: JSON in, JSON out, a plain sentence where it is wrong."""

import json
import re
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, request

from wxserver.sandbox import cards as registry_cards
from wxserver.sandbox import mishaps, people, productions, registry_standing, wechat_push
from wxserver.sandbox.cards import Refusal
from wxserver.sandbox.clock import duration
from wxserver.sandbox.settings import Account
from wxserver.sandbox.world import World, answer, problem, world

blueprint = Blueprint("control", __name__, url_prefix="/control")

_FIELD = re.compile(r"[A-Z][A-Za-z0-9]{0,40}")
_MANY = 100_000


class Bad(Exception):
    """Something in the request is wrong; the sentence says what."""


@blueprint.errorhandler(Bad)
def bad(fault: Bad) -> Response:
    """400 with the sentence."""
    return problem(400, "bad-request", str(fault))


def _body() -> dict[str, Any]:
    try:
        document = json.loads(request.get_data() or b"{}")
    except (ValueError, RecursionError):
        raise Bad("发来的内容不是 JSON。") from None
    if not isinstance(document, dict):
        raise Bad("发来的内容不是一个 JSON 对象。")
    return document


def _text(body: dict[str, Any], name: str, default: str | None = None, limit: int = 200) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or not value.strip() or len(value) > limit:
        raise Bad(f"{name} 应是一段不空的文字，最长 {limit} 个字。")
    return value.strip()


@blueprint.post("/people")
def add_person() -> Response:
    """A WeChat user who is a cardholder with these cards."""
    here, body = world(), _body()
    today = here.clock.now().date()
    name, id_type = _text(body, "name", "测试市民"), _text(body, "id_type", "resident_id")
    if id_type not in people.ID_TYPES:
        raise Bad(f"id_type 应是 {'、'.join(people.ID_TYPES)} 中的一个。")
    if id_type != "resident_id" and "id_number" not in body:
        raise Bad("只有居民身份证号码可以不写，由沙箱编一个。")
    number = people.tidy_number(_text(body, "id_number", people.random_resident_id(today)))
    told = {each: _text(body, each) for each in registry_standing.PROFILE if body.get(each) is not None}
    standing = body.get("standing", {})
    if fault := registry_standing.fault(standing):
        raise Bad(fault)
    wanted = body.get("cards", [])
    if not isinstance(wanted, list) or len(wanted) > 50 or any(not isinstance(card, dict) for card in wanted):
        raise Bad("cards 应是一个列表，每张卡一个对象。")
    for card in wanted:
        if card.get("state", "active") not in people.CARD_STATES:
            raise Bad(f"卡的 state 应是 {'、'.join(people.CARD_STATES)} 中的一个。")
        try:
            date.fromisoformat(_text(card, "expires_on", people.ten_years_on(today)))
        except ValueError:
            raise Bad("卡的 expires_on 应是 2036-11-26 这样的日期。") from None
    with here.database.write() as connection:
        openid = people.add_user(connection, name, id_type, number)
        people.keep_holder(connection, id_type, number, name, **{"phone": None} | told)
        if standing:
            registry_standing.keep(connection, id_type, number, standing)
        made = [
            people.add_card(
                connection,
                id_type,
                number,
                state=card.get("state", "active"),
                bank=_text(card, "bank", people.BANK),
                region=_text(card, "region", people.REGION),
                expires_on=card.get("expires_on", people.ten_years_on(today)),
                today=today,
            )
            for card in wanted
        ]
        cards = [card for card in people.cards_of(connection, id_type, number) if card["card"] in made]
    person = {"openid": openid, "name": name, "id_type": id_type, "id_number": number, "phone": told.get("phone")}
    return answer(person | {"cards": cards}, 201)


@blueprint.get("/people")
def list_people() -> Response:
    """Everybody the sandbox knows, with the cards."""
    with world().database.read() as connection:
        rows = connection.execute("SELECT * FROM user ORDER BY serial").fetchall()
        items = [
            {name: row[name] for name in ("openid", "name", "id_type", "id_number")}
            | {"cards": people.cards_of(connection, row["id_type"], row["id_number"])}
            for row in rows
        ]
    return answer({"items": items})


@blueprint.post("/mishaps")
def order_mishap() -> Response:
    """Let the next n calls or callbacks go wrong."""
    here, body = world(), _body()
    target, mishap, times = body.get("target"), body.get("mishap"), body.get("times", 1)
    if target not in mishaps.TARGETS:
        raise Bad(f"target 应是 {'、'.join(mishaps.TARGETS)} 中的一个。")
    if mishap not in mishaps.ALL:
        raise Bad(f"mishap 应是 {'、'.join(mishaps.ALL)} 中的一个。")
    if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= _MANY:
        raise Bad("times 应是 1 以上的整数。")
    if body.get("only") not in (None, "effects"):
        raise Bad("only 只能是 effects。")
    at = body.get("at", "")
    if not isinstance(at, str) or len(at) > 40:
        raise Bad("at 应是路径的最后一段。")
    with here.database.write() as connection:
        number = mishaps.order(connection, target, mishap, times, body.get("only") == "effects", at)
    told = {
        "id": number,
        "target": target,
        "mishap": mishap,
        "remaining": times,
        "only": body.get("only"),
        "at": at or None,
    }
    return answer(told, 201)


@blueprint.get("/mishaps")
def list_mishaps() -> Response:
    """What is still to go wrong."""
    with world().database.read() as connection:
        return answer({"items": mishaps.pending(connection)})


@blueprint.delete("/mishaps")
def forget_mishaps() -> Response:
    """Nothing goes wrong any more; with ``target`` or ``mishap`` only those."""
    with world().database.write() as connection:
        connection.execute(
            "DELETE FROM mishap WHERE (? IS NULL OR target = ?) AND (? IS NULL OR mishap = ?)",
            (request.args.get("target"),) * 2 + (request.args.get("mishap"),) * 2,
        )
    return Response(status=204)


@blueprint.get("/calls")
def list_calls() -> Response:
    """Calls the far sides have received from the app, oldest first."""
    target = request.args.get("target")
    with world().database.read() as connection:
        rows = connection.execute(
            "SELECT at, method, path, mishap, target, status, key FROM traffic"
            " WHERE is_call AND (? IS NULL OR target = ?) ORDER BY id",
            (target, target),
        ).fetchall()
    return answer({"items": [dict(row) for row in rows]})


@blueprint.get("/effects")
def list_effects() -> Response:
    """Every effect, once each, oldest first."""
    side = request.args.get("far_side")
    with world().database.read() as connection:
        rows = connection.execute(
            "SELECT far_side, effect, method, key, person, at FROM effect WHERE ? IS NULL OR far_side = ? ORDER BY id",
            (side, side),
        ).fetchall()
    return answer({"items": [dict(row) for row in rows]})


@blueprint.get("/messages")
def list_messages() -> Response:
    """WeChat messages delivered to a user, oldest first."""
    openid = request.args.get("openid")
    with world().database.read() as connection:
        rows = connection.execute(
            "SELECT at, openid, kind, document FROM message WHERE ? IS NULL OR openid = ? ORDER BY id", (openid, openid)
        ).fetchall()
    items = [json.loads(row["document"]) | {name: row[name] for name in ("at", "openid", "kind")} for row in rows]
    return answer({"items": items})


@blueprint.get("/productions")
def list_productions() -> Response:
    """All productions, newest first."""
    with world().database.read() as connection:
        return answer({"items": productions.listing(connection)})


@blueprint.post("/productions/<production>")
def move_production(production: str) -> Response:
    """Move a production on and send its event."""
    body = _body()
    node = productions.node_name(body.get("node"))
    if node is None:
        raise Bad(f"node 应是 {'、'.join(productions.NODES)} 中的一个。")
    try:
        return answer(productions.move(world(), production, node, body))
    except Refusal as refusal:
        return problem(refusal.status, refusal.code, refusal.reason)


@blueprint.post("/push")
def push() -> Response:
    """Push a text or an event of this user to the app; answers the first reply, and all of them."""
    here, body = world(), _body()
    openid, account = _text(body, "openid"), _account(here, body)
    copies = body.get("deliveries", 1)
    if not isinstance(copies, int) or isinstance(copies, bool) or not 1 <= copies <= 20:
        raise Bad("deliveries 应是 1 到 20 的整数。")
    fields: dict[str, Any]
    if "text" in body:
        text = _text(body, "text", limit=2000)
        fields = {
            "MsgType": "text",
            "Content": text,
            "MsgId": 2_000_000_000_000_000 + int(here.clock.timestamp() * 1_000_000),
        }
    elif "event" in body:
        text = ""
        fields = {"MsgType": "event", "Event": _text(body, "event")}
        key = body.get("event_key", body.get("key"))
        if key is not None or fields["Event"] in ("subscribe", "CLICK", "VIEW", "SCAN"):
            fields["EventKey"] = str(key or "")
    else:
        raise Bad("要写 text 或 event。")
    fields |= {name: value for name, value in body.items() if _FIELD.fullmatch(name)}
    with here.database.write() as connection:
        if text:
            _say(here, connection, openid, "me", text)
        if fields.get("Event") in ("subscribe", "unsubscribe"):
            connection.execute("UPDATE user SET follows = ? WHERE openid = ?", (fields["Event"] == "subscribe", openid))
    replies = wechat_push.send(here, account, openid, fields, copies)
    first = replies[0] if replies else wechat_push.Reply(None, "", "not sent")
    with here.database.write() as connection:
        if isinstance(first.reply, dict) and not first.fault:
            _say(here, connection, openid, "them", _words(first.reply))
        elif first.fault and replies and fields["MsgType"] == "text":
            _say(here, connection, openid, "them", wechat_push.SORRY)
    return answer(first.document() | {"deliveries": [reply.document() for reply in replies]})


@blueprint.get("/time")
def show_time() -> Response:
    """The moment it is for app and sandbox, and the offset in seconds."""
    clock = world().clock
    return answer({"now": clock.text(), "offset": clock.offset()})


@blueprint.post("/time")
def move_time() -> Response:
    """Set the time, advance it, or go back to the real one."""
    clock, body = world().clock, _body()
    given = [name for name in ("set", "advance", "real") if name in body]
    if len(given) != 1:
        raise Bad("要写 set、advance 或 real 中的一个。")
    try:
        if given == ["set"]:
            moment = datetime.fromisoformat(_text(body, "set"))
            if moment.tzinfo is None or not 1970 < moment.year < 2200:
                raise ValueError
            clock.set(moment)
        elif given == ["advance"]:
            length = duration(_text(body, "advance"))
            if length is None:
                raise ValueError
            clock.advance(length)
        elif body["real"] is True:
            clock.real()
        else:
            raise ValueError
    except (ValueError, OverflowError):
        raise Bad("set 应像 2026-11-26T10:00:00+08:00，advance 应像 PT72H 或 P1D，real 只能是 true。") from None
    registry_cards.end_losses(world())
    return show_time()


@blueprint.post("/reset")
def reset() -> Response:
    """A clean far side: nobody but the demo people, nothing on record, the real time."""
    here = world()
    here.clock.real()
    here.database.empty()
    people.seed(here.database, here.clock)
    return Response(status=204)


def _account(here: World, body: dict[str, Any]) -> Account:
    if body.get("account") is None:
        return here.settings.service_account()
    account = here.settings.accounts.get(str(body["account"]))
    if account is None:
        raise Bad(f"account 应是 {'、'.join(here.settings.accounts)} 中的一个。")
    return account


def _say(here: World, connection: Any, openid: str, side: str, text: str) -> None:
    connection.execute(
        "INSERT INTO chat (openid, side, text, at) VALUES (?, ?, ?, ?)", (openid, side, text[:2000], here.clock.text())
    )


def _words(reply: dict[str, Any]) -> str:
    if reply.get("MsgType") == "news":
        articles = reply.get("Articles")
        first = articles[0] if isinstance(articles, list) and articles else {}
        return str(first.get("Title", "图文消息"))
    return str(reply.get("Content") or "收到一条消息")

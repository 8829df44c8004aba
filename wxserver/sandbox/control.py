"""How scripts and the phone's panels drive the sandbox: JSON in, JSON out, a plain sentence where it is wrong."""

import json
from datetime import date, datetime

from flask import Blueprint, Response, request

from wxserver.sandbox import cards as registry_cards
from wxserver.sandbox import control_eid, control_push, mishaps, people, productions, registry_standing
from wxserver.sandbox.cards import Refusal
from wxserver.sandbox.clock import duration
from wxserver.sandbox.control_reading import Bad, body, text
from wxserver.sandbox.world import answer, problem, world

blueprint = Blueprint("control", __name__, url_prefix="/control")
blueprint.register_blueprint(control_push.blueprint)
blueprint.register_blueprint(control_eid.blueprint)

_MANY = 100_000


@blueprint.errorhandler(Bad)
def bad(fault: Bad) -> Response:
    """400 with the sentence."""
    return problem(400, "bad-request", str(fault))


@blueprint.post("/people")
def add_person() -> Response:
    """A WeChat user who is a cardholder with these cards."""
    here, asked = world(), body()
    today = here.clock.now().date()
    name, id_type = text(asked, "name", "测试市民"), text(asked, "id_type", "resident_id")
    if id_type not in people.ID_TYPES:
        raise Bad(f"id_type 应是 {'、'.join(people.ID_TYPES)} 中的一个。")
    if id_type != "resident_id" and "id_number" not in asked:
        raise Bad("只有居民身份证号码可以不写，由沙箱编一个。")
    number = people.tidy_number(text(asked, "id_number", people.random_resident_id(today)))
    told = {each: text(asked, each) for each in registry_standing.PROFILE if asked.get(each) is not None}
    standing = asked.get("standing", {})
    if fault := registry_standing.fault(standing):
        raise Bad(fault)
    guardians = asked.get("guardians", [])
    if fault := registry_standing.fault_of_guardians(guardians):
        raise Bad(fault)
    wanted = asked.get("cards", [])
    if not isinstance(wanted, list) or len(wanted) > 50 or any(not isinstance(card, dict) for card in wanted):
        raise Bad("cards 应是一个列表，每张卡一个对象。")
    for card in wanted:
        if card.get("state", "active") not in people.CARD_STATES:
            raise Bad(f"卡的 state 应是 {'、'.join(people.CARD_STATES)} 中的一个。")
        try:
            date.fromisoformat(text(card, "expires_on", people.ten_years_on(today)))
        except ValueError:
            raise Bad("卡的 expires_on 应是 2036-11-26 这样的日期。") from None
    with here.database.write() as connection:
        openid = people.add_user(connection, name, id_type, number)
        people.keep_holder(connection, id_type, number, name, **{"phone": None} | told)
        if standing:
            registry_standing.keep(connection, id_type, number, standing)
        if guardians:
            registry_standing.keep_guardians(connection, id_type, number, guardians)
        made = [
            people.add_card(
                connection,
                id_type,
                number,
                state=card.get("state", "active"),
                bank=text(card, "bank", people.BANK),
                region=text(card, "region", people.REGION),
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
    here, asked = world(), body()
    target, mishap, times = asked.get("target"), asked.get("mishap"), asked.get("times", 1)
    if target not in mishaps.TARGETS:
        raise Bad(f"target 应是 {'、'.join(mishaps.TARGETS)} 中的一个。")
    if mishap not in mishaps.ALL:
        raise Bad(f"mishap 应是 {'、'.join(mishaps.ALL)} 中的一个。")
    if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= _MANY:
        raise Bad("times 应是 1 以上的整数。")
    if asked.get("only") not in (None, "effects"):
        raise Bad("only 只能是 effects。")
    at = asked.get("at", "")
    if not isinstance(at, str) or len(at) > 40:
        raise Bad("at 应是路径的最后一段。")
    with here.database.write() as connection:
        number = mishaps.order(connection, target, mishap, times, asked.get("only") == "effects", at)
    told = {
        "id": number,
        "target": target,
        "mishap": mishap,
        "remaining": times,
        "only": asked.get("only"),
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
    asked = body()
    node = productions.node_name(asked.get("node"))
    if node is None:
        raise Bad(f"node 应是 {'、'.join(productions.NODES)} 中的一个。")
    try:
        return answer(productions.move(world(), production, node, asked))
    except Refusal as refusal:
        return problem(refusal.status, refusal.code, refusal.reason)


@blueprint.get("/time")
def show_time() -> Response:
    """The moment it is for app and sandbox, and the offset in seconds."""
    clock = world().clock
    return answer({"now": clock.text(), "offset": clock.offset()})


@blueprint.post("/time")
def move_time() -> Response:
    """Set the time, advance it, or go back to the real one."""
    clock, asked = world().clock, body()
    given = [name for name in ("set", "advance", "real") if name in asked]
    if len(given) != 1:
        raise Bad("要写 set、advance 或 real 中的一个。")
    try:
        if given == ["set"]:
            moment = datetime.fromisoformat(text(asked, "set"))
            if moment.tzinfo is None or not 1970 < moment.year < 2200:
                raise ValueError
            clock.set(moment)
        elif given == ["advance"]:
            length = duration(text(asked, "advance"))
            if length is None:
                raise ValueError
            clock.advance(length)
        elif asked["real"] is True:
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

"""The card registry over HTTP. Every change comes under an Idempotency-Key and has its effect once."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from wxserver.sandbox import cards, far_side, productions, registry_standing
from wxserver.sandbox.cards import Refusal
from wxserver.sandbox.people import ID_TYPES, card_document, cards_of, tidy_number
from wxserver.sandbox.world import World, answer, problem, world

blueprint = Blueprint("registry", __name__, url_prefix="/registry")

Act = Callable[[sqlite3.Connection, Mapping[str, Any]], tuple[int, dict[str, Any], str | None]]
CardAct = Callable[[World, sqlite3.Connection, str, Mapping[str, Any]], dict[str, Any]]


def _body() -> dict[str, Any]:
    raw = request.get_data()
    if not raw:
        return {}
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refusal(400, "bad-request", "发来的内容不是 JSON。") from None
    if not isinstance(document, dict):
        raise Refusal(400, "bad-request", "发来的内容不是一个 JSON 对象。")
    return document


def _holder(body: Mapping[str, Any]) -> tuple[str, str]:
    id_type, number = body.get("id_type"), body.get("id_number")
    if id_type not in ID_TYPES or not isinstance(number, str) or not number.strip():
        raise Refusal(400, "bad-request", "没有写明证件种类或证件号码。")
    return str(id_type), tidy_number(number)


def _read(look: Callable[[sqlite3.Connection], dict[str, Any]]) -> Response:
    here = world()
    cards.end_losses(here)
    try:
        with here.database.read() as connection:
            return answer(look(connection))
    except Refusal as refusal:
        return problem(refusal.status, refusal.code, refusal.reason)


def _once(effect: str, act: Act) -> Response:
    """Do ``act`` once for this Idempotency-Key, and give its answer, refusals too, to every repetition."""
    here, key = world(), request.headers.get("Idempotency-Key", "")
    if not key or len(key) > 255:
        return problem(400, "idempotency-key-missing", "请求没有带 Idempotency-Key。")
    try:
        body = _body()
    except Refusal as refusal:
        return problem(refusal.status, refusal.code, refusal.reason)
    asked = f"{request.method} {request.path} {productions.canonical(body)}"
    cards.end_losses(here)
    with here.database.write() as connection:
        row = connection.execute("SELECT * FROM answer WHERE key = ?", (key,)).fetchone()
        if row is not None:
            if row["request"] != asked:
                return problem(409, "idempotency-mismatch", "同一个编号已经用来办过另一件事。")
            return _told(row["status"], json.loads(row["body"]))
        try:
            status, document, person = act(connection, body)
            cards.effect(here, connection, effect, key, person, request.method)
        except Refusal as refusal:
            status = refusal.status
            document = problem(status, refusal.code, refusal.reason).get_json(force=True)
            if status == 400:
                return _told(status, document)
        connection.execute(
            "INSERT INTO answer (key, request, status, body) VALUES (?, ?, ?, ?)",
            (key, asked, status, json.dumps(document, ensure_ascii=False)),
        )
    here.outbox.nudge()
    return _told(status, document)


def _told(status: int, document: dict[str, Any]) -> Response:
    return answer(document, status, "application/problem+json" if status >= 400 else "application/json")


def _card_once(effect: str, reference: str, act: CardAct) -> Response:
    def run(connection: sqlite3.Connection, body: Mapping[str, Any]) -> tuple[int, dict[str, Any], str | None]:
        return 200, act(world(), connection, reference, body), cards.owner(connection, reference)

    return _once(effect, run)


@blueprint.post("/people/cards")
@far_side.signed("registry", "查名下的卡", effect=False)
def list_cards() -> Response:
    """The cards of a person; somebody unknown has none."""
    return _read(lambda connection: {"cards": cards_of(connection, *_holder(_body()))})


@blueprint.post("/people/productions")
@far_side.signed("registry", "查制卡进度", effect=False)
def list_productions() -> Response:
    """The productions of a person."""
    return _read(lambda connection: {"productions": productions.of_holder(connection, *_holder(_body()))})


@blueprint.post("/people/standing")
@far_side.signed("registry", "查参保等情况", effect=False)
def standing() -> Response:
    """What else is known of a person."""
    return _read(lambda connection: registry_standing.of(connection, *_holder(_body())))


@blueprint.post("/people/guardianships")
@far_side.signed("registry", "查监护关系", effect=False)
def guardianship() -> Response:
    """Whether the one is known to be the other's guardian."""

    def look(connection: sqlite3.Connection) -> dict[str, Any]:
        body = _body()
        told = [body.get("guardian"), body.get("minor")]
        guardian, minor = (_holder(each if isinstance(each, dict) else {}) for each in told)
        return {"proven": registry_standing.is_guardian(connection, guardian, minor)}

    return _read(look)


@blueprint.post("/people/photo")
@far_side.signed("registry", "取卡上的照片", effect=False)
def photo() -> Response:
    """The picture that the last production has brought."""
    return _read(lambda connection: registry_standing.photo_of(connection, *_holder(_body())))


@blueprint.post("/people/profile")
@far_side.signed("registry", "修改持卡人信息", effect=True)
def profile() -> Response:
    """Change what is known of a cardholder."""

    def run(connection: sqlite3.Connection, body: Mapping[str, Any]) -> tuple[int, dict[str, Any], str | None]:
        id_type, number = _holder(body)
        return 200, cards.update_profile(connection, id_type, number, body), number

    return _once("profile", run)


@blueprint.post("/productions")
@far_side.signed("registry", "申请制卡", effect=True)
def start_production() -> Response:
    """Begin a production."""

    def run(connection: sqlite3.Connection, body: Mapping[str, Any]) -> tuple[int, dict[str, Any], str | None]:
        id_type, number = _holder(body)
        return 202, productions.start(world(), connection, id_type, number, body), number

    return _once("productions", run)


@blueprint.get("/productions/<production>")
@far_side.signed("registry", "查一次制卡", effect=False)
def show_production(production: str) -> Response:
    """One production with its history."""
    return _read(lambda connection: productions.document(connection, production))


@blueprint.post("/productions/<production>/correction")
@far_side.signed("registry", "交回修改后的资料", effect=True)
def correct_production(production: str) -> Response:
    """Hand in a correction."""

    def run(connection: sqlite3.Connection, body: Mapping[str, Any]) -> tuple[int, dict[str, Any], str | None]:
        person = str(productions.find(connection, production)["id_number"])
        return 202, productions.correct(world(), connection, production, body), person

    return _once("correction", run)


@blueprint.delete("/productions/<production>")
@far_side.signed("registry", "取消制卡", effect=True)
def cancel_production(production: str) -> Response:
    """Stop a production before the card is made."""

    def run(connection: sqlite3.Connection, body: Mapping[str, Any]) -> tuple[int, dict[str, Any], str | None]:
        person = str(productions.find(connection, production)["id_number"])
        return 200, productions.cancel(world(), connection, production, body), person

    return _once("productions", run)


@blueprint.get("/cards/<card>")
@far_side.signed("registry", "查一张卡", effect=False)
def show_card(card: str) -> Response:
    """One card."""
    return _read(lambda connection: card_document(cards.find(connection, card)))


@blueprint.post("/cards/<card>/activation")
@far_side.signed("registry", "启用卡", effect=True)
def activation(card: str) -> Response:
    """Activate a sealed card."""
    return _card_once("activation", card, cards.activate)


@blueprint.post("/cards/<card>/loss")
@far_side.signed("registry", "挂失", effect=True)
def report_loss(card: str) -> Response:
    """Report a loss."""
    return _card_once("loss", card, cards.report_loss)


@blueprint.delete("/cards/<card>/loss")
@far_side.signed("registry", "解除挂失", effect=True)
def lift_loss(card: str) -> Response:
    """Lift a loss."""
    return _card_once("loss", card, cards.lift_loss)


@blueprint.post("/cards/<card>/cancellation")
@far_side.signed("registry", "注销卡", effect=True)
def cancellation(card: str) -> Response:
    """Cancel a card."""
    return _card_once("cancellation", card, cards.cancel)


@blueprint.delete("/cards/<card>/cancellation")
@far_side.signed("registry", "撤销注销", effect=True)
def restoration(card: str) -> Response:
    """Roll a cancellation back."""
    return _card_once("cancellation", card, cards.restore)


@blueprint.post("/cards/<card>/pin")
@far_side.signed("registry", "改卡密码", effect=True)
def pin(card: str) -> Response:
    """Change or reset a PIN."""
    return _card_once("pin", card, cards.set_pin)


@blueprint.delete("/cards/<card>/lock")
@far_side.signed("registry", "解锁卡", effect=True)
def unlock(card: str) -> Response:
    """Unlock a card."""
    return _card_once("lock", card, cards.unlock)

"""Cards in production: started by the app, moved on by whoever plays the registry, told to the app as events."""

import base64
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from wxserver.sandbox import cards, registry_standing
from wxserver.sandbox.cards import Refusal
from wxserver.sandbox.people import BANK, REGION, add_card, keep_holder, ten_years_on
from wxserver.sandbox.world import World

NODES = ("accepted", "correction_requested", "made", "sent", "ready_for_pickup", "received")
WORDS = {
    "submitted": "已提交",
    "accepted": "制卡已受理",
    "correction_requested": "资料要修改",
    "made": "卡已制好",
    "sent": "卡已寄出",
    "ready_for_pickup": "卡可以领取",
    "received": "卡已领取",
    "cancelled": "制卡已取消",
    "correction_received": "修改已收到",
}
ACCEPTANCE_AFTER = 1.0
"""Real seconds between a production's start and its acceptance."""
EXTRAS = ("outlet", "courier", "tracking_number", "reason", "fields", "deadline")


def node_name(text: object) -> str | None:
    """The registry's node for a name in any spelling (``made``, ``card_made``, ``production.made``), or None."""
    if not isinstance(text, str):
        return None
    plain = text.removeprefix("production.")
    plain = {"production_accepted": "accepted", "card_made": "made"}.get(plain, plain)
    return plain if plain in NODES else None


def start(
    here: World, connection: sqlite3.Connection, id_type: str, id_number: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Begin a production of kind apply, replace or batch; it is accepted by itself about a second later.

    ``on_the_spot`` makes and hands over the card at once, active where ``activated`` is true.
    """
    _check(body)
    kind, card, photo = body["kind"], body.get("card"), _photo(body)
    old = None
    if kind == "replace":
        old = cards.find(connection, card or "")
        if (old["id_type"], old["id_number"]) != (id_type, id_number):
            raise Refusal(404, "no-such-card", "没有找到这张卡。")
    keep_holder(connection, id_type, id_number, body["name"], body.get("phone") or None)
    if photo is not None:
        registry_standing.keep_photo(connection, id_type, id_number, photo)
    reference, now = f"p{secrets.token_hex(10)}", here.clock.text()
    bank = body.get("bank") or (old["bank"] if old else BANK)
    region = body.get("region") or (old["region"] if old else REGION)
    number = connection.execute("SELECT coalesce(max(serial), 0) + 1 AS n FROM production").fetchone()["n"]
    connection.execute(
        "INSERT INTO production (reference, kind, case_reference, id_type, id_number, name, phone, bank, address,"
        " region, card, node, at, serial, photo_sha256, photo_size)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'submitted', ?, ?, ?, ?)",
        (
            reference,
            kind,
            body["reference"],
            id_type,
            id_number,
            body["name"],
            body.get("phone"),
            bank,
            body.get("address"),
            region,
            card,
            now,
            number,
            None if photo is None else hashlib.sha256(photo).hexdigest(),
            None if photo is None else len(photo),
        ),
    )
    connection.execute(
        "INSERT INTO history (production, node, at, sequence) VALUES (?, 'submitted', ?, 0)", (reference, now)
    )
    if body.get("on_the_spot"):
        for node in ("accepted", "made"):
            _tell(here, connection, reference, node, {})
        _tell(here, connection, reference, "received", {}, "active" if body.get("activated") else "sealed")
        return {"production": reference, "node": "received"}
    here.outbox.later(connection, "accept", reference, ACCEPTANCE_AFTER)
    return {"production": reference, "node": "submitted"}


def _check(body: Mapping[str, Any]) -> None:
    kind = body.get("kind")
    if kind not in ("apply", "replace", "batch"):
        raise Refusal(400, "bad-request", "没有写明是申领、补换还是批量制卡。")
    for name in ("reference", "name"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise Refusal(400, "bad-request", "申请里少了姓名或办件编号。")
    for name in ("phone", "bank", "address", "region", "card"):
        if body.get(name) is not None and not isinstance(body[name], str):
            raise Refusal(400, "bad-request", "申请里有一项写得不对。")
    flags = {name: body.get(name, False) for name in ("on_the_spot", "activated")}
    if not all(isinstance(flag, bool) for flag in flags.values()) or (flags["on_the_spot"] and kind == "batch"):
        raise Refusal(400, "bad-request", "当场制卡的写法不对。")


def _photo(body: Mapping[str, Any]) -> bytes | None:
    """The picture that came along, or None."""
    photo = body.get("photo")
    if photo is None:
        return None
    try:
        content = base64.b64decode(photo["content"], validate=True)
        digest = hashlib.sha256(content).hexdigest()
        if photo["media_type"] != "image/jpeg" or not content.startswith(b"\xff\xd8\xff"):
            raise Refusal(400, "bad-photo", "照片不是 JPEG 格式。")
        if photo["sha256"] != digest:
            raise Refusal(400, "bad-photo", "照片和它的校验值对不上。")
    except (KeyError, TypeError, ValueError):
        raise Refusal(400, "bad-photo", "照片的写法不对。") from None
    return content


def find(connection: sqlite3.Connection, reference: str) -> sqlite3.Row:
    """The production's row; raises Refusal where there is none."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM production WHERE reference = ?", (reference,)
    ).fetchone()
    if row is None:
        raise Refusal(404, "no-such-production", "没有找到这次制卡。")
    return row


def brief(row: sqlite3.Row) -> dict[str, Any]:
    """A production as a list tells it."""
    names = ("kind", "node", "at", "bank", "region")
    return {"production": row["reference"]} | {name: row[name] for name in names}


def document(connection: sqlite3.Connection, reference: str) -> dict[str, Any]:
    """A production with its history, oldest first."""
    rows = connection.execute(
        "SELECT node, at, sequence FROM history WHERE production = ? ORDER BY id", (reference,)
    ).fetchall()
    row = find(connection, reference)
    photo = None if row["photo_sha256"] is None else {"sha256": row["photo_sha256"], "size": row["photo_size"]}
    return brief(row) | {"photo": photo, "history": [dict(each) for each in rows]}


def of_holder(connection: sqlite3.Connection, id_type: str, id_number: str) -> list[dict[str, Any]]:
    """All productions for a document's holder, oldest first."""
    rows = connection.execute(
        "SELECT * FROM production WHERE id_type = ? AND id_number = ? ORDER BY serial", (id_type, id_number)
    ).fetchall()
    return [brief(row) for row in rows]


def correct(here: World, connection: sqlite3.Connection, reference: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Take a correction in; the production is accepted again a second later."""
    row = find(connection, reference)
    if row["node"] != "correction_requested":
        raise Refusal(422, "no-correction-wanted", "这次制卡现在不需要修改资料。")
    changes = body.get("changes")
    if isinstance(changes, dict):
        names = ("name", "phone", "address")
        kept = {name: changes[name] if isinstance(changes.get(name), str) else None for name in names}
        connection.execute(
            "UPDATE production SET name = coalesce(:name, name), phone = coalesce(:phone, phone),"
            " address = coalesce(:address, address) WHERE reference = :reference",
            kept | {"reference": reference},
        )
    _step(here, connection, reference, "correction_received")
    here.outbox.later(connection, "accept", reference, ACCEPTANCE_AFTER)
    return {"production": reference, "node": "correction_received"}


def cancel(here: World, connection: sqlite3.Connection, reference: str, _: Mapping[str, Any]) -> dict[str, Any]:
    """Stop a production that has not been made yet."""
    row = find(connection, reference)
    if row["node"] in ("made", "sent", "ready_for_pickup", "received"):
        raise Refusal(422, "already-made", "卡已经制好，不能撤回了。")
    if row["node"] == "cancelled":
        raise Refusal(422, "already-cancelled", "这次制卡已经取消。")
    _step(here, connection, reference, "cancelled")
    return document(connection, reference)


def accept(here: World, reference: str) -> None:
    """The chore that follows a start or a correction."""
    with here.database.write() as connection:
        row = connection.execute("SELECT node FROM production WHERE reference = ?", (reference,)).fetchone()
        if row is not None and row["node"] in ("submitted", "correction_received"):
            _tell(here, connection, reference, "accepted", {})
    here.outbox.nudge()


def move(here: World, reference: str, node: str, extras: Mapping[str, Any]) -> dict[str, Any]:
    """Move a production on and send the event; one that waits to be accepted is accepted first."""
    with here.database.write() as connection:
        row = find(connection, reference)
        if row["node"] == "cancelled":
            raise Refusal(409, "already-cancelled", "这次制卡已经取消，不能再往下走。")
        if row["node"] in ("submitted", "correction_received") and node != "accepted":
            _tell(here, connection, reference, "accepted", {})
        _tell(here, connection, reference, node, extras)
        result = document(connection, reference)
    here.outbox.nudge()
    return result


def _tell(
    here: World,
    connection: sqlite3.Connection,
    reference: str,
    node: str,
    extras: Mapping[str, Any],
    state: str = "sealed",
) -> None:
    sequence, now = _step(here, connection, reference, node)
    if node == "received":
        _hand_over(here, connection, reference, state)
    data = {"production": reference, "at": now, "sequence": sequence} | _usual_extras(node)
    data |= {name: extras[name] for name in EXTRAS if name in extras}
    cards.announce(here, connection, f"production.{node}", reference, data, f"告知：{WORDS[node]}")


def _step(here: World, connection: sqlite3.Connection, reference: str, node: str) -> tuple[int, str]:
    now = here.clock.text()
    row = connection.execute(
        "UPDATE production SET node = ?, at = ?, sequence = sequence + 1 WHERE reference = ? RETURNING sequence",
        (node, now, reference),
    ).fetchone()
    connection.execute(
        "INSERT INTO history (production, node, at, sequence) VALUES (?, ?, ?, ?)",
        (reference, node, now, row["sequence"]),
    )
    return int(row["sequence"]), now


def _hand_over(here: World, connection: sqlite3.Connection, reference: str, state: str) -> None:
    row = find(connection, reference)
    if row["made_card"] is not None:
        return
    if row["kind"] == "replace" and cards.find(connection, row["card"])["state"] != "cancelled":
        connection.execute("UPDATE card SET before = state, state = 'cancelled' WHERE reference = ?", (row["card"],))
        cards.state_changed(here, connection, row["card"])
    made = add_card(
        connection,
        row["id_type"],
        row["id_number"],
        state=state,
        bank=row["bank"],
        region=row["region"],
        expires_on=ten_years_on(here.clock.now().date()),
        today=here.clock.now().date(),
    )
    connection.execute("UPDATE production SET made_card = ? WHERE reference = ?", (made, reference))


def _usual_extras(node: str) -> dict[str, Any]:
    if node == "sent":
        return {"courier": "邮政快递", "tracking_number": f"EK{secrets.randbelow(10**9):09d}CN"}
    if node == "ready_for_pickup":
        return {"outlet": "揭阳市榕城区社会保障卡服务网点"}
    if node == "correction_requested":
        return {"reason": "照片背景不是白色", "fields": ["photo"]}
    return {}


def listing(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """All productions, newest first, as the phone's panel shows them."""
    rows = connection.execute("SELECT * FROM production ORDER BY serial DESC LIMIT 50").fetchall()
    return [
        brief(row) | {"reference": row["case_reference"], "name": row["name"], "text": WORDS[row["node"]]}
        for row in rows
    ]


def canonical(body: Mapping[str, Any]) -> str:
    """A body as it is compared under an Idempotency-Key, and kept: of a picture only the digest."""
    photo = body.get("photo")
    if isinstance(photo, dict):
        content = json.dumps(photo, ensure_ascii=False, sort_keys=True)
        body = {**body, "photo": hashlib.sha256(content.encode()).hexdigest()}
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

"""The registry's cards and cardholders: what may be done to them, and what it changes."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from wxserver.sandbox import registry_losses, traffic
from wxserver.sandbox.people import CARDS, card_document
from wxserver.sandbox.registry_standing import PROFILE
from wxserver.sandbox.world import World

STATE_WORDS = {
    "sealed": "未启用",
    "active": "正常",
    "temporarily_lost": "临时挂失",
    "formally_lost": "正式挂失",
    "locked": "锁定",
    "cancelled": "已注销",
}


class Refusal(Exception):
    """A definite no: HTTP status, stable code, and the reason for the citizen."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(code)
        self.status, self.code, self.reason = status, code, reason


def find(connection: sqlite3.Connection, reference: str) -> sqlite3.Row:
    """The card's row; raises Refusal where there is none."""
    row: sqlite3.Row | None = connection.execute(f"{CARDS} WHERE reference = ?", (reference,)).fetchone()
    if row is None:
        raise Refusal(404, "no-such-card", "没有找到这张卡。")
    return row


def activate(here: World, connection: sqlite3.Connection, reference: str, _: Mapping[str, Any]) -> dict[str, Any]:
    """Sealed to active."""
    row = find(connection, reference)
    if row["state"] != "sealed":
        raise Refusal(422, "card-not-sealed", f"这张卡现在是{STATE_WORDS[row['state']]}状态，不用启用。")
    return _move(here, connection, row, "active", "card.activated")


def report_loss(here: World, connection: sqlite3.Connection, reference: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Report a loss of ``kind`` formal or temporary."""
    kind = body.get("kind")
    if kind not in ("temporary", "formal"):
        raise Refusal(400, "bad-request", "挂失要说明是临时挂失还是正式挂失。")
    row = find(connection, reference)
    allowed = ("active",) if kind == "temporary" else ("active", "sealed", "temporarily_lost")
    if row["state"] not in allowed:
        raise Refusal(422, "loss-not-possible", f"这张卡现在是{STATE_WORDS[row['state']]}状态，不能办这种挂失。")
    registry_losses.keep(connection, reference, row["state"], kind, here.clock.now().date())
    return _move(here, connection, row, f"{'temporarily' if kind == 'temporary' else 'formally'}_lost")


def lift_loss(here: World, connection: sqlite3.Connection, reference: str, _: Mapping[str, Any]) -> dict[str, Any]:
    """Back to the state before the loss."""
    row = find(connection, reference)
    if row["state"] not in ("temporarily_lost", "formally_lost"):
        raise Refusal(422, "card-not-lost", "这张卡没有挂失，不用解挂。")
    return _move(here, connection, row, registry_losses.forget(connection, reference))


def end_losses(here: World) -> None:
    """Give every card whose temporary loss is over its state back, and tell it once."""
    today = here.clock.now().date()
    with here.database.read() as connection:
        if not registry_losses.over(connection, today):
            return
    with here.database.write() as connection:
        for reference in registry_losses.over(connection, today):
            _move(here, connection, find(connection, reference), registry_losses.forget(connection, reference))
    here.outbox.nudge()


def cancel(here: World, connection: sqlite3.Connection, reference: str, _: Mapping[str, Any]) -> dict[str, Any]:
    """Cancel a card in any other state."""
    row = find(connection, reference)
    if row["state"] == "cancelled":
        raise Refusal(422, "card-cancelled", "这张卡已经注销。")
    return _move(here, connection, row, "cancelled")


def restore(here: World, connection: sqlite3.Connection, reference: str, _: Mapping[str, Any]) -> dict[str, Any]:
    """Roll a cancellation back."""
    row = find(connection, reference)
    if row["state"] != "cancelled":
        raise Refusal(422, "card-not-cancelled", "这张卡没有注销，不用恢复。")
    return _move(here, connection, row, row["before"] or "active")


def set_pin(_here: World, connection: sqlite3.Connection, reference: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Change or reset the PIN as ``action`` says; the PIN itself is keyed in elsewhere and not kept."""
    if body.get("action") not in ("change", "reset"):
        raise Refusal(400, "bad-request", "改密码要说明是修改还是重置。")
    row = find(connection, reference)
    if row["state"] != "active":
        raise Refusal(422, "card-not-active", f"这张卡现在是{STATE_WORDS[row['state']]}状态，不能改密码。")
    return card_document(row)


def unlock(here: World, connection: sqlite3.Connection, reference: str, _: Mapping[str, Any]) -> dict[str, Any]:
    """Locked to active."""
    row = find(connection, reference)
    if row["state"] != "locked":
        raise Refusal(422, "card-not-locked", "这张卡没有锁定，不用解锁。")
    return _move(here, connection, row, "active")


def update_profile(
    connection: sqlite3.Connection, id_type: str, id_number: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Change phone, address, email or occupation of a card's holder; answers what was changed."""
    changes = body.get("changes")
    if not isinstance(changes, dict) or not changes:
        raise Refusal(400, "bad-request", "没有写明要改什么。")
    for name, value in changes.items():
        if name not in PROFILE or not isinstance(value, str) or not value.strip() or len(value) > 200:
            raise Refusal(400, "bad-request", "要改的内容里有一项不能改，或者是空的。")
    row = find(connection, str(body.get("card", "")))
    if (row["id_type"], row["id_number"]) != (id_type, id_number):
        raise Refusal(404, "no-such-card", "没有找到这张卡。")
    if row["state"] == "cancelled":
        raise Refusal(422, "card-cancelled", "这张卡已经注销，不能改信息。")
    for name in changes:
        connection.execute(
            f"UPDATE holder SET {name} = ? WHERE id_type = ? AND id_number = ?",  # noqa: S608  (one of PROFILE)
            (changes[name].strip(), id_type, id_number),
        )
    return {"updated": [name for name in PROFILE if name in changes]}


def owner(connection: sqlite3.Connection, reference: str) -> str | None:
    """The document number of a card's holder, or None."""
    row = connection.execute("SELECT id_number FROM card WHERE reference = ?", (reference,)).fetchone()
    return None if row is None else str(row["id_number"])


def announce(
    here: World, connection: sqlite3.Connection, kind: str, stream: str, data: Mapping[str, Any], meaning: str
) -> None:
    """Put a registry event into the outbox, in the transaction of what happened."""
    event = {"type": kind, "timestamp": here.clock.text(), "data": dict(data)}
    here.outbox.add(
        connection,
        target="registry",
        stream=stream,
        url=f"{here.settings.public_url}/registry/events",
        signer="registry",
        body=json.dumps(event, ensure_ascii=False).encode(),
        meaning=meaning,
        in_order=True,
    )


def state_changed(
    here: World, connection: sqlite3.Connection, reference: str, kind: str = "card.state_changed"
) -> None:
    """Announce a card's present state under its next sequence number."""
    row = connection.execute(
        "UPDATE card SET sequence = sequence + 1 WHERE reference = ? RETURNING sequence, state", (reference,)
    ).fetchone()
    data = {"card": reference, "at": here.clock.text(), "sequence": row["sequence"], "state": row["state"]}
    announce(here, connection, kind, reference, data, f"告知：卡的状态变为{STATE_WORDS[row['state']]}")


def _move(
    here: World, connection: sqlite3.Connection, row: sqlite3.Row, state: str, kind: str = "card.state_changed"
) -> dict[str, Any]:
    connection.execute(
        "UPDATE card SET state = ?, before = ? WHERE reference = ?", (state, row["state"], row["reference"])
    )
    state_changed(here, connection, row["reference"], kind)
    return card_document(find(connection, row["reference"]))


def effect(here: World, connection: sqlite3.Connection, name: str, key: str, person: str | None, method: str) -> None:
    """Write a registry effect down."""
    traffic.effect(connection, here.clock, "registry", name, key=key, person=person, method=method)

"""Mishaps on order: the next n calls or callbacks of a far side go wrong."""

import json
import sqlite3
from typing import Any

TARGETS = ("wechat", "identity", "registry", "payment")
OF_CALLS = ("error", "timeout", "lost_reply", "refused")
OF_CALLBACKS = ("duplicate", "reorder", "no_callback", "late_callback", "bad_signature")
ALL = OF_CALLS + OF_CALLBACKS


def order(
    connection: sqlite3.Connection, target: str, mishap: str, times: int, only_effects: bool, at: str = ""
) -> int:
    """Order a mishap and return its number; in a write transaction. ``at``: the last word of the path it befalls."""
    row = connection.execute(
        "INSERT INTO mishap (target, mishap, only_effects, remaining, at) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (target, mishap, only_effects, times, at),
    ).fetchone()
    return int(row["id"])


def take_for_call(connection: sqlite3.Connection, target: str, effect: bool, path: str) -> str | None:
    """The mishap that befalls this call, counted down; in a write transaction."""
    return _take(connection, target, OF_CALLS, effect, path.rpartition("/")[2])


def take_for_callback(connection: sqlite3.Connection, target: str) -> str | None:
    """The mishap that befalls this callback, counted down; in a write transaction."""
    return _take(connection, target, OF_CALLBACKS, True, "")


def pending(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Mishaps on order with their remaining counts, oldest first."""
    rows = connection.execute("SELECT * FROM mishap WHERE remaining > 0 ORDER BY id").fetchall()
    return [
        {"id": row["id"], "target": row["target"], "mishap": row["mishap"], "remaining": row["remaining"]}
        | {"only": "effects" if row["only_effects"] else None, "at": row["at"] or None}
        for row in rows
    ]


def _take(connection: sqlite3.Connection, target: str, mishaps: tuple[str, ...], effect: bool, at: str) -> str | None:
    row = connection.execute(
        "UPDATE mishap SET remaining = remaining - 1 WHERE id = (SELECT id FROM mishap WHERE target = ?"
        " AND remaining > 0 AND mishap IN (SELECT value FROM json_each(?)) AND (? OR NOT only_effects)"
        " AND at IN ('', ?)"
        " ORDER BY id LIMIT 1) RETURNING mishap",
        (target, json.dumps(mishaps), effect, at),
    ).fetchone()
    return None if row is None else str(row["mishap"])

"""What scripts have ordered of E证通: the next results, lies and errors, each counted down as it is used."""

import sqlite3

KINDS = ("err_code", "lie", "api_error")
"""A result whatever is pressed; what an answer is wrong about; an error of the API instead of an answer."""


def order(
    connection: sqlite3.Connection, kind: str, value: str, times: int, id_number: str | None = None, at: str = ""
) -> int:
    """Order ``times`` of them and return the order's number; in a write transaction.

    ``id_number``: only for this document's verifications; ``at``: only for calls of this action.
    """
    row = connection.execute(
        "INSERT INTO eid_order (kind, value, id_number, at, remaining) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (kind, value, id_number, at, times),
    ).fetchone()
    return int(row["id"])


def take(connection: sqlite3.Connection, kind: str, *, id_number: str = "", at: str = "") -> str | None:
    """The next order of a kind that fits, counted down, or None; in a write transaction."""
    row = connection.execute(
        "UPDATE eid_order SET remaining = remaining - 1 WHERE id = (SELECT id FROM eid_order WHERE kind = ?"
        " AND remaining > 0 AND (id_number IS NULL OR id_number = ?) AND at IN ('', ?) ORDER BY id LIMIT 1)"
        " RETURNING value",
        (kind, id_number, at),
    ).fetchone()
    return None if row is None else str(row["value"])

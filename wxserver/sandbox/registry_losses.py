"""Reported losses: what the card was before, and until when a temporary one lasts.

A temporary loss lasts seven calendar days, the day of the report not counted, and ends by itself at the midnight after
the seventh. A formal one lasts until somebody lifts it.
"""

import sqlite3
from datetime import date, timedelta

TEMPORARY_DAYS = 7


def last_day(reported_on: date) -> str:
    """The last day of a temporary loss reported on this day."""
    return (reported_on + timedelta(days=TEMPORARY_DAYS)).isoformat()


def keep(connection: sqlite3.Connection, reference: str, before: str, kind: str, today: date) -> None:
    """Write a loss down; a temporary one made formal keeps the state from before the first report.

    In a write transaction, like all that changes something here.
    """
    connection.execute(
        "INSERT INTO loss (card, before, ends_on) VALUES (?, ?, ?)"
        " ON CONFLICT (card) DO UPDATE SET ends_on = excluded.ends_on",
        (reference, before, last_day(today) if kind == "temporary" else None),
    )


def forget(connection: sqlite3.Connection, reference: str) -> str:
    """Forget the loss of a card that is lost no more; the state that it goes back to."""
    row = connection.execute("DELETE FROM loss WHERE card = ? RETURNING before", (reference,)).fetchone()
    return "active" if row is None else str(row["before"])


def over(connection: sqlite3.Connection, today: date) -> list[str]:
    """The references of the cards whose temporary loss is over but still stands."""
    rows = connection.execute(
        "SELECT card.reference FROM loss JOIN card ON card.reference = loss.card"
        " WHERE card.state = 'temporarily_lost' AND loss.ends_on < ? ORDER BY card.serial",
        (today.isoformat(),),
    ).fetchall()
    return [str(row["reference"]) for row in rows]

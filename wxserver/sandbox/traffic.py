"""The record of who said what to whom; never a query, a body or anything personal."""

import sqlite3
import time
from dataclasses import dataclass, field

from wxserver.sandbox.clock import Clock
from wxserver.sandbox.state import Database

PARTIES = {
    "app": "本系统",
    "phone": "手机",
    "wechat": "微信",
    "identity": "身份平台",
    "registry": "社保卡系统",
    "stranger": "冒名者",
}


@dataclass
class Exchange:
    """One message and its answer. ``is_call`` marks what the app asks of a far side (not a phone's page view)."""

    target: str
    sender: str
    receiver: str
    method: str
    path: str
    meaning: str
    is_call: bool = False
    key: str | None = None
    proof: str = ""
    mishap: str | None = None
    row: int = 0
    begun: float = field(default_factory=time.monotonic)


def begin(connection: sqlite3.Connection, clock: Clock, exchange: Exchange) -> None:
    """Write the exchange down as it starts; in a write transaction. A repeated key is told in the meaning."""
    meaning = exchange.meaning
    if exchange.key is not None:
        earlier = connection.execute(
            "SELECT count(*) AS n FROM traffic WHERE key = ? AND path = ?", (exchange.key, exchange.path)
        ).fetchone()["n"]
        if earlier:
            meaning += f"，第 {earlier + 1} 次，编号不变"
    row = connection.execute(
        "INSERT INTO traffic (at, target, sender, receiver, is_call, method, path, key, meaning, proof, mishap)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            clock.text(),
            exchange.target,
            exchange.sender,
            exchange.receiver,
            exchange.is_call,
            exchange.method,
            exchange.path,
            exchange.key,
            meaning,
            exchange.proof,
            exchange.mishap,
        ),
    ).fetchone()
    exchange.row = int(row["id"])


def finish(database: Database, exchange: Exchange, status: int | None) -> None:
    """Add the answer's status (None: no answer) and how long it took."""
    elapsed = max(1, round((time.monotonic() - exchange.begun) * 1000))
    with database.write() as connection:
        connection.execute(
            "UPDATE traffic SET status = ?, ms = ?, finished = 1 WHERE id = ?", (status, elapsed, exchange.row)
        )


def effect(
    connection: sqlite3.Connection,
    clock: Clock,
    far_side: str,
    name: str,
    *,
    key: str | None,
    person: str | None,
    method: str = "POST",
) -> None:
    """Write down one effect on a far side; in the transaction that has the effect."""
    connection.execute(
        "INSERT INTO effect (far_side, effect, method, key, person, at) VALUES (?, ?, ?, ?, ?, ?)",
        (far_side, name, method, key, person, clock.text()),
    )

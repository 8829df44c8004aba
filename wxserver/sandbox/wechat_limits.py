"""What WeChat allows a caller: addresses, frozen secrets and quotas, each as a tester turned it."""

import json
import sqlite3
from typing import Any

from flask import Response, request

from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_errors import errcode
from wxserver.sandbox.world import World

CLEARINGS_PER_MONTH = 10


def knob(connection: sqlite3.Connection, name: str) -> Any:
    """What a tester turned this knob to, or an empty table."""
    row = connection.execute("SELECT value FROM knob WHERE name = ?", (name,)).fetchone()
    return {} if row is None else json.loads(row["value"])


def turn(connection: sqlite3.Connection, name: str, value: Any) -> None:
    """Turn a knob; in a write transaction."""
    connection.execute(
        "INSERT INTO knob (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json.dumps(value, ensure_ascii=False)),
    )


def refuses_caller(here: World, account: Account) -> Response | None:
    """Like :func:`refuses_secret`, and 40164 for a caller who is not in the account's whitelist."""
    frozen = refuses_secret(here, account)
    if frozen is not None:
        return frozen
    with here.database.read() as connection:
        lists = knob(connection, "whitelist")
    allowed, address = lists.get(account.code), request.remote_addr or ""
    if allowed is None or address in allowed:
        return None
    return errcode(40164, f"invalid ip {address} ipv6 ::ffff:{address}, not in whitelist")


def refuses_secret(here: World, account: Account) -> Response | None:
    """40243 while the account's secret is frozen, else None."""
    with here.database.read() as connection:
        return errcode(40243) if knob(connection, "frozen").get(account.code) else None


def over_quota(here: World, account: Account, path: str) -> Response | None:
    """Count one call of this path; 45009 or 45011 where that is one too many for the day or the minute, else None.

    Only paths that a tester gave a quota are counted.
    """
    now = here.clock.now()
    spans = ((45009, "per_day", f"{now:%Y-%m-%d}"), (45011, "per_minute", f"{now:%Y-%m-%dT%H:%M}"))
    with here.database.read() as connection:
        quota = knob(connection, "quotas").get(path)
    if quota is None:
        return None
    with here.database.write() as connection:
        for code, name, span in spans:
            if quota.get(name) is not None and times(connection, account, path, span) >= quota[name]:
                return errcode(code)
        for _, _, span in spans:
            count(connection, account, path, span)
    return None


def times(connection: sqlite3.Connection, account: Account, path: str, span: str) -> int:
    """How many calls were counted in a day, minute or month."""
    row = connection.execute(
        "SELECT times FROM used WHERE app_id = ? AND path = ? AND span = ?", (account.app_id, path, span)
    ).fetchone()
    return 0 if row is None else int(row["times"])


def count(connection: sqlite3.Connection, account: Account, path: str, span: str) -> None:
    """Count one more; in a write transaction."""
    connection.execute(
        "INSERT INTO used (app_id, path, span, times) VALUES (?, ?, ?, 1)"
        " ON CONFLICT (app_id, path, span) DO UPDATE SET times = times + 1",
        (account.app_id, path, span),
    )


def clear(here: World, account: Account, path: str) -> Response | None:
    """Forget what was counted for an account; 48006 at the eleventh time in a month."""
    month = f"{here.clock.now():%Y-%m}"
    with here.database.write() as connection:
        if times(connection, account, path, month) >= CLEARINGS_PER_MONTH:
            return errcode(48006)
        connection.execute("DELETE FROM used WHERE app_id = ? AND path != ?", (account.app_id, path))
        count(connection, account, path, month)
    return None

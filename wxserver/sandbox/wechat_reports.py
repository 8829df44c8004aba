"""What WeChat tells the app about a message after it has taken it: an event some moments later, from another thread.

A report is a row until the app has answered it, so that it comes also after a restart.
"""

import json
import queue
import sqlite3
import threading
from typing import Any

from wxserver.sandbox import wechat_push
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_limits import knob, turn
from wxserver.sandbox.world import World

CHORE = "wechat_report"
SOON = 0.1
"""Real seconds between the answer to a message and the report on it."""
WAITS = (1.0, 5.0)
"""Real seconds before the second and the third delivery; after that the report is given up, as the platform does."""
AT_ONCE = 4
SUCCESS = "success"


def order(
    here: World,
    connection: sqlite3.Connection,
    account: Account,
    openid: str,
    body: dict[str, Any],
    kind: str,
    number: int,
) -> bool:
    """Have the app told what became of a message, and say whether it is delivered; in the message's transaction."""
    outcome = _outcome(connection, account)
    if outcome is None:
        return True
    fields: dict[str, Any] = {"MsgType": "event"}
    if kind == "template":
        fields |= {"Event": "TEMPLATESENDJOBFINISH", "MsgID": number, "Status": outcome}
    else:
        told = {"TemplateId": body["template_id"], "MsgID": number, "ErrorCode": int(outcome != SUCCESS)}
        fields |= {
            "Event": "subscribe_msg_sent_event",
            "SubscribeMsgSentEvent": {"List": told | {"ErrorStatus": outcome}},
        }
    row = connection.execute(
        "INSERT INTO report (account, openid, fields) VALUES (?, ?, ?) RETURNING id",
        (account.code, openid, json.dumps(fields)),
    ).fetchone()
    here.outbox.later(connection, CHORE, str(row["id"]), SOON)
    return outcome == SUCCESS


def order_outcome(connection: sqlite3.Connection, account: Account, status: str | None, times: int) -> None:
    """Let the next reports of an account say ``status``, or not come at all (None); in a write transaction."""
    turn(connection, "outcomes", knob(connection, "outcomes") | {account.code: {"status": status, "times": times}})


def _outcome(connection: sqlite3.Connection, account: Account) -> str | None:
    ordered = knob(connection, "outcomes").get(account.code)
    if not ordered or ordered["times"] < 1:
        return SUCCESS
    order_outcome(connection, account, ordered["status"], ordered["times"] - 1)
    return None if ordered["status"] is None else str(ordered["status"])


class Reporters:
    """The threads that push reports; the outbox tells them when one is due."""

    def __init__(self, here: World) -> None:
        self._here = here
        self._due: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def resume(self) -> None:
        """Order again what was being pushed when the last process ended."""
        with self._here.database.write() as connection:
            waiting = {
                row["subject"] for row in connection.execute("SELECT subject FROM chore WHERE kind = ?", (CHORE,))
            }
            for row in connection.execute("SELECT id FROM report ORDER BY id").fetchall():
                if str(row["id"]) not in waiting:
                    self._here.outbox.later(connection, CHORE, str(row["id"]), SOON)

    def push(self, subject: str) -> None:
        """Push this report from a thread of its own; the chore of the outbox."""
        # The outbox calls from its one thread.
        if len(self._threads) < AT_ONCE:
            self._threads.append(threading.Thread(target=self._run, name="sandbox-report", daemon=True))
            self._threads[-1].start()
        self._due.put(int(subject))

    def _run(self) -> None:
        while True:
            number = self._due.get()
            try:
                self._deliver(number)
            except sqlite3.Error:
                # Another process holds the file; the row is still there and is taken up at the next start.
                continue

    def _deliver(self, number: int) -> None:
        with self._here.database.read() as connection:
            row = connection.execute("SELECT * FROM report WHERE id = ?", (number,)).fetchone()
        account = self._here.settings.accounts.get(row["account"]) if row is not None else None
        if row is None or account is None:
            return
        replies = wechat_push.send(self._here, account, row["openid"], json.loads(row["fields"]), 1)
        with self._here.database.write() as connection:
            # No replies: a mishap has taken the push, or sends it later.
            if not replies or replies[0].status == 200 or row["attempts"] >= len(WAITS):
                connection.execute("DELETE FROM report WHERE id = ?", (number,))
            else:
                connection.execute("UPDATE report SET attempts = attempts + 1 WHERE id = ?", (number,))
                self._here.outbox.later(connection, CHORE, str(number), WAITS[row["attempts"]])

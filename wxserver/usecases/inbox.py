"""我的消息: what a person was told about their cases and children, read and unread. It stands there whether WeChat took
it or not.

What is read in the inbox has reached its citizen: its case leaves the staff's list of those who can't be reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wxserver.ports import Clock
from wxserver.store import inbox
from wxserver.store.database import Database
from wxserver.store.inbox import LetterRow
from wxserver.usecases.faults import NotFound
from wxserver.usecases.paging import cursor, position
from wxserver.usecases.sessions import SessionView, signed_in

MOST: Final = 50
MOST_COUNTED: Final = 99
"""Unread messages are counted up to here; nobody needs to know how many more there are."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in the inbox. `case_number` or `ward_id`: what it is about; `read`: whether it was read before this
    look."""

    id: str
    at: datetime
    title: str
    text: str
    case_number: str | None
    ward_id: str | None
    read: bool


@dataclass(frozen=True, slots=True)
class LetterPage:
    items: tuple[Letter, ...]
    next: str | None


class Inbox:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def list(self, session: SessionView, after: str | None = None, limit: int = 20) -> LetterPage:
        """The person's messages, newest first. `after` is the `next` of the page before.

        Raises Unauthenticated where nobody has signed in, BadRequest for an `after` that is none.
        """
        person_id = signed_in(session)
        most = max(1, min(limit, MOST))
        with self.database.read() as unit:
            rows = inbox.of_person(unit, person_id, position(after), most + 1)
        return LetterPage(
            tuple(map(_letter, rows[:most])),
            cursor(rows[most - 1].created_at, rows[most - 1].id) if len(rows) > most else None,
        )

    def unread(self, session: SessionView) -> int:
        """How many messages the person has not read, at most `MOST_COUNTED`. Raises Unauthenticated."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            return inbox.unread(unit, person_id, MOST_COUNTED)

    def shown(self, session: SessionView, page: LetterPage) -> None:
        """The person has seen this page of the inbox. Raises Unauthenticated."""
        person_id = signed_in(session)
        self._mark(person_id, [each.id for each in page.items if not each.read])

    def read(self, session: SessionView, letter_id: str) -> None:
        """The person has read this message. Raises Unauthenticated, and NotFound for anybody else's."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            own = inbox.owns(unit, person_id, letter_id)
        if not own:
            raise NotFound("没有找到这条消息。请到“我的消息”里看。", code="unknown-message")
        self._mark(person_id, [letter_id])

    def case_shown(self, session: SessionView, number: str) -> None:
        """The person has seen the page of their case, and with it what they were told about it. Raises
        Unauthenticated; of a case that is somebody else's nothing changes."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            unread = inbox.unread_of_case(unit, person_id, number)
        self._mark(person_id, unread)

    def _mark(self, person_id: str, ids: Sequence[str]) -> None:
        if ids:
            with self.database.write() as unit:
                inbox.mark_read(unit, person_id, ids, self.clock.now())


def _letter(row: LetterRow) -> Letter:
    return Letter(row.id, row.at, row.title, row.text, row.case_number, row.guardianship_id, row.read_at is not None)

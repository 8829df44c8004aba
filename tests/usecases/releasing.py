"""Two members of staff who bring versions of a bundle of their own out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.town import Town
from tests.usecases.offering import document
from tests.web.staff import member_of
from wxserver.usecases.draft_documents import DraftDocument
from wxserver.usecases.faults import NotFound


class Office:
    """An editor and a publisher of one bundle."""

    def __init__(self, town: Town, code: str) -> None:
        self.town, self.desk, self.code = town, town.desk, code
        self.editor = member_of(town.app, "editor")
        self.publisher = member_of(town.app, "publisher")

    def in_force(self, *items: dict[str, Any]) -> int:
        """A first version, brought in by an operator."""
        made = document(self.code, *items)
        change = self.desk.publishing.import_document(made, origin="command", by="setup", comment="test")
        assert change is not None
        return change.number

    def drafted(self, *items: dict[str, Any], **more: Any) -> DraftDocument:
        """The open draft with these items."""
        draft = self.desk.editing.begin(self.editor, self.code)
        made = document(self.code, *items, **more)
        return self.desk.editing.save(self.editor, self.code, draft.number, draft.etag, made, "改了")

    def submitted(self, *items: dict[str, Any]) -> DraftDocument:
        draft = self.drafted(*items)
        return self.desk.editing.submit(self.editor, self.code, draft.number, draft.etag, "请复核")

    def released(self, *items: dict[str, Any], **moments: Any) -> int:
        """A version that one has made and the other has published; its number."""
        draft = self.submitted(*items)
        made = self.desk.releasing.publish(
            self.publisher, self.code, draft.number, draft.etag, seen=True, comment="好", **moments
        )
        return made.number


@contextmanager
def office(town: Town, code: str) -> Iterator[Office]:
    """The office; afterwards none of its versions is on offer, nor open."""
    found = Office(town, code)
    yield found
    town.sandbox.control("time", {"real": True})
    with_draft = found.desk.reviewing.history(found.editor, code).draft
    if with_draft is not None:
        if with_draft.status == "review":
            found.desk.editing.send_back(found.editor, code, with_draft.number, "")
        draft = found.desk.editing.draft(found.editor, code, with_draft.number)
        found.desk.editing.discard(found.editor, code, draft.number, draft.etag)
    try:
        found.desk.publishing.retire(code, by="test")
    except NotFound:
        return

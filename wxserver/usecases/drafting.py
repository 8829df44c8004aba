"""Drafts: what a person has typed so far, kept by the server, one per bundle and item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bundles.engine import Fault
from bundles.working_days import SHANGHAI
from wxserver.ports import Clock
from wxserver.store import cards, drafts
from wxserver.store.database import Database
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import Invalid, NotFound
from wxserver.usecases.sessions import SessionView, signed_in
from wxserver.usecases.tokens import new_token

LIFETIME = timedelta(days=30)
MOST_FIELDS = 200
MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft in clear: it is the person's own. `submission_key` becomes the idempotency key of its submission."""

    bundle: str
    item: str
    bundle_version: int
    submission_key: str
    form: Mapping[str, object] = field(repr=False)
    card_id: str | None
    updated_at: datetime
    expires_on: date


class Drafting:
    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue

    def get(self, session: SessionView, bundle: str, item: str) -> DraftView | None:
        person_id = signed_in(session)
        with self.database.read() as unit:
            row = drafts.find(unit, person_id, bundle, item, self.clock.now())
        return None if row is None else self._view(row)

    def save(
        self,
        session: SessionView,
        bundle: str,
        item: str,
        *,
        form: Mapping[str, object] | None = None,
        card_id: str | None = None,
    ) -> DraftView:
        """Merge what was typed into the draft, right or wrong; checking comes later. An empty text removes a field."""
        person_id = signed_in(session)
        now = self.clock.now()
        published = self.catalogue.bundle(bundle)
        definition = published.bundle.item(item)
        if definition is None:
            raise NotFound("没有找到这个事项。请从首页选要办的事。", code="unknown-item")
        known = {each.code for each in definition.fields}
        strangers = [key for key in form or {} if key not in known]
        faults = [Fault(f"form.{key[:40]}", "unknown-field", "这一项不用填，请去掉它。") for key in strangers]
        if sum(len(str(value)) for value in (form or {}).values()) > MOST_TEXT:
            faults.append(Fault("form", "too-long", "填的内容太长了，请写短一些。"))
        if faults:
            raise Invalid.of(faults[:MOST_FIELDS])
        with self.database.write() as unit:
            if card_id is not None and cards.one(unit, person_id, card_id) is None:
                raise Invalid.of([Fault("card_id", "unknown-card", "没有找到这张卡，请重新选一张。")])
            row = drafts.find(unit, person_id, bundle, item, now)
            merged = {**(row.form if row else {}), **(form or {})}
            drafts.save(
                unit,
                person_id,
                bundle,
                item,
                bundle_version_id=published.id,
                submission_key=row.submission_key if row else new_token()[:32],
                card_id=card_id or (row.card_id if row else None),
                form={key: value for key, value in merged.items() if value not in ("", None)},
                now=now,
                expires_at=now + LIFETIME,
            )
            saved = drafts.find(unit, person_id, bundle, item, now)
        if saved is None:
            raise LookupError("a draft was saved, yet it is absent")
        return self._view(saved)

    def drop(self, session: SessionView, bundle: str, item: str) -> None:
        person_id = signed_in(session)
        with self.database.write() as unit:
            drafts.drop(unit, person_id, bundle, item)

    def _view(self, row: drafts.DraftRow) -> DraftView:
        return DraftView(
            row.bundle_code,
            row.item_code,
            self.catalogue.pinned(row.bundle_version_id).version,
            row.submission_key,
            row.form,
            row.card_id,
            row.updated_at,
            row.expires_at.astimezone(SHANGHAI).date(),
        )

"""Drafts: what a person has typed so far, kept by the server, one per bundle and item.

A draft stays with the version of the definition under which it was begun, whatever is published meanwhile. It moves to
the one in force only where a version set a moment for that which is past, or where its own was retired; answers that
the new version does not ask for are kept, and are there again if a later one asks for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bundles.definition import Item, Material
from bundles.engine import HELD, Fault
from bundles.masking import mask_name
from bundles.vocabulary import CAPACITIES
from bundles.working_days import SHANGHAI, legal_date
from wxserver.ports import Clock
from wxserver.store import cards, drafts, guardianships
from wxserver.store import uploads as pictures
from wxserver.store.database import Database, Unit
from wxserver.usecases.catalogue import Catalogue, Published
from wxserver.usecases.faults import Invalid, NotFound
from wxserver.usecases.sessions import SessionView, signed_in
from wxserver.usecases.tokens import new_token
from wxserver.usecases.uploading import UNKNOWN_UPLOAD, UploadView, view_of
from wxserver.usecases.wards import ward_of

LIFETIME = timedelta(days=30)
MOST_FIELDS = 200
MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft in clear: it is the person's own. `submission_key` becomes the idempotency key of its submission;
    `version_id` is the version by which it is read, `form` its answers to questions of that version, `uploads` are its
    pictures, in order. `acting_as` and `ward`: for whom it is filled in; `ward_name` is masked."""

    bundle: str
    item: str
    bundle_version: int
    version_id: str
    submission_key: str
    form: Mapping[str, object] = field(repr=False)
    card_id: str | None
    updated_at: datetime
    expires_on: date
    uploads: tuple[UploadView, ...] = ()
    acting_as: str = "self"
    ward: str | None = None
    ward_name: str | None = None

    @property
    def acting(self) -> Mapping[str, object]:
        """Who acts, as a submission has it."""
        return {"as": self.acting_as} if self.ward is None else {"as": self.acting_as, "ward": self.ward}


class Drafting:
    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue

    def get(self, session: SessionView, bundle: str, item: str) -> DraftView | None:
        """The draft, or None; also where what it is read by now has no such item, though it is kept all the same."""
        person_id = signed_in(session)
        with self.database.read() as unit:
            row = drafts.find(unit, person_id, bundle, item, self.clock.now())
            try:
                return None if row is None else self._view(unit, row)
            except NotFound:
                return None

    def definition(self, session: SessionView | None, bundle: str, item: str) -> Published:
        """The version by which this person is asked: that of their draft, or else the one in force. Raises NotFound."""
        person_id = session.person_id if session else None
        row = None
        if person_id is not None:
            with self.database.read() as unit:
                row = drafts.find(unit, person_id, bundle, item, self.clock.now())
        return self._definition(row, bundle, item)[0]

    def pinned(self, session: SessionView, submission_key: str) -> str | None:
        """The id of the version by which the draft with this key is read; None where there is no such draft."""
        with self.database.read() as unit:
            version = drafts.version_under(unit, signed_in(session), submission_key)
        return None if version is None else self.catalogue.for_draft(version).id

    def save(
        self,
        session: SessionView,
        bundle: str,
        item: str,
        *,
        form: Mapping[str, object] | None = None,
        card_id: str | None = None,
        uploads: Sequence[str] | None = None,
        acting: Mapping[str, object] | None = None,
    ) -> DraftView:
        """Merge what was typed into the draft, right or wrong; checking comes later. An empty text removes a field.

        `uploads`: the ids of all its pictures, in order; None leaves them as they are. `acting`: as in a submission;
        None leaves it. Filled in for somebody else from now on, it loses the card, the pictures and what the registry
        held of the one before; the other answers stay.
        """
        person_id = signed_in(session)
        with self.database.write() as unit:
            before = drafts.find(unit, person_id, bundle, item, self.clock.now(), lock=True)
            published, definition = self._definition(before, bundle, item)
            _check_form(definition, form or {})
            before = self._turned(unit, person_id, definition, before, acting)
            if card_id is not None and self._card(unit, person_id, before, acting, card_id) is None:
                raise Invalid.of([Fault("card_id", "unknown-card", "没有找到这张卡，请重新选一张。")])
            aside = _aside(unit, before, definition)
            wanted = None if uploads is None else _chosen(unit, person_id, definition, _without(uploads, aside))
            row = self._write(unit, person_id, published, item, before, form=form, card_id=card_id, acting=acting)
            if wanted is not None:
                _put(unit, row.id, [*wanted, *aside])
            return self._view(unit, row)

    def _turned(
        self,
        unit: Unit,
        person_id: str,
        item: Item,
        before: drafts.DraftRow | None,
        acting: Mapping[str, object] | None,
    ) -> drafts.DraftRow | None:
        """The draft without what belongs to whom it was for, if it is for somebody else from now on."""
        if acting is None:
            return before
        acting_as, ward = _whom(acting)
        if ward is not None:
            ward_of(unit, person_id, ward, legal_date(self.clock.now()))
        if before is None or (before.acting_as, before.guardianship_id) == (acting_as, ward):
            return before
        theirs = {kind for kind, material in _asked(item).items() if material.whose == "actor"}
        stays = [each.id for each in pictures.of_draft(unit, before.id) if each.kind in theirs]
        _put(unit, before.id, stays)
        form = {code: answer for code, answer in before.form.items() if answer != HELD}
        return replace(before, acting_as=acting_as, guardianship_id=ward, card_id=None, form=form)

    def _card(
        self,
        unit: Unit,
        person_id: str,
        before: drafts.DraftRow | None,
        acting: Mapping[str, object] | None,
        card_id: str,
    ) -> cards.KnownCard | None:
        """The card, if it is that of the person the draft is for, and may be shown."""
        _, ward_id = _whom(acting) if acting is not None else _whom_of(before)
        if ward_id is None:
            return cards.one(unit, person_id, card_id)
        ward = ward_of(unit, person_id, ward_id, legal_date(self.clock.now()))
        return cards.one(unit, ward.minor_id, card_id) if ward.proven else None

    def attach(self, session: SessionView, bundle: str, item: str, upload_id: str) -> DraftView:
        """Put a picture into the draft, which is begun where there is none.

        Of a material that takes one picture, the new one takes the place of the old. Raises Invalid (`unknown-upload`,
        `upload-not-asked`, `too-many`).
        """
        person_id = signed_in(session)
        with self.database.write() as unit:
            before = drafts.find(unit, person_id, bundle, item, self.clock.now(), lock=True)
            published, definition = self._definition(before, bundle, item)
            row = self._write(unit, person_id, published, item, before)
            aside = _aside(unit, row, definition)
            kept = [each for each in pictures.of_draft(unit, row.id) if each.id not in aside]
            if all(each.id != upload_id for each in kept):
                new = pictures.own(unit, person_id, upload_id)
                material = _asked(definition).get(new.kind) if new else None
                if new is not None and material is not None and material.most == 1:
                    kept = [each for each in kept if each.kind != new.kind]
                ids = [*(each.id for each in kept), upload_id]
                _put(unit, row.id, [*_chosen(unit, person_id, definition, _without(ids, aside)), *aside])
            return self._view(unit, row)

    def detach(self, session: SessionView, bundle: str, item: str, upload_id: str) -> DraftView:
        """Take a picture out of the draft; it is deleted a day later unless it stands elsewhere.

        One that is not in it is no fault. NotFound where there is no draft.
        """
        person_id = signed_in(session)
        with self.database.write() as unit:
            before = drafts.find(unit, person_id, bundle, item, self.clock.now(), lock=True)
            published, _ = self._definition(before, bundle, item)
            if before is None:
                raise NotFound("这一项您还没有填过。请从头开始填。", code="no-draft")
            row = self._write(unit, person_id, published, item, before)
            _put(unit, row.id, [each.id for each in pictures.of_draft(unit, row.id) if each.id != upload_id])
            return self._view(unit, row)

    def drop(self, session: SessionView, bundle: str, item: str) -> None:
        person_id = signed_in(session)
        with self.database.write() as unit:
            drafts.drop(unit, person_id, bundle, item)

    def _definition(self, row: drafts.DraftRow | None, bundle: str, item: str) -> tuple[Published, Item]:
        """The version by which a draft is written (none yet: the one in force), and its item."""
        published = self.catalogue.bundle(bundle) if row is None else self.catalogue.for_draft(row.bundle_version_id)
        definition = published.bundle.item(item)
        if definition is None:
            raise NotFound("没有找到这个事项。请从首页选要办的事。", code="unknown-item")
        return published, definition

    def _write(
        self,
        unit: Unit,
        person_id: str,
        published: Published,
        item: str,
        row: drafts.DraftRow | None,
        *,
        form: Mapping[str, object] | None = None,
        card_id: str | None = None,
        acting: Mapping[str, object] | None = None,
    ) -> drafts.DraftRow:
        """Write the draft over `row`, what was there before."""
        now, bundle = self.clock.now(), published.bundle.code
        acting_as, ward = _whom(acting) if acting is not None else _whom_of(row)
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
            acting_as=acting_as,
            guardianship_id=ward,
        )
        saved = drafts.find(unit, person_id, bundle, item, now)
        if saved is None:
            raise LookupError("a draft was saved, yet it is absent")
        return saved

    def _view(self, unit: Unit, row: drafts.DraftRow) -> DraftView:
        published, item = self._definition(row, row.bundle_code, row.item_code)
        known, asked = {each.code for each in item.fields}, _asked(item)
        return DraftView(
            row.bundle_code,
            row.item_code,
            published.version,
            published.id,
            row.submission_key,
            {code: answer for code, answer in row.form.items() if code in known},
            row.card_id,
            row.updated_at,
            row.expires_at.astimezone(SHANGHAI).date(),
            tuple(view_of(each) for each in pictures.of_draft(unit, row.id) if each.kind in asked) if asked else (),
            row.acting_as,
            row.guardianship_id,
            self._ward_name(unit, row),
        )

    def _ward_name(self, unit: Unit, row: drafts.DraftRow) -> str | None:
        found = None if row.guardianship_id is None else guardianships.by_id(unit, row.guardianship_id)
        return None if found is None else mask_name(found.name)


def _whom(acting: Mapping[str, object]) -> tuple[str, str | None]:
    """Capacity and ward. Raises Invalid where they can't be read."""
    acting_as, ward = acting.get("as", "self"), acting.get("ward")
    if not isinstance(acting_as, str) or acting_as not in CAPACITIES:
        raise Invalid.of([Fault("acting.as", "invalid", "请选是本人办，还是替别人办。")])
    if acting_as != "guardian":
        return acting_as, None
    if not isinstance(ward, str):
        raise Invalid.of([Fault("acting.ward", "required", "请选是给哪个孩子办。")])
    return acting_as, ward


def _whom_of(row: drafts.DraftRow | None) -> tuple[str, str | None]:
    return ("self", None) if row is None else (row.acting_as, row.guardianship_id)


def _check_form(item: Item, form: Mapping[str, object]) -> None:
    known = {each.code for each in item.fields}
    strangers = [key for key in form if key not in known]
    faults = [Fault(f"form.{key[:40]}", "unknown-field", "这一项不用填，请去掉它。") for key in strangers]
    if sum(len(str(value)) for value in form.values()) > MOST_TEXT:
        faults.append(Fault("form", "too-long", "填的内容太长了，请写短一些。"))
    if faults:
        raise Invalid.of(faults[:MOST_FIELDS])


def _asked(item: Item) -> Mapping[str, Material]:
    """The materials that are handed in as pictures, whoever acts, by kind."""
    return {each.kind: each for who in item.acting for each in item.uploads_for("online", who)}


def _aside(unit: Unit, row: drafts.DraftRow | None, item: Item) -> list[str]:
    """The ids of pictures that a draft keeps though the version by which it is read does not ask for them."""
    asked = _asked(item)
    return [] if row is None else [each.id for each in pictures.of_draft(unit, row.id) if each.kind not in asked]


def _without(ids: Sequence[str], others: Sequence[str]) -> list[str]:
    return [each for each in ids if each not in others]


def _chosen(unit: Unit, person_id: str, item: Item, ids: Sequence[str]) -> list[str]:
    """The ids, each once, if all are the person's own pictures and the item asks for so many of them."""
    wanted = list(dict.fromkeys(ids))
    found = pictures.own_many(unit, person_id, wanted) if wanted else {}
    asked = _asked(item)
    faults: list[Fault] = []
    counts = Counter(found[each].kind for each in wanted if each in found)
    for index, each in enumerate(wanted):
        if each not in found:
            faults.append(Fault(f"uploads.{index}", "unknown-upload", UNKNOWN_UPLOAD))
        elif found[each].kind not in asked:
            faults.append(Fault(f"uploads.{index}", "upload-not-asked", f"办“{item.name}”不用上传这张，请去掉它。"))
    for kind, count in counts.items():
        material = asked.get(kind)
        if material is not None and count > material.most:
            sentence = f"“{material.name}”最多 {material.most} 张。要换的，请先删掉一张再传。"
            faults.append(Fault(f"uploads.{material.code}", "too-many", sentence))
    if faults:
        raise Invalid.of(faults[:MOST_FIELDS])
    return wanted


def _put(unit: Unit, draft_id: str, ids: Sequence[str]) -> None:
    try:
        pictures.set_draft(unit, draft_id, ids)
    except pictures.UploadGone:
        raise Invalid.of([Fault("uploads", "unknown-upload", UNKNOWN_UPLOAD)]) from None

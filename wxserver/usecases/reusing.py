"""Materials that are there already: used again at the person's own wish, instead of asked for once more.

Nothing is fetched before the person has agreed to it by a tap; agreeing is recorded, and what was used again too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from bundles.application import Fault
from bundles.definition import Item, Material
from bundles.working_days import legal_date
from wxserver.ports import CardRegistry, IdentityDocument, Refused, Unavailable
from wxserver.store import consents, people, records, reuse, uploads
from wxserver.store.database import Unit
from wxserver.store.uploads import UploadRow
from wxserver.usecases.drafting import Drafting, DraftView
from wxserver.usecases.faults import FarSideAway, Invalid, NotFound
from wxserver.usecases.sessions import SessionView, assured, signed_in
from wxserver.usecases.uploading import CARD_PHOTO, PDF, Uploading, UploadView, accepted_as, view_of

REUSE = "reuse_materials"
EARLIER_CASE, REGISTRY = "earlier_case", "registry"
CHANNEL, ACTING = "online", "self"

_NOTHING = "没有可以直接用的材料了，请拍一张新的。"


@dataclass(frozen=True, slots=True)
class HeldView:
    """A material that is there already. Of an earlier case: `uploads`, in order, the name of its item and the day it
    was submitted on. Of the registry nothing is known before the person agrees: no uploads, no name, no day."""

    material: str
    source: str
    uploads: tuple[UploadView, ...] = ()
    item_name: str = ""
    day: date | None = None


class Reusing:
    def __init__(self, drafting: Drafting, uploading: Uploading, registry: CardRegistry) -> None:
        self.database = drafting.database
        self.clock = drafting.clock
        self.catalogue = drafting.catalogue
        self.drafting = drafting
        self.uploading = uploading
        self.registry = registry

    def every(self, session: SessionView, bundle: str, item: str) -> tuple[HeldView, ...]:
        """What is there already, of all materials that the item asks this person for. Raises NotFound."""
        _, asked = self._asked(session, bundle, item)
        found = (self._held(session, each) for each in asked)
        return tuple(each for each in found if each is not None)

    def held(self, session: SessionView, bundle: str, item: str, material: str) -> HeldView | None:
        """What is there already of one material: what its own earlier cases hold, or else that the registry may be
        asked; None where there is nothing. Asks nobody. Raises NotFound."""
        return self._held(session, self._material(session, bundle, item, material)[1])

    def take(
        self, session: SessionView, bundle: str, item: str, material: str, source: str, consent: str | None
    ) -> DraftView:
        """Put what is there into the draft, in the place of what it held of this material.

        `consent`: the version of the text that the person agreed to just now. Raises Invalid (`consent`, `source`,
        `held`: what the registry has is not fit), NotFound (`nothing-held`), AssuranceRequired, FarSideAway.
        """
        definition, wanted = self._material(session, bundle, item, material)
        assured(session, definition, self.clock.now())
        self._check(wanted, source, consent)
        if source == REGISTRY:
            ids = [self._fetched(session, wanted, consent or "")]
        else:
            found = self._earlier(session, wanted)
            if found is None:
                raise NotFound(_NOTHING, code="nothing-held")
            with self.database.write() as unit:
                self._agree(unit, session, consent or "")
            ids = [each.id for each in found.uploads]
        draft = self._put(session, bundle, item, wanted, ids)
        with self.database.write() as unit:
            reuse.taken_over(
                unit,
                person_id=signed_in(session),
                source=source,
                material=wanted.code,
                uploads=ids,
                now=self.clock.now(),
            )
        return draft

    def _asked(self, session: SessionView, bundle: str, item: str) -> tuple[Item, tuple[Material, ...]]:
        definition = self.drafting.definition(session, bundle, item).bundle.item(item)
        if definition is None:
            raise NotFound("没有找到这个事项。请从首页选要办的事。", code="unknown-item")
        draft = self.drafting.get(session, bundle, item)
        if draft is not None and draft.acting_as != ACTING:
            # What one has handed in for oneself is not the papers of a child.
            return definition, ()
        return definition, definition.uploads_for(CHANNEL, ACTING)

    def _material(self, session: SessionView, bundle: str, item: str, code: str) -> tuple[Item, Material]:
        definition, asked = self._asked(session, bundle, item)
        found = next((each for each in asked if each.code == code), None)
        if found is None:
            raise NotFound("没有找到这一步，请从首页进去找。", code="unknown-material")
        return definition, found

    def _held(self, session: SessionView, material: Material) -> HeldView | None:
        earlier = self._earlier(session, material) if EARLIER_CASE in material.held else None
        if earlier is None and _registry_has(material):
            return HeldView(material.code, REGISTRY)
        return earlier

    def _earlier(self, session: SessionView, material: Material) -> HeldView | None:
        person_id, since = signed_in(session), self.clock.now() - timedelta(days=material.held_days)
        types = ["image/jpeg", *([PDF] if "pdf" in accepted_as(material.kind, material.accepted) else [])]
        with self.database.read() as unit:
            case = reuse.newest_with(unit, person_id, material.kind, types, since)
            if case is None:
                return None
            rows = [
                each
                for each in uploads.of_case(unit, case.id)
                if each.kind == material.kind and each.media_type in types and each.created_at >= since
            ]
            owned = uploads.own_many(unit, person_id, [each.id for each in rows])
        if not all(each.id in owned and _fits(each, material) for each in rows):
            return None
        return HeldView(
            material.code,
            EARLIER_CASE,
            tuple(view_of(each) for each in rows[: material.most]),
            self.catalogue.pinned_item(case.bundle_version_id, case.item_code).short_name,
            legal_date(case.submitted_at),
        )

    def _check(self, material: Material, source: str, consent: str | None) -> None:
        faults: list[Fault] = []
        if source not in material.held or (source == REGISTRY and not _registry_has(material)):
            faults.append(Fault("source", "not-held", f"{material.name}不能用以前的，请拍一张新的。"))
        with self.database.read() as unit:
            current = {row.purpose: row.version for row in consents.current(unit)}.get(REUSE)
        if not consent:
            faults.append(Fault("consent", "required", "要先看过说明，同意了才能直接用。请再点一次“用这张”。"))
        elif consent != current:
            faults.append(Fault("consent", "outdated", "说明有更新，请看过新的说明，再点“用这张”。"))
        if faults:
            raise Invalid.of(faults)

    def _agree(self, unit: Unit, session: SessionView, version: str) -> None:
        reuse.agreed(
            unit,
            wechat_user_id=session.wechat_user_id,
            person_id=signed_in(session),
            purpose=REUSE,
            version=version,
            now=self.clock.now(),
        )

    def _fetched(self, session: SessionView, material: Material, consent: str) -> str:
        """The id of the upload that the registry's picture became."""
        try:
            raw = self.registry.photo(self._holder(session, consent))
        except Unavailable:
            raise FarSideAway("社保卡系统暂时没有回音，照片取不到。请过一会儿再点，或者拍一张新的。") from None
        except Refused:
            raw = None
        if raw is None:
            raise NotFound("社保卡系统里没有您的照片。请拍一张新的。", code="nothing-held")
        key = f"registry-{hashlib.sha256(raw).hexdigest()}"
        try:
            return self.uploading.add(session, kind=material.kind, raw=raw, key=key, rule=material.photo).view.id
        except Invalid:
            sentence = "社保卡系统里的那张照片，现在做卡用不了。请拍一张新的。"
            raise Invalid.of([Fault("held", "not-fit", sentence)]) from None

    def _holder(self, session: SessionView, consent: str) -> IdentityDocument:
        """Whom the registry is asked about, once it is written down that the person agrees and that we ask."""
        person_id = signed_in(session)
        with self.database.write() as unit:
            self._agree(unit, session, consent)
            records.handed_out(
                unit,
                to="registry",
                subject_kind="person",
                subject_id=person_id,
                reason="photo",
                fields=("document",),
                now=self.clock.now(),
            )
            return people.person(unit, person_id).document

    def _put(self, session: SessionView, bundle: str, item: str, material: Material, ids: list[str]) -> DraftView:
        if material.most == 1:
            return self.drafting.attach(session, bundle, item, ids[0])
        draft = self.drafting.get(session, bundle, item)
        kept = [each.id for each in draft.uploads if each.kind != material.kind] if draft else []
        return self.drafting.save(session, bundle, item, uploads=[*kept, *ids])


def _registry_has(material: Material) -> bool:
    """Whether it may be asked for: the registry holds faces only, of the people whose cards it keeps."""
    return REGISTRY in material.held and material.kind == "photo" and material.whose == "holder"


def _fits(row: UploadRow, material: Material) -> bool:
    """Whether an upload that was right for one item is right for this one."""
    if material.kind != "photo":
        return True
    rule = material.photo or CARD_PHOTO
    return (row.width, row.height) == (rule.width, rule.height)

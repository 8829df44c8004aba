"""Past applications checked against a version that is not published: which would now be refused, and why.

Answers are opened in memory, and only sentences with masked values leave. What the case does not store (what the
registry said at the time, the state of the card) is not judged, and counted as such.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bundles import engine
from bundles import people as documents
from bundles.definition import PICTURE_KINDS, Bundle, Item
from bundles.engine import Fault
from bundles.masking import mask_text
from bundles.materials import faults_of_uploads
from bundles.partial import as_far_as_it_goes
from bundles.people import age_on
from bundles.rules import Facts, fields_of, unmet
from bundles.vocabulary import CAPACITIES, CHANNELS
from bundles.working_days import legal_date
from wxserver.ports import Clock
from wxserver.store import cases, people, records, reviews
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.store.people import KnownPerson
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.rights import Member
from wxserver.usecases.uploading import PDF

MOST: Final = 200
SECONDS: Final = 5.0
"""How long a replay may take; what is not looked at by then is left out, and said so."""
_SHOWN: Final = ("choice", "yes_no", "region", "place", "bank")
"""Kinds of field whose answers identify nobody."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A past application that would be refused now. `why`: sentences, with masked values only."""

    number: str
    item: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """`looked_at` of the newest applications were checked; of `unjudged` not everything could be judged. `complete`:
    whether there was time for all. `readable` False: the draft is too broken to check anything against it."""

    looked_at: int
    refused: tuple[Refused, ...]
    unjudged: int
    complete: bool
    readable: bool = True

    @property
    def summary(self) -> str:
        """What came of it, in a sentence."""
        if not self.readable:
            return "这一版的错误还太多，不能拿过去的申请来试。请先改好。"
        if not self.looked_at:
            return "这件事还没有人申请过，没有可以试的。"
        if not self.refused:
            return f"最近 {self.looked_at} 件申请，按这一版都能办。"
        return f"最近 {self.looked_at} 件申请里，有 {len(self.refused)} 件按这一版办不了。"


class Replaying:
    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue

    def replay(
        self, member: Member, code: str, version_id: str, document: Mapping[str, object], most: int = MOST
    ) -> Replay:
        """Check the newest applications of a bundle against a document. One line in the access ledger says who did."""
        bundle, _ = as_far_as_it_goes(document)
        if bundle is None:
            return Replay(0, (), 0, complete=True, readable=False)
        until = time.monotonic() + SECONDS
        refused: list[Refused] = []
        seen, unjudged = 0, 0
        known: dict[str, KnownPerson] = {}
        with self.database.read() as unit:
            rows = reviews.newest_cases(unit, code, max(1, min(most, MOST)))
            files = reviews.handed_in(unit, [row.id for row in rows])
            for row in rows:
                if time.monotonic() > until:
                    break
                seen += 1
                why, whole = self._judged(unit, row, bundle, files.get(row.id, ()), known)
                unjudged += not whole
                if why:
                    item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
                    refused.append(Refused(row.number, item.name, why))
        if rows:
            with self.database.write() as unit:
                records.looked_at(
                    unit,
                    by=member.username,
                    action="replayed",
                    subject_kind="bundle_version",
                    subject_id=version_id,
                    reason="replay",
                    fields=("form", "document"),
                    now=self.clock.now(),
                )
        return Replay(seen, tuple(refused), unjudged, complete=seen == len(rows))

    def _judged(
        self,
        unit: Unit,
        row: CaseRow,
        bundle: Bundle,
        files: Sequence[tuple[str, str, str]],
        known: dict[str, KnownPerson],
    ) -> tuple[tuple[str, ...], bool]:
        """Why a case would be refused, empty if it would not; and whether everything could be judged."""
        pinned = self.catalogue.pinned(row.bundle_version_id).bundle
        was, now = pinned.item(row.item_code), bundle.item(row.item_code)
        if was is None or now is None:
            return ("这一版里没有这个事项了。",), True
        if row.cardholder_id not in known:
            known[row.cardholder_id] = people.person(unit, row.cardholder_id)
        form = {key: value for key, value in cases.form(unit, row).items() if isinstance(value, str)}
        handed = tuple(engine.Handed(each, kind, is_pdf=media == PDF) for each, kind, media in files)
        person = known[row.cardholder_id]
        then, _ = _faults(row, pinned, was, person, form, handed)
        found, whole = _faults(row, bundle, now, person, form, handed)
        accepted = {(fault.path, fault.code) for fault in then}
        sentences = [_masked(fault.message, was, form) for fault in found if (fault.path, fault.code) not in accepted]
        return tuple(dict.fromkeys(sentences)), whole


def _faults(
    row: CaseRow,
    bundle: Bundle,
    item: Item,
    person: KnownPerson,
    form: Mapping[str, str],
    handed: tuple[engine.Handed, ...],
) -> tuple[list[Fault], bool]:
    """What is wrong with an application as far as its case tells, and whether that is all there is to know."""
    today = legal_date(row.submitted_at)
    birth = documents.birth_date(person.document.kind, person.document.number)
    facts = Facts(
        fields=fields_of(item),
        today=today,
        document_kind=person.document.kind,
        age=None if birth is None else age_on(birth, today),
        channel=row.channel,
        acting_as=row.acting_as,
        bundle=bundle,
    )
    asked = {each.code: form[each.code] for each in item.fields if each.code in form}
    checked = engine.check_form(item, asked, facts=facts)
    facts = replace(facts, form=checked.form)
    misses = unmet(item.conditions, facts)
    found = [*_ways(row, item), *checked.faults]
    found += [
        Fault(each.path, f"condition-{each.rule.code}", each.message) for each in misses if each.finding.met is False
    ]
    if row.channel == "online":
        wanted = {each.kind for each in item.uploads_for(row.channel, row.acting_as)}
        own = tuple(each for each in handed if each.kind in wanted)
        found += faults_of_uploads(item, row.channel, row.acting_as, own, facts)
    whole = not item.needs_card and all(each.finding.met is False for each in misses)
    return found, whole


def _ways(row: CaseRow, item: Item) -> Iterator[Fault]:
    if row.channel not in item.channels:
        yield Fault("item", "channel-not-offered", f"这一版不能通过{CHANNELS.get(row.channel, '这种方式')}办。")
    if row.acting_as not in item.acting:
        yield Fault("acting.as", "capacity-not-allowed", f"这一版不能由{CAPACITIES.get(row.acting_as, '别人')}办。")


def _masked(sentence: str, item: Item, form: Mapping[str, str]) -> str:
    """The sentence without anything that somebody has written."""
    shown = {each.code for each in item.fields if each.kind in _SHOWN or each.kind in PICTURE_KINDS}
    written = sorted((value for code, value in form.items() if code not in shown and value), key=len, reverse=True)
    for value in written:
        sentence = sentence.replace(value, mask_text(value))
    return sentence

"""Judging a submission: what it is for, by which version, what must be known, and all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

from bundles import engine, facts
from bundles.definition import Item, parts_of
from bundles.engine import Fault
from bundles.working_days import legal_date
from wxserver.ports import Unavailable
from wxserver.store import cases, uploads
from wxserver.store.cards import KnownCard
from wxserver.store.database import Database
from wxserver.usecases.asking import Asking
from wxserver.usecases.cards import Cards
from wxserver.usecases.catalogue import Catalogue, Published
from wxserver.usecases.faults import Invalid, NotFound
from wxserver.usecases.opening import Accepted
from wxserver.usecases.parties import Applicant, Party, at_the_window, online
from wxserver.usecases.submissions import ONLINE, Filing, Submission
from wxserver.usecases.uploading import PDF, UNKNOWN_UPLOAD


class Judging:
    def __init__(self, database: Database, catalogue: Catalogue, cards: Cards, asking: Asking) -> None:
        self.database = database
        self.catalogue = catalogue
        self.cards = cards
        self.asking = asking

    def check(
        self,
        published: Published,
        item: Item,
        applicant: Applicant,
        submission: Submission,
        now: datetime,
    ) -> Accepted:
        """The submission, if nothing is wrong with it; raises Invalid with all faults."""
        with self.database.read() as unit:
            party = online(unit, applicant, submission, legal_date(now))
        return self._check(published, item, party, submission, now, None)

    def check_filed(
        self,
        published: Published,
        item: Item,
        filing: Filing,
        holder_id: str,
        actor_id: str,
        submission: Submission,
        now: datetime,
    ) -> Accepted:
        """What a clerk has taken, if nothing is wrong with it. Raises as `check` does."""
        with self.database.read() as unit:
            party = at_the_window(unit, filing, submission, holder_id, actor_id)
        return self._check(published, item, party, submission, now, filing)

    def request(
        self, published: Published, item: Item, applicant: Applicant, submission: Submission, now: datetime
    ) -> engine.Request:
        """What the engine judges of an application that is only begun, without uploads. Raises Invalid where it can't
        be for whom it says."""
        with self.database.read() as unit:
            party = online(unit, applicant, submission, legal_date(now))
        return self._request(published, item, party, submission, now, None)[0]

    def profile_shown(self, applicant: Applicant, submission: Submission, now: datetime) -> Mapping[str, str]:
        """What the registry holds of the person it is for, masked; nothing before a guardianship is confirmed.

        Raises Invalid as `request` does."""
        with self.database.read() as unit:
            party = online(unit, applicant, submission, legal_date(now))
        return {} if party.unproven else self.asking.profile_shown(party.holder.id)

    def _check(
        self,
        published: Published,
        item: Item,
        party: Party,
        submission: Submission,
        now: datetime,
        filing: Filing | None,
    ) -> Accepted:
        with self.database.read() as unit:
            own = uploads.own_many(unit, party.owner_id, submission.uploads) if submission.uploads else {}
        faults = [
            Fault(f"uploads.{index}", "unknown-upload", UNKNOWN_UPLOAD)
            for index, each in enumerate(submission.uploads)
            if each not in own
        ]
        request, card = self._request(published, item, party, submission, now, filing)
        if submission.card_id is not None and card is None:
            faults.append(Fault("card_id", "unknown-card", "没有找到这张卡，请重新选一张。"))
        faults += party.faults
        handed = tuple(
            engine.Handed(each, own[each].kind, is_pdf=own[each].media_type == PDF)
            for each in dict.fromkeys(submission.uploads)
            if each in own
        )
        checked = engine.check(replace(request, uploads=handed))
        taken = {fault.path for fault in faults}
        faults += [fault for fault in checked.faults if fault.path not in taken]
        if faults:
            raise Invalid.of(faults)
        return Accepted(
            published=published,
            item=item,
            person=party.holder,
            card=card if item.needs_card else None,
            form=checked.form,
            acting_as=party.acting_as,
            actor_id=party.actor_id,
            owner_id=party.owner_id,
            channel=request.channel,
            acting_proof=party.proof,
            guardianship_id=party.ward.id if party.ward else None,
            organisation_id=party.organisation_id,
            uploads=handed,
            clerk=filing.clerk if filing else None,
            office=filing.office if filing else None,
            seen=_names(item, filing),
        )

    def _request(
        self,
        published: Published,
        item: Item,
        party: Party,
        submission: Submission,
        now: datetime,
        filing: Filing | None,
    ) -> tuple[engine.Request, KnownCard | None]:
        """What the engine judges, without uploads; and the chosen card, if it is the holder's."""
        asks = not party.unproven
        card = self.cards.chosen(party.holder.id, submission.card_id) if asks and submission.card_id else None
        today = legal_date(now)
        known, profile = self._facts(published, item, party.holder.id, card, submission, today) if asks else ({}, {})
        request = engine.Request(
            bundle=published.bundle,
            item=item,
            channel=filing.channel if filing else ONLINE,
            holder=party.as_holder,
            acting_as=party.acting_as,
            card=card.card if card else None,
            form=submission.form,
            today=today,
            at=now,
            known=known,
            profile=profile,
            shown=filing.shown if filing else None,
            actor=party.actor,
            mandate=party.mandate,
            unproven=party.unproven,
        )
        return request, card

    def _facts(
        self,
        published: Published,
        item: Item,
        person_id: str,
        card: KnownCard | None,
        submission: Submission,
        today: date,
    ) -> tuple[Mapping[str, object], Mapping[str, str]]:
        """What the item's conditions need to know beyond the application, each thing asked for once; mostly nothing.
        And what the registry holds, where an answer refers to it.

        While the registry is away its facts stay unknown, and the rules that need them say so.
        """
        wanted = facts.questions(item)
        refers = any(submission.form.get(each.code) == engine.HELD for each in item.fields if each.prefill)
        held, productions, standing, open_case = None, None, None, None
        with suppress(Unavailable):
            if "cards" in wanted:
                held = self.asking.cards(person_id)
            if "productions" in wanted:
                productions = self.asking.productions(person_id)
            if "standing" in wanted or refers:
                standing = self.asking.standing(person_id)
        if "open_case" in wanted:
            with self.database.read() as unit:
                open_case = any(
                    cases.open_number(
                        unit, person_id, published.bundle.code, part.code, card.id if card and part.needs_card else ""
                    )
                    for part in parts_of(item)
                )
        known = facts.known(
            today,
            cards=held,
            productions=productions,
            open_case=open_case,
            standing=standing,
            region=published.bundle.region,
        )
        return known, standing.profile if standing else {}

    def item(self, submission: Submission, drafted: str | None = None) -> tuple[Published, Item]:
        """The item, by the version under which it was filled in: that of its draft (`drafted`, a row's id), or else the
        one in force. Raises Invalid."""
        version = submission.version or drafted
        try:
            published = (
                self.catalogue.for_draft(version) if version is not None else self.catalogue.bundle(submission.bundle)
            )
        except NotFound:
            published = None
        if published is None or published.bundle.code != submission.bundle:
            raise Invalid.of([Fault("bundle", "unknown-bundle", "没有找到这件事，请从首页选要办的事。")])
        item = published.bundle.item(submission.item)
        if item is None:
            raise Invalid.of([Fault("item", "unknown-item", "没有找到这个事项，请重新选一项。")])
        return published, item


def _names(item: Item, filing: Filing | None) -> tuple[str, ...]:
    shown = filing.shown if filing else ()
    return tuple(dict.fromkeys(each.name for each in item.materials if each.code in shown))

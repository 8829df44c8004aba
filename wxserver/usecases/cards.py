"""A person's cards: asked of the registry, remembered under ids of ours, shown masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bundles.masking import mask_card_number
from bundles.vocabulary import CARD_STATES
from bundles.working_days import legal_date
from wxserver.ports import CardRegistry, Clock, IdentityDocument, Production, Refused, Unavailable
from wxserver.store import cards, people, records
from wxserver.store.cards import KnownCard
from wxserver.store.database import Database
from wxserver.usecases.faults import FarSideAway
from wxserver.usecases.sessions import SessionView, signed_in
from wxserver.usecases.wards import confirmed_ward

FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CardView:
    """A card, masked. `state` is a code, `state_text` what citizens read."""

    id: str
    number: str
    bank: str
    region: str
    state: str
    state_text: str
    expires_on: date | None


def view_of_card(known: KnownCard) -> CardView:
    card = known.card
    return CardView(
        known.id,
        mask_card_number(card.number),
        card.bank,
        card.region,
        card.state,
        CARD_STATES.get(card.state, card.state),
        card.expires_on,
    )


class Cards:
    def __init__(self, database: Database, clock: Clock, registry: CardRegistry) -> None:
        self.database = database
        self.clock = clock
        self.registry = registry

    def list(self, session: SessionView, ward: str | None = None) -> tuple[CardView, ...]:
        """The person's cards, or those of their ward, as the registry has them now; while it is away, as it last had
        them. Raises NotFound for a ward that is not theirs, or not confirmed yet; FarSideAway."""
        person_id = self.holder(session, ward)
        known: Sequence[KnownCard]
        try:
            known = self.refreshed(person_id)
        except Unavailable:
            with self.database.read() as unit:
                known = cards.of_person(unit, person_id)
            if not known:
                raise FarSideAway("社保卡系统暂时没有回音，您的卡还查不到。请过一会儿再试，或打 12333。") from None
        return tuple(view_of_card(each) for each in known)

    def known(self, session: SessionView, ward: str | None = None) -> tuple[CardView, ...]:
        """The person's cards, or those of their ward, as last seen, without asking anybody. Raises NotFound."""
        person_id = self.holder(session, ward)
        with self.database.read() as unit:
            return tuple(view_of_card(each) for each in cards.of_person(unit, person_id))

    def holder(self, session: SessionView, ward: str | None) -> str:
        """Whose cards these are: the person's id, or that of their ward. Raises NotFound."""
        person_id = signed_in(session)
        if ward is None:
            return person_id
        with self.database.read() as unit:
            return confirmed_ward(unit, person_id, ward, legal_date(self.clock.now())).minor_id

    def refreshed(self, person_id: str) -> Sequence[KnownCard]:
        """Ask the registry; raises Unavailable."""
        now = self.clock.now()
        document = self.handed_out(person_id, "cards")
        try:
            found = self.registry.cards(document)
        except Refused:
            found = ()
        with self.database.write() as unit:
            return cards.refresh(unit, person_id, found, now)

    def productions(self, person_id: str) -> Sequence[Production]:
        """The person's cards in the making, of the registry; raises Unavailable."""
        try:
            return self.registry.productions(self.handed_out(person_id, "productions"))
        except Refused:
            return ()

    def handed_out(self, person_id: str, what: str) -> IdentityDocument:
        """The person's document, with a note that the registry is asked about them."""
        with self.database.write() as unit:
            person = people.person(unit, person_id)
            records.handed_out(
                unit,
                to="registry",
                subject_kind="person",
                subject_id=person_id,
                reason=what,
                fields=("document",),
                now=self.clock.now(),
            )
        return person.document

    def chosen(self, person_id: str, card_id: str) -> KnownCard | None:
        """The card a person picked, fresh enough to judge by; as last known while the registry is away.

        The registry judges again when the effect is asked of it, so an old state can refuse nobody wrongly for long.
        """
        with self.database.read() as unit:
            known = cards.one(unit, person_id, card_id)
        if known is None or abs(self.clock.now() - known.seen_at) <= FRESH:
            return known
        try:
            found = self.refreshed(person_id)
        except Unavailable:
            return known
        return next((each for each in found if each.id == card_id), None)

"""Somebody who does not exist, for previews: a name, a number that is well formed, cards, and what a registry would
know. Of several such people the first is taken whom the rules of an item let through, so that its pages can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import Any

from bundles import engine, facts, people, places, regions
from bundles.application import Holder, Request
from bundles.definition import Bundle, Item
from bundles.masking import mask_card_number
from bundles.ports import IdentityDocument, RegistryCard, Standing
from bundles.vocabulary import BATCH_STATES, CARD_STATES
from bundles.working_days import legal_date
from wxserver.usecases.cards import CardView

NAME = "李晓明"
_AGES = (36, 66, 55, 18, 14, 10)


@dataclass(frozen=True, slots=True)
class MadeUp:
    """`known` as in `Request.known`."""

    holder: Holder
    cards: tuple[RegistryCard, ...]
    known: Mapping[str, object]

    def card(self, reference: str | None) -> RegistryCard | None:
        """Their card with this reference."""
        return next((each for each in self.cards if each.reference == reference), None)


def fitting(bundle: Bundle, item: Item, at: datetime, form: Mapping[str, object] | None = None) -> MadeUp:
    """Somebody who may apply for the item with these answers; where nobody of ours may, whoever comes nearest, and the
    pages say why not."""
    found: list[tuple[int, int, MadeUp]] = []
    for number, each in enumerate(_candidates(bundle, item, legal_date(at))):
        asked = request(bundle, item, each, at, card_id=each.cards[0].reference if each.cards else None, form=form)
        wrong = len(engine.precheck(asked)) + (len(_about_the_person(asked)) if form else 0)
        if not wrong:
            return each
        found.append((wrong, number, each))
    return min(found)[2]


def _about_the_person(asked: Request) -> list[engine.Fault]:
    faults = engine.check(asked).faults
    return [each for each in faults if each.code.startswith("condition-") and not each.path.startswith("form.")]


def profile(bundle: Bundle) -> Mapping[str, str]:
    """What a registry might hold of them."""
    return {
        "phone": "13900000000",
        "address": f"{regions.full_name(bundle.region)}幸福路 1 号",
        "email": "example@example.com",
        "occupation": "工人",
    }


def request(
    bundle: Bundle,
    item: Item,
    who: MadeUp,
    at: datetime,
    *,
    card_id: str | None = None,
    form: Mapping[str, object] | None = None,
    uploads: tuple[engine.Handed, ...] = (),
) -> Request:
    """What the engine judges of an application by somebody who does not exist."""
    return Request(
        bundle=bundle,
        item=item,
        channel="online",
        holder=who.holder,
        acting_as="self",
        card=who.card(card_id) if item.needs_card else None,
        form=form or {},
        today=legal_date(at),
        at=at,
        known=who.known,
        uploads=uploads,
        profile=profile(bundle),
    )


def view_of(card: RegistryCard) -> CardView:
    """A card as pages show it."""
    return CardView(
        card.reference,
        mask_card_number(card.number),
        card.bank,
        card.region,
        card.state,
        CARD_STATES.get(card.state, card.state),
        card.expires_on,
    )


def _candidates(bundle: Bundle, item: Item, today: date) -> Iterator[MadeUp]:
    """People who differ in what the item's conditions ask for; never none."""
    kinds = facts.kinds_of(item)

    def either(kind: str, *ways: Any) -> tuple[Any, ...]:
        return ways if kind in kinds else ways[:1]

    counts = (2, 1) if item.needs_card else (0, 2, 1)
    for age, insured, elsewhere, batch, is_open, count, first in product(
        either("age", *_AGES),
        either("insured", True, False),
        either("lives_elsewhere", False, True),
        either("batch_state", None, *BATCH_STATES),
        either("open_case", False, True),
        counts,
        _states(item) if item.needs_card else ("active",),
    ):
        cards = _cards(bundle, item, today, first)[:count]
        standing = Standing(
            insured=(bundle.region,) if insured else (),
            lives_elsewhere=elsewhere,
            batch_state=batch,
            profile=profile(bundle),
        )
        known = facts.known(
            today, cards=cards, productions=(), open_case=is_open, standing=standing, region=bundle.region
        )
        yield MadeUp(_holder(bundle.region, date(today.year - age, 1, 1)), cards, known)


def _states(item: Item) -> tuple[str, ...]:
    """The states in which a card does for the item, the usual one first; any where none does."""
    good = [state for state in CARD_STATES if engine.card_fault(item, state) is None] or list(CARD_STATES)
    return tuple(sorted(good, key=lambda state: state != "active"))


def _holder(region: str, born: date) -> Holder:
    body = f"{region}{born:%Y%m%d}002"
    body = body if len(body) == 17 and body.isdigit() else f"110101{born:%Y%m%d}002"
    return Holder(IdentityDocument("resident_id", body + people.check_digit(body)), NAME, born)


def _cards(bundle: Bundle, item: Item, today: date, first: str) -> tuple[RegistryCard, RegistryCard]:
    """Two cards; the one in the state `first`, the other in another, which may not do."""
    others = [*_states(item), *CARD_STATES]
    second = next(state for state in others if state != first)
    open_there = places.open_places(bundle, item)
    region = open_there[0].code if open_there else bundle.region
    bank = bundle.banks[0].name if bundle.banks else "示例银行"
    one, other = (
        RegistryCard(f"card-{index}", number, bank, region, state, date(today.year + years, 12, 31))
        for index, number, state, years in ((1, "X00000019", first, 3), (2, "X00000027", second, 1))
    )
    return one, other

"""Which facts an item's conditions need that the application itself does not tell, and what answers them.

The engine's caller asks each question once per application, only those that `questions` names, and hands the answers
to `known`; it goes into `Request.known`. What was not found out stays absent, and the rule that needs it says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from bundles import regions
from bundles.definition import Condition, Item, frozen, parts_of
from bundles.ports import Production, RegistryCard, Standing

Question = Literal["cards", "productions", "open_case", "standing"]

ANSWERED_BY: Final[Mapping[str, tuple[Question, ...]]] = MappingProxyType(
    {
        "card_held": ("cards",),
        "valid_cards": ("cards",),
        "first_application": ("cards", "productions"),
        "open_case": ("open_case",),
        "insured": ("standing",),
        "lives_elsewhere": ("standing",),
        "batch_state": ("standing",),
    }
)
"""Condition kind -> what must be asked: the registry for the person's cards, productions or standing, or our own
cases."""

FETCHED: Final = frozenset(ANSWERED_BY)
"""Kinds of condition whose fact comes from elsewhere."""

NO_BATCH: Final = "没有单位批量申请"

_LOSSES: Final[Mapping[str, str]] = MappingProxyType({"temporarily_lost": "temporary", "formally_lost": "formal"})


def kinds_in(condition: Condition | None) -> Iterator[str]:
    """The kinds of a condition and of all conditions within it."""
    if condition is not None:
        yield condition.kind
        for part in condition.of:
            yield from kinds_in(part)


def kinds_of(item: Item) -> frozenset[str]:
    """The kinds of condition that an item's rules and fields use."""
    return frozenset(
        kind
        for part in parts_of(item)
        for condition in (
            *(each for rule in part.conditions for each in (rule.needs, rule.when)),
            *(each.visible_when for each in part.fields),
            *(each.when for each in part.materials),
        )
        for kind in kinds_in(condition)
    )


def questions(item: Item) -> frozenset[Question]:
    """What must be asked before an application for this item can be checked; empty for most items."""
    return frozenset(question for kind in kinds_of(item) for question in ANSWERED_BY.get(kind, ()))


def known(
    today: date,
    *,
    cards: Iterable[RegistryCard] | None = None,
    productions: Iterable[Production] | None = None,
    open_case: bool | None = None,
    standing: Standing | None = None,
    region: str = "",
) -> Mapping[str, object]:
    """The facts by condition kind; None where the question was not asked or has no answer.

    A valid card is one that is neither cancelled nor past its last day. A first application is one by somebody who
    has never had a card and for whom none is being made. Insured means: somewhere in `region` (GB/T 2260).
    """
    facts: dict[str, object] = {}
    if cards is not None:
        ever = tuple(cards)
        held = [each for each in ever if each.state != "cancelled"]
        facts["card_held"] = bool(held)
        facts["valid_cards"] = sum(each.expires_on is None or each.expires_on >= today for each in held)
        if productions is not None:
            facts["first_application"] = not ever and not tuple(productions)
    if open_case is not None:
        facts["open_case"] = open_case
    if standing is not None:
        facts["batch_state"] = standing.batch_state or NO_BATCH
        if standing.insured is not None:
            facts["insured"] = any(regions.within(each, region) for each in standing.insured)
        if standing.lives_elsewhere is not None:
            facts["lives_elsewhere"] = standing.lives_elsewhere
    return frozen(facts)


def of_card(card: RegistryCard | None) -> Mapping[str, object]:
    """What the chosen card itself tells: where it was issued, and which loss of it has been reported."""
    if card is None:
        return frozen()
    return frozen({"region": card.region, "loss_reported": _LOSSES.get(card.state, "没有挂失")})

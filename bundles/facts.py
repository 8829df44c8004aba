"""Which facts an item's conditions need that the application itself does not tell, and what answers them.

The engine's caller asks each question once per application, only those that `questions` names, and hands the answers
to `known`; it goes into `Request.known`. What was not found out stays absent, and the rule that needs it says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from bundles.definition import Condition, Item, frozen
from bundles.ports import Production, RegistryCard

Question = Literal["cards", "productions", "open_case"]

ANSWERED_BY: Final[Mapping[str, tuple[Question, ...]]] = MappingProxyType(
    {
        "card_held": ("cards",),
        "valid_cards": ("cards",),
        "first_application": ("cards", "productions"),
        "open_case": ("open_case",),
    }
)
"""Condition kind -> what must be asked: the registry for the person's cards or productions, or our own cases."""

FETCHED: Final = frozenset({*ANSWERED_BY, "batch_state", "insured", "lives_elsewhere"})
"""Kinds of condition whose fact comes from elsewhere; those that nothing answers yet are never found out."""

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
        for condition in (
            *(each for rule in item.conditions for each in (rule.needs, rule.when)),
            *(each.visible_when for each in item.fields),
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
) -> Mapping[str, object]:
    """The facts by condition kind; None where the question was not asked or has no answer.

    A valid card is one that is neither cancelled nor past its last day. A first application is one by somebody who
    has never had a card and for whom none is being made.
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
    return frozen(facts)


def of_card(card: RegistryCard | None) -> Mapping[str, object]:
    """What the chosen card itself tells: where it was issued, and which loss of it has been reported."""
    if card is None:
        return frozen()
    return frozen({"region": card.region, "loss_reported": _LOSSES.get(card.state, "没有挂失")})

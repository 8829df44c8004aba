"""Whether there is any application at all in which a condition is met: found by trying.

What a condition depends on is gathered, with the questions that decide whether its own questions show; every
combination of answers and circumstances is then put to `rules`, so that both always agree on what a condition means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Final

from bundles.definition import Condition, Field, Item, frozen
from bundles.facts import NO_BATCH, of_card
from bundles.ports import RegistryCard
from bundles.rules import KINDS, Facts, evaluate, visible
from bundles.vocabulary import BATCH_STATES, CAPACITIES, CARD_STATES, DOCUMENT_KINDS

MOST: Final = 20_000
"""Combinations that are tried; what depends on more is believed."""

_OUTSIDE: Final = ("110101", "310101")
"""Regions to try beside those that a condition names; no condition names a region that holds both."""
_CARD: Final = frozenset({"card_state", "loss_reported", "region"})


def can_be_met(condition: Condition, item: Item) -> bool:
    """Whether somebody could meet this condition of an item. The condition has no faults of its own."""
    fields = {each.code: each for each in item.fields}
    parts = _leaves(condition, fields)
    asked = [each for each in item.fields if any(part.field == each.code for part in parts)]
    circumstances = _circumstances(parts, item)
    ranges = [*circumstances.values(), *(_answers(each, parts) for each in asked)]
    if prod(map(len, ranges)) > MOST:
        return True
    return any(
        evaluate(condition, _facts(dict(zip(circumstances, values, strict=False)), values, asked, fields)).met
        for values in product(*ranges)
    )


def _leaves(condition: Condition, fields: Mapping[str, Field]) -> list[Condition]:
    """The conditions that are no groups, with those on which it depends whether the questions show."""
    found: list[Condition] = []
    waiting = [condition]
    while waiting:
        each = waiting.pop()
        waiting += each.of
        if each in found or KINDS[each.kind].shape == "group":
            continue
        found.append(each)
        shown = fields[each.field].visible_when if each.field in fields else None
        if shown is not None and not _is_broken(shown):
            waiting.append(shown)
    return found


def _is_broken(condition: Condition) -> bool:
    """Whether a condition has a fault, told elsewhere, that keeps it from being evaluated."""
    unknown = condition.kind not in KINDS
    return unknown or (condition.kind == "not" and not condition.of) or any(map(_is_broken, condition.of))


def _circumstances(parts: list[Condition], item: Item) -> dict[str, tuple[object, ...]]:
    kinds = {part.kind for part in parts}
    states = (item.card_states or tuple(CARD_STATES)) if item.needs_card else (None,)
    regions = {value for part in parts if part.kind == "region" for value in part.values}
    worlds: dict[str, tuple[object, ...]] = {
        "channel": item.channels,
        "acting": tuple(CAPACITIES),
        "document": tuple(DOCUMENT_KINDS),
        "batch_state": (*BATCH_STATES, NO_BATCH),
        **{kind: _numbers(kind, parts) for kind in ("age", "valid_cards")},
        **{kind: (True, False) for kind, word in KINDS.items() if word.shape == "flag"},
    }
    found = {kind: values for kind, values in worlds.items() if kind in kinds}
    if kinds & _CARD:
        found["card"] = states
        found["region"] = (*sorted(regions), *_OUTSIDE)
    return found


def _numbers(kind: str, parts: list[Condition]) -> tuple[int, ...]:
    """Numbers on both sides of every limit that is named."""
    limits = [limit for part in parts if part.kind == kind for limit in (part.minimum, part.maximum)]
    return tuple(sorted({max(0, (limit or 0) + step) for limit in limits for step in (-1, 0, 1)}))


def _answers(each: Field, parts: list[Condition]) -> tuple[str | None, ...]:
    """The answers to a question that may make a difference; None where it is left open."""
    if each.kind == "choice":
        return (*(choice.code for choice in each.choices), None)
    if each.kind == "yes_no":
        return ("yes", "no", None)
    named = {value for part in parts if part.field == each.code for value in part.values}
    return (*sorted(named), "…", None)


def _facts(
    around: Mapping[str, object], values: Sequence[object], asked: Sequence[Field], fields: Mapping[str, Field]
) -> Facts:
    """The facts of one application; `values` ends with the answers to what is asked, and who sees no question gives
    none."""
    state = around.get("card")
    card = RegistryCard("", "", "", str(around["region"]), state, None) if isinstance(state, str) else None
    facts = Facts(
        fields=frozen(fields),
        document_kind=_word(around.get("document")),
        age=_number(around.get("age")),
        channel=_word(around.get("channel")),
        acting_as=_word(around.get("acting")),
        card_state=_word(state),
        known=frozen({**around, **of_card(card)} if card else {**around, "region": None}),
    )
    for each, answer in zip(asked, values[len(around) :], strict=True):
        shows = each.visible_when is None or _is_broken(each.visible_when) or visible(each, facts)
        if isinstance(answer, str) and shows:
            facts = replace(facts, form=frozen({**facts.form, each.code: answer}))
    return facts


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None

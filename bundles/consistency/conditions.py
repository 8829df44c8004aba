"""Conditions: the kinds there are, and what each kind needs to be written with."""

from collections.abc import Iterable, Mapping

from bundles import regions
from bundles.consistency.found import Found
from bundles.definition import PICTURE_KINDS, Condition, Field
from bundles.rules import KINDS
from bundles.toml_lines import Path


def condition_faults(path: Path, condition: Condition, known: Mapping[str, Field]) -> Found:
    """All faults of a condition; `known` are the fields it may ask about, by code."""
    word = KINDS.get(condition.kind)
    if word is None:
        yield (*path, "kind"), f"没有“{condition.kind}”这种条件，可用的有：{'、'.join(KINDS)}。"
        return
    low, high = condition.minimum, condition.maximum
    if word.shape == "range" and low is None and high is None:
        yield path, "要写 minimum（最小）或 maximum（最大），或者两个都写。"
    if low is not None and high is not None and low > high:
        yield (*path, "minimum"), "最小的数比最大的数还大。"
    if word.shape in ("member", "region"):
        yield from _values(path, condition, word.words)
    if word.shape == "field":
        yield from _answer(path, condition, known)
    if word.shape == "group":
        if not condition.of or (condition.kind == "not" and len(condition.of) != 1):
            yield (*path, "of"), "all 和 any 里至少要有一个条件，not 里正好一个。"
        for index, part in enumerate(condition.of):
            yield from condition_faults((*path, "of", index), part, known)


def _values(path: Path, condition: Condition, words: Iterable[str]) -> Found:
    allowed = tuple(words)
    if not condition.values:
        yield (*path, "values"), "至少要写一个值。"
    for index, value in enumerate(condition.values):
        if condition.kind == "region" and regions.find(value) is None:
            yield (*path, "values", index), f"没有代码为“{value}”的行政区划。"
        if allowed and value not in allowed:
            yield (*path, "values", index), f"没有“{value}”这种写法，可用的有：{'、'.join(allowed)}。"


def _answer(path: Path, condition: Condition, known: Mapping[str, Field]) -> Found:
    each = known.get(condition.field)
    if each is None:
        yield (*path, "field"), f"前面没有代号为“{condition.field}”的一项。"
        return
    if each.kind in PICTURE_KINDS:
        yield (*path, "field"), f"“{each.label}”是用图片回答的，不能当条件。"
    answers = {"choice": [choice.code for choice in each.choices], "yes_no": ["yes", "no"]}.get(each.kind)
    for index, value in enumerate(condition.values):
        if answers is not None and value not in answers:
            yield (*path, "values", index), f"“{each.label}”里没有“{value}”这个选项。"

"""Who may apply and which fields show: typed conditions that explain themselves. Nothing is evaluated as code.

`evaluate` answers with a `Finding`: whether the condition is met, what it needs and what was found, in Chinese.
Facts are gathered once per application; a fact nobody gave makes a finding undecided (`met is None`).
For a rule undecided counts as unmet, because a citizen must not be promised what nobody checked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from bundles import regions
from bundles.definition import Bundle, Condition, Field, Item, Rule, frozen
from bundles.facts import FETCHED, kinds_in
from bundles.vocabulary import (
    BATCH_STATES,
    CAPACITIES,
    CARD_STATE_FINDINGS,
    CARD_STATES,
    CHANNELS,
    DOCUMENT_KINDS,
    LOSS_KINDS,
)


def _no_form() -> Mapping[str, str]:
    return frozen()


def _no_fields() -> Mapping[str, Field]:
    return frozen()


def _nothing_known() -> Mapping[str, object]:
    return frozen()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about an application. `known` holds the registry's facts, keyed by condition kind; `profile` what
    the registry holds to answer prefilled fields with (None: nobody has asked it); `bundle` tells which places and
    banks there are."""

    form: Mapping[str, str] = field(default_factory=_no_form)
    fields: Mapping[str, Field] = field(default_factory=_no_fields)
    today: date | None = None
    document_kind: str | None = None
    age: int | None = None
    channel: str | None = None
    acting_as: str | None = None
    card_state: str | None = None
    known: Mapping[str, object] = field(default_factory=_nothing_known)
    profile: Mapping[str, str] | None = field(default=None, repr=False)
    bundle: Bundle | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a condition is met (None: it could not be found out), what it needs, and what was found."""

    met: bool | None
    needs: str
    found: str


@dataclass(frozen=True, slots=True)
class Unmet:
    """A rule that does not hold: where to show it, and the sentence with need, finding and advice."""

    rule: Rule
    path: str
    finding: Finding
    message: str


@dataclass(frozen=True, slots=True)
class Word:
    """A kind of condition: which attributes it reads, and on which path of the application it is reported."""

    shape: str
    path: str
    words: Mapping[str, str] = field(default_factory=_no_form)
    phrases: tuple[str, str, str, str] = ("", "", "", "")


def _flag(*phrases: str) -> Word:
    wanted, unwanted, yes, no = phrases
    return Word("flag", "item", phrases=(wanted, unwanted, yes, no))


KINDS: Final[Mapping[str, Word]] = MappingProxyType(
    {
        "age": Word("range", "item", phrases=("年龄", "周岁", "现在是 {} 周岁", "")),
        "valid_cards": Word("range", "item", phrases=("名下有效的社保卡", "张", "现在有 {} 张", "")),
        "document": Word("member", "item", DOCUMENT_KINDS, ("证件要是{}", "", "现在用的是{}", "")),
        "channel": Word("member", "item", CHANNELS, ("要通过{}办理", "", "现在是通过{}办理", "")),
        "acting": Word("member", "acting.as", CAPACITIES, ("要由{}办理", "", "现在是由{}办理", "")),
        "card_state": Word("member", "card_id", CARD_STATES, ("卡的状态要是{}", "", "这张卡{}", "")),
        "region": Word("region", "card_id", phrases=("卡要是{}发的", "", "这张卡是{}发的", "")),
        "batch_state": Word("member", "item", BATCH_STATES, ("单位批量申请要是{}", "", "现在是{}", "")),
        "loss_reported": Word("member", "card_id", LOSS_KINDS, ("卡要先办{}", "", "现在是{}", "")),
        "card_held": _flag("名下要有社保卡", "名下要还没有社保卡", "现在名下有社保卡", "没有查到名下的社保卡"),
        "first_application": _flag("要是第一次申领", "要以前申领过", "没有查到以前的申领记录", "以前已经申领过"),
        "insured": _flag("要在本地参保", "要没有在本地参保", "现在在本地参保", "没有查到在本地的参保记录"),
        "lives_elsewhere": _flag("要长期住在外地", "要住在本地", "登记的是长期住在外地", "登记的是住在本地"),
        "open_case": _flag("要有一件在办的申请", "要没有在办的同类申请", "已经有一件在办", "没有查到在办的申请"),
        "field": Word("field", ""),
        "all": Word("group", "item"),
        "any": Word("group", "item"),
        "not": Word("group", "item"),
    }
)


def evaluate(condition: Condition, facts: Facts) -> Finding:
    """Compare one condition with the facts. The kind is one of `KINDS`; `schema` lets no other pass."""
    return _EVALUATE[KINDS[condition.kind].shape](condition, facts)


def path_of(condition: Condition) -> str:
    """Where an unmet condition is reported: the path of the application that the citizen can change."""
    word = KINDS[condition.kind]
    if word.shape == "field":
        return f"form.{condition.field}"
    if word.shape == "group":
        return path_of(condition.of[0])
    return word.path


def unmet(rules: tuple[Rule, ...], facts: Facts) -> tuple[Unmet, ...]:
    """All rules that apply and are not met, each with its sentence. A rule applies where its `when` is met.

    Where a fact from elsewhere could not be fetched a rule applies too, and the citizen is told to try again instead
    of what the rule advises: nothing is wrong with the application.
    """
    return tuple(miss for rule in rules if (miss := _missed(rule, facts)) is not None)


def unmet_before_the_form(rules: tuple[Rule, ...], facts: Facts) -> tuple[Unmet, ...]:
    """Those rules of which it is certain, without any answer, that they apply and are not met."""
    early = tuple(rule for rule in rules if "field" not in {*kinds_in(rule.needs), *kinds_in(rule.when)})
    return tuple(miss for miss in unmet(early, facts) if miss.finding.met is False)


def _missed(rule: Rule, facts: Facts) -> Unmet | None:
    finding = evaluate(rule.needs, facts)
    when = Finding(True, "", "") if rule.when is None else evaluate(rule.when, facts)
    if finding.met is True or when.met is False:
        return None
    if when.met is None:
        if FETCHED.isdisjoint(kinds_in(rule.when)):
            return None
        message = f"办这一项要先查清是不是“{when.needs}”的情形；{when.found}。{_AGAIN}"
        return Unmet(rule, path_of(rule.needs), when, message)
    again = finding.met is None and not FETCHED.isdisjoint(kinds_in(rule.needs))
    message = f"办这一项，{finding.needs}；{finding.found}。{_AGAIN if again else rule.advice}"
    return Unmet(rule, path_of(rule.needs), finding, message)


def visible(each: Field, facts: Facts) -> bool:
    """Whether a field shows. Undecided shows it: a question too many is better than one never asked."""
    return each.visible_when is None or evaluate(each.visible_when, facts).met is not False


def fields_of(item: Item) -> Mapping[str, Field]:
    """The item's fields by code, for `Facts.fields`."""
    return frozen({each.code: each for each in item.fields})


_UNKNOWN: Final = "这一点暂时没有查到"
_AGAIN: Final = "您填的没有错，请过一会儿再提交，或到社保卡服务网点办理。"


def _actual(condition: Condition, facts: Facts) -> object:
    own: Mapping[str, object] = {
        "age": facts.age,
        "document": facts.document_kind,
        "channel": facts.channel,
        "acting": facts.acting_as,
        "card_state": facts.card_state,
    }
    return own[condition.kind] if condition.kind in own else facts.known.get(condition.kind)


def _range(condition: Condition, facts: Facts) -> Finding:
    subject, measure, found, _ = KINDS[condition.kind].phrases
    low, high = condition.minimum, condition.maximum
    if low is not None and high is not None:
        needs = f"{subject}要在 {low} 到 {high} {measure}之间"
    elif high is not None:
        needs = f"{subject}要不超过 {high} {measure}"
    else:
        needs = f"{subject}要满 {low} {measure}"
    actual = _actual(condition, facts)
    if not isinstance(actual, int):
        return Finding(None, needs, _UNKNOWN)
    met = (low is None or actual >= low) and (high is None or actual <= high)
    return Finding(met, needs, found.format(actual))


def _member(condition: Condition, facts: Facts) -> Finding:
    word = KINDS[condition.kind]
    needs = word.phrases[0].format("或".join(word.words.get(value, value) for value in condition.values))
    actual = _actual(condition, facts)
    if not isinstance(actual, str):
        return Finding(None, needs, _UNKNOWN)
    name = CARD_STATE_FINDINGS[actual] if condition.kind == "card_state" else word.words.get(actual, actual)
    return Finding(actual in condition.values, needs, word.phrases[2].format(name))


def _region(condition: Condition, facts: Facts) -> Finding:
    _, _, found, _ = KINDS[condition.kind].phrases
    wanted = "或".join(regions.full_name(value) or value for value in condition.values)
    needs = KINDS[condition.kind].phrases[0].format(wanted)
    actual = _actual(condition, facts)
    code = regions.code_of(actual) if isinstance(actual, str) else None
    if code is None:
        return Finding(None, needs, _UNKNOWN)
    met = any(regions.within(code, value) for value in condition.values)
    return Finding(met, needs, found.format(regions.full_name(code)))


def _is_flag(condition: Condition, facts: Facts) -> Finding:
    wanted, unwanted, yes, no = KINDS[condition.kind].phrases
    needs = wanted if condition.expected else unwanted
    actual = _actual(condition, facts)
    if not isinstance(actual, bool):
        return Finding(None, needs, _UNKNOWN)
    return Finding(actual is condition.expected, needs, yes if actual else no)


def _answered(condition: Condition, facts: Facts) -> Finding:
    each = facts.fields.get(condition.field)
    label = each.label if each else condition.field
    names = {choice.code: choice.label for choice in each.choices} if each else {}
    if each is not None and each.kind == "yes_no":
        names = {"yes": "是", "no": "否"}
    answer = facts.form.get(condition.field)
    found = f"现在选的是“{names.get(answer, answer)}”" if answer else "现在还没有填"
    if not condition.values:
        return Finding(answer is not None, f"“{label}”要填写", found)
    wanted = "或".join(f"“{names.get(value, value)}”" for value in condition.values)
    return Finding(answer in condition.values, f"“{label}”要选{wanted}", found)


def _group(condition: Condition, facts: Facts) -> Finding:
    parts = [evaluate(part, facts) for part in condition.of]
    if condition.kind == "not":
        part = parts[0]
        return Finding(None if part.met is None else not part.met, f"不能是“{part.needs}”的情形", part.found)
    decisive = condition.kind == "any"
    verdicts = {part.met for part in parts}
    met = decisive if decisive in verdicts else None if None in verdicts else not decisive
    joined = "，或者" if decisive else "，并且"
    failing = [part.found for part in parts if part.met is not True] or [part.found for part in parts]
    return Finding(met, joined.join(part.needs for part in parts), "，".join(dict.fromkeys(failing)))


_EVALUATE: Final[Mapping[str, Callable[[Condition, Facts], Finding]]] = MappingProxyType(
    {
        "range": _range,
        "member": _member,
        "region": _region,
        "flag": _is_flag,
        "field": _answered,
        "group": _group,
    }
)

"""One item: its handler, channels, limits and cards; what it asks stands in `asking`."""

from typing import Final

from bundles import handlers
from bundles.consistency.asking import form_faults, material_faults
from bundles.consistency.conditions import condition_faults
from bundles.consistency.found import Found, too_many, twice
from bundles.consistency.reaching import can_be_met
from bundles.definition import Bundle, Condition, Field, Item, TimeLimit
from bundles.toml_lines import Path
from bundles.vocabulary import CHANNELS, UPLOAD_KINDS

MOST: Final = {"fields": 200, "materials": 60, "questions": 100, "conditions": 60, "synonyms": 200}
"""How many parts of each kind an item may have."""
_CODED: Final = ("fields", "conditions", "materials", "questions", "periods")
_BY_NODE: Final = ("notifications", "steps")


def item_faults(path: Path, item: Item, bundle: Bundle) -> Found:
    """All faults of an item that show without the other items."""
    yield from too_many(path, item, MOST)
    yield from _routing(path, item)
    yield from _channels(path, item)
    yield from _limits(path, item)
    yield from _cards(path, item)
    for name in _CODED:
        yield from twice((*path, name), [each.code for each in getattr(item, name)])
    for name in _BY_NODE:
        yield from twice((*path, name), [each.node for each in getattr(item, name)])
    yield from form_faults(path, item, bundle)
    known = {each.code: each for each in item.fields}
    yield from _rules(path, item, known)
    yield from material_faults(path, item, known)


def limit_faults(path: Path, limit: TimeLimit) -> Found:
    """Faults of a time limit by itself."""
    if limit.unit == "instant" and limit.amount:
        yield (*path, "amount"), "即时办结的不写数量。"
    if limit.unit != "instant" and not 1 <= limit.amount <= 1000:
        yield (*path, "amount"), "这里要写 1 到 1000 之间的数量。"


def _routing(path: Path, item: Item) -> Found:
    try:
        handler = handlers.find(item.handler)
    except handlers.UnknownHandler:
        yield (*path, "handler"), f"没有名为“{item.handler}”的处理程序，可用的有：{'、'.join(handlers.names())}。"
        return
    faults = tuple(handler.check_options(item.options)) or tuple(handler.check_item(item))
    for option, sentence in faults:
        yield (*path, "options", option), sentence


def _channels(path: Path, item: Item) -> Found:
    if not item.channels:
        yield (*path, "channels"), "至少要有一种办理方式。"
    if not item.acting:
        yield (*path, "acting"), "至少要有一种人可以来办。"
    for index, period in enumerate(item.periods):
        yield from limit_faults((*path, "periods", index, "limit"), period.limit)
        for position, channel in enumerate(period.channels):
            if channel not in item.channels:
                yield (*path, "periods", index, "channels", position), _no_channel(channel)
    for channel, kinds in item.archive.items():
        if channel not in item.channels:
            yield (*path, "archive", channel), _no_channel(channel)
        for position, kind in enumerate(kinds):
            if kind not in UPLOAD_KINDS:
                offered = "、".join(UPLOAD_KINDS)
                yield (*path, "archive", channel, position), f"没有“{kind}”这种写法，可用的有：{offered}。"


def _limits(path: Path, item: Item) -> Found:
    for channel in item.channels:
        if channel not in item.limits:
            yield (*path, "limits"), f"缺少{CHANNELS[channel]}的办理时限。"
    for channel, limit in item.limits.items():
        here = (*path, "limits", channel)
        if channel not in item.channels:
            yield here, _no_channel(channel)
        yield from limit_faults(here, limit)
        legal = item.legal_limit
        if legal is not None and _is_longer(limit, legal):
            yield (*here, "amount"), f"承诺时限（{limit.text}）比法定时限（{legal.text}）长。"
    if item.legal_limit is not None:
        yield from limit_faults((*path, "legal_limit"), item.legal_limit)
    if item.review and item.limits and all(limit.unit == "instant" for limit in item.limits.values()):
        yield (*path, "review"), "要人工审核的，办理时限不能都是即时办结。"


def _is_longer(promise: TimeLimit, legal: TimeLimit) -> bool:
    """Whether a promise is longer than the law allows, in whichever week of a year without holidays it begins."""
    if promise.unit == legal.unit:
        return promise.amount > legal.amount
    return _days(promise, weekends=(promise.amount - 1) // 5) > _days(legal, weekends=(legal.amount + 4) // 5)


def _days(limit: TimeLimit, weekends: int) -> float:
    if limit.unit == "working_days":
        return limit.amount + 2 * weekends
    return {"instant": 0.0, "hours": limit.amount / 24}.get(limit.unit, limit.amount)


def _no_channel(channel: str) -> str:
    return f"这个事项的办理方式里没有“{CHANNELS[channel]}”。"


def _cards(path: Path, item: Item) -> Found:
    if item.card_states and not item.needs_card:
        yield (*path, "card_states"), "不用选卡的事项不写卡的状态。"
    for state in item.card_advice:
        if not item.card_states or state in item.card_states:
            yield (*path, "card_advice", state), "这种状态本来就能办，不用写改办什么。"


def _rules(path: Path, item: Item, known: dict[str, Field]) -> Found:
    for index, rule in enumerate(item.conditions):
        here = (*path, "conditions", index)
        yield from _rule_part((*here, "needs"), rule.needs, known, item, "谁都满足不了这个条件，请检查写得对不对。")
        if rule.when is not None:
            yield from _rule_part((*here, "when"), rule.when, known, item, "这种情形不会出现，请检查写得对不对。")


def _rule_part(path: Path, condition: Condition, known: dict[str, Field], item: Item, sentence: str) -> Found:
    faults = tuple(condition_faults(path, condition, known))
    yield from faults
    if not faults and not can_be_met(condition, item):
        yield path, sentence

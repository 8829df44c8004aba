"""What a definition's parts must hold true of each other: references, handlers, limits, conditions.

Each fault is a path into the document and a Chinese sentence for the editor.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from bundles import handlers
from bundles.definition import Bundle, Condition, Field, Item, Material, TimeLimit
from bundles.rules import KINDS
from bundles.toml_lines import Path

Found = Iterator[tuple[Path, str]]


def faults_of(bundle: Bundle) -> Found:
    """All faults of a definition whose parts are well formed each by itself."""
    if not bundle.items:
        yield ("items",), "至少要有一个事项。"
    yield from _twice(("items",), [item.code for item in bundle.items])
    yield from _twice(("loss_kinds",), [kind.code for kind in bundle.loss_kinds])
    yield from _twice(("places",), [place.code for place in bundle.places])
    for index, kind in enumerate(bundle.loss_kinds):
        if kind.liftable != bool(kind.lifted_by):
            yield ("loss_kinds", index, "lifted_by"), "能解挂的要写由谁解挂，不能解挂的不要写。"
        if kind.lasts is not None:
            yield from _limit(("loss_kinds", index, "lasts"), kind.lasts)
    for index, place in enumerate(bundle.places):
        for position, code in enumerate(place.items):
            if bundle.item(code) is None:
                yield ("places", index, "items", position), f"没有代号为“{code}”的事项。"
    for index, item in enumerate(bundle.items):
        yield from _item(("items", index), item)


def _item(path: Path, item: Item) -> Found:
    yield from _routing(path, item)
    yield from _channels(path, item)
    yield from _cards(path, item)
    yield from _twice((*path, "fields"), [each.code for each in item.fields])
    yield from _twice((*path, "conditions"), [each.code for each in item.conditions])
    yield from _twice((*path, "materials"), [each.code for each in item.materials])
    yield from _twice((*path, "questions"), [each.code for each in item.questions])
    yield from _twice((*path, "notifications"), [each.node for each in item.notifications])
    yield from _twice((*path, "steps"), [each.node for each in item.steps])
    known: dict[str, Field] = {}
    for index, each in enumerate(item.fields):
        yield from _form_field((*path, "fields", index), each, known)
        known[each.code] = each
    for index, code in enumerate(item.at_least_one):
        if code not in known:
            yield (*path, "at_least_one", index), f"表单里没有代号为“{code}”的一项。"
    for index, rule in enumerate(item.conditions):
        yield from _condition((*path, "conditions", index, "needs"), rule.needs, known)
        if rule.when is not None:
            yield from _condition((*path, "conditions", index, "when"), rule.when, known)
    taken: set[tuple[str, str, str]] = set()
    for index, material in enumerate(item.materials):
        yield from _material((*path, "materials", index), material, item, known)
        if material.upload:
            here = {(channel, who, material.kind) for channel in material.channels for who in material.acting}
            if here & taken:
                yield (*path, "materials", index, "kind"), "同一个人办、同一种方式，不能有两份同类的上传材料。"
            taken |= here


def _routing(path: Path, item: Item) -> Found:
    try:
        handler = handlers.find(item.handler)
    except handlers.UnknownHandler:
        yield (*path, "handler"), f"没有名为“{item.handler}”的处理程序，可用的有：{'、'.join(handlers.names())}。"
        return
    for option, sentence in handler.check_options(item.options):
        yield (*path, "options", option), sentence


def _channels(path: Path, item: Item) -> Found:
    if not item.channels:
        yield (*path, "channels"), "至少要有一种办理方式。"
    if not item.acting:
        yield (*path, "acting"), "至少要有一种人可以来办。"
    for channel in item.channels:
        if channel not in item.limits:
            yield (*path, "limits"), f"缺少“{channel}”的办理时限。"
    for channel, limit in item.limits.items():
        here = (*path, "limits", channel)
        if channel not in item.channels:
            yield here, f"办理方式里没有“{channel}”。"
        yield from _limit(here, limit)
        legal = item.legal_limit
        if legal is not None and legal.unit == limit.unit and limit.amount > legal.amount:
            yield (*here, "amount"), f"承诺时限（{limit.text}）比法定时限（{legal.text}）长。"
    if item.legal_limit is not None:
        yield from _limit((*path, "legal_limit"), item.legal_limit)


def _limit(path: Path, limit: TimeLimit) -> Found:
    if limit.unit == "instant" and limit.amount:
        yield (*path, "amount"), "即时办结的不写数量。"
    if limit.unit != "instant" and not 1 <= limit.amount <= 1000:
        yield (*path, "amount"), "这里要写 1 到 1000 之间的数量。"


def _cards(path: Path, item: Item) -> Found:
    if item.card_states and not item.needs_card:
        yield (*path, "card_states"), "不用选卡的事项不写卡的状态。"
    for state in item.card_advice:
        if not item.card_states or state in item.card_states:
            yield (*path, "card_advice", state), "这种状态本来就能办，不用写改办什么。"


def _form_field(path: Path, each: Field, known: dict[str, Field]) -> Found:
    if (each.kind == "choice") != bool(each.choices):
        yield (*path, "choices"), "单选题要列出选项，别的题不要列。"
    yield from _twice((*path, "choices"), [choice.code for choice in each.choices])
    if not each.min_length <= each.max_length:
        yield (*path, "min_length"), "最少字数比最多字数还大。"
    if each.visible_when is not None:
        yield from _condition((*path, "visible_when"), each.visible_when, known)


def _material(path: Path, material: Material, item: Item, known: dict[str, Field]) -> Found:
    for index, channel in enumerate(material.channels):
        if channel not in item.channels:
            yield (*path, "channels", index), f"这个事项的办理方式里没有“{channel}”。"
    if bool(material.group) != bool(material.variant):
        yield (*path, "group"), "几选一的材料，group 和 variant 要一起写。"
    if not 1 <= material.most <= 9:
        yield (*path, "most"), "一种材料可以收 1 到 9 张。"
    if material.upload and "online" not in material.channels:
        yield (*path, "upload"), "只有网上办理的材料才能上传。"
    if material.when is not None:
        yield from _condition((*path, "when"), material.when, known)


def _condition(path: Path, condition: Condition, known: dict[str, Field]) -> Found:
    word = KINDS.get(condition.kind)
    if word is None:
        yield (*path, "kind"), f"没有“{condition.kind}”这种条件，可用的有：{'、'.join(KINDS)}。"
        return
    low, high = condition.minimum, condition.maximum
    if word.shape == "range" and low is None and high is None:
        yield path, "要写 minimum（最小）或 maximum（最大），或者两个都写。"
    if low is not None and high is not None and low > high:
        yield (*path, "minimum"), "最小的数比最大的数还大。"
    if word.shape == "member":
        yield from _values(path, condition, word.words)
    if word.shape == "field":
        yield from _answer(path, condition, known)
    if word.shape == "group":
        if not condition.of or (condition.kind == "not" and len(condition.of) != 1):
            yield (*path, "of"), "all 和 any 里至少要有一个条件，not 里正好一个。"
        for index, part in enumerate(condition.of):
            yield from _condition((*path, "of", index), part, known)


def _values(path: Path, condition: Condition, words: Iterable[str]) -> Found:
    allowed = tuple(words)
    if not condition.values:
        yield (*path, "values"), "至少要写一个值。"
    for index, value in enumerate(condition.values):
        if allowed and value not in allowed:
            yield (*path, "values", index), f"没有“{value}”这种写法，可用的有：{'、'.join(allowed)}。"


def _answer(path: Path, condition: Condition, known: dict[str, Field]) -> Found:
    each = known.get(condition.field)
    if each is None:
        yield (*path, "field"), f"前面没有代号为“{condition.field}”的一项。"
        return
    answers = {"choice": [choice.code for choice in each.choices], "yes_no": ["yes", "no"]}.get(each.kind)
    for index, value in enumerate(condition.values):
        if answers is not None and value not in answers:
            yield (*path, "values", index), f"“{each.label}”里没有“{value}”这个选项。"


def _twice(path: Path, codes: Iterable[str]) -> Found:
    seen: set[str] = set()
    for index, code in enumerate(chain(codes)):
        if code in seen:
            yield (*path, index), f"“{code}”写了两次，请改掉一个。"
        seen.add(code)

"""What is not wrong with a definition but should be mended or seen. Warnings keep nothing from being published."""

from typing import Final

from bundles.consistency.found import Found
from bundles.definition import Bundle, Item
from bundles.difference_words import WORDS
from bundles.toml_lines import Path
from bundles.vocabulary import CHANNELS

ENDS: Final = ("accepted", "completed", "refused")
"""Nodes of which a citizen should be told, where an item reaches them."""

DESCRIBED: Final = "guide-only"


def warnings_of(bundle: Bundle) -> Found:
    """All warnings about a definition that is in order: path, and a sentence for the editor."""
    for index, item in enumerate(bundle.items):
        here = ("items", index)
        yield from _told(here, item)
        yield from _found(here, item)
        yield from _guided(here, item)
        if bundle.places and not any(item.code in place.items for place in bundle.places):
            yield (*here, "code"), f"开通地区里没有一个开通了“{item.short_name}”，谁也办不了。"


def _told(path: Path, item: Item) -> Found:
    if item.handler == DESCRIBED:
        yield (*path, "handler"), "这一项现在只有办事指南，还不能申请。"
        return
    told = {each.node for each in item.notifications}
    instant = all(limit.unit == "instant" for limit in item.limits.values())
    for node in ENDS:
        if node not in told and not (instant and node == "accepted"):
            yield (*path, "notifications"), f"办到“{WORDS[node]}”时没有通知。"


def _found(path: Path, item: Item) -> Found:
    if not item.synonyms:
        yield (*path, "synonyms"), "没有搜索词，用别的说法会搜不到。"
    if not item.questions:
        yield (*path, "questions"), "没有常见问题。"


def _guided(path: Path, item: Item) -> Found:
    if not item.guide.window:
        yield (*path, "guide", "window"), "没有写不用手机的人怎么到窗口办。"
    for channel in item.channels:
        if channel not in item.hours:
            yield (*path, "hours"), f"没有写{CHANNELS[channel]}的办理时间。"
        if channel not in item.guide.flow:
            yield (*path, "guide", "flow"), f"没有写{CHANNELS[channel]}的办理流程。"
    if (item.fee.fen or item.fee.delivery) and not item.fee.legal_basis:
        yield (*path, "fee"), "收费的要写收费依据。"

"""What an item asks for: the fields of its form, and its materials."""

from collections.abc import Iterable, Mapping
from typing import Final

from bundles import regions
from bundles.consistency.conditions import condition_faults
from bundles.consistency.found import Found, twice
from bundles.consistency.reaching import can_be_met
from bundles.definition import PICTURE_KINDS, PLACE_KINDS, Bundle, Field, Item, Material
from bundles.toml_lines import Path
from bundles.vocabulary import CHANNELS

PREFILLS: Final = ("phone", "address", "email", "occupation")
"""What the registry may hold of a person."""


def form_faults(path: Path, item: Item, bundle: Bundle) -> Found:
    """Faults of the fields, each seen with those before it."""
    known: dict[str, Field] = {}
    for index, each in enumerate(item.fields):
        here = (*path, "fields", index)
        yield from _shape(here, each)
        yield from _place(here, each, known, bundle)
        yield from _region(here, each, known)
        yield from _shown(here, each, known, item)
        known[each.code] = each
    for index, code in enumerate(item.at_least_one):
        if code not in known or known[code].kind in PICTURE_KINDS:
            yield (*path, "at_least_one", index), f"表单里没有代号为“{code}”的一项。"


def material_faults(path: Path, item: Item, known: Mapping[str, Field]) -> Found:
    """Faults of the materials; no two pictures of one kind are asked of the same person."""
    taken: set[tuple[str, str, str]] = set()
    for index, material in enumerate(item.materials):
        here = (*path, "materials", index)
        yield from _material(here, material, item, known)
        if material.upload:
            asked = _asked(material.kind, material.channels, material.acting)
            if asked & taken:
                yield (*here, "kind"), "同一个人办、同一种方式，不能有两份同类的上传材料。"
            taken |= asked
    for index, each in enumerate(item.fields):
        if each.kind in PICTURE_KINDS:
            asked = _asked(PICTURE_KINDS[each.kind], item.channels, item.acting)
            if asked & taken:
                yield (*path, "fields", index, "kind"), "同一个人办、同一种方式，已经有一份同类的上传材料了。"
            taken |= asked


def _asked(kind: str, channels: Iterable[str], acting: Iterable[str]) -> set[tuple[str, str, str]]:
    whoever = tuple(acting)
    return {(kind, channel, who) for channel in channels for who in whoever}


def _shape(path: Path, each: Field) -> Found:
    if (each.kind == "choice") != bool(each.choices):
        yield (*path, "choices"), "单选题要列出选项，别的题不要列。"
    yield from twice((*path, "choices"), [choice.code for choice in each.choices])
    if not each.min_length <= each.max_length:
        yield (*path, "min_length"), "最少字数比最多字数还大。"
    if each.prefill and each.prefill not in PREFILLS:
        yield (*path, "prefill"), f"没有“{each.prefill}”这种写法，可用的有：{'、'.join(PREFILLS)}。"


def _place(path: Path, each: Field, known: Mapping[str, Field], bundle: Bundle) -> Found:
    if each.kind in PLACE_KINDS and not bundle.places:
        yield (*path, "kind"), "要选地区或银行的，请先在最外层列出 places（开通地区）。"
    if each.kind == "bank" and not bundle.banks:
        yield (*path, "kind"), "要选银行的，请先在最外层列出 banks（银行）。"
    if each.kind == "bank" and not any(before.kind == "place" for before in known.values()):
        yield (*path, "kind"), '选银行之前，要先有一项选开通地区（kind = "place"）。'


def _region(path: Path, each: Field, known: Mapping[str, Field]) -> Found:
    if each.within and each.kind != "region":
        yield (*path, "within"), '只有选地区的题（kind = "region"）才写 within。'
    elif each.within and regions.find(each.within) is None:
        yield (*path, "within"), f"没有代码为“{each.within}”的行政区划。"
    elif each.kind == "region" and not regions.offered(each.within, each.level):
        yield (*path, "within"), f"“{regions.full_name(each.within)}”下面没有这一级可以选的地区。"
    if each.region_field:
        before = known.get(each.region_field)
        if each.kind != "address":
            yield (*path, "region_field"), '只有地址（kind = "address"）才写 region_field。'
        elif before is None or before.kind != "region":
            yield (*path, "region_field"), f"前面没有代号为“{each.region_field}”的选地区的题。"


def _shown(path: Path, each: Field, known: Mapping[str, Field], item: Item) -> Found:
    if each.visible_when is None:
        return
    faults = tuple(condition_faults((*path, "visible_when"), each.visible_when, known))
    yield from faults
    if not faults and not can_be_met(each.visible_when, item):
        yield (*path, "visible_when"), f"“{each.label}”永远不会显示，请检查这个条件。"


def _material(path: Path, material: Material, item: Item, known: Mapping[str, Field]) -> Found:
    for index, channel in enumerate(material.channels):
        if channel not in item.channels:
            yield (*path, "channels", index), f"这个事项的办理方式里没有“{CHANNELS[channel]}”。"
    if bool(material.group) != bool(material.variant):
        yield (*path, "group"), "几选一的材料，group 和 variant 要一起写。"
    if not 1 <= material.most <= 9:
        yield (*path, "most"), "一种材料可以收 1 到 9 张。"
    if material.upload and "online" not in material.channels:
        yield (*path, "upload"), "只有网上办理的材料才能上传。"
    if material.when is not None:
        here = (*path, "when")
        faults = tuple(condition_faults(here, material.when, known))
        yield from faults
        if not faults and not can_be_met(material.when, item):
            yield here, "这种情形不会出现，请检查写得对不对。"

"""China's regions by their GB/T 2260 codes: province, city, county.

The list lies in `regions_data/cn.txt`, with its source, and is read once, when it is first asked for. What a province
governs without a city between (the districts of a municipality, the cities and counties of XX90XX) lies directly under
it. The standard's grouping rows ("市辖区") are no regions.
"""

import re
from functools import cache
from importlib import resources
from typing import Final, Literal, NamedTuple

Level = Literal["province", "city", "county"]

LEVELS: Final[tuple[Level, ...]] = ("province", "city", "county")
LEVEL_WORDS: Final = {"province": "省", "city": "市", "county": "区县"}
"""What a citizen is told to choose at each level."""

_CODE: Final = re.compile(r"[0-9]{6}")
_LONGEST: Final = 60
_GROUPING: Final = "市辖区"
_LONG_ENDS: Final = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市")


class Region(NamedTuple):
    """A region: its six-digit code, its name without that of what it lies in, and its level."""

    code: str
    name: str
    level: Level


def children(code: str = "") -> tuple[Region, ...]:
    """The regions directly under this one; without a code the provinces. Nothing for an unknown code."""
    return _under().get(code, ())


def find(code: str) -> Region | None:
    """The region with this code, or None."""
    return _regions().get(code)


def path_to(code: str) -> tuple[Region, ...]:
    """The regions from the province down to this one; nothing for an unknown code."""
    known = _regions()
    return tuple(known[each] for each in _codes_above(code) if each in known) if code in known else ()


def full_name(code: str) -> str:
    """The name from the province down, "广东省揭阳市榕城区"; empty for an unknown code."""
    return "".join(each.name for each in path_to(code))


def within(code: str, region: str) -> bool:
    """Whether a code lies in a region or is it: 445202 lies in 445200 and in 440000; all lie in "", the country."""
    return code.startswith(region[:2] if region.endswith("0000") else region.removesuffix("00"))


def offered(code: str, level: Level) -> tuple[Region, ...]:
    """What can be chosen under a region where one asks down to a level; nothing where that is deep enough.

    Asking for cities, what lies beside cities directly under a province is a choice; a municipality has none.
    """
    below = children(code)
    if level == "county" or not code:
        return below
    has_cities = any(each.level == "city" for each in below)
    return below if level == "city" and has_cities else ()


def code_of(text: str) -> str | None:
    """The code that a text means: a code, a name or a full name, "揭阳市", "广东省揭阳市"; None where it means none or
    more than one. The code of a grouping row (110100) means what it groups the parts of (110000)."""
    bare = "".join(text.split())
    if _CODE.fullmatch(bare):
        province = f"{bare[:2]}0000"
        groups = bare.endswith(("0100", "0200", "9000")) and province in _regions()
        return bare if bare in _regions() else province if groups else None
    meant = _meant(bare, "") if len(bare) <= _LONGEST else set()
    return meant.pop() if len(meant) == 1 else None


def _meant(text: str, above: str) -> set[str]:
    """The codes under `above` that a text spells by its name, or by names one within the other."""
    named = _named()
    found = {code for code in named.get(text, ()) if within(code, above)}
    if found:
        return found
    for length in range(len(text) - 1, 1, -1):
        rest = text[length:].removeprefix(_GROUPING)
        for code in named.get(text[:length], ()):
            if within(code, above):
                found |= _meant(rest, code) - {code} if rest else {code}
    return found


def _codes_above(code: str) -> tuple[str, ...]:
    """From the province down to the code itself, whether or not there are such regions."""
    province, city = f"{code[:2]}0000", f"{code[:4]}00"
    if code == province:
        return (code,)
    return (province, code) if code == city else (province, city, code)


@cache
def _regions() -> dict[str, Region]:
    """All regions by code, in the standard's order."""
    text = resources.files("bundles").joinpath("regions_data", "cn.txt").read_text("utf-8")
    rows = ((line[:6], line[7:]) for line in text.splitlines() if line[0] != "#")
    return {code: Region(code, name, _level(code)) for code, name in rows}


@cache
def _under() -> dict[str, tuple[Region, ...]]:
    """What lies directly under each code; under "" the provinces."""
    found: dict[str, list[Region]] = {"": []}
    for code, region in _regions().items():
        city = code[:4] + "00"
        if region.level == "county" and city in found:
            found[city].append(region)
            continue
        found["" if region.level == "province" else code[:2] + "0000"].append(region)
        if region.level != "county":
            found[code] = []
    return {code: tuple(below) for code, below in found.items()}


@cache
def _named() -> dict[str, list[str]]:
    """Codes by name; a province stands among the names without its ending too."""
    found: dict[str, list[str]] = {}
    for code, region in _regions().items():
        found.setdefault(region.name, []).append(code)
        if region.level == "province":
            short = next(region.name.removesuffix(end) for end in _LONG_ENDS if region.name.endswith(end))
            found.setdefault(short, []).append(code)
    return found


def _level(code: str) -> Level:
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"

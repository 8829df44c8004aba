"""Ways through a document: reading, writing and comparing what stands at a path."""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bundles.document import path_text
from bundles.toml_lines import Path

MISSING: Final = object()
"""What `get` gives where nothing stands."""
IDENTITIES: Final = ("code", "node", "zone", "label")
"""What tells the parts of a list apart, the first that a part has."""

_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")

__all__ = ["IDENTITIES", "MISSING", "counterpart", "drop", "get", "identity", "parsed", "path_text", "put"]


def parsed(text: str) -> Path:
    """ "items[0].name" as ("items", 0, "name")."""
    return tuple(int(index) if index else name for name, index in _STEP.findall(text))


def get(document: object, path: Path, default: Any = MISSING) -> Any:
    """What stands at a path, or `default`."""
    value: Any = document
    for step in path:
        if not (step in value if isinstance(value, Mapping) else isinstance(step, int) and _holds(value, step)):
            return default
        value = value[step]
    return value


def _holds(value: object, index: int) -> bool:
    return isinstance(value, list | tuple) and index < len(value)


def put(document: dict[str, Any], path: Path, value: object) -> None:
    """Write at a path, with tables on the way where there is nothing one could write into."""
    within: Any = document
    for step, following in itertools.pairwise(path):
        there = get(within, (step,))
        if not isinstance(there, list if isinstance(following, int) else dict):
            within[step] = [] if isinstance(following, int) else {}
        within = within[step]
    within[path[-1]] = value


def drop(document: dict[str, Any], path: Path) -> None:
    """Take an entry of a table away, if it is there."""
    get(document, path[:-1], {}).pop(path[-1], None)


def identity(part: object) -> str | None:
    """What tells a part from the others of its list; None where it has nothing of the kind."""
    if not isinstance(part, Mapping):
        return None
    return next((str(part[name]) for name in IDENTITIES if part.get(name)), None)


def counterpart(document: object, other: object, path: Path) -> Any:
    """What stands in `other` at the place that `path` names in `document`: parts of lists are found by what tells them
    apart, not by their position. `MISSING` where there is nothing."""
    here, there = document, other
    for step in path:
        if isinstance(step, int):
            part = get(here, (step,))
            named = identity(part)
            there = _part_called(there, named, _turn(here, step, named), step)
            here = part
        else:
            here, there = get(here, (step,)), get(there, (step,))
        if there is MISSING:
            return MISSING
    return there


def _turn(parts: object, index: int, named: str | None) -> int:
    """How many before this one bear the same name."""
    before: Sequence[object] = parts[:index] if isinstance(parts, list | tuple) else ()
    return sum(identity(each) == named for each in before)


def _part_called(parts: object, named: str | None, turn: int, index: int) -> object:
    if not isinstance(parts, list | tuple):
        return MISSING
    if named is None:
        return get(parts, (index,))
    same = [each for each in parts if identity(each) == named]
    return same[turn] if turn < len(same) else MISSING

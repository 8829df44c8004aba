"""A document with faults of form, mended for the sake of looking further, so that an editor gets all faults at once.

Only what nothing else in a definition refers to is mended: texts for people, and a few numbers and flags. Where more
is broken, what would be found further on might be no fault at all, and is not looked for.
"""

import copy
import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bundles.toml_lines import Path

UNKNOWN: Final = "…"
"""Stands for a text that nobody has written yet."""

_HARMLESS: Final[Mapping[str, object]] = {
    **dict.fromkeys(("name", "short_name", "summary", "label", "hint", "advice", "question", "answer"), UNKNOWN),
    **dict.fromkeys(("title", "text", "served", "result", "window", "organiser", "introduction", "note"), UNKNOWN),
    **dict.fromkeys(("source", "value", "at_least_one_message"), UNKNOWN),
    **dict.fromkeys(("minutes", "fresh_minutes", "copies", "held_days", "fen", "days_before"), 1),
    **dict.fromkeys(("amount", "most"), 1),
    **dict.fromkeys(("min_length", "min_bytes", "minimum"), 0),
    "max_length": 100,
    "maximum": 150,
    "width": 300,
    "height": 300,
    "max_bytes": 20_000_000,
    **dict.fromkeys(("sensitive", "required"), False),
}
"""Key -> what to put there."""
_LISTS: Final = ("synonyms", "before_you_start")


def mended(document: Mapping[str, object], faulty: Iterable[Path], known: Iterable[str]) -> dict[str, object] | None:
    """The document with harmless values where its faults are, or None where one may matter elsewhere.

    `known` are all keys there are: one that is none of them is left out, unless it may be a misspelling that matters.
    """
    made: dict[str, object] = copy.deepcopy(dict(document))
    words = frozenset(known)
    for path in faulty:
        *around, last = path
        within: Any = made
        for part in around:
            within = within[part]
        if isinstance(last, int):
            if around[-1] not in _LISTS:
                return None
            within[last] = UNKNOWN
        elif last in _HARMLESS:
            within[last] = _HARMLESS[last]
        elif last in words or not _HARMLESS.keys() >= set(difflib.get_close_matches(last, words)):
            return None
        else:
            del within[last]
    return made

"""Whether a document is of a size that a definition can have, before anything looks at each of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bundles.difference_words import LABELS
from bundles.engine import Fault
from wxserver.usecases.faults import Invalid

MOST_OF_ONE: Final = 500
"""Parts in one list, or entries in one table."""
MOST: Final = 20_000
"""Parts and entries in all."""


def weigh(document: Mapping[str, object], place: str = "") -> None:
    """Raises Invalid where a document has more parts than anybody could mean. `place`: the path of the fault."""
    waiting: list[tuple[str, object]] = [("", document)]
    seen = 0
    while waiting:
        name, value = waiting.pop()
        if not isinstance(value, Mapping | list | tuple):
            continue
        seen += len(value)
        if len(value) > MOST_OF_ONE:
            what = f"“{LABELS.get(name, name[:40])}”里" if name else "这份内容里"
            sentence = f"{what}有 {len(value)} 个，太多了，最多 {MOST_OF_ONE} 个。请删减，或拆成几件事。"
            raise Invalid.of([Fault(place, "too-many", sentence)])
        if seen > MOST:
            sentence = f"这份内容太多了，最多 {MOST} 处。请删减，或拆成几件事。"
            raise Invalid.of([Fault(place, "too-many", sentence)])
        parts = value.items() if isinstance(value, Mapping) else ((name, each) for each in value)
        waiting.extend((str(key), each) for key, each in parts)

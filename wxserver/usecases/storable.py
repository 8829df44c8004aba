"""Documents and texts as a database can hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from bundles.engine import Fault
from wxserver.usecases.faults import Invalid
from wxserver.usecases.weighing import weigh

MOST_BYTES: Final = 1_000_000
"""How large a document may grow, as JSON."""
_DEEPEST: Final = 40


def clean(text: str) -> str:
    """The text without NUL and lone surrogates."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode()


def storable(document: Mapping[str, object]) -> dict[str, object]:
    """The document with nothing in it that a database can't hold. Raises Invalid where it is too large, too deep, or
    has too many parts."""
    weigh(document)
    try:
        made = _cleaned(dict(document), 0)
    except RecursionError:
        raise Invalid.of([Fault("", "too-deep", "内容一层套一层，套得太深了，请拆开写。")]) from None
    if len(json.dumps(made, ensure_ascii=False).encode()) > MOST_BYTES:
        raise Invalid.of([Fault("", "too-large", "这件事的内容太多了，最多 1 MB。请删减文字或拆成两件事。")])
    return made  # type: ignore[return-value]


def _cleaned(value: object, depth: int) -> object:
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, Mapping):
        return {str(_cleaned(str(key), depth)): _cleaned(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each, depth + 1) for each in value]
    if isinstance(value, str):
        return clean(value)
    return value

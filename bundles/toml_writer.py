"""A document as TOML that people read and edit: one key a line, parts as tables in the order of the document.

What `tomllib` reads from the text is the document again.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

LINE: Final = 116
"""How wide a line may be before a list or table is broken up, where it can be; a Chinese character is two wide."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def written(document: Mapping[str, object]) -> str:
    """The TOML text of a document: mappings, lists, texts, whole and other numbers, true and false.

    Raises TypeError for anything else; TOML has no word for nothing.
    """
    return "\n".join(_table((), document)) + "\n"


def _table(path: tuple[str, ...], table: Mapping[str, object]) -> Iterator[str]:
    """A table's own keys first, for what follows a header belongs to that header's table."""
    parts: list[tuple[str, Any]] = []
    for key, value in table.items():
        if _stands_alone(key, value):
            parts.append((key, value))
        else:
            yield from _pair(key, value)
    for key, value in parts:
        here = (*path, key)
        name = ".".join(_key(each) for each in here)
        header, tables = (f"[{name}]", [value]) if isinstance(value, Mapping) else (f"[[{name}]]", value)
        for each in tables:
            yield from ("", header, *_table(here, each))


def _stands_alone(key: str, value: object) -> bool:
    """Whether a value is written under a header of its own: tables that hold tables, or are too long for a line."""
    if isinstance(value, Mapping):
        return bool(value) and not (_is_flat(value) and _fits(key, value))
    if isinstance(value, list) and value and all(isinstance(each, Mapping) and each for each in value):
        return not all(_is_flat(each) and _fits("    ", each) for each in value)
    return False


def _is_flat(table: Mapping[str, object]) -> bool:
    plain = [each for value in table.values() for each in (value if isinstance(value, list) else [value])]
    return not any(isinstance(each, Mapping | list) for each in plain)


def _fits(before: str, value: object) -> bool:
    line = f"{before} = {_inline(value)}"
    return len(line) + sum(character >= "\u2e80" for character in line) <= LINE


def _pair(key: str, value: object) -> Iterator[str]:
    """A key and its value: on one line, or, for a long list and one of tables, an element a line."""
    tables = isinstance(value, list) and any(isinstance(each, Mapping) for each in value)
    if isinstance(value, list) and (tables or not _fits(_key(key), value)):
        yield f"{_key(key)} = ["
        yield from (f"    {_inline(each)}," for each in value)
        yield "]"
    else:
        yield f"{_key(key)} = {_inline(value)}"


def _inline(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(_inline(each) for each in value)}]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_inline(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    raise TypeError(f"TOML has no word for {type(value).__name__}")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""Documents of definitions: their canonical form, their paths, and the faults found in them."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from bundles import toml_lines
from bundles.definition import Bundle
from bundles.toml_lines import Path

SCHEMA_VERSION: Final = 1


class DefinitionFault(NamedTuple):
    """One fault of a document: where ("items[0].fields[1].kind"), what to mend, and the line if it came as TOML."""

    path: str
    sentence: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"第 {self.line} 行 " if self.line else ""
        return f"{where}{self.path}: {self.sentence}"


class DefinitionFaults(ValueError):
    """A document that cannot become a definition, with all its faults, in the order of the document."""

    def __init__(self, faults: tuple[DefinitionFault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def dump_bundle(bundle: Bundle) -> dict[str, object]:
    """The canonical document of a definition: defaults left out, keys in the order of `definition`."""
    document: dict[str, object] = {"schema_version": SCHEMA_VERSION}
    document.update(_dump_object(bundle))
    return document


def path_text(path: Path) -> str:
    """A path as text: ("items", 0, "name") -> "items[0].name"."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def named(found: Iterable[tuple[Path, str]]) -> tuple[DefinitionFault, ...]:
    """What was found in a document, with paths as text."""
    return tuple(DefinitionFault(path_text(path), sentence) for path, sentence in found)


def located(text: str, found: Iterable[tuple[Path, str]]) -> tuple[DefinitionFault, ...]:
    """What was found in a definition, with its lines in the TOML text it came from, in the order of the text."""
    lines = toml_lines.lines(text)
    faults = [DefinitionFault(path_text(path), sentence, toml_lines.line_of(lines, path)) for path, sentence in found]
    return tuple(sorted(faults, key=lambda fault: fault.line or 0))


def _dump_object(value: object) -> dict[str, object]:
    dumped: dict[str, object] = {}
    for each in dataclasses.fields(value):  # type: ignore[arg-type]
        inner = getattr(value, each.name)
        default = each.default_factory() if each.default_factory is not dataclasses.MISSING else each.default
        if inner != default:
            dumped[each.name] = plain(inner)
    return dumped


def plain(value: object) -> object:
    """A value of a definition as a document has it: parts as tables, tuples as lists."""
    if dataclasses.is_dataclass(value):
        return _dump_object(value)
    if isinstance(value, Mapping):
        return {key: plain(value[key]) for key in value}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return value

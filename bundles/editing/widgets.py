"""What an editor's page shows, as values: widgets to fill in, rows of a list, and the tree of sections."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to pick. `gone`: what it refers to has been deleted; it stays, so that nobody overlooks it."""

    value: str
    label: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Widget:
    """One thing to fill in, or several together.

    `kind`: text, area (long text), lines (a text a line), number, flag, choice, many, limit, condition, group, list, or
    fixed (shown only). `path`: where it stands in the document, "items[0].limits.online.amount". `value`: text, number
    or flag, or a tuple of texts. `was`: what the version in force says there, in words, if that differs (None: it does
    not, or there is nothing to compare). `add`: what can be added to it.
    """

    kind: str
    path: str
    label: str
    value: object = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    children: "tuple[Widget, ...]" = ()
    faults: tuple[str, ...] = ()
    was: str | None = None
    add: tuple[Option, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list whose parts have pages of their own; `key` is that page's."""

    path: str
    title: str
    summary: str
    faults: tuple[str, ...]
    changed: bool
    key: str


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the editor. `kind`: form or rows; `faults`: how many lie in it."""

    key: str
    title: str
    kind: str
    path: str
    depth: int
    faults: int
    changed: bool


def walk(widgets: Iterable[Widget]) -> Iterator[Widget]:
    """The widgets, each before those that are part of it."""
    for each in widgets:
        yield each
        yield from walk(each.children)

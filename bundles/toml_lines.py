"""Where things stand in a TOML text: the line of every table, key and array element, by path.

`tomllib` tells values but not places; an editor of a definition needs the line. The text is known to be valid TOML
when this runs, so only its outer shape is followed: headers, keys, strings, brackets, commas and comments.
"""

import re
from typing import Final

Path = tuple[str | int, ...]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BLANKS: Final = re.compile(r"(?:[ \t]|\r?\n|#[^\n]*)*")
_INLINE: Final = re.compile(r"[ \t]*")
_SCALAR: Final = re.compile(r"[^,\]}\n#]*")


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest thing around it (1 where nothing is known)."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def lines(text: str) -> dict[Path, int]:
    """The 1-based line of each path in a valid TOML text."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        """Walk the whole text."""
        base: Path = ()
        self._skip(_BLANKS)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                base = self._header()
            else:
                self._pair(base)
            self._skip(_BLANKS)
        return self.found

    def _header(self) -> Path:
        many = self.text.startswith("[[", self.at)
        line = self._line()
        self.at += 2 if many else 1
        path: Path = ()
        for name in self._names():
            path = self._within((*path, name))
            self.found.setdefault(path, line)
        self.at += 2 if many else 1
        if many:
            bare = path if not path or not isinstance(path[-1], int) else path[:-1]
            self.counts[bare] = self.counts.get(bare, -1) + 1
            path = (*bare, self.counts[bare])
        self.found.setdefault(path, line)
        return path

    def _within(self, path: Path) -> Path:
        """The newest element where `path` is an array of tables."""
        return (*path, self.counts[path]) if path in self.counts else path

    def _names(self) -> list[str]:
        names = [self._name()]
        while self.text[self.at] == ".":
            self.at += 1
            names.append(self._name())
        return names

    def _name(self) -> str:
        self._skip(_INLINE)
        bare = _BARE.match(self.text, self.at)
        if bare:
            self.at = bare.end()
            name = bare.group()
        else:
            start = self.at + 1
            self._string()
            name = self.text[start : self.at - 1]
        self._skip(_INLINE)
        return name

    def _pair(self, base: Path) -> None:
        line = self._line()
        path = base
        for name in self._names():
            path = (*path, name)
            self.found.setdefault(path, line)
        self.at += 1
        self._skip(_INLINE)
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self.text[self.at]
        if opening in "\"'":
            self._string()
        elif opening == "[":
            self._array(path)
        elif opening == "{":
            self._table(path)
        else:
            self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self.at += 1
        self._skip(_BLANKS)
        index = 0
        while self.text[self.at] != "]":
            self.found[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1
            self._comma()
        self.at += 1

    def _table(self, path: Path) -> None:
        self.at += 1
        self._skip(_BLANKS)
        while self.text[self.at] != "}":
            self._pair(path)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        self._skip(_BLANKS)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANKS)

    def _string(self) -> None:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(fence)
        while not self.text.startswith(fence, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(fence)
        while len(fence) == 3 and self.text.startswith(quote, self.at):
            self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

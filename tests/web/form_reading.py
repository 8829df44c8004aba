"""Forms as a browser without JavaScript reads them: what it would send if one pressed a button now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class ReadForm:
    """`sent`: name -> values, as a browser sends them; `presses`: the values of its buttons called "action"."""

    action: str = ""
    sent: dict[str, list[str]] = field(default_factory=dict)
    presses: list[str] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)

    def type(self, name: str, *values: str) -> None:
        """Type or pick something."""
        assert name in self.kinds, f"no {name} among {sorted(self.kinds)}"
        self.sent[name] = list(values)

    def texts(self) -> list[str]:
        """The names of everything one can type in freely."""
        return [name for name, kind in self.kinds.items() if kind in ("text", "textarea")]


def read_form(html: str, name: str) -> ReadForm:
    """The form with this id."""
    reader = _Reader(name)
    reader.feed(html)
    assert reader.found, f"no form {name} on the page"
    return reader.form


def links(html: str) -> list[str]:
    """The addresses of all links of a page."""
    reader = _Links()
    reader.feed(html)
    return reader.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs).get("href") or "")


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.wanted, self.inside, self.found, self.form = name, False, False, ReadForm()
        self.select, self.area = "", ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        if tag == "form" and got.get("id") == self.wanted:
            self.inside = self.found = True
            self.form.action = got["action"]
        if not self.inside or "disabled" in got:
            return
        if tag == "button" and got.get("name") == "action":
            self.form.presses.append(got["value"])
        elif tag == "select":
            self.select = got["name"]
            self.form.kinds[self.select] = "select"
        elif tag == "option" and self.select:
            if "selected" in got or self.select not in self.form.sent:
                self.form.sent[self.select] = [got["value"]]
        elif tag == "textarea":
            self.area = got["name"]
            self.form.kinds[self.area] = "textarea"
            self.form.sent.setdefault(self.area, []).append("")
        elif tag == "input":
            self._input(got)

    def _input(self, got: dict[str, str]) -> None:
        name, kind = got["name"], got.get("type", "text")
        if kind != "hidden":
            self.form.kinds[name] = kind
        if kind not in ("checkbox", "radio") or "checked" in got:
            self.form.sent.setdefault(name, []).append(got.get("value", "on"))

    def handle_data(self, data: str) -> None:
        if self.area:
            text = self.form.sent[self.area]
            text[-1] += data if text[-1] else data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

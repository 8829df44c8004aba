"""Push bodies on the wire: XML or JSON to flat texts, and replies to XML or JSON.

Flat: every text by its name, nested ones by path (`A.B.C`), a second sibling of the same name numbered (`A.B.2.C`),
whichever format it came in. WeChat sends some JSON names with leading blanks, and a list of one as an object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Literal
from xml.parsers import expat

from wxserver.ports import Malformed
from wxserver.ports.documents import Document, is_storable

MAX_BODY = 64 * 1024
MAX_DEPTH = 32

Wire = Literal["xml", "json"]

_GAP = "[ \t\r\n]*"
_ENVELOPE = re.compile(
    rf"{_GAP}<xml>{_GAP}<ToUserName><!\[CDATA\[[A-Za-z0-9_\-]*\]\]></ToUserName>"
    rf"{_GAP}<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt>{_GAP}</xml>{_GAP}".encode()
)
"""The envelope as WeChat writes it in safe mode: what matches can be read in one way only."""
_VALUE = r"<!\[CDATA\[[^\]\x00-\x08\x0b-\x1f\ufffe\uffff]*\]\]>|[0-9A-Za-z]*"
_USUAL = re.compile(rf"{_GAP}<xml>(?:{_GAP}<([A-Za-z]+)>(?:{_VALUE})</\1>)+{_GAP}</xml>{_GAP}")
"""A message without nesting as WeChat writes it, of which the same is true; any other is for expat to read."""
_FIELD = re.compile(rf"<([A-Za-z]+)>({_VALUE})</\1>")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(body: bytes, content_type: str = "") -> tuple[Wire, dict[str, str]]:
    """The format and the flat texts of a body; raises `Malformed`.

    The content type decides where it names one of the two formats, else the first byte does.
    """
    if len(body) > MAX_BODY:
        raise Malformed("the body is too large")
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith("json") or (not kind.endswith("xml") and body.lstrip()[:1] == b"{"):
        return "json", _read_json(body)
    return "xml", _usual(body) or _Tree().read(body)


def _usual(body: bytes) -> dict[str, str]:
    """The texts of a message in the usual form; none where it has another."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return {}
    if _USUAL.fullmatch(text) is None:
        return {}
    found = _FIELD.findall(text)
    fields = {name: value[9:-3] if value.startswith("<") else value for name, value in found}
    return fields if len(fields) == len(found) else {}


def ciphertext_in(body: bytes, content_type: str) -> str:
    """What an envelope encloses, empty where it encloses nothing; raises `Malformed`."""
    usual = _ENVELOPE.fullmatch(body) if len(body) <= MAX_BODY and "json" not in content_type.lower() else None
    return usual[1].decode("ascii") if usual is not None else read(body, content_type)[1].get("Encrypt", "")


def write(wire: Wire, values: Mapping[str, str | int]) -> bytes:
    """A reply: texts are wrapped, numbers stand bare. What XML can't hold is left out of a text."""
    if wire == "json":
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    parts = [f"<{name}>{value if isinstance(value, int) else _cdata(value)}</{name}>" for name, value in values.items()]
    return f"<xml>{''.join(parts)}</xml>".encode()


def _cdata(text: str) -> str:
    return "<![CDATA[" + _UNPRINTABLE.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


class _Tree:
    """One pass of expat over a document without DOCTYPE, entities of its own, or depth to drown in."""

    def __init__(self) -> None:
        self._depth = 0
        self._leaf = True
        self._top: set[str] = set()
        self._paths: list[str] = []
        self._seen: list[dict[str, int] | None] = []
        self._text: list[str] = []
        self._fields: dict[str, str] = {}

    def read(self, body: bytes) -> dict[str, str]:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        try:
            parser.Parse(body, True)
        except expat.ExpatError:
            raise Malformed("the body is no well-formed XML") from None
        return self._fields

    def _refuse(self, *_declaration: object) -> None:
        raise Malformed("the body declares a document type")

    def _start(self, name: str, _attributes: Mapping[str, str]) -> None:
        depth = self._depth
        if depth == 1:
            if name in self._top:
                raise Malformed("a field stands there twice")
            self._top.add(name)
            self._paths.append(name)
            self._seen.append(None)
        elif depth:
            if depth >= MAX_DEPTH:
                raise Malformed("the body is nested too deep")
            seen = self._seen[-1]
            if seen is None:
                seen = self._seen[-1] = {}
            count = seen[name] = seen.get(name, 0) + 1
            path = f"{self._paths[-1]}.{name}"
            self._paths.append(path if count == 1 else f"{path}.{count}")
            self._seen.append(None)
        elif name != "xml":
            raise Malformed("the root is not xml")
        self._depth = depth + 1
        self._leaf = True
        self._text.clear()

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._depth:
            path = self._paths.pop()
            self._seen.pop()
            if self._leaf:
                self._fields[path] = "".join(self._text)
        self._leaf = False
        self._text.clear()


def _read_json(body: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    _flatten(dict(Document.parse(body).items()), "", 1, fields)
    return fields


def _flatten(value: object, path: str, depth: int, fields: dict[str, str]) -> None:
    if depth > MAX_DEPTH:
        raise Malformed("the body is nested too deep")
    if isinstance(value, dict):
        for name, inner in value.items():
            bare = name.strip()
            if not bare:
                raise Malformed("a field has no name")
            _flatten(inner, f"{path}.{bare}" if path else bare, depth + 1, fields)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            _flatten(inner, path if number == 1 else f"{path}.{number}", depth + 1, fields)
    else:
        text = _json_text(value)
        if path in fields:
            raise Malformed("a field stands there twice")
        if not is_storable(path + text):
            raise Malformed("a field holds a forbidden character")
        fields[path] = text


def _json_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)

"""A PDF of a stranger, read in a process that may be lost: standard input to a word of JSON on standard output.

Run as a file (`reader` does) it imports nothing of ours. What it looks for is what could act when a clerk opens the
file: scripts, programs, other files, forms that are programs, ways out of the document. It decodes no page content.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
from typing import Final

import pypdf
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

MOST_PAGES: Final = 20
MOST_OBJECTS: Final = 20_000
MOST_VALUES: Final = 400_000
"""Objects of a file, and values in them all, that are looked at; a letter of 20 scanned pages has some hundred."""
SECONDS: Final = 6
MEMORY: Final = 1 << 29
UNPACKED: Final = 30_000_000
"""Bytes that one stream of objects may unpack to."""

ACTIVE_KEYS: Final = frozenset(
    {
        "/JS",
        "/JavaScript",
        "/AA",
        "/XFA",
        "/EmbeddedFiles",
        "/EF",
        "/AF",
        "/RichMedia",
        "/Collection",
        "/RichMediaContent",
    }
)
ACTIONS: Final = frozenset(
    {
        *("/JavaScript", "/Launch", "/URI", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie"),
        *("/Sound", "/RichMediaExecute", "/GoTo3DView", "/SetOCGState", "/Hide", "/ResetForm", "/Trans", "/Thread"),
    }
)
PLAYERS: Final = frozenset({"/FileAttachment", "/Screen", "/Movie", "/Sound", "/3D", "/RichMedia"})
_SPELT_OUT: Final = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|XFA|RichMedia|SubmitForm|ImportData|GoToE|GoToR)\b(?!\s*\))"
)
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


class Refusal(Exception):
    """Why the file is not taken, in a word that `reader` turns into a sentence."""


def examined(raw: bytes) -> dict[str, object]:
    """`{"pages": n}`, or `{"refused": word}` with encrypted, active, too-many-pages, too-complex or damaged."""
    try:
        return {"pages": _pages(raw)}
    except Refusal as refusal:
        return {"refused": str(refusal)}
    except (MemoryError, RecursionError, pypdf.errors.LimitReachedError):
        return {"refused": "too-complex"}
    except Exception:  # noqa: BLE001 - what a parser of strangers' files raises, no list holds
        return {"refused": "damaged"}


def _pages(raw: bytes) -> int:
    reader = pypdf.PdfReader(io.BytesIO(raw), strict=False)
    if reader.is_encrypted:
        raise Refusal("encrypted")
    spelt = _ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), raw)
    if _SPELT_OUT.search(spelt):
        raise Refusal("active")
    _look_at_all(reader)
    count = 0
    for _ in reader.pages:
        count += 1
        if count > MOST_PAGES:
            raise Refusal("too-many-pages")
    if count == 0:
        raise Refusal("damaged")
    return count


def _look_at_all(reader: pypdf.PdfReader) -> None:
    """Every object that the file lists, reachable or not, because what is reachable is the viewer's choice."""
    numbers = {(number, generation) for generation, table in reader.xref.items() for number in table}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MOST_OBJECTS:
        raise Refusal("too-complex")
    waiting: list[object] = [reader.trailer]
    waiting += [reader.get_object(IndirectObject(number, generation, reader)) for number, generation in sorted(numbers)]
    seen = 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > MOST_VALUES:
            raise Refusal("too-complex")
        if isinstance(value, DictionaryObject):
            _look(value)
            waiting += [dict.__getitem__(value, key) for key in value]
        elif isinstance(value, ArrayObject):
            waiting += [list.__getitem__(value, index) for index in range(len(value))]


def _look(found: DictionaryObject) -> None:
    if not ACTIVE_KEYS.isdisjoint(found):
        raise Refusal("active")
    for key, words in (("/S", ACTIONS), ("/Subtype", PLAYERS), ("/Type", frozenset({"/EmbeddedFile"}))):
        word = found.get(key)
        if isinstance(word, NameObject) and word in words:
            raise Refusal("active")


def _bound() -> None:
    """Take away what a bomb would need: time, memory, files, other processes."""
    for what, most in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):  # a system that knows no such bound; the parent's clock still runs
            continue
    pypdf.overwrite_configuration(
        zlib_maximum_output_length=UNPACKED,
        lzw_maximum_output_length=UNPACKED,
        run_length_maximum_output_length=UNPACKED,
        stream_decoding_work_maximum_length=2 * UNPACKED,
    )


if __name__ == "__main__":
    _bound()
    sys.stdout.write(json.dumps(examined(sys.stdin.buffer.read())))

"""Definitions out of the server and into it as TOML files. What comes in is a draft, never more.

A file is refused before it is parsed where it is too large, is no text, or is built to keep a parser busy.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bundles import schema, toml_writer
from bundles.engine import Fault
from bundles.partial import as_far_as_it_goes
from wxserver.store import bundle_drafts, definitions
from wxserver.store.database import Database
from wxserver.usecases.draft_documents import DraftDocument, said
from wxserver.usecases.editing import Editing
from wxserver.usecases.faults import Conflict, Invalid
from wxserver.usecases.releasing import Releasing
from wxserver.usecases.rights import Member, Rights
from wxserver.usecases.weighing import weigh

LARGEST: Final = 1_000_000
"""Bytes of a file."""
MOST_FAULTS: Final = 200
_WORD: Final = r"""(?:"[^"\n]*+"|'[^'\n]*+'|[\w-]++)[ \t]*+\.[ \t]*+"""
_MANY_PARTS: Final = re.compile(rf"(?<![\w-])(?:{_WORD}){{40}}")
_DEEP: Final = re.compile(r"(?:[\[{][\s]*+){60}")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Exported:
    """A version as a file."""

    filename: str
    text: str


class Transferring:
    def __init__(self, database: Database, rights: Rights, editing: Editing, releasing: Releasing) -> None:
        self.database = database
        self.rights = rights
        self.editing = editing
        self.releasing = releasing

    def export(self, member: Member, code: str, number: int) -> Exported:
        """A version as TOML. Raises NotFound, Forbidden, Conflict where a draft is too unfinished to be written."""
        row = self.releasing.demand(member, "bundles.see", code, number)
        with self.database.read() as unit:
            document = definitions.document(unit, row.id)
        bundle, left_out = as_far_as_it_goes(document)
        if bundle is None or left_out:
            raise Conflict("这一版还有地方读不出来，先改好再导出。", code="not-readable")
        return Exported(f"{code}-v{number}.toml", toml_writer.written(schema.dump_bundle(bundle)))

    def take_in(self, member: Member, raw: bytes, comment: str = "") -> DraftDocument:
        """A TOML file as a new draft of its bundle. Raises Invalid with every fault and line, Forbidden, Conflict."""
        self.rights.demand(member, "bundles.edit")
        text = _text(raw)
        try:
            with suppress(tomllib.TOMLDecodeError):
                weigh(tomllib.loads(text), "file")
            bundle = schema.load_toml(text)
        except RecursionError:
            raise _refused("too-deep", "内容一层套一层，套得太深了，请拆开写。") from None
        except schema.DefinitionFaults as error:
            raise _faulty(error) from None
        document = schema.dump_bundle(bundle)
        if found := self.editing.faults(document):
            raise _faulty(schema.DefinitionFaults(schema.located(text, found)))
        with self.database.read() as unit:
            known = bundle_drafts.newest(unit, bundle.code) is not None
        if known:
            self.releasing.demand(member, "bundles.edit", bundle.code, None)
        return self.editing.take_in(member, document, said(comment) or "从文件导入")


def _text(raw: bytes) -> str:
    """The text of a file; raises Invalid where it is none, or not one that a definition could be."""
    if len(raw) > LARGEST:
        size = f"{len(raw) / 1_000_000:.1f}"
        raise _refused("too-large", f"这份内容有 {size} MB，最多 1 MB。请删减后再导入。")
    if not raw.strip():
        raise _refused("required", "请先选一个文件，或把内容贴进来。")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("not-utf-8", "这个文件的文字编码不对。请用记事本打开，另存为 UTF-8 编码，再导入。") from None
    if _CONTROL.search(text):
        raise _refused("not-text", "这不是文本文件，或者里面有看不见的字符。请选从这里导出的 TOML 文件。")
    if _MANY_PARTS.search(text) or _DEEP.search(text):
        raise _refused("too-deep", "内容一层套一层，套得太深了，请拆开写。")
    return text.replace("\r\n", "\n")


def _refused(code: str, sentence: str) -> Invalid:
    return Invalid.of([Fault("file", code, sentence)])


def _faulty(error: schema.DefinitionFaults) -> Invalid:
    """Every fault with its line; of very many the first, and how many more there are."""
    faults = [
        Fault("file", "fault", f"第 {each.line} 行：{each.sentence}" if each.line else each.sentence)
        for each in error.faults[:MOST_FAULTS]
    ]
    more = len(error.faults) - len(faults)
    if more > 0:
        faults.append(Fault("file", "more", f"另外还有 {more} 处，改好上面这些再导入一次。"))
    return Invalid(f"这份内容有 {len(error.faults)} 处要改，没有导入。", faults=faults)

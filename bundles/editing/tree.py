"""The sections of the editor: which parts of a document are edited on which page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bundles.editing.paths import get
from bundles.toml_lines import Path

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spot:
    """A page: its key, title, what it edits (`names` of what stands at `path`), and how deep it lies in the tree.

    `rows`: the list whose parts have pages of their own, empty where there is none.
    """

    key: str
    title: str
    path: Path
    names: tuple[str, ...]
    depth: int = 0
    rows: str = ""


BUNDLE: Final = (
    ("general", "基本情况", ("code", "name", "short_name", "introduction", "organiser", "region", "number_prefix"), ""),
    ("items", "全部事项", (), "items"),
    ("banks", "银行", ("banks",), ""),
    ("places", "开通地区", (), "places"),
    ("loss_kinds", "挂失种类", ("loss_kinds",), ""),
    ("contacts", "联系方式", ("contacts",), ""),
    ("reminders", "到期提醒", ("reminders",), ""),
)
_GENERAL_TOO: Final = ("selection", "legal_basis")
ITEM: Final = (
    ("limits", "办理时限", ("channels", "limits", "legal_limit", "clock_starts", "review", "hours", "periods"), ""),
    (
        "who",
        "谁可以申请",
        ("acting", "assurance", "fresh_minutes", "needs_card", "card_states", "card_advice", "conditions"),
        "",
    ),
    ("materials", "材料", (), "materials"),
    ("fields", "要填的内容", ("at_least_one", "at_least_one_message"), "fields"),
    ("guide", "办事说明", ("guide", "before_you_start", "synonyms", "steps"), ""),
    ("questions", "常见问题", (), "questions"),
    ("notifications", "通知", (), "notifications"),
    ("fee", "收费和领取", ("fee", "delivery"), ""),
    ("more", "怎么办理", ("handler", "options", "after", "then", "archive", "contacts"), ""),
)
_ITEM_GENERAL: Final = ("code", "name", "short_name", "summary", "minutes")
PARTS: Final = {
    "items": "",
    "places": "地区",
    "materials": "材料",
    "fields": "问题",
    "questions": "问题",
    "notifications": "通知",
}


def spots(document: Document) -> tuple[Spot, ...]:
    """All pages but those of single rows, in the order of the tree."""
    found = []
    for key, title, names, rows in BUNDLE:
        more = _GENERAL_TOO if key == "general" else ()
        found.append(Spot(key, title, (), names + more, 0, rows))
        if key == "items":
            found += _of_items(document)
    return tuple(found)


def _of_items(document: Document) -> Iterator[Spot]:
    for index, item in enumerate(listed(document, ("items",))):
        here: Path = ("items", index)
        key = f"items/{name_of(document, here)}"
        yield Spot(
            key,
            str(get(item, ("short_name",), "") or get(item, ("name",), "") or "（没有名称）"),
            here,
            _ITEM_GENERAL,
            1,
        )
        for code, title, names, rows in ITEM:
            yield Spot(f"{key}/{code}", title, here, names, 2, rows)


def spot(document: Document, key: str) -> Spot:
    """The page with this key, also one of a single row. Raises KeyError."""
    for each in spots(document):
        if each.key == key:
            return each
    above, _, name = key.rpartition("/")
    around = next((each for each in spots(document) if each.key == above and each.rows), None)
    if around is None or around.rows == "items":
        raise KeyError(key)
    for index in range(len(listed(document, (*around.path, around.rows)))):
        here = (*around.path, around.rows, index)
        if name_of(document, here) == name:
            return Spot(key, title_of(get(document, here), around.rows), here, (), around.depth + 1)
    raise KeyError(key)


def name_of(document: Document, path: Path) -> str:
    """How a part is addressed: by its code or node, or by "#" and its position where that is absent or not its own."""
    *around, index = path
    parts = listed(document, tuple(around))
    names = [_own_name(each) for each in parts]
    own = names[int(index)]
    return own if own and "/" not in own and names.count(own) == 1 else f"#{index}"


def _own_name(part: object) -> str:
    found = get(part, ("code",), None) or get(part, ("node",), None)
    return found if isinstance(found, str) else ""


def listed(document: object, path: Path) -> list[Any]:
    """The list at a path; empty where there is none."""
    found = get(document, path, None)
    return list(found) if isinstance(found, list | tuple) else []


def title_of(part: object, kind: str) -> str:
    """What a part is called in a list."""
    for name in ("short_name", "name", "label", "title", "question"):
        text = get(part, (name,), "")
        if isinstance(text, str) and text:
            return text
    return f"没有名称的{PARTS.get(kind, '')}"

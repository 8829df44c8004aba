"""The custom menu of an account, held to what the platform takes (facts/wechat.md §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from wxserver.settings.tables import Table

_KEYED: Final = (
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
)
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    dict.fromkeys(_KEYED, ("key",))
    | {
        "view": ("url",),
        "miniprogram": ("appid", "pagepath", "url"),
        "media_id": ("media_id",),
        "article_id": ("article_id",),
        "article_view_limited": ("article_id",),
    }
)
"""Type of a button -> what it needs besides its name; it takes nothing else."""
_EVERY: Final = tuple(dict.fromkeys(key for keys in _NEEDS.values() for key in keys))
_MOST_TOP, _MOST_SUB = 3, 5
_NAME_TOP, _NAME_SUB, _KEY, _URL = 16, 60, 128, 1024
"""Bytes of UTF-8."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def read_menu(table: Table) -> dict[str, object]:
    """The menu under ``menu`` of an account as the platform takes it; empty where none is configured."""
    rows = _buttons(table, "menu", _MOST_TOP) if table.values.get("menu", []) != [] else []
    table.asked.add("menu")
    if table.values.get("kind") == "miniprogram" and "menu" in table.values:
        table.fault("menu", "a mini-program has no menu")
    for row in rows:
        _top(row)
    return {"button": [dict(row.values) for row in rows]} if rows else {}


def insecure(menu: Mapping[str, object]) -> Iterator[str]:
    """Paths of the addresses in a menu that are not https, e.g. ``menu[0].sub_button[1].url``."""
    yield from _insecure(menu.get("button"), "menu")


def _insecure(buttons: object, path: str) -> Iterator[str]:
    for index, button in enumerate(buttons if isinstance(buttons, list) else []):
        here = f"{path}[{index}]"
        if not str(button.get("url", "https://")).startswith("https://"):
            yield f"{here}.url"
        yield from _insecure(button.get("sub_button"), f"{here}.sub_button")


def _buttons(table: Table, key: str, most: int) -> list[Table]:
    """The buttons in a list, each as a table that names itself by its place."""
    table.asked.add(key)
    value = table.values.get(key)
    if not isinstance(value, list):
        table.fault(key, "must be a list of buttons, each a table")
        return []
    if not 1 <= len(value) <= most:
        table.fault(key, f"has {len(value)} buttons, WeChat takes 1 to {most}")
    found: list[Table] = []
    for index, row in enumerate(value):
        if isinstance(row, dict):
            found.append(Table(row, f"{table.path}{key}[{index}].", table.faults))
        else:
            table.fault(f"{key}[{index}]", "must be a table")
    table.tables.extend(found)
    return found


def _top(row: Table) -> None:
    if "sub_button" not in row.values:
        _leaf(row, _NAME_TOP)
        return
    row.text("name", check=_name(_NAME_TOP))
    for each in _buttons(row, "sub_button", _MOST_SUB):
        if "sub_button" in each.values:
            each.asked.add("sub_button")
            each.fault("sub_button", "there is no third level")
        _leaf(each, _NAME_SUB)
    for key in ("type", *_EVERY):
        if key in row.values:
            row.asked.add(key)
            row.fault(key, "a button that opens a list of others has none")


def _leaf(row: Table, longest_name: int) -> None:
    row.text("name", check=_name(longest_name))
    kind = row.choice("type", tuple(_NEEDS))
    needs = _NEEDS.get(kind)
    for key in _EVERY:
        if needs is None:
            row.asked.add(key)
        elif key in needs:
            row.text(key, check=_CHECKS[key])
        elif key in row.values:
            row.asked.add(key)
            row.fault(key, f"a button of type {kind} has none")


def _name(most: int) -> Callable[[str], str | None]:
    def check(value: str) -> str | None:
        return _fits(value, most, f", that is {most // 3} Chinese characters") or _not_blank(value)

    return check


def _fits(value: str, most: int, hint: str = "") -> str | None:
    size = len(value.encode("utf-8", "surrogatepass"))
    return None if size <= most else f"has {size} bytes, WeChat takes at most {most}{hint}"


def _not_blank(value: str) -> str | None:
    return "must be visible, on one line" if not value.strip() or _CONTROL.search(value) else None


def _key(value: str) -> str | None:
    return _fits(value, _KEY) or _not_blank(value)


def _url(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or re.search(r"\s", value) or _CONTROL.search(value):
        return "must be an http or https address"
    return _fits(value, _URL)


def _app_id(value: str) -> str | None:
    return None if re.fullmatch(r"wx[0-9A-Za-z]+", value) else "begins with wx, letters and digits follow"


def _page(value: str) -> str | None:
    if value.startswith("/"):
        return "must not begin with a slash: pages/index?x=1"
    return _fits(value, _URL) or _not_blank(value)


_CHECKS: Final[Mapping[str, Callable[[str], str | None]]] = MappingProxyType(
    {"key": _key, "url": _url, "appid": _app_id, "pagepath": _page, "media_id": _key, "article_id": _key}
)

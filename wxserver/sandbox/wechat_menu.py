"""The platform's checks on a custom menu, with the platform's own numbers."""

from typing import Any

TYPES = (
    "click",
    "view",
    "miniprogram",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
    "media_id",
    "article_id",
    "article_view_limited",
)
KEYED = (*TYPES[3:9], "click")


def fault_of(document: dict[str, Any]) -> int | None:
    """The errcode that the first fault of a menu earns, or None."""
    buttons = document.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        return 40016
    for button in buttons:
        if not isinstance(button, dict):
            return 40017
        if not _fits(button.get("name"), 16):
            return 40018
        inner = button.get("sub_button")
        if inner:
            if not isinstance(inner, list) or len(inner) > 5:
                return 40023
            for sub in inner:
                if not isinstance(sub, dict):
                    return 40024
                if not _fits(sub.get("name"), 60):
                    return 40025
                fault = _leaf(sub, kind=40024, key=40026, url=40027, domain=40054)
                if fault is not None:
                    return fault
        else:
            fault = _leaf(button, kind=40017, key=40019, url=40020, domain=40055)
            if fault is not None:
                return fault
    return None


def _leaf(button: dict[str, Any], *, kind: int, key: int, url: int, domain: int) -> int | None:
    chosen = button.get("type")
    if chosen not in TYPES:
        return kind
    if chosen in KEYED and not _fits(button.get("key"), 128):
        return key
    if chosen in ("view", "miniprogram"):
        if not _fits(button.get("url"), 1024):
            return url
        if not str(button["url"]).startswith(("http://", "https://")):
            return domain
    if chosen == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
        return kind
    return None


def _fits(value: object, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value.encode()) <= limit

"""The custom menu: the platform's checks with the platform's own numbers, and what takes it in and shows it."""

import json
import sqlite3
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response

from wxserver.sandbox import traffic
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_door import api
from wxserver.sandbox.wechat_errors import errcode, okay
from wxserver.sandbox.world import World, answer

blueprint = Blueprint("wechat_menu", __name__, url_prefix="/cgi-bin")

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


@api(blueprint, "/menu/create", "发布菜单", effect=True)
def create_menu(here: World, account: Account, body: dict[str, Any]) -> Response:
    """Take a menu in, after the platform's own checks."""
    fault = fault_of(body)
    if fault is not None:
        return errcode(fault)
    with here.database.write() as connection:
        connection.execute(
            "INSERT INTO menu (app_id, document) VALUES (?, ?)"
            " ON CONFLICT (app_id) DO UPDATE SET document = excluded.document",
            (account.app_id, json.dumps({"button": body["button"]}, ensure_ascii=False)),
        )
        traffic.effect(connection, here.clock, "wechat", "create", key=None, person=None)
    return okay()


@api(blueprint, "/menu/get", "查菜单", method="GET")
def get_menu(here: World, account: Account, _: dict[str, Any]) -> Response:
    """The menu as it was taken in. There are no conditional ones, so ``conditionalmenu`` is absent."""
    with here.database.read() as connection:
        found = _live(connection, account)
    return errcode(46003) if found is None else answer({"menu": found})


@api(blueprint, "/get_current_selfmenu_info", "查现用菜单", method="GET")
def current_menu(here: World, account: Account, _: dict[str, Any]) -> Response:
    """The menu that users see, in the other form: lists of sub-buttons lie in ``list``."""
    with here.database.read() as connection:
        found = _live(connection, account)
    buttons = [
        {"name": button["name"], "sub_button": {"list": button["sub_button"]}} if button.get("sub_button") else button
        for button in (found or {"button": []})["button"]
    ]
    return answer({"is_menu_open": int(found is not None), "selfmenu_info": {"button": buttons}})


@api(blueprint, "/menu/delete", "删除菜单", effect=True, method="GET")
def delete_menu(here: World, account: Account, _: dict[str, Any]) -> Response:
    """No menu any more."""
    with here.database.write() as connection:
        connection.execute("DELETE FROM menu WHERE app_id = ?", (account.app_id,))
        traffic.effect(connection, here.clock, "wechat", "delete", key=None, person=None, method="GET")
    return okay()


def _live(connection: sqlite3.Connection, account: Account) -> dict[str, Any] | None:
    row = connection.execute("SELECT document FROM menu WHERE app_id = ?", (account.app_id,)).fetchone()
    if row is None:
        return None
    found: dict[str, Any] = json.loads(row["document"])
    return found


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
        if not _has_domain(str(button["url"])):
            return domain
    if chosen == "miniprogram" and not (button.get("appid") and button.get("pagepath")):
        return kind
    if chosen == "media_id" and not button.get("media_id"):
        return 40007
    if chosen in ("article_id", "article_view_limited") and not (button.get("article_id") or button.get("media_id")):
        return 53600
    return None


def _has_domain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _fits(value: object, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value.encode()) <= limit

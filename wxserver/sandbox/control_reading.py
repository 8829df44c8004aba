"""What a script has sent to a control: a JSON object taken apart, or a plain sentence about what is wrong with it."""

import json
from typing import Any

from flask import request

from wxserver.sandbox.settings import Account
from wxserver.sandbox.world import World


class Bad(Exception):
    """Something in the request is wrong; the sentence says what."""


def body() -> dict[str, Any]:
    """The JSON object sent (nothing: an empty one); raises Bad."""
    try:
        document = json.loads(request.get_data() or b"{}")
    except (ValueError, RecursionError):
        raise Bad("发来的内容不是 JSON。") from None
    if not isinstance(document, dict):
        raise Bad("发来的内容不是一个 JSON 对象。")
    return document


def text(document: dict[str, Any], name: str, default: str | None = None, limit: int = 200) -> str:
    """A text that is not blank, of at most ``limit`` characters; raises Bad."""
    value = document.get(name, default)
    if not isinstance(value, str) or not value.strip() or len(value) > limit:
        raise Bad(f"{name} 应是一段不空的文字，最长 {limit} 个字。")
    return value.strip()


def account(here: World, document: dict[str, Any]) -> Account:
    """The account named, by default the one that the phone shows; raises Bad."""
    if document.get("account") is None:
        return here.settings.service_account()
    found = here.settings.accounts.get(str(document["account"]))
    if found is None:
        raise Bad(f"account 应是 {'、'.join(here.settings.accounts)} 中的一个。")
    return found

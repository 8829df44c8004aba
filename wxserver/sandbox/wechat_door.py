"""The way into WeChat's server API: method, access token, kind of account, quota and body, each with its number."""

import functools
import json
import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from wxserver.sandbox import far_side
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_errors import errcode
from wxserver.sandbox.wechat_limits import over_quota
from wxserver.sandbox.world import World, world

View = Callable[[World, Account, dict[str, Any]], Response]
SHAPE = re.compile(r"[0-9]{1,2}_[A-Za-z0-9_-]{128}")
"""What an access token looks like; anything else was never one."""


def api(
    blueprint: Blueprint,
    path: str,
    meaning: str,
    *,
    effect: bool = False,
    method: str = "POST",
    kind: str | None = "service",
) -> Callable[[View], View]:
    """Serve ``view(here, account, body)`` at a path of WeChat's, behind the checks that all its paths have.

    ``body`` is the JSON object sent, or the query for a path that wants GET. ``kind``: of account that may call it,
    None for both.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def door() -> Response:
            here, account = world(), bearer()
            if isinstance(account, Response):
                return account
            if request.method != method:
                return errcode(43002 if method == "POST" else 43001)
            if kind not in (None, account.kind):
                return errcode(48001)
            refused = over_quota(here, account, request.path)
            if refused is not None:
                return refused
            body = json_body() if method == "POST" else dict(request.args)
            return errcode(47001) if body is None else view(here, account, body)

        served = far_side.wechat(meaning, effect=effect)(door)
        blueprint.add_url_rule(path, view.__name__, served, methods=["GET", "POST"])
        return view

    return wrap


def bearer() -> Response | Account:
    """The account whose access token this call has, or what WeChat answers to one that is missing or no good."""
    here, given = world(), request.args.get("access_token", "")
    if not given:
        return errcode(41001)
    if not SHAPE.fullmatch(given):
        return errcode(40014)
    with here.database.read() as connection:
        row = connection.execute("SELECT * FROM token WHERE token = ?", (given,)).fetchone()
    if row is None:
        return errcode(40001)
    if here.clock.timestamp() > row["expires"]:
        return errcode(42001 if row["current"] else 40001)
    return here.settings.account_of(row["app_id"]) or errcode(40001)


def json_body() -> dict[str, Any] | None:
    """The JSON object sent, or None where it is none."""
    try:
        document = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None

"""The blueprint itself, what every template gets, and who is looking at the page."""

from typing import Final, cast

from flask import Blueprint, current_app, g, request, url_for
from werkzeug.exceptions import NotFound

from wxserver.usecases.faults import Unauthenticated
from wxserver.usecases.sessions import SessionView
from wxserver.web.bodies import is_readable
from wxserver.web.citizen import addresses, typed, wording
from wxserver.web.desk import desk

blueprint: Final = Blueprint("citizen", __name__)

DISPLAY_COOKIE: Final = "display"

for _name, _filter in (
    ("day", wording.day),
    ("due_day", wording.due_day),
    ("weekday", wording.weekday),
    ("moment", wording.moment),
    ("hour", wording.hour),
    ("date_parts", typed.date_parts),
    ("legal_date", wording.legal_date),
    ("pieces_together", wording.pieces_together),
    ("by_sentence", wording.by_sentence),
):
    blueprint.add_app_template_filter(_filter, _name)
blueprint.add_app_template_global(addresses.url_for, "url_for")


@blueprint.before_request
def refuse_unreadable() -> None:
    """No address of ours holds characters that can't be stored."""
    texts = [*(request.view_args or {}).values(), *request.args.values()]
    if not all(is_readable(str(each)) for each in texts):
        raise NotFound


@blueprint.app_context_processor
def page_frame() -> dict[str, object]:
    """`service` (what citizens read about the bureau), `big` (big text), `display_url` (the switch in the top bar),
    `login_url` (where 点击登录 leads: by way of WeChat, silently, where we don't know the WeChat user yet)."""
    big = request.cookies.get(DISPLAY_COOKIE) == "big"
    here = request.full_path.rstrip("?") if request.endpoint else "/"
    return {
        "service": current_app.extensions["service"],
        "login_url": url_for("citizen.login") if visitor() else wechat_login_url(url_for("citizen.login")),
        "big": big,
        "display_url": url_for("citizen.display", size="normal" if big else "big", next=here),
    }


def wechat_login_url(next_path: str) -> str:
    """Where a browser without a session gets one: WeChat's silent sign-in, and then back to `next_path`."""
    return url_for("callbacks.login", account=desk().signing_in.default_account, next=next_path)


def visitor() -> SessionView | None:
    """The session of this request, or None."""
    return cast("SessionView | None", g.get("session"))


def owner() -> SessionView:
    """The session of this request, on pages that need one."""
    session = visitor()
    if session is None:
        raise Unauthenticated("请先登录，再办这件事。")
    return session


def known() -> SessionView | None:
    """The session if it belongs to somebody who has signed in, not only to a WeChat user."""
    session = visitor()
    return session if session is not None and session.person_id is not None else None

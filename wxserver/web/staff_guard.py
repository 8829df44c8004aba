"""The guard at the staff's door: under /admin and /api/v1/admin.

Closed by default: a view that does not say by `needs` which act it is, serves nobody. Scope (whose region, which
bundle) is the use cases' affair; here it is decided who may come in at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar, cast
from urllib.parse import urlencode

from flask import current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from wxserver.usecases.faults import BadRequest, Forbidden, Unauthenticated
from wxserver.usecases.rights import Member, holds
from wxserver.web.bodies import read_form, takes_large_bodies, takes_long_texts
from wxserver.web.desk import desk
from wxserver.web.problems import speaks_json

OPEN: Final = frozenset({"admin.login", "admin.sign_in", "admin_api.open_session"})
"""What staff reach without a session."""
SETUP: Final = "setup"
"""The need of views that a member reaches before there is a password and a second factor of their own."""
PREFIXES: Final = ("/admin", "/api/v1/admin")
COOKIE: Final = "wxserver_staff"

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_View = TypeVar("_View", bound=Callable[..., ResponseReturnValue])


def needs(act: str) -> Callable[[_View], _View]:
    """Mark a view with the act that it is (`rights.ACTS`, or `SETUP`)."""

    def mark(view: _View) -> _View:
        view.needs = act  # type: ignore[attr-defined]
        return view

    return mark


def me() -> Member:
    """The member of staff of this request. Raises Unauthenticated."""
    member = cast("Member | None", g.get("member"))
    if member is None:
        raise Unauthenticated("请先登录，再继续。")
    return member


def is_staffs(path: str) -> bool:
    """Whether a path lies behind the staff's door."""
    return any(path == each or path.startswith(f"{each}/") for each in PREFIXES)


def cookie_name() -> str:
    """The session cookie's name; with https it can be neither set over http nor by another host."""
    return f"__Host-{COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else COOKIE


def set_cookie(response: AnyResponse, token: str) -> None:
    """Hand out a session. It ends with the browser."""
    response.set_cookie(
        cookie_name(),
        token,
        path="/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Strict",
    )


def clear_cookie(response: AnyResponse) -> None:
    response.delete_cookie(
        cookie_name(),
        path="/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Strict",
    )


def guard() -> ResponseReturnValue | None:
    """Decide about a request under one of `PREFIXES`."""
    g.member = None
    token = request.cookies.get(cookie_name())
    g.member = desk().staffing.find(token) if token else None
    if request.endpoint in OPEN:
        return None
    if g.member is None:
        return _send_away()
    view = current_app.view_functions[str(request.endpoint)]
    act = getattr(view, "needs", None)
    if g.member.stage != "full" and act != SETUP:
        return _to_setup()
    if act is None or (act != SETUP and not holds(g.member, act)):
        desk().rights.refuse(g.member, act or "unknown", subject=("route", str(request.endpoint)))
    if getattr(view, "takes_files", False):
        takes_large_bodies()
    if getattr(view, "takes_long_texts", False):
        takes_long_texts()
    if request.method not in _SAFE:
        _check_form(view)
    return None


def _send_away() -> ResponseReturnValue:
    if speaks_json(request.path):
        raise Unauthenticated("请先登录，再继续。")
    return _redirect(f"/admin/login?{urlencode({'next': _here()})}")


def _here() -> str:
    """Where to come back to: this page, or the one whose form was sent."""
    if request.method in _SAFE:
        return request.full_path.rstrip("?")
    pages = current_app.url_map.bind_to_environ(request.environ)
    return request.path if pages.test(request.path, "GET") else "/admin/"


def _to_setup() -> ResponseReturnValue:
    if speaks_json(request.path):
        raise Forbidden("请先在网页上设好自己的密码和动态码。", code="setup-required")
    return _redirect("/admin/setup")


def _redirect(address: str) -> ResponseReturnValue:
    response = redirect(address, 303)
    response.headers["Cache-Control"] = "no-store"
    return response


def _check_form(view: object) -> None:
    if speaks_json(request.path):
        sent = request.headers.get("X-CSRFToken", "")
    else:
        sent = request.headers.get("X-CSRFToken", "") or read_form().get("csrf_token", "")
    if desk().staffing.check_csrf(me(), sent):
        return
    if speaks_json(request.path):
        raise Forbidden("这个页面放得太久了，请刷新后再试。", code="csrf")
    if not getattr(view, "keeps_typed", False):
        raise BadRequest("页面放得太久了，请退回上一步，再点一次。", code="csrf")
    g.csrf_failed = True

"""The guard at the door: who comes, what is open, and whether a form is one of ours.

Closed by default: a route that is not in `OPEN` demands a session. Forms and cookie-borne API calls carry the session's
CSRF token, checked after the session is known; calls authenticated by Bearer need none, because no browser adds that
header by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from wxserver.usecases.faults import BadRequest, Forbidden, Unauthenticated
from wxserver.usecases.sessions import LIFETIME, SessionView
from wxserver.web import staff_guard
from wxserver.web.bodies import read_form, takes_large_bodies
from wxserver.web.desk import desk
from wxserver.web.problems import speaks_json

PREVIEW: Final = frozenset(
    f"preview.{name}"
    for name in (
        "enter",
        "bundle",
        "places",
        "guide",
        "place",
        "save_place",
        "card",
        "save_card",
        "form",
        "save_form",
        "drop_draft",
        "photo",
        "save_photo",
        "check",
        "submit",
        "cases",
        "case",
        "receipt",
        "help_page",
        "privacy",
    )
)
"""Pages that only pretend, behind a signed link: no cookie counts there, neither a citizen's nor that of staff."""

OPEN: Final = PREVIEW | frozenset(
    {
        "static",
        "healthz",
        "citizen.home",
        "citizen.search",
        "citizen.login",
        "citizen.password",
        "citizen.help_page",
        "citizen.privacy",
        "citizen.display",
        "citizen.bundle",
        "citizen.guide",
        "citizen.places",
        "api.open_session",
        "api.list_bundles",
        "api.show_bundle",
        "api.show_item",
        "api.list_regions",
        "api.show_region",
        "api_document.openapi",
        "callbacks.check_push",
        "callbacks.push",
        "callbacks.login",
        "callbacks.oauth",
        "callbacks.identity_result",
        "callbacks.identity_return",
        "callbacks.registry_event",
        "domain_files.show",
    }
)
"""Everything that needs no session (contract, "Pages"); nothing else is open."""

SIGNED: Final = frozenset({"callbacks.push", "callbacks.identity_result", "callbacks.registry_event"})
"""POSTs of machines, authenticated by their signature instead of a session."""

_NOBODYS: Final = PREVIEW | SIGNED | frozenset({"static", "healthz"})
"""Where no session counts, whatever cookie comes along."""

COOKIE: Final = "wxserver_session"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_View = TypeVar("_View", bound=Callable[..., ResponseReturnValue])


def register(app: Flask) -> None:
    """Put the guard before every request of the app."""
    app.before_request(_guard)
    app.context_processor(_csrf)


def keeps_typed(view: _View) -> _View:
    """Mark a form's view that shows the form again, everything typed kept, when `g.csrf_failed` is True."""
    view.keeps_typed = True  # type: ignore[attr-defined]
    return view


def takes_files(view: _View) -> _View:
    """Mark a view to which pictures are sent: its body may be larger, up to `bodies.FILES_BODY_LIMIT`."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def takes_texts(view: _View) -> _View:
    """Mark a view of the editor: its form may be larger, up to `bodies.LONG_FORM_LIMIT`."""
    view.takes_long_texts = True  # type: ignore[attr-defined]
    return view


def cookie_name() -> str:
    """The session cookie's name; with https it can be neither set over http nor by another host."""
    return f"__Host-{COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else COOKIE


def session_token() -> str | None:
    """The token that came in the session cookie."""
    return request.cookies.get(cookie_name())


def set_session_cookie(response: AnyResponse, token: str) -> None:
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def clear_session_cookie(response: AnyResponse) -> None:
    response.delete_cookie(
        cookie_name(), path="/", secure=bool(current_app.config["SESSION_COOKIE_SECURE"]), httponly=True, samesite="Lax"
    )


def _guard() -> ResponseReturnValue | None:
    g.session = None
    g.csrf_failed = False
    if request.endpoint is None or request.endpoint in _NOBODYS:
        return None
    if staff_guard.is_staffs(request.path):
        return staff_guard.guard()
    bearer = _bearer()
    token = bearer if bearer is not None else session_token()
    session = desk().sessions.find(token) if token else None
    if session is not None and session.kind == ("cookie" if bearer is None else "bearer"):
        g.session = session
    if g.session is None:
        return None if request.endpoint in OPEN else _send_away()
    if getattr(current_app.view_functions[request.endpoint], "takes_files", False):
        takes_large_bodies()
    if request.method not in _SAFE and bearer is None:
        _check_form(g.session)
    return None


def _bearer() -> str | None:
    """The token of an `Authorization: Bearer` header; only the API takes one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and speaks_json(request.path) else None


def _send_away() -> ResponseReturnValue:
    if speaks_json(request.path):
        raise Unauthenticated("请先登录，再继续。")
    here = request.full_path.rstrip("?") if request.method in _SAFE else request.path
    response: Response = redirect(f"/login?{urlencode({'next': here})}", 303)  # type: ignore[assignment]
    response.headers["Cache-Control"] = "no-store"
    return response


def _check_form(session: SessionView) -> None:
    if speaks_json(request.path):
        sent = request.headers.get("X-CSRFToken", "")
    else:
        sent = read_form().get("csrf_token", "") or request.headers.get("X-CSRFToken", "")
    if desk().sessions.check_csrf(session, sent):
        return
    if speaks_json(request.path):
        raise Forbidden("这个页面放得太久了，请刷新后再试。", code="csrf")
    view = current_app.view_functions[str(request.endpoint)]
    if not getattr(view, "keeps_typed", False):
        raise BadRequest("页面放得太久了，请退回上一步，再点一次。", code="csrf")
    g.csrf_failed = True


def _csrf() -> dict[str, str]:
    session = g.get("session")
    return {"csrf_token": session.csrf_token if session is not None else ""}

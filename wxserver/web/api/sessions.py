"""Opening, looking at and ending a session."""

from typing import Any, Final

from flask import Response, g

from wxserver.usecases.faults import Unauthenticated
from wxserver.usecases.sessions import SessionView
from wxserver.web.api.documenting import Sent, Success, answer, nothing, operation
from wxserver.web.api.presenting import Json, session
from wxserver.web.api.schemas.answers import CURRENT_SESSION, OPENED_SESSION
from wxserver.web.api.schemas.requests import SIGN_IN
from wxserver.web.desk import desk
from wxserver.web.guard import clear_session_cookie

_SESSION: Final = {
    "assurance": "face",
    "expires_at": "2026-12-26T10:00:00+08:00",
    "person": {"name": "林*兰", "id_type": "resident_id", "id_number": "4452**********0026"},
}
_NEW: Final = _SESSION | {"assurance": "wechat", "person": None}


def visitor() -> SessionView:
    """The session of this request."""
    found: SessionView | None = g.get("session")
    if found is None:
        raise Unauthenticated("请先登录，再继续。")
    return found


def described(view: SessionView) -> Json:
    """A session with the person it belongs to, masked."""
    return session(view, desk().sessions.person(view))


@operation(
    "POST",
    "/sessions",
    tag="sessions",
    body=Sent(SIGN_IN, {"mini-program": {"account": "jieyang_mini", "code": "0c1xyz"}}),
    answers={201: Success(OPENED_SESSION, "A Bearer session that knows the WeChat user.", _NEW | {"token": "9f2c"})},
    problems=(403, 404, 503),
    is_open=True,
)
def open_session(body: dict[str, Any]) -> Response:
    """Open a session from a mini-program.

    Redeems the code of `wx.login` at WeChat.
    """
    opened = desk().signing_in.mini_program(body["account"], body["code"])
    return answer(described(opened.session) | {"token": opened.token}, 201)


@operation(
    "GET",
    "/sessions/current",
    tag="sessions",
    answers={200: Success(CURRENT_SESSION, "The session of this request.", _SESSION)},
)
def current_session() -> Response:
    """The session of this request.

    A cookie session finds its `csrf_token` here. No answer ever shows the token of a session that exists already.
    """
    view = visitor()
    content = described(view)
    if view.kind == "cookie":
        content["csrf_token"] = view.csrf_token
    return answer(content)


@operation(
    "DELETE",
    "/sessions/current",
    tag="sessions",
    answers={204: Success(None, "Signed out: the token is worth nothing from now on.")},
    problems=(403,),
)
def end_session() -> Response:
    """Sign out."""
    view = visitor()
    desk().sessions.end(view)
    response = nothing()
    if view.kind == "cookie":
        clear_session_cookie(response)
    return response

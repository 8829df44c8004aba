"""Sessions of staff: signing in, what one may do, where one is signed in, signing out."""

from __future__ import annotations

from typing import Final

from flask import Response, request

from wxserver.usecases.rights import ACTS, Member, holds
from wxserver.usecases.staffing import OpenSession
from wxserver.web.api.admin.blueprint import blueprint, me, needs
from wxserver.web.api.documenting import answer, nothing
from wxserver.web.api.presenting import Json, moment, page
from wxserver.web.api.reading import received
from wxserver.web.api.schemas.fields import Strict, Text
from wxserver.web.bodies import readable
from wxserver.web.desk import desk
from wxserver.web.staff_guard import SETUP, clear_cookie, cookie_name, set_cookie


class _SignIn(Strict):
    username = Text(200, required=True)
    password = Text(200, required=True)
    code = Text(20, empty=True, load_default="")


_SIGN_IN: Final = _SignIn()


@blueprint.post("/sessions")
def open_session() -> Response:
    """Sign in: `username`, `password`, `code`. The session comes as a cookie, its token for changes in the answer."""
    body = received(_SIGN_IN)
    opened = desk().staffing.sign_in(
        body["username"],
        body["password"],
        body["code"],
        agent=readable(request.user_agent.string)[:200],
        replaces=request.cookies.get(cookie_name(), ""),
    )
    member = desk().staffing.find(opened.token)
    response = answer(_own(member) if member is not None else {}, 201)
    set_cookie(response, opened.token)
    return response


@blueprint.get("/sessions/current")
@needs(SETUP)
def current_session() -> Response:
    """Who is signed in, what they may do and where, and the token that changes carry in `X-CSRFToken`."""
    return answer(_own(me()))


@blueprint.delete("/sessions/current")
@needs(SETUP)
def end_session() -> Response:
    """Sign out."""
    desk().staffing.sign_out(me())
    response = nothing()
    clear_cookie(response)
    return response


@blueprint.get("/sessions")
@needs("own")
def list_sessions() -> Response:
    """Where one is signed in, the newest first."""
    member = me()
    return answer(page(session(each, member) for each in desk().staffing.sessions(member)))


@blueprint.delete("/sessions/<session_id>")
@needs("own")
def revoke_session(session_id: str) -> Response:
    """Sign out somewhere else."""
    desk().staffing.revoke(me(), session_id)
    return nothing()


def session(view: OpenSession, member: Member) -> Json:
    """A session that is alive. `current`: it is the one that asks."""
    return {
        "id": view.id,
        "agent": view.agent,
        "created_at": moment(view.created_at),
        "seen_at": moment(view.seen_at),
        "expires_at": moment(view.expires_at),
        "current": view.id == member.session_id,
    }


def _own(member: Member) -> Json:
    return {
        "username": member.username,
        "name": member.name,
        "roles": list(member.roles),
        "regions": list(member.regions),
        "bundles": list(member.bundles),
        "stage": member.stage,
        "acts": [act for act in ACTS if holds(member, act)],
        "idle_at": moment(member.idle_at),
        "csrf_token": member.csrf_token,
    }

"""What a member of staff sees of their own: the first page, where they are signed in, and their password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from bundles import regions
from bundles.engine import Fault
from wxserver.usecases.faults import Invalid, TooMany
from wxserver.usecases.rights import holds
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.admin.signing_in import STALE, agent, handed, typed
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

_BROWSERS: Final = (("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"))
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@blueprint.get("/")
@needs("own")
def home() -> ResponseReturnValue:
    """To the page where this member's work is."""
    return redirect("/admin/cases" if holds(me(), "cases.see") else "/admin/bundles", 303)


@blueprint.get("/me")
@needs("own")
def own() -> ResponseReturnValue:
    """Where one is signed in, and the password."""
    return _page([])


@blueprint.post("/me/password")
@needs("own")
@keeps_typed
def change_password() -> ResponseReturnValue:
    """Change the password; all other sessions end."""
    if g.csrf_failed:
        return _page([STALE], 400)
    words = (typed("current"), typed("password"), typed("again"), typed("code"))
    try:
        opened = desk().staffing.change_password(me(), *words, agent=agent())
    except Invalid as invalid:
        return _page(invalid.faults, 422)
    except TooMany as locked:
        return _page([Fault("current", locked.code, locked.detail)], 429)
    return handed(opened, url_for("admin.own", changed="password"))


@blueprint.post("/me/sessions/others/end")
@needs("own")
def end_other_sessions() -> ResponseReturnValue:
    """Sign out everywhere else."""
    desk().staffing.revoke_others(me())
    return redirect(url_for("admin.own"), 303)


@blueprint.post("/me/sessions/<session_id>/end")
@needs("own")
def end_own_session(session_id: str) -> ResponseReturnValue:
    """Sign out at one other place."""
    desk().staffing.revoke(me(), session_id)
    return redirect(url_for("admin.own"), 303)


def device(user_agent: str) -> str:
    """A browser and a system in words a person knows."""
    found = [next((words for sign, words in signs if sign in user_agent), "") for signs in (_BROWSERS, _SYSTEMS)]
    return "，".join(each for each in found if each) or "不认识的浏览器"


def _page(faults: Sequence[Fault], status: int = 200) -> ResponseReturnValue:
    member = me()
    html = render_template(
        "admin/me.html",
        faults=faults,
        sessions=desk().staffing.sessions(member),
        device=device,
        region_names=[regions.full_name(each) or each for each in member.regions],
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response

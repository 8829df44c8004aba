"""The staff's door: signing in, setting up an account, going on, signing out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import segno
from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.engine import Fault
from wxserver.usecases.faults import BadRequest, Invalid, TooMany, Unauthenticated
from wxserver.usecases.staffing import IDLE, Opened
from wxserver.web.admin.blueprint import SETUP, blueprint, me, needs
from wxserver.web.bodies import is_readable, readable
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed
from wxserver.web.staff_guard import clear_cookie, cookie_name, set_cookie

HOME: Final = "/admin/"
STALE: Final = Fault("form", "stale", "页面放得太久了，请再点一次。")
_OURS: Final = re.compile(r"/admin(/[\w./?=&%~-]*)?", re.ASCII)
_LONGEST: Final = 200


@blueprint.context_processor
def session_frame() -> dict[str, object]:
    """For `admin/session.html`: seconds until the session idles out and until it ends, and how long it may idle."""
    member = g.get("member")
    idle, ends = desk().staffing.left(member) if member is not None else (0, 0)
    return {"session_left": idle, "session_ends": ends, "session_idle": int(IDLE.total_seconds())}


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """The sign-in; whoever is signed in goes on."""
    member = g.get("member")
    if member is not None:
        return redirect(_next() if member.stage == "full" else url_for("admin.setup"), 303)
    return _login_page([], "")


@blueprint.post("/login")
def sign_in() -> ResponseReturnValue:
    """Sign in, and go where one wanted to."""
    refuse_strangers()
    username = typed("username")
    faults = [
        Fault(name, "missing", f"请填{label}。")
        for name, label in (("username", "账号"), ("password", "密码"))
        if not request.form.get(name, "").strip()
    ]
    if faults:
        return _login_page(faults, username, 422)
    try:
        opened = desk().staffing.sign_in(
            username,
            typed("password"),
            typed("code"),
            agent=agent(),
            replaces=request.cookies.get(cookie_name(), ""),
        )
    except (Unauthenticated, TooMany) as refused:
        return _login_page([Fault("username", refused.code, refused.detail)], username, refused.status)
    return handed(opened, _next())


@blueprint.get("/setup")
@needs(SETUP)
def setup() -> ResponseReturnValue:
    """Where a new member chooses a password and takes up the second factor."""
    if me().stage == "full":
        return redirect(HOME, 303)
    return _setup_page([])


@blueprint.post("/setup")
@needs(SETUP)
@keeps_typed
def finish_setup() -> ResponseReturnValue:
    """Keep both, and begin a full session."""
    if g.csrf_failed:
        return _setup_page([STALE], 400)
    words = (typed("password"), typed("again"), typed("code"))
    try:
        opened = desk().staffing.set_up(me(), *words, agent=agent())
    except Invalid as invalid:
        return _setup_page(invalid.faults, 422)
    return handed(opened, HOME)


@blueprint.post("/logout")
@needs(SETUP)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    desk().staffing.sign_out(me())
    response = redirect(url_for("admin.login"), 303)
    clear_cookie(response)
    return response


@blueprint.post("/alive")
@needs("own")
def alive() -> ResponseReturnValue:
    """Go on using this session: when it ends now, for the script; else back to one's own page."""
    until = desk().staffing.alive(me())
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return {"idle_at": until.isoformat()}
    return redirect(url_for("admin.own"), 303)


def handed(opened: Opened, address: str) -> ResponseReturnValue:
    """Hand out a session and go on; a new account goes to set itself up."""
    response = redirect(address if opened.stage == "full" else url_for("admin.setup"), 303)
    set_cookie(response, opened.token)
    response.headers["Cache-Control"] = "no-store"
    return response


def agent() -> str:
    """What the browser calls itself."""
    return readable(request.user_agent.string)[:_LONGEST]


def typed(name: str) -> str:
    """A field of the form; what can't be stored can't be right either."""
    value = request.form.get(name, "")
    return value if is_readable(value) and len(value) <= _LONGEST else "\ufffd"


def refuse_strangers() -> None:
    """Raise BadRequest where another site's page posts this form: there is no session yet that a token could bind.

    Our own pages send no referrer, and so the origin `null`.
    """
    came_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "null")
    if came_from not in ("same-origin", "none") or (origin != "null" and urlsplit(origin).netloc != request.host):
        raise BadRequest("请从本站的登录页登录。", code="csrf")


def _next() -> str:
    wanted = request.values.get("next", "")
    return wanted if _OURS.fullmatch(wanted) and ".." not in wanted and "//" not in wanted else HOME


def _login_page(faults: Sequence[Fault], username: str, status: int = 200) -> ResponseReturnValue:
    html = render_template(
        "admin/login.html",
        faults=faults,
        username="" if username == "\ufffd" else username,
        next_path=_next(),
        demo_code=desk().demo_staff.code(),
    )
    return _unkept(html, status)


def _setup_page(faults: Sequence[Fault], status: int = 200) -> ResponseReturnValue:
    enrolment = desk().staffing.enrolment(me())
    groups = [enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4)]
    picture = segno.make(enrolment.address, error="m").svg_data_uri(scale=5, border=3)
    return _unkept(render_template("admin/setup.html", faults=faults, groups=groups, picture=picture), status)


def _unkept(html: str, status: int) -> ResponseReturnValue:
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response

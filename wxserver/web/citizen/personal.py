"""个人中心: who is signed in and how, their cards, and the ways to what is theirs; and the way out."""

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from bundles.vocabulary import ASSURANCES
from wxserver.usecases.consenting import PROFILE
from wxserver.usecases.faults import AssuranceRequired, BadRequest, Conflict, FarSideAway, Problem
from wxserver.web.callbacks.wechat import keep_flow
from wxserver.web.citizen.blueprint import blueprint, known, owner
from wxserver.web.citizen.subscribing import is_needed
from wxserver.web.desk import desk
from wxserver.web.guard import clear_session_cookie

_KEPT: Final = 20
_UNTICKED: Final = Fault("consent", "required", "请先勾选“我同意显示微信昵称和头像”。")
_PICTURES: Final = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG", "image/png"))


@blueprint.get("/me")
def me() -> ResponseReturnValue:
    """The person, masked, with their cards; who is not signed in finds 点击登录 here."""
    session = known()
    if session is None:
        return render_template("citizen/me.html", person=None, cards=None)
    try:
        cards = desk().cards.list(session)
    except FarSideAway:
        cards = None
    return render_template(
        "citizen/me.html",
        person=desk().sessions.person(session),
        session=session,
        proven=ASSURANCES[session.assurance],
        profile=desk().profiles.shown(session),
        cards=cards,
        unread=desk().inbox.unread(session),
        may_subscribe=is_needed(),
    )


@blueprint.post("/me/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session and go home."""
    desk().sessions.end(owner())
    return signed_out("citizen.home")


@blueprint.get("/me/bindings")
def bindings() -> ResponseReturnValue:
    """The WeChat users that are bound to the person, and where they are signed in."""
    return _bindings_page()


def _bindings_page(faults: Sequence[Fault] = ()) -> str:
    session = owner()
    return render_template(
        "citizen/bindings.html",
        bindings=desk().holding.bindings(session),
        sessions=desk().holding.sessions(session),
        profile=desk().profiles.shown(session),
        consent=desk().consenting.text(PROFILE),
        faults=faults,
    )


@blueprint.post("/me/bindings")
def change_bindings() -> ResponseReturnValue:
    """`unbind` a WeChat user, `end` one session, or `others`: every session but this one."""
    session, typed = owner(), request.form
    holding = desk().holding
    if "unbind" in typed:
        gone = holding.unbind(session, typed["unbind"])
    elif "end" in typed:
        gone = holding.end_session(session, typed["end"])
    elif "others" in typed:
        gone = holding.end_others(session) < 0
    else:
        raise BadRequest("没有选要做什么。请退回上一步，再点一次。")
    return signed_out("citizen.me") if gone else redirect(url_for("citizen.bindings"), 303)


@blueprint.post("/me/profile")
def show_profile() -> ResponseReturnValue:
    """Ask WeChat for nickname and avatar, once the box is ticked; WeChat asks once more."""
    try:
        begun = desk().profiles.begin(owner(), request.form.get("consent"), None)
    except Problem as problem:
        if problem.status != 422:
            raise
        return _bindings_page((_UNTICKED,)), problem.status
    response = redirect(begun.url, 303)
    keep_flow(response, begun.browser_key)
    return response


@blueprint.get("/me/avatar")
def avatar() -> ResponseReturnValue:
    """One's own WeChat avatar, where it is kept."""
    shown = desk().profiles.shown(owner())
    picture = shown.avatar if shown else None
    if picture is None:
        return "", 404
    kind = next((name for sign, name in _PICTURES if picture.startswith(sign)), "image/webp")
    return Response(picture, mimetype=kind, headers={"Cache-Control": "private, no-store"})


@blueprint.get("/me/consents")
def consents() -> ResponseReturnValue:
    """What the person has agreed to, and the way to take it back."""
    return render_template("citizen/consents.html", given=desk().consenting.given(owner()), problem=None)


@blueprint.post("/me/consents")
def withdraw() -> ResponseReturnValue:
    """Take back what was agreed to; the proof that it was given stays."""
    try:
        desk().consenting.withdraw(owner(), request.form.get("withdraw", ""))
    except Conflict as problem:
        given = desk().consenting.given(owner())
        return render_template("citizen/consents.html", given=given, problem=problem.detail), problem.status
    return redirect(url_for("citizen.consents"), 303)


@blueprint.get("/me/data")
def data() -> ResponseReturnValue:
    """What is held about the person, who has looked, and the ways to get it or have it deleted."""
    return render_template("citizen/my_data.html", kinds=desk().holding.data(owner()))


@blueprint.get("/me/data/seen")
def data_seen() -> ResponseReturnValue:
    """Who has looked at it, or was handed some of it, newest first."""
    seen = desk().holding.seen(owner(), request.args.get("after"), _KEPT)
    return render_template("citizen/my_data_seen.html", seen=seen)


@blueprint.post("/me/data/export")
def export() -> ResponseReturnValue:
    """The person's own data as one file. Who signed in too long ago signs in again first."""
    try:
        made = desk().holding.export(owner())
    except AssuranceRequired:
        return redirect(url_for("citizen.login", next=url_for("citizen.data"), why="stale"), 303)
    response = Response(json.dumps(made.content, ensure_ascii=False, indent=2), mimetype="application/json", status=200)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(made.name)}"
    return response


@blueprint.get("/me/data/erase")
def ask_erase() -> ResponseReturnValue:
    """What would be deleted, what stays and why; nothing happens yet."""
    return render_template("citizen/my_data_erase.html", told=desk().holding.foresee(owner()), done=False)


@blueprint.post("/me/data/erase")
def erase() -> ResponseReturnValue:
    """Delete it, and sign out everywhere."""
    try:
        told = desk().holding.erase(owner())
    except AssuranceRequired:
        return redirect(url_for("citizen.login", next=url_for("citizen.ask_erase"), why="stale"), 303)
    response = Response(render_template("citizen/my_data_erase.html", told=told, done=True, csrf_token=""))
    clear_session_cookie(response)
    return response


def signed_out(endpoint: str) -> ResponseReturnValue:
    """To a page, without the session."""
    response = redirect(url_for(endpoint), 303)
    clear_session_cookie(response)
    return response

"""Signing in by account and password (JY-6), with a captcha to look at or to listen to."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from wxserver.usecases.captchas import WRONG
from wxserver.usecases.faults import Forbidden, Invalid, TooMany, Unauthenticated
from wxserver.usecases.password_signing_in import Attempt, missing
from wxserver.web.bodies import readable
from wxserver.web.citizen.blueprint import blueprint, owner, visitor, wechat_login_url
from wxserver.web.citizen.onward import onward
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed, set_session_cookie

_KINDS = ({"code": "person", "label": "个人"}, {"code": "organisation", "label": "单位"})
_FIRST = "password-change-required"
_FORM: Final = ("kind", "username", "password", "new_password", "again", "captcha")
_STALE: Final = "页面放得太久了。请填好密码和图里的 4 个数字，再点“登录”。"
_SOUND: Final = 56_000
"""More bytes than any four digits take. Each time they are spoken in another way; filled up to one length behind the
recording they can be asked for in pieces, without which iPhones play nothing."""


@blueprint.get("/login/password")
def password() -> ResponseReturnValue:
    """The form. Inside WeChat the silent sign-in by WeChat comes first, because the account is bound to that user."""
    if visitor() is None:
        return redirect(wechat_login_url(request.full_path.rstrip("?")), 303)
    return _page(())


@blueprint.post("/login/password")
@keeps_typed
def sign_in_by_password() -> ResponseReturnValue:
    """Prove account and password; everything but what is secret stays on the page."""
    session, typed = owner(), {name: readable(value) for name, value in request.form.items()}
    first = "new_password" in typed
    if g.get("csrf_failed"):
        return _page((Fault("", "stale-form", _STALE),), 400, first=first)
    if "fresh" in typed:
        return _page((), first=first)
    attempt = Attempt(
        kind=typed.get("kind", "person"),
        username=typed.get("username", ""),
        password=typed.get("password", ""),
        captcha_id=typed.get("captcha_id", ""),
        captcha=typed.get("captcha", ""),
        new_password=typed.get("new_password"),
    )
    if faults := _unfilled(attempt, typed):
        return _page(_with_emptied(faults, typed), 422, first=first, same_captcha=True)
    try:
        signed = desk().password_signing_in.sign_in(session, attempt, request.remote_addr or "")
    except Invalid as problem:
        return _page(_wrong(problem, typed), problem.status, first=first)
    except Unauthenticated as problem:
        return _page((Fault("username", problem.code, problem.detail),), problem.status, first=first)
    except TooMany as problem:
        return _page((Fault("username", problem.code, problem.detail),), problem.status, first=first)
    except Forbidden as problem:
        if problem.code != _FIRST:
            raise
        return _page((), 200, first=True)
    response = redirect(url_for("citizen.signed_in", next=_next()), 303)
    set_session_cookie(response, signed.token)
    return response


@blueprint.get("/login/done")
def signed_in() -> ResponseReturnValue:
    """Signed in: who, which WeChat is bound from now on, and 继续访问 (JY-6)."""
    session = owner()
    person = desk().sessions.person(session)
    if person is None:
        return redirect(url_for("citizen.login", next=_next()), 303)
    return render_template("citizen/signed_in.html", person=person, unit=session.unit, next_path=_next() or "/")


@blueprint.get("/login/captchas/<captcha_id>.wav")
def captcha_sound(captcha_id: str) -> ResponseReturnValue:
    """The captcha, spoken; whole or in pieces."""
    recording = desk().captchas.audio(owner(), captcha_id).ljust(_SOUND, b"\0")
    response = Response(recording, mimetype="audio/wav")
    response.headers["Cache-Control"] = "no-store"
    return response.make_conditional(request, accept_ranges=True, complete_length=len(recording))


def _next() -> str | None:
    path = onward(request.values.get("next"))
    return None if path == "/" else path


def _unfilled(attempt: Attempt, typed: Mapping[str, str]) -> list[Fault]:
    """What can be told without looking at account and captcha."""
    faults = missing(attempt)
    if attempt.new_password is not None and attempt.new_password != typed.get("again", ""):
        faults.append(Fault("again", "differs", "两次填的新密码不一样，请再填一遍。"))
    return faults


def _wrong(problem: Invalid, typed: Mapping[str, str]) -> Sequence[Fault]:
    if problem.code != "bad-captcha":
        return problem.faults
    return _with_emptied([Fault("captcha", problem.code, f"{WRONG.rstrip('。')}，密码也要再填一遍。")], typed)


def _with_emptied(faults: Sequence[Fault], typed: Mapping[str, str]) -> list[Fault]:
    """These faults, and the passwords that were typed and come back empty, in the order of the form."""
    paths = {each.path for each in faults}
    also = [Fault("password", "again", "密码要再填一遍。")] if typed.get("password") and "password" not in paths else []
    if typed.get("new_password") and paths.isdisjoint({"new_password", "again"}):
        also.append(Fault("new_password", "again", "新密码要再填一遍。"))
    return sorted([*faults, *also], key=lambda each: _FORM.index(each.path))


def _captcha(*, same: bool) -> tuple[str, bytes]:
    """Id and picture of the captcha that was on the page, if it still waits for an answer; else of a new one."""
    captcha_id = readable(request.form.get("captcha_id", "")) if same else ""
    if captcha_id and (image := desk().captchas.again(owner(), captcha_id)):
        return captcha_id, image
    drawn = desk().captchas.draw(owner())
    return drawn.id, drawn.image


def _page(
    faults: Sequence[Fault], status: int = 200, *, first: bool = False, same_captcha: bool = False
) -> ResponseReturnValue:
    """The form; `same_captcha`: with the captcha that was on it, because it was not looked at."""
    captcha_id, image = _captcha(same=same_captcha)
    kept = captcha_id == request.form.get("captcha_id")
    if same_captcha and not kept and not any(each.path == "captcha" for each in faults):
        faults = [*faults, Fault("captcha", "over", WRONG)]
    html = render_template(
        "citizen/login_password.html",
        faults=tuple(faults),
        typed=request.form,
        first=first,
        kinds=_KINDS,
        next_path=_next() or "/",
        login_url=url_for("citizen.login", next=_next()),
        captcha_id=captcha_id,
        captcha_picture="data:image/png;base64," + base64.b64encode(image).decode("ascii"),
        digits=request.form.get("captcha", "") if kept else "",
        emptied="fresh" in request.form and bool(request.form.get("password")),
    )
    return make_response(html, status)

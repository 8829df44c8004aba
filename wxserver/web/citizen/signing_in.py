"""Signing in: three ways of equal standing, and the page that waits for the result of a face verification."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import segno
from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from bundles.definition import Item
from bundles.vocabulary import DOCUMENT_KINDS
from wxserver.usecases.consenting import ConsentText
from wxserver.usecases.faults import Problem, TooMany
from wxserver.usecases.sessions import SessionView, assured_until
from wxserver.usecases.subjects import VERIFIABLE
from wxserver.usecases.verifiers import ProviderView
from wxserver.usecases.verifying import StartVerification, VerificationView, resting
from wxserver.web.citizen.blueprint import blueprint, owner, visitor, wechat_login_url
from wxserver.web.citizen.onward import face_alone, onward
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed, set_session_cookie

_UNDECIDED = ("created", "redirected")
_OUTCOMES: Mapping[str, str] = {
    "failed": "请在亮一点的地方，由本人再试一次。也可以带证件到窗口办。",
    "cancelled": "要登录，请再试一次。不方便做人脸核验，可以带证件到窗口办。",
    "expired": "等得太久，这次核验已经失效。请再试一次，也可以带证件到窗口办。",
}
_GROUPS: Mapping[str, str] = {
    "again": "这一次没有拍清楚，或者手机没有配合好，不算次数。请到亮一点的地方再试一次，也可以用下面的办法。",
    "mismatch": "没有对上是您本人。请核对姓名和证件号码，由本人再试；连着几次对不上，人脸核验会先停一天。",
    "ours": "这次没有核成，是我们这边或核验平台的问题，不算次数。请用下面的办法，或过几分钟再试。",
}
_REASONS: Mapping[str, str] = {
    "subject-mismatch": "做核验的人和您填的姓名、证件号码对不上。请核对后，由本人再试一次。",
    "provider-away": "核验平台暂时没有回音。请过几分钟再试，也可以带证件到窗口办。",
}
_TICKS = (
    ("identity_verification", "consent", "我同意用人脸核对本人身份"),
    ("face", "face_consent", "我同意采集和比对我的人脸"),
)
"""Purpose, name of the box, and what one ticks."""
STALE_FORM = "页面放得太久了，请再点一次。您填的都还在。"


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """The ways to sign in. `next`: where to go afterwards; `who=other`: not the person known so far.

    Inside WeChat its own sign-in is silent, so nobody has to press for it.
    """
    if visitor() is None and "MicroMessenger" in request.headers.get("User-Agent", ""):
        return redirect(wechat_login_url(request.full_path.rstrip("?")), 303)
    return _login_page(())


@blueprint.post("/login")
@keeps_typed
def start_face() -> ResponseReturnValue:
    """Start a face verification and send the browser to the provider's page, or show its address as a code (JY-5)."""
    session = owner()
    if g.get("csrf_failed"):
        return _login_page((Fault("", "stale-form", STALE_FORM),)), 400
    typed = request.form
    if "by" in typed:
        return _login_page(())
    by_code = "code_of" in typed and "provider" not in typed
    next_path = onward(typed.get("next"))
    try:
        started = desk().verifying.start(
            session,
            StartVerification(
                provider=typed.get("provider") or typed.get("code_of", ""),
                name=typed.get("name"),
                id_type=typed.get("id_type"),
                id_number=typed.get("id_number"),
                consent=typed.get("consent"),
                purpose="sign-in",
                next_path=next_path,
                leaving=not by_code,
                face_consent=typed.get("face_consent"),
                face_only=face_alone(session, next_path),
            ),
        )
    except Problem as problem:
        whole = (Fault("password", problem.code, problem.detail),) if isinstance(problem, TooMany) else ()
        if not (faults := problem.faults or whole):
            raise
        return _login_page(faults), problem.status
    here = url_for("citizen.face_result", verification_id=started.id)
    return redirect(here if by_code else started.url or here, 303)


@blueprint.get("/login/face/<verification_id>")
def face_result(verification_id: str) -> ResponseReturnValue:
    """Wait for the provider's result. The look that first sees "passed" signs this browser in."""
    looked = desk().verifying.look(owner(), verification_id)
    if looked.verification.status == "passed":
        response = redirect(looked.next_path, 303)
        if looked.token is not None:
            set_session_cookie(response, looked.token)
        return response
    verification, next_path = looked.verification, onward(looked.next_path)
    alone = face_alone(owner(), next_path)
    asked: dict[str, Any] = {"next": next_path if next_path != "/" else None, "needs": "face" if alone else None}
    login_url = url_for("citizen.login", **asked)
    rests = desk().verifying.rests_until(owner()) if verification.outcome == "mismatch" else None
    others = desk().verifying.others(owner(), verification)
    return render_template(
        "citizen/waiting.html",
        verification=verification,
        waiting=verification.status in _UNDECIDED,
        code=_code(verification),
        sentence=_sentence(verification) if rests is None else resting(rests, face_only=alone),
        again=next_path if verification.for_case else login_url,
        login_url=login_url,
        password_url=url_for("citizen.password", next=asked["next"]),
        face_only=alone,
        rests=rests is not None,
        others=[(each, url_for("citizen.login", **asked, by=each.code)) for each in others],
    )


def _sentence(verification: VerificationView) -> str | None:
    """What an end that is no pass means, and what to do."""
    known = _REASONS.get(verification.reason or "") or _GROUPS.get(verification.outcome or "")
    return known or _OUTCOMES.get(verification.status)


@dataclass(frozen=True, slots=True)
class SignedUntil:
    """How long the sign-in is fresh enough: the clock time, the seconds left, and where it is made anew."""

    at: datetime
    seconds: int
    again_url: str


def sign_in_again(item: Item) -> SignedUntil | None:
    """What a step's page says about the sign-in running out; it returns to this very step. None where it has."""
    until = assured_until(owner(), item)
    if until is None or (left := until - desk().sessions.clock.now()) <= timedelta():
        return None
    here = request.full_path.rstrip("?")
    return SignedUntil(until, int(left.total_seconds()), url_for("citizen.login", next=here))


def _code(verification: VerificationView) -> str | None:
    """The provider's address as a picture to long-press or scan, for who has not gone there by the link."""
    if verification.status != "created" or verification.url is None:
        return None
    return segno.make(verification.url, error="m").svg_data_uri(scale=5, border=3)


def _login_page(faults: tuple[Fault, ...]) -> str:
    session = visitor()
    next_path = onward(request.values.get("next"))
    alone = face_alone(session, next_path)
    other = request.values.get("who") == "other"
    here = next_path if next_path != "/" else None
    asked: dict[str, Any] = {
        "next": here,
        "why": request.values.get("why"),
        "needs": "face" if alone else None,
        "who": "other",
    }
    providers = desk().verifying.providers(session) if session else ()
    chosen = _chosen(providers)
    rests = desk().verifying.rests_until(session) if session else None
    person = desk().verifying.known_person(session) if session and not other else None
    return render_template(
        "citizen/login.html",
        faults=() if rests else faults,
        typed=request.form,
        next_path=next_path,
        why=asked["why"],
        rests=resting(rests, face_only=alone) if rests else None,
        for_account=next_path.split("?")[0] == url_for("citizen.account"),
        wechat_url=wechat_login_url(url_for("citizen.login", next=here)),
        person=person,
        other=other,
        other_url=url_for("citizen.login", **asked),
        chosen=chosen,
        others=[each for each in providers if each is not chosen],
        down=[each.title for each in providers if each.away],
        consents=ticks_for(session, chosen, typed=person is None) if session else (),
        face_only=alone,
        password_url=url_for("citizen.password", next=here),
        in_a_step=next_path.startswith("/bundles/"),
        documents=[{"code": kind, "label": DOCUMENT_KINDS[kind]} for kind in VERIFIABLE],
    )


def _chosen(providers: tuple[ProviderView, ...]) -> ProviderView | None:
    """The provider that the page is about: the one asked for, or the first."""
    wanted = request.values.get("by") or request.form.get("provider") or request.form.get("code_of")
    return next((each for each in providers if each.code == wanted), providers[0] if providers else None)


def ticks_for(
    session: SessionView, provider: ProviderView | None, *, typed: bool = False
) -> tuple[tuple[str, ConsentText, str], ...]:
    """(name of the box, text, words) of what is still to be ticked before this provider is asked; all of it where the
    person is `typed` on the same page."""
    verifying = desk().verifying
    if provider is None:
        return ()
    needed = verifying.consents_asked(provider.code) if typed else verifying.consents_needed(session, provider.code)
    return tuple((name, desk().consenting.text(purpose), words) for purpose, name, words in _TICKS if purpose in needed)

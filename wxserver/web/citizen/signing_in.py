"""Signing in: three ways of equal standing, and the page that waits for the result of a face verification."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import segno
from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from bundles.definition import Item
from bundles.vocabulary import DOCUMENT_KINDS
from wxserver.usecases.faults import Problem
from wxserver.usecases.sessions import assured_until
from wxserver.usecases.signing_in import safe_next
from wxserver.usecases.verifying import StartVerification, VerificationView
from wxserver.web.citizen.blueprint import blueprint, owner, visitor, wechat_login_url
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed, set_session_cookie

_PURPOSE = "identity_verification"
_FACE_DOCUMENTS = (
    "resident_id",
    "hmt_residence_permit",
    "hk_macao_permit",
    "taiwan_permit",
    "permanent_residence",
    "passport",
)
_UNDECIDED = ("created", "redirected")
_OUTCOMES: Mapping[str, str] = {
    "failed": "请在亮一点的地方，由本人再试一次。也可以带证件到窗口办。",
    "cancelled": "要登录，请再试一次。不方便做人脸核验，可以带证件到窗口办。",
    "expired": "等得太久，这次核验已经失效。请再试一次，也可以带证件到窗口办。",
}
_REASONS: Mapping[str, str] = {
    "subject-mismatch": "做核验的人和您填的姓名、证件号码对不上。请核对后，由本人再试一次。",
    "provider-away": "核验平台暂时没有回音。请过几分钟再试，也可以带证件到窗口办。",
}
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
    by_code = "code_of" in typed and "provider" not in typed
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
                next_path=safe_next(typed.get("next")),
                leaving=not by_code,
            ),
        )
    except Problem as problem:
        if not problem.faults:
            raise
        return _login_page(problem.faults), problem.status
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
    return render_template(
        "citizen/waiting.html",
        verification=looked.verification,
        waiting=looked.verification.status in _UNDECIDED,
        code=_code(looked.verification),
        sentence=_REASONS.get(looked.verification.reason or "") or _OUTCOMES.get(looked.verification.status),
        next_path=looked.next_path,
    )


@dataclass(frozen=True, slots=True)
class SignedUntil:
    """How long the sign-in is fresh enough: the clock time, the seconds left, and where it is made anew."""

    at: datetime
    seconds: int
    again_url: str


def sign_in_again(item: Item) -> SignedUntil | None:
    """What a step's page says about the sign-in running out; it returns to this very step."""
    until = assured_until(owner(), item)
    if until is None:
        return None
    here = request.full_path.rstrip("?")
    seconds = int((until - desk().sessions.clock.now()).total_seconds())
    return SignedUntil(until, max(seconds, 0), url_for("citizen.login", next=here))


def _code(verification: VerificationView) -> str | None:
    """The provider's address as a picture to long-press or scan, for who has not gone there by the link."""
    if verification.status != "created" or verification.url is None:
        return None
    return segno.make(verification.url, error="m").svg_data_uri(scale=5, border=3)


def _login_page(faults: tuple[Fault, ...]) -> str:
    session = visitor()
    next_path = safe_next(request.values.get("next"))
    if next_path.split("?")[0] == url_for("citizen.login"):
        next_path = "/"
    other = request.values.get("who") == "other"
    here = next_path if next_path != "/" else None
    return render_template(
        "citizen/login.html",
        faults=faults,
        typed=request.form,
        next_path=next_path,
        why=request.args.get("why"),
        wechat_url=wechat_login_url(url_for("citizen.login", next=here)),
        person=desk().verifying.known_person(session) if session and not other else None,
        other=other,
        other_url=url_for("citizen.login", who="other", next=here),
        providers=desk().verifying.providers(),
        consent=desk().consenting.text(_PURPOSE),
        in_a_step=next_path.startswith("/bundles/"),
        documents=[{"code": kind, "label": DOCUMENT_KINDS[kind]} for kind in _FACE_DOCUMENTS],
    )

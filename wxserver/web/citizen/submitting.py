"""Check the answers, and submit them."""

from dataclasses import dataclass
from datetime import timedelta

from flask import g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from bundles.definition import PICTURE_KINDS, parts_of
from bundles.engine import HELD, check_form
from bundles.rules import Facts
from wxserver.usecases.cards import CardView
from wxserver.usecases.case_views import masked
from wxserver.usecases.consenting import ConsentText
from wxserver.usecases.drafting import DraftView
from wxserver.usecases.faults import AssuranceRequired, Conflict, Invalid, Problem
from wxserver.usecases.submissions import Submission
from wxserver.usecases.verifiers import ProviderView
from wxserver.usecases.verifying import StartVerification
from wxserver.usecases.wards import CONSENT_DUE
from wxserver.web.citizen.addresses import url_for
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.signing_in import STALE_FORM, sign_in_again, ticks_for
from wxserver.web.citizen.steps import draft_of, held_for, own_walk
from wxserver.web.citizen.walk import Walk, handed_in
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

_LATELY = timedelta(minutes=30)
_CHANGED = "内容刚刚有改动，请再核对一遍，再提交。"


@blueprint.get("/bundles/<bundle_code>/<item_code>/check")
def check(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Everything that will be submitted, with what is still to mend.

    Without a draft there is nothing to check: who has just submitted (and went back) is led to the case, who has not,
    to the guide. `begin` starts an item that asks for nothing, with an empty draft for its key.
    """
    walk = own_walk(bundle_code, item_code)
    if walk.asks_nothing and "begin" in request.args:
        desk().drafting.save(owner(), walk.bundle.code, walk.item.code)
        return redirect(walk.url("check"), 303)
    draft = draft_of(walk)
    if draft is None and (number := _just_submitted(walk)):
        return redirect(url_for("citizen.case", number=number), 303)
    if draft is None and walk.asks_nothing:
        draft = desk().drafting.save(owner(), walk.bundle.code, walk.item.code)
    if draft is None:
        return redirect(walk.guide_url, 303)
    faults = desk().applying.preview(owner(), _submission(draft))
    if any(each.code == CONSENT_DUE.code for each in faults):
        return redirect(url_for("citizen.child", ward_id=walk.ward, next=walk.url("check")), 303)
    return _check_page(walk, draft, faults)


@blueprint.post("/bundles/<bundle_code>/<item_code>/check")
@keeps_typed
def submit(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Submit the draft under its own key. A second tap meets the same case, or no draft any more."""
    walk = own_walk(bundle_code, item_code)
    draft = draft_of(walk)
    if draft is None or request.form.get("submission_key") != draft.submission_key:
        opened = _just_submitted(walk) if draft is None else None
        return redirect(url_for("citizen.case", number=opened) if opened else url_for("citizen.cases"), 303)
    if g.get("csrf_failed"):
        return _check_page(walk, draft, (Fault("", "stale-form", STALE_FORM),)), 400
    if request.form.get("seen") != draft.updated_at.isoformat():
        return _check_page(walk, draft, (Fault("", "changed", _CHANGED),)), 409
    try:
        submitted = desk().applying.submit(owner(), draft.submission_key, _submission(draft))
    except Invalid as problem:
        if problem.code == CONSENT_DUE.code:
            raise
        return _check_page(walk, draft, problem.faults or (Fault("", problem.code, problem.detail),)), problem.status
    except Conflict as problem:
        number = problem.extra.get("number")
        page = _check_page(walk, draft, (Fault("", problem.code, problem.detail),), number=number)
        return page, problem.status
    return redirect(url_for("citizen.case", number=submitted.case.number, submitted=1), 303)


@blueprint.post("/bundles/<bundle_code>/<item_code>/check/prove")
@keeps_typed
def prove(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Show one's face for exactly what stands on the page; back here it can be submitted, if nothing has changed."""
    walk = own_walk(bundle_code, item_code)
    draft = draft_of(walk)
    if draft is None:
        return redirect(walk.guide_url, 303)
    if g.get("csrf_failed"):
        return _check_page(walk, draft, (Fault("", "stale-form", STALE_FORM),)), 400
    typed = request.form
    try:
        started = desk().verifying.start(
            owner(),
            StartVerification(
                provider=typed.get("provider", ""),
                name=None,
                id_type=None,
                id_number=None,
                consent=typed.get("consent"),
                purpose="case",
                next_path=walk.url("check"),
                leaving=True,
                face_consent=typed.get("face_consent"),
                content=_submission(draft),
                key=draft.submission_key,
                face_only=walk.item.assurance == "face",
            ),
        )
    except Problem as problem:
        if not problem.faults:
            raise
        return _check_page(walk, draft, problem.faults), problem.status
    return redirect(started.url or walk.url("check"), 303)


def _just_submitted(walk: Walk) -> str | None:
    """The number of the visitor's last case, if it is of this item and was submitted a short while ago."""
    newest = desk().casework.list(owner(), None, 1).items
    items = [part.code for part in parts_of(walk.item)]
    now = desk().casework.clock.now()
    return next(
        (
            each.number
            for each in newest
            if each.bundle == walk.bundle.code and each.item in items and now - each.submitted_at < _LATELY
        ),
        None,
    )


def _submission(draft: DraftView) -> Submission:
    uploads = tuple(each.id for each in draft.uploads)
    return Submission(
        bundle=draft.bundle,
        item=draft.item,
        card_id=draft.card_id,
        form=draft.form,
        uploads=uploads,
        acting=None if draft.ward is None else draft.acting,
        version=draft.version_id,
    )


def _check_page(walk: Walk, draft: DraftView, faults: tuple[Fault, ...], number: object = None) -> str:
    lacks, proven = None, False
    try:
        proven = desk().applying.sure(owner(), draft.submission_key, _submission(draft)).proof is not None
    except AssuranceRequired as problem:
        lacks = _proving(walk, problem)
    return render_template(
        "citizen/check.html",
        lacks=lacks,
        proven=proven,
        walk=walk,
        draft=draft,
        person=desk().sessions.person(owner()),
        child=None if walk.ward is None else desk().guardianships.one(owner(), walk.ward),
        card=_chosen_card(walk, draft),
        answers=_answers(walk, draft),
        materials=[(each, handed_in(each, draft)) for each in walk.materials],
        signed=sign_in_again(walk.item),
        parts=[(part, desk().catalogue.promise(walk.bundle, part)) for part in parts_of(walk.item)],
        faults=faults,
        open_number=number if isinstance(number, str) else None,
    )


@dataclass(frozen=True, slots=True)
class Proving:
    """What must still be proven before this is submitted: why, by whom it can be done, what is to be ticked, and where
    one signs in by password instead (None: that is not enough)."""

    why: str
    provider: ProviderView | None
    ticks: tuple[tuple[str, ConsentText, str], ...]
    login_url: str
    by_password: bool


def _proving(walk: Walk, lacks: AssuranceRequired) -> Proving:
    providers = desk().verifying.providers(owner())
    provider = next(iter(providers), None)
    face = walk.item.assurance == "face"
    here = walk.url("check")
    return Proving(
        lacks.detail,
        provider,
        ticks_for(owner(), provider),
        url_for("citizen.login", next=here, why="stale", needs="face" if face else None),
        not face,
    )


def _chosen_card(walk: Walk, draft: DraftView) -> CardView | None:
    if not walk.item.needs_card or draft.card_id is None:
        return None
    known = desk().cards.known(owner()) if walk.ward is None else desk().cards.known(owner(), walk.ward)
    return next((each for each in known if each.id == draft.card_id), None)


def _answers(walk: Walk, draft: DraftView) -> list[tuple[str, str, str, str]]:
    """(field code, label, answer as it is read back; empty if there is none, where it is changed) of every field that
    was answered or has to be."""
    cleaned = check_form(walk.item, draft.form, facts=Facts(bundle=walk.bundle)).form
    held = held_for(walk) if HELD in cleaned.values() else {}
    places = {each.code for each in walk.item.place_fields}
    rows = []
    for field in walk.item.fields:
        if field.kind in PICTURE_KINDS:
            continue
        value = cleaned.get(field.code, draft.form.get(field.code))
        text = masked(walk.bundle, field, value) if isinstance(value, str) and value.strip() else ""
        if value == HELD and field.code in held:
            text = f"{held[field.code]}（社保卡系统里留的）"
        if text or field.required:
            step = "place" if field.code in places else "form"
            rows.append((field.code, field.label, text, f"{walk.url(step)}?from=check#form-{field.code}"))
    return rows

"""我照看的孩子: the minors somebody stands for, how far the proof has come, and the papers that prove it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.acting import PROOFS, offered_online
from bundles.application import Fault
from bundles.definition import Bundle, Item
from bundles.vocabulary import DOCUMENT_KINDS, UPLOAD_KINDS
from wxserver.usecases.cards import CardView
from wxserver.usecases.claims import MOST_OF_A_KIND, RELATIONS, TAKEN_AS_PROOF, Claim, too_many
from wxserver.usecases.consenting import CHILD_DATA
from wxserver.usecases.faults import Conflict, FarSideAway, Invalid, Problem
from wxserver.usecases.signing_in import safe_next
from wxserver.usecases.tokens import new_token
from wxserver.usecases.ward_views import WardView
from wxserver.web.bodies import read_files, readable
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.signing_in import STALE_FORM
from wxserver.web.citizen.walk import GUARDIAN
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed, takes_files

_DOCUMENTS = (
    "resident_id",
    "household_register",
    "hmt_residence_permit",
    "hk_macao_permit",
    "taiwan_permit",
    "passport",
)
_TAKEN = ("picture", "pdf")
_HINTS: Final[Mapping[str, str]] = {
    "household_register": "拍户主那一页和孩子那一页，字要看得清。",
    "guardianship_proof": "比如孩子的出生医学证明，或者写明父母子女关系的户口簿页。没有的，请带证件到窗口。",
    "identity_document": "孩子有身份证的，拍正面和反面。",
}
"""Kind of paper -> what it is, and which pages of it are wanted."""


@blueprint.get("/me/children")
def children() -> ResponseReturnValue:
    """The children, and the way to add one."""
    return render_template("citizen/children.html", wards=desk().guardianships.mine(owner()))


@blueprint.get("/me/children/new")
def new_child() -> ResponseReturnValue:
    """The form for another child."""
    return _form(())


@blueprint.post("/me/children/new")
@keeps_typed
def add_child() -> ResponseReturnValue:
    """Say that one is the guardian of a child. Its papers come next, unless the registry knows."""
    typed = {name: readable(value) for name, value in request.form.items()}
    if g.get("csrf_failed"):
        return _form((Fault("", "stale-form", STALE_FORM),), 400)
    born, fault = _born(typed)
    claim = Claim(
        name=typed.get("name", ""),
        id_type=typed.get("id_type", ""),
        id_number=typed.get("id_number", ""),
        relation=typed.get("relation", ""),
        consent=typed.get("consent") or None,
        born_on=born,
    )
    try:
        if fault:
            raise Invalid.of([fault])
        ward = desk().guardianships.claim(owner(), claim)
    except Invalid as problem:
        return _form(problem.faults, problem.status)
    except Conflict as problem:
        return _form((Fault("", problem.code, problem.detail),), problem.status)
    return redirect(url_for("citizen.child", ward_id=ward.id), 303)


@blueprint.get("/me/children/<ward_id>")
def child(ward_id: str) -> ResponseReturnValue:
    """One child: how far it has come, and the papers."""
    return _child(ward_id, ())


@blueprint.post("/me/children/<ward_id>")
@keeps_typed
@takes_files
def hand_in_papers(ward_id: str) -> ResponseReturnValue:
    """Hand in what proves it, beside what is there already; or take one paper back (`drop`). What arrived stays,
    whatever else is wrong."""
    session = owner()
    if g.get("csrf_failed"):
        return _child(ward_id, (Fault("", "stale-form", STALE_FORM),), 400)
    ward = desk().guardianships.one(session, ward_id)
    try:
        if upload := request.form.get("drop"):
            desk().guardianships.drop_paper(session, ward_id, upload)
            return redirect(url_for("citizen.child", ward_id=ward_id), 303)
        added, faults = _taken(ward)
        ward = desk().guardianships.add_papers(session, ward_id, added)
    except Conflict as problem:
        return _child(ward_id, (Fault("", problem.code, problem.detail),), problem.status)
    except Invalid as problem:
        return _child(ward_id, problem.faults, problem.status)
    told = {each.path: each for each in (*_missing(ward), *faults)}
    if not added and not told:
        return _child(ward_id, (Fault("", "required", "还没有选新的材料。要换的，先删除，再选新的。"),), 422)
    if told:
        return _child(ward_id, [told[each] for each in TAKEN_AS_PROOF if each in told], 422)
    return redirect(url_for("citizen.child", ward_id=ward_id), 303)


@blueprint.post("/me/children/<ward_id>/consent")
def agree_for_child(ward_id: str) -> ResponseReturnValue:
    """Agree to a new text on the use of this child's data; back to where one comes from."""
    try:
        desk().guardianships.agree(owner(), ward_id, request.form.get("consent", ""))
    except Conflict as problem:
        return _child(ward_id, (Fault("", problem.code, problem.detail),), problem.status)
    except Invalid as problem:
        return _child(ward_id, problem.faults, problem.status)
    back = request.form.get("next", "")
    return redirect(safe_next(back) if back else url_for("citizen.child", ward_id=ward_id), 303)


@blueprint.post("/me/children/<ward_id>/remove")
def remove_child(ward_id: str) -> ResponseReturnValue:
    """Stand for this child no more."""
    try:
        desk().guardianships.remove(owner(), ward_id)
    except Conflict as problem:
        return _child(ward_id, (Fault("", problem.code, problem.detail),), problem.status)
    return redirect(url_for("citizen.children"), 303)


def _born(typed: dict[str, str]) -> tuple[date | None, Fault | None]:
    parts = [typed.get(f"born_on.{part}", "").strip() for part in ("year", "month", "day")]
    if not any(parts):
        return None, None
    try:
        return date(*(int(each) for each in parts)), None
    except ValueError:
        return None, Fault("born_on", "invalid", "出生日期不对，请按年、月、日填，例如 2018 年 3 月 5 日。")


def _taken(ward: WardView) -> tuple[list[str], list[Fault]]:
    """The files that were chosen: ids of those that are uploads now, and at most one fault for each kind."""
    held = Counter(each.kind for each in ward.proofs)
    added: list[str] = []
    faults: dict[str, Fault] = {}
    for kind in TAKEN_AS_PROOF:
        files = read_files(kind)
        room = max(0, MOST_OF_A_KIND - held[kind])
        if len(files) > room:
            faults[kind] = Fault(kind, "too-many", too_many(kind))
        for raw in files[:room]:
            try:
                new = desk().uploading.add(owner(), kind=kind, raw=raw, key=new_token()[:32], accepted=_TAKEN)
                added.append(new.view.id)
            except Problem as problem:
                faults[kind] = Fault(kind, problem.code, problem.detail)
    return added, list(faults.values())


def _missing(ward: WardView) -> list[Fault]:
    """What is still to come, each at its own field."""
    received = "、".join(UPLOAD_KINDS[kind] for kind in PROOFS if kind not in ward.missing)
    return [
        Fault(
            kind,
            "required",
            f"{received}已收到，还差{UPLOAD_KINDS[kind]}。"
            if received
            else f"还没有选{UPLOAD_KINDS[kind]}。请选照片，再点“交给窗口核对”。",
        )
        for kind in ward.missing
    ]


def _form(faults: Sequence[Fault], status: int = 200) -> ResponseReturnValue:
    typed = request.form
    html = render_template(
        "citizen/child_new.html",
        faults=tuple(faults),
        typed=typed,
        born={part: typed.get(f"born_on.{part}", "") for part in ("year", "month", "day")},
        documents=[{"code": kind, "label": DOCUMENT_KINDS[kind]} for kind in _DOCUMENTS],
        relations=RELATIONS.items(),
        consent=desk().consenting.text(CHILD_DATA),
    )
    return make_response(html, status)


def _child(ward_id: str, faults: Sequence[Fault], status: int = 200) -> ResponseReturnValue:
    ward = desk().guardianships.one(owner(), ward_id)
    proven = ward.state == "confirmed"
    html = render_template(
        "citizen/child.html",
        ward=ward,
        faults=tuple(faults),
        kinds=[(kind, UPLOAD_KINDS[kind], kind in PROOFS, _HINTS[kind]) for kind in TAKEN_AS_PROOF],
        handed={kind: [each for each in ward.proofs if each.kind == kind] for kind in TAKEN_AS_PROOF},
        most=MOST_OF_A_KIND,
        consent=desk().consenting.text(CHILD_DATA) if ward.consent_due else None,
        onward=request.values.get("next", ""),
        cards=_cards(ward_id) if proven else None,
        offered=list(_offered()) if proven else (),
    )
    return make_response(html, status)


def _cards(ward_id: str) -> tuple[CardView, ...] | None:
    """The child's cards; None while nobody can tell."""
    try:
        return desk().cards.list(owner(), ward_id)
    except FarSideAway:
        return None


def _offered() -> Iterator[tuple[Bundle, Item]]:
    """What a guardian may do for a child from a phone."""
    for published in desk().catalogue.bundles():
        for item in published.bundle.items:
            if GUARDIAN in offered_online(item):
                yield published.bundle, item

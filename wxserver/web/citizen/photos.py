"""The step where a material is handed in: as photos, as a PDF, as a signature; and the file itself for its owner.

The form works without JavaScript: choose, upload, see the picture. `photos.js` sends the same form with a header
`Idempotency-Key` and `Accept: application/json`, and is answered 201 `{"id"}` or a problem document.
"""

from flask import g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from bundles.definition import Material
from wxserver.usecases.drafting import DraftView
from wxserver.usecases.faults import AssuranceRequired, BadRequest, NotFound, Problem, Unauthenticated
from wxserver.usecases.reusing import REUSE, HeldView
from wxserver.usecases.tokens import new_token
from wxserver.usecases.uploading import UploadView, accepted_as
from wxserver.web.bodies import read_file
from wxserver.web.citizen.begun import walk_of
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.signing_in import STALE_FORM, sign_in_again
from wxserver.web.citizen.steps import backward, draft_of, onward, sure_enough, walk_with
from wxserver.web.citizen.walk import Walk, handed_in, material_step
from wxserver.web.desk import desk
from wxserver.web.files import handed_back
from wxserver.web.guard import keeps_typed, takes_files
from wxserver.web.problems import respond, shown

_PLACE = "/bundles/<bundle_code>/<item_code>/materials/<material_code>"
_NOTHING_CHOSEN = "请先选一张照片，再点上传。"


@blueprint.get(_PLACE)
def photo(bundle_code: str, item_code: str, material_code: str) -> ResponseReturnValue:
    """What has been handed in so far, and the way to add to it. `replace`: the picture that a new one takes over."""
    walk, material = step_of(bundle_code, item_code, material_code)
    sure_enough(walk)
    return material_page(walk, material, draft_of(walk))


@blueprint.post(_PLACE)
@keeps_typed
@takes_files
def save_photo(bundle_code: str, item_code: str, material_code: str) -> ResponseReturnValue:
    """Add a picture, take one away, or go on, by the button pressed (`do`); going on takes what is chosen along."""
    walk, material = step_of(bundle_code, item_code, material_code)
    do = request.form.get("do", "add")
    try:
        if g.get("csrf_failed"):
            raise BadRequest(STALE_FORM, code="stale-form")
        if do == "next":
            if any(each.filename for each in request.files.getlist("file")):
                _add(walk, material)
            return _go_on(walk, material)
        if do == "delete":
            _take_out(walk, request.form.get("upload", ""))
            return redirect(here(walk, material), 303)
        added = _add(walk, material)
    except (AssuranceRequired, Unauthenticated):
        raise
    except Problem as problem:
        if _wants_json():
            return respond(shown(problem))
        faults = problem.faults or (Fault("file", problem.code, problem.detail),)
        return material_page(walk, material, draft_of(walk), faults), problem.status
    if _wants_json():
        return jsonify(id=added.id), 201
    return redirect(here(walk, material), 303)


@blueprint.get("/uploads/<upload_id>")
def upload(upload_id: str) -> ResponseReturnValue:
    """One's own file; nobody else's exists."""
    return handed_back(*desk().uploading.open(owner(), upload_id))


def step_of(bundle_code: str, item_code: str, material_code: str) -> tuple[Walk, Material]:
    """The walk and the material that is handed in at this step; NotFound where there is no such step."""
    walk = walk_with(bundle_code, item_code, f"material:{material_code}")
    material = walk.material(material_code)
    if material is None:
        raise NotFound("没有找到这一步，请从首页进去找。", code="unknown-material")
    return walk, material


def _add(walk: Walk, material: Material) -> UploadView:
    raw = read_file("file")
    if raw is None:
        raise _invalid("required", _NOTHING_CHOSEN)
    key = request.headers.get("Idempotency-Key") or request.form.get("key") or new_token()[:32]
    added = desk().uploading.add(
        owner(), kind=material.kind, raw=raw, key=key, rule=material.photo, accepted=material.accepted
    )
    draft = draft_of(walk)
    kept = [each.id for each in draft.uploads] if draft else []
    replaced = request.form.get("replace", "")
    if added.view.id not in kept and replaced in kept:
        ids = [added.view.id if each == replaced else each for each in kept]
        desk().drafting.save(owner(), walk.bundle.code, walk.item.code, uploads=ids)
    elif added.view.id not in kept:
        desk().drafting.attach(owner(), walk.bundle.code, walk.item.code, added.view.id)
    return added.view


def _take_out(walk: Walk, upload_id: str) -> None:
    if draft_of(walk) is not None:
        desk().drafting.detach(owner(), walk.bundle.code, walk.item.code, upload_id)


def _go_on(walk: Walk, material: Material) -> ResponseReturnValue:
    draft = draft_of(walk)
    walk = walk_of(walk.bundle, walk.item, draft).turned_to(material_step(material))
    if not walk.is_done(material_step(material), draft):
        what = "写好签名" if material.kind == "signature" else f"上传{material.name}"
        raise _invalid("required", f"请先{what}，再点下一步。")
    return redirect(onward(walk, material_step(material)), 303)


def _invalid(code: str, sentence: str) -> Problem:
    problem = BadRequest(sentence, code=code, faults=(Fault("file", code, sentence),))
    problem.status = 422
    return problem


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def here(walk: Walk, material: Material) -> str:
    """The step's page again, keeping where one came from."""
    coming = "?from=check" if request.args.get("from") == "check" else ""
    return walk.url(material_step(material)) + coming


def material_page(
    walk: Walk, material: Material, draft: DraftView | None, faults: tuple[Fault, ...] = (), *, offers: bool = True
) -> str:
    """The step's page. `offers`: show what is there already, where it is."""
    step = material_step(material)
    handed = handed_in(material, draft)
    replaced = next((each for each in handed if each.id == request.values.get("replace")), None)
    held = _held(walk, material) if offers and not handed else None
    return render_template(
        "citizen/signature.html" if material.kind == "signature" else "citizen/photo.html",
        walk=walk,
        material=material,
        step=step,
        here=here(walk, material),
        back=backward(walk, step),
        handed=handed,
        replaced=replaced,
        takes_pdf="pdf" in accepted_as(material.kind, material.accepted),
        held=held,
        instead=walk.instead_of(material),
        consent=desk().consenting.text(REUSE) if held else None,
        key=new_token()[:32],
        faults=faults,
        signed=sign_in_again(walk.item),
    )


def _held(walk: Walk, material: Material) -> HeldView | None:
    if not material.held or walk.acting is not None:
        return None
    return desk().reusing.held(owner(), walk.bundle.code, walk.item.code, material.code)

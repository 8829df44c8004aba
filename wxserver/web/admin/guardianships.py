"""监护关系: claims that wait for papers to be looked at, one of them masked, its pictures once, and the decision."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from wxserver.usecases.faults import Conflict, Invalid
from wxserver.usecases.staff_case_views import REASONS
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.desk import desk
from wxserver.web.files import sent_away
from wxserver.web.guard import keeps_typed

DONE: Final = {
    "confirm": "核对通过了，监护人现在可以替孩子办事。",
    "refused": "没有通过，监护人会看到原因。",
    "revoked": "撤销了，监护人会看到原因，不能再替孩子办事。",
}
"""Decision -> what is said afterwards."""
STALE: Final = Fault("page", "csrf", "页面放得太久了，填的都还在，请再点一次。")


@blueprint.get("/guardianships")
@needs("guardianships.decide")
def guardianships() -> ResponseReturnValue:
    """Claims that nobody has decided, the oldest first."""
    found = desk().staff_guardianships.list(me(), request.args.get("after"))
    return render_template("admin/guardianships.html", found=found, first=not request.args.get("after"))


@blueprint.get("/guardianships/<ward_id>")
@needs("guardianships.decide")
def guardianship(ward_id: str) -> ResponseReturnValue:
    """One claim, masked."""
    return _sheet(ward_id, done=DONE.get(request.args.get("done", ""), ""))


@blueprint.post("/guardianships/<ward_id>/unmask")
@needs("guardianships.decide")
@keeps_typed
def unmask_guardianship(ward_id: str) -> ResponseReturnValue:
    """Show names, documents and pictures, in this answer only."""
    why, note = request.form.get("why", ""), request.form.get("note", "")
    if g.csrf_failed:
        return _sheet(ward_id, (STALE,), why=why, note=note), 422
    try:
        shown = desk().staff_guardianships.show(me(), ward_id, why, note)
    except Invalid as invalid:
        return _sheet(ward_id, invalid.faults, why=why, note=note), 422
    pictures = [
        (name, f"data:{media_type};base64,{base64.b64encode(content).decode()}")
        for name, media_type, content in shown.pictures
    ]
    return _sheet(ward_id, why=why, note=note, shown=shown, pictures=pictures)


@blueprint.post("/guardianships/<ward_id>/papers/<paper_id>")
@needs("guardianships.decide")
def open_proof(ward_id: str, paper_id: str) -> ResponseReturnValue:
    """One document that was handed in, with the reason given before."""
    why, note = request.form.get("why", ""), request.form.get("note", "")
    paper, content = desk().staff_guardianships.paper(me(), ward_id, paper_id, why, note)
    return sent_away(paper.media_type, content)


@blueprint.post("/guardianships/<ward_id>/confirm")
@needs("guardianships.decide")
@keeps_typed
def confirm_guardianship(ward_id: str) -> ResponseReturnValue:
    """The papers show that it is so: all were handed in, or else originals that the member says to have seen."""
    originals = request.form.get("originals") == "yes"
    if g.csrf_failed:
        return _sheet(ward_id, (STALE,), originals=originals), 422
    try:
        desk().staff_guardianships.confirm(me(), ward_id, originals=originals)
    except Invalid as invalid:
        return _sheet(ward_id, invalid.faults), invalid.status
    except Conflict as conflict:
        return _sheet(ward_id, (Fault("page", conflict.code, conflict.detail),)), 409
    return redirect(url_for("admin.guardianship", ward_id=ward_id, done="confirm"), 303)


@blueprint.post("/guardianships/<ward_id>/refuse")
@needs("guardianships.decide")
@keeps_typed
def refuse_guardianship(ward_id: str) -> ResponseReturnValue:
    """The papers do not show it, or it holds no more; the guardian reads why."""
    text = request.form.get("text", "")
    if g.csrf_failed:
        return _sheet(ward_id, (STALE,), text=text), 422
    try:
        done = desk().staff_guardianships.refuse(me(), ward_id, text)
    except Invalid as invalid:
        return _sheet(ward_id, invalid.faults, text=text), 422
    except Conflict as conflict:
        return _sheet(ward_id, (Fault("page", conflict.code, conflict.detail),), text=text), 409
    return redirect(url_for("admin.guardianship", ward_id=ward_id, done=done), 303)


def _sheet(
    ward_id: str,
    faults: Sequence[Fault] = (),
    *,
    text: str = "",
    why: str = "",
    note: str = "",
    originals: bool = False,
    done: str = "",
    shown: object = None,
    pictures: Sequence[tuple[str, str]] = (),
) -> Response:
    """The claim's page; `shown` and `pictures`: what is in clear, this once."""
    return make_response(
        render_template(
            "admin/guardianship.html",
            sheet=desk().staff_guardianships.one(me(), ward_id),
            reasons=REASONS,
            faults=faults,
            text=text,
            why=why,
            note=note,
            originals=originals,
            done=done,
            shown=shown,
            pictures=pictures,
        )
    )

"""Using again what is there already, instead of handing it in once more: one tap, which is the consent too."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from wxserver.usecases.faults import AssuranceRequired, NotFound, Problem, Unauthenticated
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.photos import here, material_page, step_of
from wxserver.web.citizen.steps import draft_of, sure_enough
from wxserver.web.desk import desk


@blueprint.post("/bundles/<bundle_code>/<item_code>/materials/<material_code>/held")
def take_held(bundle_code: str, item_code: str, material_code: str) -> ResponseReturnValue:
    """Put what is there into the draft; the step's page says why where that can't be done."""
    walk, material = step_of(bundle_code, item_code, material_code)
    sure_enough(walk)
    source, consent = request.form.get("source", ""), request.form.get("consent")
    try:
        desk().reusing.take(owner(), walk.bundle.code, walk.item.code, material.code, source, consent)
    except (AssuranceRequired, Unauthenticated):
        raise
    except Problem as problem:
        gone = isinstance(problem, NotFound) or any(each.path in ("held", "source") for each in problem.faults)
        faults = tuple(Fault("held", each.code, each.message) for each in problem.faults)
        told = faults or (Fault("held", problem.code, problem.detail),)
        return material_page(walk, material, draft_of(walk), told, offers=not gone), problem.status
    return redirect(here(walk, material), 303)

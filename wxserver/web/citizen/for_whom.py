"""The first question of what a guardian may do online too: for whom it is."""

from flask import abort, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from bundles.acting import offered_online
from bundles.application import Fault
from wxserver.usecases.faults import Invalid
from wxserver.usecases.wards import CONSENT_DUE
from wxserver.web.citizen.begun import walk_of
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.signing_in import STALE_FORM, sign_in_again
from wxserver.web.citizen.steps import own_walk, sure_enough
from wxserver.web.citizen.walk import ACTING, GUARDIAN, Walk
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

CHILDREN = "/me/children"
"""Where children are listed and added."""


@blueprint.get("/bundles/<bundle_code>/<item_code>/for")
def for_whom(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Oneself, or one of the children; `ward`: the child that one comes from."""
    walk = _walk(bundle_code, item_code)
    sure_enough(walk)
    return _page(walk, request.args.get("ward") or walk.ward or "", ())


@blueprint.post("/bundles/<bundle_code>/<item_code>/for")
@keeps_typed
def save_for_whom(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Keep in the draft for whom it is, and go on with its first step."""
    walk = _walk(bundle_code, item_code)
    who = request.form.get("who", "")
    if g.get("csrf_failed"):
        return _page(walk, who, (Fault("", "stale-form", STALE_FORM),)), 400
    if not who:
        return _page(walk, "", (Fault("who", "required", "请先选给谁办，再点下一步。"),)), 422
    acting: dict[str, object] = {"as": ACTING} if who == ACTING else {"as": GUARDIAN, "ward": who}
    try:
        draft = desk().drafting.save(owner(), walk.bundle.code, walk.item.code, acting=acting)
    except Invalid as problem:
        if problem.code == CONSENT_DUE.code:
            raise
        return _page(walk, "", tuple(Fault("who", each.code, each.message) for each in problem.faults)), 422
    begun = walk_of(walk.bundle, walk.item, draft)
    return redirect(begun.url("check") if begun.asks_nothing else begun.url(begun.steps[1]), 303)


def _walk(bundle_code: str, item_code: str) -> Walk:
    """The walk, if its item may be done for a child from a phone; 404 otherwise."""
    walk = own_walk(bundle_code, item_code)
    if GUARDIAN not in offered_online(walk.item):
        abort(404)
    return walk


def _page(walk: Walk, chosen: str, faults: tuple[Fault, ...]) -> str:
    wards = [each for each in desk().guardianships.mine(owner()) if each.state in ("claimed", "confirmed")]
    return render_template(
        "citizen/for_whom.html",
        walk=walk,
        person=desk().sessions.person(owner()),
        wards=wards,
        oneself=ACTING in offered_online(walk.item),
        chosen=chosen if any(each.id == chosen for each in wards) else "",
        children=CHILDREN,
        faults=faults,
        signed=sign_in_again(walk.item),
    )

"""One's own account name and password: set after a face, changed, taken away."""

from collections.abc import Sequence

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from wxserver.usecases.faults import AssuranceRequired, Forbidden, Invalid, Problem, TooMany
from wxserver.web.bodies import readable
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.signing_in import STALE_FORM
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed


@blueprint.get("/me/account")
def account() -> ResponseReturnValue:
    """The account, or the form to give oneself one."""
    return _page(())


@blueprint.post("/me/account")
@keeps_typed
def set_account() -> ResponseReturnValue:
    """Set name and password; the passwords are never shown again."""
    if g.get("csrf_failed"):
        return _page((Fault("", "stale-form", STALE_FORM),), 400)
    typed = {name: readable(value) for name, value in request.form.items()}
    try:
        desk().accounts.set(
            owner(),
            typed.get("username", ""),
            new=typed.get("password", ""),
            again=typed.get("again", ""),
            current=typed.get("current", ""),
            source=request.remote_addr or "",
        )
    except AssuranceRequired:
        return _to_face()
    except Invalid as problem:
        return _page(problem.faults, problem.status)
    except (Forbidden, TooMany) as problem:
        return _page((_whole(problem),), problem.status)
    return redirect(url_for("citizen.account", done="1"), 303)


@blueprint.post("/me/account/remove")
def remove_account() -> ResponseReturnValue:
    """Have no account any more; face and window stay."""
    try:
        desk().accounts.remove(owner())
    except AssuranceRequired:
        return redirect(url_for("citizen.login", next=url_for("citizen.me"), why="stale"), 303)
    except Problem as problem:
        return _page((_whole(problem),), problem.status)
    return redirect(url_for("citizen.account"), 303)


def _whole(problem: Problem) -> Fault:
    return Fault("username", problem.code, problem.detail)


def _to_face() -> ResponseReturnValue:
    """A face is needed first; afterwards one is back here."""
    return redirect(url_for("citizen.login", next=url_for("citizen.account"), why="assurance", needs="face"), 303)


def _page(faults: Sequence[Fault], status: int = 200) -> ResponseReturnValue:
    session = owner()
    html = render_template(
        "citizen/account.html",
        mine=desk().accounts.mine(session),
        unit=session.unit,
        faults=tuple(faults),
        typed=request.form,
        done="done" in request.args,
        face_url=url_for("citizen.login", next=url_for("citizen.account"), why="assurance", needs="face"),
    )
    return make_response(html, status)

"""Citizens' accounts at the window: whoever stands there is looked up by their document, and helped.

Nothing that names a person is in an address: every step is posted, and the page that follows holds what was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from flask import g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from bundles.engine import Fault
from bundles.vocabulary import DOCUMENT_KINDS
from wxserver.usecases.account_desk import DeskAccount, OneTime, Seen
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.subjects import VERIFIABLE
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.admin.signing_in import STALE
from wxserver.web.bodies import readable
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

PERSON: Final = ("id_type", "id_number", "name")
"""Fields of a form that names who stands at the window."""
DOCUMENTS: Final = [(kind, DOCUMENT_KINDS[kind]) for kind in VERIFIABLE]
"""What a person can show at the window to be known by."""
_DONE: Final = {
    "disable": "已停用，这个账号现在登不进来。",
    "enable": "已恢复，这个账号又能登录了。",
    "unlock": "已解锁，现在就可以再试。",
}


@blueprint.get("/accounts")
@needs("accounts.manage")
def accounts() -> ResponseReturnValue:
    """The form for whoever stands at the window."""
    return _page(Seen("resident_id", "", ""), found=None)


@blueprint.post("/accounts")
@needs("accounts.manage")
@keeps_typed
def help_at_window() -> ResponseReturnValue:
    """Look somebody up, or (`act`) open, reset, disable, enable or unlock their account."""
    seen, act = typed_seen(), text("act")
    if g.csrf_failed:
        return _page(seen, None, [STALE], 400) if act == "look" else _looked(seen, [STALE], 400)
    if act == "look":
        return _looked(seen)
    agent = text("agent_id") or None
    try:
        if act == "open":
            handed = desk().account_desk.open(me(), seen, text("username"), text("reason"), agent_id=agent)
            return handed_out(handed)
        if act == "reset":
            return handed_out(desk().account_desk.reset(me(), seen, text("reason"), agent_id=agent))
        _simple(act)(seen, agent)
    except (Invalid, Conflict, NotFound) as problem:
        return _looked(seen, faults_of(problem), problem.status)
    return _looked(seen, done=_DONE[act])


def typed_seen() -> Seen:
    """The document that a clerk has written down."""
    return Seen(text("id_type"), text("id_number"), text("name"))


def text(name: str) -> str:
    """A field of the form."""
    return readable(request.form.get(name, ""))


def faults_of(problem: Invalid | Conflict | NotFound) -> Sequence[Fault]:
    """What is wrong, each at its place; a problem without a place stands at the name."""
    return problem.faults or (Fault("name", problem.code, problem.detail),)


def sent_form() -> str:
    """Which form of a page was sent, as its template names them: `act`, and the agent whom it is about."""
    return "-".join(each for each in (text("act"), text("agent_id")) if each)


def placed(faults: Sequence[Fault], at: str, forms: Mapping[str, Collection[str]]) -> Sequence[Fault]:
    """Faults as a page with these forms (name -> fields) can show them: in the form that was sent, or, where that is
    no longer on the page or has no such field, above everything; in the order of the fields."""
    fields = ["page", *(["form", *forms[at]] if at in forms else [])]
    found = [each if each.path in fields else Fault("page", each.code, each.message) for each in faults]
    return sorted(found, key=lambda each: fields.index(each.path))


def handed_out(handed: OneTime) -> ResponseReturnValue:
    """The page with a password for the first time, shown once."""
    response = make_response(render_template("admin/account_password.html", handed=handed))
    response.headers["Cache-Control"] = "no-store"
    return response


def _simple(act: str) -> Callable[[Seen, str | None], None]:
    acts = desk().account_desk
    wanted = {"disable": acts.disable, "enable": acts.enable, "unlock": acts.unlock}.get(act)
    if wanted is None:
        raise NotFound("没有这个操作。请退回上一步，再点一次。")
    return lambda seen, agent: wanted(me(), seen, text("reason"), agent_id=agent)


def _looked(seen: Seen, faults: Sequence[Fault] = (), status: int = 200, *, done: str = "") -> ResponseReturnValue:
    try:
        found = desk().account_desk.of(me(), seen)
    except (Invalid, Conflict) as problem:
        # Nobody is found, and so only the form above is there: what else was wrong is asked again with its own form.
        return _page(seen, None, faults_of(problem), 422)
    return _page(seen, found, faults, status, done=done)


def _forms(found: Sequence[DeskAccount] | None) -> Mapping[str, Collection[str]]:
    forms: dict[str, Collection[str]] = {"look": PERSON}
    if found is not None and all(each.agent_id for each in found):
        forms["open"] = ("username", "reason")
    for each in found or ():
        acts = ("reset", "enable" if each.disabled_at else "disable", *(["unlock"] if each.locked_until else []))
        forms |= {f"{act}-{each.agent_id}" if each.agent_id else act: ("reason",) for act in acts}
    return forms


def _page(
    seen: Seen, found: Sequence[DeskAccount] | None, faults: Sequence[Fault] = (), status: int = 200, *, done: str = ""
) -> ResponseReturnValue:
    forms = _forms(found)
    at = "" if not faults else "look" if found is None else sent_form()
    html = render_template(
        "admin/accounts.html",
        seen=seen,
        found=found,
        wards=() if found is None else desk().staff_guardianships.about(me(), seen),
        forms=forms,
        at=at,
        faults=placed(faults, at, forms),
        done=done,
        documents=DOCUMENTS,
        username=text("username"),
        reason=text("reason"),
    )
    return make_response(html, status)

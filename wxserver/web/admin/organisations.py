"""Organisations and their agents at the window: who may act for whom, for what, until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles import regions
from bundles.engine import Fault
from wxserver.usecases.faults import Conflict, Forbidden, Invalid, NotFound
from wxserver.usecases.organisation_desk import OrganisationView
from wxserver.web.admin.accounts import (
    DOCUMENTS,
    PERSON,
    faults_of,
    handed_out,
    placed,
    sent_form,
    text,
    typed_seen,
)
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.admin.signing_in import STALE
from wxserver.web.bodies import readable
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed


@blueprint.get("/organisations")
@needs("accounts.manage")
def organisations() -> ResponseReturnValue:
    """The organisations that the member reaches, and the form for another."""
    return _list([])


@blueprint.post("/organisations")
@needs("accounts.manage")
@keeps_typed
def add_organisation() -> ResponseReturnValue:
    """Take an organisation in."""
    if g.csrf_failed:
        return _list([STALE], 400)
    try:
        new = desk().organisation_desk.add(me(), text("code"), text("name"), text("region"), text("reason"))
    except Forbidden as beyond:
        return _list([Fault("region", beyond.code, beyond.detail)], 403)
    except Conflict as conflict:
        return _list([Fault("code", conflict.code, conflict.detail)], 409)
    except Invalid as invalid:
        return _list(invalid.faults, 422)
    return redirect(url_for("admin.organisation", organisation_id=new), 303)


@blueprint.get("/organisations/<organisation_id>")
@needs("accounts.manage")
def organisation(organisation_id: str) -> ResponseReturnValue:
    """One organisation with its agents."""
    return _one(organisation_id, [])


@blueprint.post("/organisations/<organisation_id>")
@needs("accounts.manage")
@keeps_typed
def change_organisation(organisation_id: str) -> ResponseReturnValue:
    """`act`: `disable`, `enable`; `agent` names one; `change`, `end` an agent; `account`, `reset` their account."""
    if g.csrf_failed:
        return _one(organisation_id, [STALE], 400)
    desks, act, reason = desk().organisation_desk, text("act"), text("reason")
    try:
        if act in ("disable", "enable"):
            (desks.disable if act == "disable" else desks.enable)(me(), organisation_id, reason)
        elif act == "agent":
            desks.add_agent(me(), organisation_id, typed_seen(), _scope(), _ends_on(), reason)
        elif act == "change":
            desks.change_agent(me(), text("agent_id"), _scope(), _ends_on(), reason)
        elif act == "end":
            desks.end_agent(me(), text("agent_id"), reason)
        elif act == "account":
            handed = desk().account_desk.open(
                me(), typed_seen(), text("username"), reason, agent_id=text("agent_id") or None
            )
            return handed_out(handed)
        else:
            raise NotFound("没有这个操作。请退回上一步，再点一次。")
    except (Invalid, Conflict, NotFound) as problem:
        return _one(organisation_id, faults_of(problem), problem.status)
    return redirect(url_for("admin.organisation", organisation_id=organisation_id), 303)


def _scope() -> Sequence[str]:
    return [readable(each) for each in request.form.getlist("scope")]


def _ends_on() -> date:
    try:
        return date.fromisoformat(text("ends_on"))
    except ValueError:
        # No agent's last day is so long ago: the use case refuses it together with whatever else is wrong.
        return date.min


def _list(faults: Sequence[Fault], status: int = 200) -> ResponseReturnValue:
    html = render_template(
        "admin/organisations.html",
        organisations=desk().organisation_desk.listed(me()),
        faults=faults,
        typed={name: text(name) for name in ("code", "name", "region", "reason")},
        region_options=list(desk().organisation_desk.regions(me()).items()),
    )
    return make_response(html, status)


def _forms(found: OrganisationView) -> Mapping[str, Collection[str]]:
    forms: dict[str, Collection[str]] = {"enable" if found.disabled_at else "disable": ("reason",)}
    if not found.disabled_at:
        forms["agent"] = (*PERSON, "scope", "ends_on", "reason")
    for each in found.agents:
        if not each.over:
            forms |= {f"change-{each.id}": ("scope", "ends_on", "reason"), f"end-{each.id}": ("reason",)}
            if not each.has_account:
                forms[f"account-{each.id}"] = (*PERSON, "username", "reason")
    return forms


def _one(organisation_id: str, faults: Sequence[Fault], status: int = 200) -> ResponseReturnValue:
    found = desk().organisation_desk.one(me(), organisation_id)
    bundles = [published.bundle for published in desk().catalogue.bundles()]
    offered = [(each.code, each.name) for each in bundles]
    offered += [
        (f"{each.code}/{item.code}", f"{each.name}：{item.name}")
        for each in bundles
        for item in each.items
        if "unit_agent" in item.acting
    ]
    forms, at = _forms(found), sent_form()
    html = render_template(
        "admin/organisation.html",
        organisation=found,
        forms=forms,
        at=at,
        faults=placed(faults, at, forms),
        typed={name: text(name) for name in (*PERSON, "username", "ends_on", "reason")} | {"scope": _scope()},
        documents=DOCUMENTS,
        scope_options=offered,
        scope_names=dict(offered),
        region_name=regions.full_name(found.region),
    )
    return make_response(html, status)

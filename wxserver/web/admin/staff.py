"""Who works here: the list of accounts, adding one, changing what it may do, resetting, disabling."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles import regions
from bundles.engine import Fault
from wxserver.usecases.faults import Conflict, Forbidden, Invalid
from wxserver.usecases.staff_accounts import Scope
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.admin.own import device
from wxserver.web.admin.signing_in import STALE
from wxserver.web.bodies import readable
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

_BETWEEN = re.compile(r"[\s,，、;；]+")


@blueprint.get("/staff")
@needs("staff.manage")
def staff() -> ResponseReturnValue:
    """All accounts the administrator reaches."""
    names = desk().staff_accounts.bundles(me())
    return render_template(
        "admin/staff.html", accounts=desk().staff_accounts.listed(me()), bundles=names, region=_region
    )


@blueprint.get("/staff/new")
@needs("staff.manage")
def new_staff() -> ResponseReturnValue:
    """The form for a new account."""
    return _form("", Scope("", ()), "", [])


@blueprint.post("/staff/new")
@needs("staff.manage")
@keeps_typed
def add_staff() -> ResponseReturnValue:
    """Add an account, and show its first password, once."""
    username, (scope, other) = _text("username"), _typed_scope()
    if g.csrf_failed:
        return _form(username, scope, other, [STALE], 400)
    try:
        password = desk().staff_accounts.add(me(), username, scope)
    except Invalid as invalid:
        return _form(username, scope, other, invalid.faults, 422)
    except Forbidden as beyond:
        return _form(username, scope, other, [Fault("regions", beyond.code, beyond.detail)], 403)
    return _password_page(username.strip().casefold(), scope.name, password)


@blueprint.get("/staff/<username>")
@needs("staff.manage")
def show_staff(username: str) -> ResponseReturnValue:
    """One account: what it may do, where it is signed in."""
    return _account_page(username, None, [])


@blueprint.post("/staff/<username>")
@needs("staff.manage")
@keeps_typed
def change_staff(username: str) -> ResponseReturnValue:
    """Change what an account may do, and where."""
    scope, other = _typed_scope()
    if g.csrf_failed:
        return _account_page(username, (scope, other), [STALE], 400)
    try:
        desk().staff_accounts.change(me(), username, scope)
    except Invalid as invalid:
        return _account_page(username, (scope, other), invalid.faults, 422)
    except Forbidden as beyond:
        return _account_page(username, (scope, other), [Fault("regions", beyond.code, beyond.detail)], 403)
    except Conflict as conflict:
        return _account_page(username, (scope, other), [Fault("roles", conflict.code, conflict.detail)], 409)
    return redirect(url_for("admin.show_staff", username=username), 303)


@blueprint.post("/staff/<username>/reset")
@needs("staff.manage")
def reset_staff(username: str) -> ResponseReturnValue:
    """A new first password, shown once."""
    password = desk().staff_accounts.reset(me(), username)
    return _password_page(username, desk().staff_accounts.account(me(), username).scope.name, password)


@blueprint.post("/staff/<username>/disable")
@needs("staff.manage")
def disable_staff(username: str) -> ResponseReturnValue:
    """Let nobody in with this account."""
    desk().staff_accounts.disable(me(), username)
    return redirect(url_for("admin.show_staff", username=username), 303)


@blueprint.post("/staff/<username>/enable")
@needs("staff.manage")
def enable_staff(username: str) -> ResponseReturnValue:
    """Let it in again."""
    desk().staff_accounts.enable(me(), username)
    return redirect(url_for("admin.show_staff", username=username), 303)


@blueprint.post("/staff/<username>/sessions/end")
@needs("staff.manage")
def end_staff_sessions(username: str) -> ResponseReturnValue:
    """Sign somebody out: at one place (`session`), or everywhere."""
    desk().staff_accounts.revoke(me(), username, _text("session"))
    return redirect(url_for("admin.show_staff", username=username), 303)


def _text(name: str) -> str:
    return readable(request.form.get(name, ""))


def _typed_scope() -> tuple[Scope, str]:
    """What was typed and ticked, and the regions as they were typed."""
    other = _text("other_regions")
    ticked = [readable(each) for each in request.form.getlist("regions")]
    places = (*ticked, *(each for each in _BETWEEN.split(other) if each))
    roles, bundles = (tuple(map(readable, request.form.getlist(name))) for name in ("roles", "bundles"))
    return Scope(_text("name"), roles, places, bundles), other


def _region(code: str) -> str:
    return regions.full_name(code) or code


def _choices(scope: Scope) -> dict[str, object]:
    """What can be ticked: what is offered, and what this account has already."""
    offered, accounts = desk().staff_accounts.regions(me()), desk().staff_accounts
    known = offered | {code: _region(code) for code in scope.regions if regions.find(code)}
    bundles = accounts.bundles(me())
    return {
        "region_options": list(known.items()),
        "bundle_options": list((bundles | {code: code for code in scope.bundles if code not in bundles}).items()),
    }


def _form(username: str, scope: Scope, other: str, faults: Sequence[Fault], status: int = 200) -> ResponseReturnValue:
    html = render_template(
        "admin/staff_edit.html",
        account=None,
        username=username,
        scope=scope,
        other=other,
        faults=faults,
        **_choices(scope),
    )
    return make_response(html, status)


def _account_page(
    username: str, as_typed: tuple[Scope, str] | None, faults: Sequence[Fault], status: int = 200
) -> ResponseReturnValue:
    account = desk().staff_accounts.account(me(), username)
    scope, other = as_typed or (account.scope, "")
    html = render_template(
        "admin/staff_edit.html",
        account=account,
        username=username,
        scope=scope,
        other=other,
        faults=faults,
        device=device,
        **_choices(scope),
    )
    return make_response(html, status)


def _password_page(username: str, name: str, password: str) -> ResponseReturnValue:
    html = render_template("admin/staff_password.html", username=username, name=name, password=password)
    response = make_response(html, 200)
    response.headers["Cache-Control"] = "no-store"
    return response

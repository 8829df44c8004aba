"""Accounts of staff, for administrators."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, url_for
from marshmallow import fields

from wxserver.usecases.staff_accounts import Account, Scope
from wxserver.web.api.admin.blueprint import blueprint, me, needs
from wxserver.web.api.admin.sessions import session
from wxserver.web.api.documenting import answer, nothing
from wxserver.web.api.presenting import Json, moment, moment_or_null, page
from wxserver.web.api.reading import received
from wxserver.web.api.schemas.fields import Strict, Text, Texts
from wxserver.web.desk import desk


class _Change(Strict):
    name = Text(64)
    roles = Texts(Text(64))
    regions = Texts(Text(64))
    bundles = Texts(Text(64))
    disabled = fields.Boolean(
        truthy={True},
        falsy={False},
        error_messages={"invalid": "这一项要写 true 或 false。", "null": "这一项不能是空的。"},
    )


class _New(Strict):
    username = Text(64, required=True)
    name = Text(64, required=True)
    roles = Texts(Text(64), required=True)
    regions = Texts(Text(64), load_default=list)
    bundles = Texts(Text(64), load_default=list)


_CHANGE: Final = _Change()
_NEW: Final = _New()


@blueprint.get("/staff")
@needs("staff.manage")
def list_staff() -> Response:
    """The accounts that the administrator reaches, by name."""
    return answer(page(_account(each) for each in desk().staff_accounts.listed(me())))


@blueprint.post("/staff")
@needs("staff.manage")
def add_staff() -> Response:
    """Add an account. `password`, for the first sign-in, is in this answer and never again."""
    body = received(_NEW)
    username = body.pop("username")
    password = desk().staff_accounts.add(me(), username, _scope(body))
    account = desk().staff_accounts.account(me(), username.strip().casefold())
    response = answer(_account(account) | {"password": password}, 201)
    response.headers["Location"] = url_for("admin_api.show_staff", username=account.username)
    return response


@blueprint.get("/staff/<username>")
@needs("staff.manage")
def show_staff(username: str) -> Response:
    """One account with its live sessions."""
    account = desk().staff_accounts.account(me(), username)
    return answer(_account(account) | {"sessions": [session(each, me()) for each in account.sessions]})


@blueprint.patch("/staff/<username>")
@needs("staff.manage")
def change_staff(username: str) -> Response:
    """Change what is given of `name`, `roles`, `regions`, `bundles`, and `disabled`."""
    body, accounts = received(_CHANGE), desk().staff_accounts
    disabled = body.pop("disabled", None)
    if body:
        scope = accounts.account(me(), username).scope
        kept = {"name": scope.name, "roles": scope.roles, "regions": scope.regions, "bundles": scope.bundles}
        accounts.change(me(), username, _scope(kept | body))
    if disabled is not None:
        (accounts.disable if disabled else accounts.enable)(me(), username)
    return answer(_account(accounts.account(me(), username)))


@blueprint.post("/staff/<username>/reset")
@needs("staff.manage")
def reset_staff(username: str) -> Response:
    """A new `password` for the first sign-in; the second factor is set up anew, and all sessions end."""
    return answer({"username": username, "password": desk().staff_accounts.reset(me(), username)})


@blueprint.delete("/staff/<username>/sessions")
@needs("staff.manage")
def end_staff_sessions(username: str) -> Response:
    """Sign the account out everywhere."""
    desk().staff_accounts.revoke(me(), username)
    return nothing()


@blueprint.delete("/staff/<username>/sessions/<session_id>")
@needs("staff.manage")
def end_staff_session(username: str, session_id: str) -> Response:
    """Sign the account out at one place."""
    desk().staff_accounts.revoke(me(), username, session_id)
    return nothing()


def _scope(body: dict[str, Any]) -> Scope:
    return Scope(body["name"], tuple(body["roles"]), tuple(body["regions"]), tuple(body["bundles"]))


def _account(view: Account) -> Json:
    return {
        "username": view.username,
        "name": view.scope.name,
        "roles": list(view.scope.roles),
        "regions": list(view.scope.regions),
        "bundles": list(view.scope.bundles),
        "waits": view.waits,
        "locked_until": moment_or_null(view.locked_until),
        "created_at": moment(view.created_at),
        "created_by": view.created_by,
        "disabled_at": moment_or_null(view.disabled_at),
        "disabled_by": view.disabled_by,
    }

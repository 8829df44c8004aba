"""操作记录: searched, and exported for those who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from bundles.working_days import SHANGHAI
from wxserver.usecases.audit_words import ACTIONS
from wxserver.usecases.auditing import AuditPage
from wxserver.usecases.faults import Invalid
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.audit_search import asked_in, search_of
from wxserver.web.desk import desk
from wxserver.web.files import csv_of


@blueprint.app_template_filter("full_moment")
def full_moment(value: datetime) -> str:
    """2026年11月24日 15:20:08, in the legal zone."""
    local = value.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M:%S}"


@blueprint.get("/audit")
@needs("audit.see")
def audit() -> ResponseReturnValue:
    """The newest rows, or those that are searched for."""
    asked = asked_in(request.args)
    try:
        found = desk().auditing.search(me(), search_of(asked), after=request.args.get("after"))
    except Invalid as invalid:
        return _page(asked, AuditPage((), None), invalid.faults), 422
    return _page(asked, found, ())


@blueprint.post("/audit/search")
@needs("audit.see")
def search_audit() -> ResponseReturnValue:
    """Lead to what is searched for. It is looked at first, so that nothing personal gets into an address."""
    asked = asked_in(request.form)
    try:
        desk().auditing.check(search_of(asked))
    except Invalid as invalid:
        return _page(asked, AuditPage((), None), invalid.faults), 422
    return redirect(_address(asked), 303)


@blueprint.post("/audit/export")
@needs("audit.export")
def export_audit() -> ResponseReturnValue:
    """What was searched for, as a file for a spreadsheet."""
    return csv_of(desk().auditing.export(me(), search_of(asked_in(request.form))), "audit.csv")


def _page(asked: Mapping[str, str], found: AuditPage, faults: Sequence[Fault]) -> str:
    bundles = [(each.bundle.code, each.bundle.name) for each in desk().catalogue.offered()]
    actions = [(code, words.removesuffix("：")) for code, words in ACTIONS.items()]
    return render_template(
        "admin/audit.html",
        asked=asked,
        found=found,
        faults=faults,
        searched=any(asked.values()),
        bundles=[("", "全部"), *bundles],
        actions=[("", "全部"), *actions],
        more=_address({**asked, "after": found.next}) if found.next else "",
    )


def _address(asked: Mapping[str, str]) -> str:
    values: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return url_for("admin.audit", **values)

"""工作日历: a year to look at, proposals with their effect, and a second person who puts them into force."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles import regions
from bundles.application import Fault
from bundles.working_days import DayException
from wxserver.usecases.faults import Invalid, NotFound
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.admin.calendar_drawing import listed, year_of
from wxserver.web.bodies import is_readable, read_file
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed, takes_files

_SHOWN_AGAIN = 60_000
_YEAR = re.compile(r"[12][0-9]{3}")


@blueprint.app_template_filter("calendar_place")
def calendar_place(scope: str) -> str:
    """The name of a calendar's place."""
    return "全国" if scope == "CN" else regions.full_name(scope.ljust(6, "0")) or scope


@blueprint.get("/calendar")
@needs("calendar.see")
def calendar() -> ResponseReturnValue:
    """A year of a place's calendar in force, and the versions of all places."""
    scope = request.args.get("scope", "CN")
    found, versions, status = desk().calendar_desk.look(me(), scope)
    today = status.today if status else found.published_through
    asked = request.args.get("year", str(today.year))
    first, last = found.exceptions()[0].day.year, found.last_day.year
    if not _YEAR.fullmatch(asked) or not first <= int(asked) <= last:
        raise NotFound(f"这一年的日历还没有。请看 {first} 年到 {last} 年。")
    year = int(asked)
    return render_template(
        "admin/calendar.html",
        scope=scope,
        scopes=sorted({"CN", scope, *(each.scope for each in versions)}, key=lambda each: (each != "CN", each)),
        year=year,
        years=range(first, last + 1),
        months=year_of(found, year),
        days=listed(found, year),
        found=found,
        versions=versions,
        status=status,
        today=today,
        moved=request.args.get("moved", type=int),
    )


@blueprint.get("/calendar/import")
@needs("calendar.propose")
def calendar_form() -> ResponseReturnValue:
    """The forms for a notice's file and for one day."""
    return _form({})


@blueprint.post("/calendar/import")
@needs("calendar.propose")
@keeps_typed
@takes_files
def calendar_import() -> ResponseReturnValue:
    """Make a proposal of a notice's file or pasted text."""
    if g.csrf_failed:
        return _form(request.form, told="页面放得太久了。请再选一次文件，然后点“导入并核对”。", status=400)
    try:
        raw = read_file("file") or request.form.get("text", "").encode("utf-8", "replace")
        proposal = desk().calendar_desk.propose(me(), raw)
    except Invalid as problem:
        return _form(request.form, told=problem.detail, faults=problem.faults, status=422)
    return _to_proposal(proposal.scope, proposal.number, proposal.in_force)


@blueprint.post("/calendar/day")
@needs("calendar.propose")
@keeps_typed
def calendar_day() -> ResponseReturnValue:
    """Make a proposal of one changed day."""
    if g.csrf_failed:
        return _form(request.form, told="页面放得太久了。请再点一次“加这一天”。", status=400)
    try:
        scope, day = day_of(request.form)
        proposal = desk().calendar_desk.propose_day(me(), scope, day)
    except (Invalid, NotFound) as problem:
        return _form(request.form, told=problem.detail, faults=problem.faults, status=problem.status)
    return _to_proposal(proposal.scope, proposal.number, proposal.in_force)


@blueprint.get("/calendar/proposals/<scope>/<int:number>")
@needs("calendar.see")
def calendar_proposal(scope: str, number: int) -> ResponseReturnValue:
    """What a proposal changes, and what it would do to open cases."""
    return _proposal(scope, number)


@blueprint.post("/calendar/proposals/<scope>/<int:number>/activate")
@needs("calendar.activate")
def calendar_activate(scope: str, number: int) -> ResponseReturnValue:
    """Put it into force."""
    moved = desk().calendar_desk.activate(me(), scope, number, request.form.get("seen", ""))
    return redirect(url_for("admin.calendar", scope=scope, moved=moved), 303)


@blueprint.post("/calendar/proposals/<scope>/<int:number>/discard")
@needs("calendar.propose")
def calendar_discard(scope: str, number: int) -> ResponseReturnValue:
    """Give it up."""
    desk().calendar_desk.discard(me(), scope, number)
    return redirect(url_for("admin.calendar", scope=scope), 303)


def day_of(fields: Mapping[str, Any]) -> tuple[str, DayException]:
    """The place and the day that were filled in. Raises Invalid with every fault."""
    faults, texts = [], {name: str(fields.get(name, "")).strip() for name in ("reason", "doc_no", "issuer")}
    try:
        day = date.fromisoformat(str(fields.get("day", "")))
    except ValueError:
        day = date.min
        faults.append(Fault("day", "invalid", "请选日期，例如 2026-12-25。"))
    for name, words in (("reason", "请写为什么，例如 台风停工。"), ("doc_no", "请写文件的文号。")):
        if not texts[name]:
            faults.append(Fault(name, "required", words))
    for name, text in texts.items():
        if len(text) > 100 or not is_readable(text):
            faults.append(Fault(name, "invalid", "请写文字，最多 100 个字。"))
    scope, kind = str(fields.get("scope", "")), fields.get("kind")
    if not re.fullmatch(r"CN|[1-9]\d(?:\d\d){0,2}", scope, re.ASCII):
        faults.append(Fault("scope", "invalid", "请写 CN，或 2、4、6 位的行政区划代码。"))
    if kind not in ("off", "work", "shut"):
        faults.append(Fault("kind", "invalid", "请选放假、上班或窗口停办。"))
    if faults:
        raise Invalid.of(faults)
    return scope, DayException(
        day,
        kind == "work",
        texts["reason"],
        texts["doc_no"],
        "operational" if kind == "shut" else "legal",
        scope,
        texts["issuer"],
    )


def _to_proposal(scope: str, number: int, in_force: bool) -> ResponseReturnValue:
    if in_force:
        return redirect(url_for("admin.calendar", scope=scope), 303)
    return redirect(url_for("admin.calendar_proposal", scope=scope, number=number), 303)


def _proposal(scope: str, number: int) -> ResponseReturnValue:
    return render_template("admin/calendar_proposal.html", judged=desk().calendar_desk.judged(me(), scope, number))


def _form(typed: Mapping[str, Any], *, told: str = "", faults: Any = (), status: int = 200) -> ResponseReturnValue:
    kept = {name: value for name, value in typed.items() if len(value) <= _SHOWN_AGAIN}
    return make_response(render_template("admin/calendar_form.html", typed=kept, told=told, faults=faults), status)

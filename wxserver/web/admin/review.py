"""A version before it is published: what changes, whom it concerns, what past applications say, and the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Final

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.engine import Fault
from bundles.working_days import SHANGHAI
from wxserver.usecases.faults import Conflict, Invalid
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.bodies import readable
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

_PLACE: Final = "/bundles/<code>/drafts/<int:number>"
_FIELDS: Final = ("etag", "when", "date", "time", "cut", "cut_date", "cut_time", "seen", "comment")
_SHOWN_AT: Final = {"at": "date", "drafts_until": "cut_date"}
_STALE: Final = "页面放得太久了，您填的都还在。请再点一次。"


@blueprint.get(f"{_PLACE}/review")
@needs("bundles.see")
def review(code: str, number: int) -> ResponseReturnValue:
    """Everything that a second person needs to decide."""
    return _page(code, number, {"when": "now", "cut": "keep"})


@blueprint.post(f"{_PLACE}/review")
@needs("bundles.publish")
@keeps_typed
def publish(code: str, number: int) -> ResponseReturnValue:
    """Publish, now or at a moment."""
    typed = {name: readable(request.form.get(name, "")).strip() for name in _FIELDS}
    if g.csrf_failed:
        return _page(code, number, typed, told=_STALE, status=400)
    faults: list[Fault] = []
    at = _moment(typed, "date", "time", faults) if typed["when"] == "at" else None
    cut = _moment(typed, "cut_date", "cut_time", faults) if typed["cut"] == "at" else None
    try:
        if faults:
            raise Invalid.of(faults)
        desk().releasing.publish(
            me(),
            code,
            number,
            typed["etag"],
            seen=typed["seen"] == "yes",
            at=at,
            drafts_until=cut,
            comment=typed["comment"],
        )
    except Invalid as problem:
        shown = [Fault(_SHOWN_AT.get(each.path, each.path), each.code, each.message) for each in problem.faults]
        return _page(code, number, typed, faults=shown, status=422)
    except Conflict as problem:
        if problem.code != "edited-elsewhere":
            raise
        return _page(code, number, typed | {"seen": ""}, told=problem.detail, status=409)
    return redirect(f"{url_for('admin.versions', code=code)}#v{number}", 303)


@blueprint.post(f"{_PLACE}/return")
@needs("bundles.publish")
@keeps_typed
def send_back(code: str, number: int) -> ResponseReturnValue:
    """Let the editors work on it again, with a reason."""
    reason = readable(request.form.get("reason", "")).strip()
    typed = {"when": "now", "cut": "keep", "reason": reason}
    if g.csrf_failed:
        return _page(code, number, typed, told=_STALE, status=400)
    try:
        if not reason:
            raise Invalid.of([Fault("comment", "required", "请写明要改什么，编辑才知道怎么改。")])
        desk().editing.send_back(me(), code, number, reason)
    except Invalid as problem:
        faults = [Fault("reason", each.code, each.message) for each in problem.faults]
        return _page(code, number, typed, faults=faults, status=422)
    return redirect(f"{url_for('admin.versions', code=code)}#v{number}", 303)


@blueprint.get(f"{_PLACE}/replay")
@needs("bundles.see")
def replay(code: str, number: int) -> ResponseReturnValue:
    """Past applications checked against the version."""
    found = desk().reviewing.replay(me(), code, number)
    return render_template("admin/replay.html", code=code, number=number, replay=found)


def _page(
    code: str,
    number: int,
    typed: Mapping[str, str],
    *,
    faults: Sequence[Fault] = (),
    told: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    found = desk().reviewing.review(me(), code, number)
    html = render_template(
        "admin/review.html",
        review=found,
        typed=typed,
        faults=faults,
        told=told,
        today=found.now.astimezone(SHANGHAI).date().isoformat(),
    )
    return make_response(html, status)


def _moment(typed: Mapping[str, str], day: str, clock: str, faults: list[Fault]) -> datetime | None:
    """A date and a time of day in Shanghai; None, with a fault, where they can't be read."""
    try:
        return datetime.combine(date.fromisoformat(typed[day]), time.fromisoformat(typed[clock]), tzinfo=SHANGHAI)
    except ValueError:
        sentence = "请填日期和时间，例如 2026-12-01 和 00:00。"
        faults.append(Fault(day, "invalid", sentence))
        return None

"""办件台: what waits, one case masked, a clerk's decisions with a second look, and what is masked, once."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from wxserver.usecases.faults import Conflict, Invalid
from wxserver.usecases.staff_case_views import REASONS, is_case_number
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.bodies import readable
from wxserver.web.desk import desk
from wxserver.web.files import sent_away
from wxserver.web.guard import keeps_typed

DONE: Final = {
    "accept": "审核通过了，开始办理。",
    "complete": "已经办结。",
    "refuse": "已经决定不予办理，申请人会看到理由。",
}
"""Act of a clerk -> what is said afterwards."""
STALE: Final = Fault("page", "csrf", "页面放得太久了，填的都还在，请再点一次。")


@blueprint.get("/cases")
@needs("cases.see")
def cases() -> ResponseReturnValue:
    """Open cases, the most urgent first; with `unreached=1` those whose citizen has not been reached."""
    return _list(())


@blueprint.post("/cases/find")
@needs("cases.see")
@keeps_typed
def find_case() -> ResponseReturnValue:
    """Lead to the case with the number that was typed; what else was typed gets into no address."""
    typed = readable(request.form.get("number", "")).strip().upper()
    if g.csrf_failed:
        return _list((STALE,), typed), 422
    if not is_case_number(typed):
        words = "请填办件编号，像 JY20261126-0382。这里不能用姓名或证件号码查。"
        return _list((Fault("number", "unreadable", words),), typed), 422
    return redirect(url_for("admin.case", number=typed), 303)


@blueprint.get("/cases/<number>")
@needs("cases.see")
def case(number: str) -> ResponseReturnValue:
    """One case, masked."""
    return _sheet(number, done=DONE.get(request.args.get("done", ""), ""))


@blueprint.post("/cases/<number>/accept")
@needs("cases.decide")
@keeps_typed
def accept_case(number: str) -> ResponseReturnValue:
    """Pass the review."""
    return _decide(number, "accept")


@blueprint.post("/cases/<number>/complete")
@needs("cases.decide")
@keeps_typed
def complete_case(number: str) -> ResponseReturnValue:
    """Complete a case that staff carry out."""
    return _decide(number, "complete")


@blueprint.post("/cases/<number>/refuse")
@needs("cases.decide")
@keeps_typed
def refuse_case(number: str) -> ResponseReturnValue:
    """Refuse a case."""
    return _decide(number, "refuse")


@blueprint.post("/cases/<number>/unmask")
@needs("cases.unmask")
@keeps_typed
def unmask_case(number: str) -> ResponseReturnValue:
    """Show what is masked, in this answer only."""
    why, note = request.form.get("why", ""), request.form.get("note", "")
    if g.csrf_failed:
        return _sheet(number, faults=(STALE,), why=why, note=note), 422
    try:
        shown = desk().unmasking.show(me(), number, why, note)
    except Invalid as invalid:
        return _sheet(number, faults=invalid.faults, why=why, note=note), 422
    pictures = [
        (name, f"data:{media_type};base64,{base64.b64encode(content).decode()}")
        for name, media_type, content in shown.pictures
    ]
    sheet = desk().staff_cases.case(me(), number)
    return render_template(
        "admin/case_shown.html", shown=shown, pictures=pictures, sheet=sheet, why=why, note=note, reasons=REASONS
    )


@blueprint.post("/cases/<number>/papers/<paper_id>")
@needs("cases.unmask")
def open_paper(number: str, paper_id: str) -> ResponseReturnValue:
    """One document that was handed in, with the reason given before."""
    why, note = request.form.get("why", ""), request.form.get("note", "")
    paper, content = desk().unmasking.paper(me(), number, paper_id, why, note)
    return sent_away(paper.media_type, content)


def _list(faults: Sequence[Fault], typed: str = "") -> str:
    unreached = request.args.get("unreached") == "1"
    waiting = not unreached and request.args.get("view") != "all"
    found = desk().staff_cases.list(me(), waiting=waiting, unreached=unreached, after=request.args.get("after"))
    return render_template(
        "admin/cases.html",
        found=found,
        view="unreached" if unreached else "waiting" if waiting else "all",
        first=not request.args.get("after"),
        faults=faults,
        typed=typed,
    )


def _decide(number: str, act: str) -> ResponseReturnValue:
    """Show the decision once more before it is taken; `confirmed` comes with the second press."""
    named = "reason" if act == "refuse" else "text"
    text = request.form.get(named, "")
    if g.csrf_failed:
        return _sheet(number, faults=(STALE,), act=act, text=text), 422
    use = desk().staff_cases
    try:
        words = use.check_text(me(), number, text) if act != "accept" else ""
        if request.form.get("confirmed") != "yes":
            return _sheet(number, asking=act, act=act, text=words)
        if act == "accept":
            use.accept(me(), number)
        elif act == "complete":
            use.complete(me(), number, words)
        else:
            use.refuse(me(), number, words)
    except Invalid as invalid:
        faults = [replace(each, path=named) if each.path == "text" else each for each in invalid.faults]
        return _sheet(number, faults=faults, act=act, text=text), 422
    except Conflict as conflict:
        fault = Fault("page", conflict.code, conflict.detail)
        return _sheet(number, faults=(fault,), act=act, text=text), 409
    return redirect(url_for("admin.case", number=number, done=act), 303)


def _sheet(
    number: str,
    *,
    faults: Sequence[Fault] = (),
    asking: str = "",
    act: str = "",
    text: str = "",
    why: str = "",
    note: str = "",
    done: str = "",
) -> Response:
    """The case's page. `act` and `text`: what was typed for which decision; `asking`: the one to be confirmed."""
    sheet = desk().staff_cases.case(me(), number)
    return make_response(
        render_template(
            "admin/case.html",
            sheet=sheet,
            reasons=REASONS,
            faults=faults,
            asking=asking if asking in sheet.acts else "",
            act=act,
            text=text,
            why=why,
            note=note,
            done=done,
        )
    )

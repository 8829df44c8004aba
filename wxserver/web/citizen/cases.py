"""我的办件: the list, one case with its date, why that date and its timeline, and the receipt of what was submitted."""

from collections.abc import Iterable
from datetime import date

import segno
from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from bundles.case import is_final
from bundles.definition import Stage
from wxserver.usecases.case_views import CaseView
from wxserver.web.citizen import wording
from wxserver.web.citizen.addresses import url_for
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.messages import is_looked_at
from wxserver.web.citizen.subscribing import is_needed
from wxserver.web.desk import desk

_PER_PAGE = 20


@blueprint.get("/cases")
def cases() -> ResponseReturnValue:
    """The person's cases: what needs them, what is under way by its date, what is over; `after` shows earlier ones."""
    continued = "after" in request.args
    page = desk().casework.list(owner(), request.args.get("after"), _PER_PAGE, brief=True)
    under_way = [each for each in page.items if not is_final(each.status)]
    if page.next and not continued:
        under_way = list(desk().casework.open_cases(owner()))
    return render_template(
        "citizen/cases.html",
        needing=[] if continued else [each for each in under_way if each.status == "correcting"],
        under_way=[] if continued else by_date(each for each in under_way if each.status != "correcting"),
        earlier=page.items if continued else [each for each in page.items if is_final(each.status)],
        next=page.next,
        continued=continued,
        tags=wording.TAGS,
    )


@blueprint.get("/cases/<number>")
def case(number: str) -> ResponseReturnValue:
    """One case; with `submitted` the page says first that it has arrived. What its person was told about it is read."""
    found = desk().casework.case(owner(), number)
    if is_looked_at() and "stage" not in g:  # nobody has an inbox in a preview
        desk().inbox.case_shown(owner(), found.number)
    return render_template(
        "citizen/case.html",
        case=found,
        fresh="submitted" in request.args,
        may_subscribe=is_needed(),
        tags=wording.TAGS,
        ahead=_ahead(found),
        submitted_on=_submitted_on(found),
        actors=wording.ACTORS,
    )


@blueprint.get("/cases/<number>/receipt")
def receipt(number: str) -> ResponseReturnValue:
    """What was submitted, to print or keep; its code opens the case's page, after signing in."""
    found = desk().casework.case(owner(), number)
    address = f"{desk().signing_in.public_url}{url_for('citizen.case', number=found.number)}"
    return render_template(
        "citizen/receipt.html",
        case=found,
        person=desk().sessions.person(owner()),
        submitted_on=_submitted_on(found),
        code=segno.make(address, error="m").svg_data_uri(scale=4, border=2),
    )


def by_date(found: Iterable[CaseView]) -> list[CaseView]:
    """The one due first on top; those without a date after them, newest first."""
    return sorted(found, key=lambda each: (each.due_on is None, each.due_on or date.max))


def _submitted_on(found: CaseView) -> date:
    return wording.legal_date(found.submitted_at)


def _ahead(found: CaseView) -> tuple[Stage, ...]:
    """The stations that are still to come, nearest first; none for a case that is over."""
    if is_final(found.status):
        return ()
    reached = {entry.node for entry in found.timeline}
    last = max((index for index, stage in enumerate(found.stages) if stage.node in reached), default=-1)
    return found.stages[last + 1 :]

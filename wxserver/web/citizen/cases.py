"""我的办件: the list, and one case with its date, why that date, and its timeline."""

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from bundles.definition import Stage
from wxserver.usecases.casework import CaseView
from wxserver.web.citizen import wording
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.desk import desk

_PER_PAGE = 20


@blueprint.get("/cases")
def cases() -> ResponseReturnValue:
    """The person's cases, newest first; `after` continues a list."""
    page = desk().casework.list(owner(), request.args.get("after"), _PER_PAGE)
    return render_template("citizen/cases.html", page=page, tags=wording.TAGS, continued="after" in request.args)


@blueprint.get("/cases/<number>")
def case(number: str) -> ResponseReturnValue:
    """One case; with `submitted` the page says first that it has arrived."""
    found = desk().casework.case(owner(), number)
    return render_template(
        "citizen/case.html",
        case=found,
        fresh="submitted" in request.args,
        tags=wording.TAGS,
        ahead=_ahead(found),
        submitted_on=_submitted_on(found),
    )


def _submitted_on(found: CaseView) -> date:
    return wording.legal_date(found.submitted_at)


def _ahead(found: CaseView) -> tuple[Stage, ...]:
    """The stations that are still to come, nearest first; none for a case that is over."""
    if found.status not in ("submitted", "accepted", "correcting"):
        return ()
    reached = {entry.node for entry in found.timeline}
    last = max((index for index, stage in enumerate(found.stages) if stage.node in reached), default=-1)
    return found.stages[last + 1 :]

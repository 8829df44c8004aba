"""Cases for programs of the staff desk, by the same rules as its pages."""

import base64

from flask import Response
from marshmallow import fields, validate

from wxserver.usecases.staff_case_views import REASONS, CaseLine, CaseSheet, Shown, Unreached
from wxserver.web.api.admin.blueprint import blueprint, me, needs
from wxserver.web.api.documenting import answer
from wxserver.web.api.presenting import Json, day_or_null, moment, page
from wxserver.web.api.reading import asked, received
from wxserver.web.api.schemas.fields import Count, Strict, Text
from wxserver.web.desk import desk
from wxserver.web.files import sent_away


class CaseListSchema(Strict):
    view = fields.String(
        load_default="waiting", validate=validate.OneOf(["waiting", "all"], error="这里只能写 waiting 或 all。")
    )
    unreached = fields.String(load_default="", validate=validate.OneOf(["1"], error="这里只能写 1。"))
    after = Text(200, load_default=None)
    limit = Count(1, 50, load_default=20)


class DecisionSchema(Strict):
    text = Text(500, required=True, metadata={"description": "For the citizen: the result, or why not."})


class LookSchema(Strict):
    why = Text(32, required=True, metadata={"enum": list(REASONS)})
    note = Text(100, required=True, metadata={"description": "Why exactly; kept in the ledgers, nothing personal."})


_LIST = CaseListSchema()
_DECISION = DecisionSchema()
_LOOK = LookSchema()


@blueprint.get("/cases")
@needs("cases.see")
def list_cases() -> Response:
    """Open cases within the member's reach, the most urgent first; with `unreached=1` all whose citizen has not been
    reached, whatever the view."""
    query = asked(_LIST)
    unreached = bool(query["unreached"])
    found = desk().staff_cases.list(
        me(),
        waiting=not unreached and query["view"] == "waiting",
        unreached=unreached,
        after=query["after"],
        limit=query["limit"],
    )
    counts = {
        "open": found.every,
        "waiting": found.waiting,
        "overdue": found.overdue,
        "due_today": found.today,
        "due_tomorrow": found.next_day,
        "paused": found.paused,
        "unreached": found.unreached,
    }
    return answer({**page((_line(each) for each in found.items), found.next), "counts": counts})


@blueprint.get("/cases/<number>")
@needs("cases.see")
def show_case(number: str) -> Response:
    """One case, masked."""
    return answer(_sheet(desk().staff_cases.case(me(), number)))


@blueprint.post("/cases/<number>/accept")
@needs("cases.decide")
def accept_case(number: str) -> Response:
    """Pass the review."""
    desk().staff_cases.accept(me(), number)
    return show_case(number)


@blueprint.post("/cases/<number>/complete")
@needs("cases.decide")
def complete_case(number: str) -> Response:
    """Complete a case that staff carry out."""
    desk().staff_cases.complete(me(), number, received(_DECISION)["text"])
    return show_case(number)


@blueprint.post("/cases/<number>/refuse")
@needs("cases.decide")
def refuse_case(number: str) -> Response:
    """Refuse a case."""
    desk().staff_cases.refuse(me(), number, received(_DECISION)["text"])
    return show_case(number)


@blueprint.post("/cases/<number>/unmask")
@needs("cases.unmask")
def unmask_case(number: str) -> Response:
    """What is masked, in this answer only; pictures as base64."""
    look = received(_LOOK)
    return answer(_shown(desk().unmasking.show(me(), number, look["why"], look["note"])))


@blueprint.post("/cases/<number>/papers/<paper_id>")
@needs("cases.unmask")
def open_paper(number: str, paper_id: str) -> Response:
    """The content of one file that was handed in."""
    look = received(_LOOK)
    paper, content = desk().unmasking.paper(me(), number, paper_id, look["why"], look["note"])
    return sent_away(paper.media_type, content)


def _line(line: CaseLine) -> Json:
    return {
        "number": line.number,
        "bundle": line.bundle,
        "item_name": line.item_name,
        "applicant": line.applicant,
        "status": line.status,
        "status_text": line.status_text,
        "awaits": line.awaits or None,
        "submitted_at": moment(line.submitted_at),
        "due_on": day_or_null(line.due_on),
        "time_left": line.time_left.words,
        "unreached": line.unreached and _unreached(line.unreached),
    }


def _unreached(found: Unreached) -> Json:
    return {"since": moment(found.since), "reason": found.reason, "reason_text": found.why}


def _sheet(sheet: CaseSheet) -> Json:
    view = sheet.view
    return {
        **_line(sheet.line),
        "bundle_version": view.bundle_version,
        "item": view.item,
        "document": sheet.document,
        "acting": sheet.acting_text,
        "actor": sheet.actor or None,
        "channel": sheet.channel_text,
        "region": sheet.region_text,
        "due_explained": list(view.due_explained),
        "limit": view.limit_text,
        "result": view.result,
        "refusal": view.refusal,
        "card": view.card.number if view.card else None,
        "answers": [{"label": label, "value": value} for label, value in sheet.answers],
        "papers": [
            {"id": each.id, "name": each.name, "media_type": each.media_type, "size": each.size, "pages": each.pages}
            for each in sheet.papers
        ],
        "timeline": [
            {"at": moment(each.at), "node": each.node, "text": each.text, "who": each.who} for each in sheet.history
        ],
        "actions": sorted(sheet.acts),
    }


def _shown(shown: Shown) -> Json:
    return {
        "number": shown.number,
        "name": shown.name,
        "document": shown.document,
        "actor": shown.actor or None,
        "card": shown.card or None,
        "answers": [{"label": label, "value": value} for label, value in shown.answers],
        "pictures": [
            {"name": name, "media_type": media_type, "content": base64.b64encode(content).decode()}
            for name, media_type, content in shown.pictures
        ],
    }

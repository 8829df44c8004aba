"""Working-day calendars for programs: looked at, proposed, judged, put into force by a second person."""

from flask import Response

from wxserver.web.admin.calendar_drawing import listed
from wxserver.web.api.admin.blueprint import blueprint, me, needs
from wxserver.web.api.documenting import answer
from wxserver.web.api.presenting import page
from wxserver.web.api.reading import asked, received
from wxserver.web.api.schemas.fields import Count, Strict, Text
from wxserver.web.desk import desk


class CalendarQuerySchema(Strict):
    year = Count(1900, 2999, load_default=None)
    scope = Text(6, load_default="CN")


class NoticeSchema(Strict):
    """`text`: a notice's file, TOML."""

    text = Text(60_000, required=True)


class ActivationSchema(Strict):
    """`source`: of the proposal that was looked at."""

    source = Text(64, required=True)


_QUERY, _NOTICE, _ACTIVATION = CalendarQuerySchema(), NoticeSchema(), ActivationSchema()


@blueprint.get("/calendar")
@needs("calendar.see")
def show_calendar() -> Response:
    """The days of a year that differ from Monday to Friday."""
    query = asked(_QUERY)
    found, _, status = desk().calendar_desk.look(me(), query["scope"])
    year = query["year"] or (status.today if status else found.published_through).year
    days = [
        {
            "day": each.day.isoformat(),
            "is_working": each.is_working,
            "kind": each.kind,
            "reason": each.reason,
            "doc_no": each.doc_no,
            "issuer": each.issuer,
            "provisional": found.is_provisional(each.day),
        }
        for each in listed(found, year)
    ]
    through = found.published_through.isoformat()
    return answer({"version": found.version, "year": year, "published_through": through, "days": days})


@blueprint.get("/calendar/versions")
@needs("calendar.see")
def list_calendar_versions() -> Response:
    """The newest versions of all places."""
    _, versions, _ = desk().calendar_desk.look(me(), "CN")
    return answer(
        page(
            (
                {
                    "scope": each.scope,
                    "number": each.number,
                    "name": each.name,
                    "published_through": each.published_through.isoformat(),
                    "created_by": each.created_by,
                    "activated_at": each.activated_at.isoformat() if each.activated_at else None,
                    "activated_by": each.activated_by,
                }
                for each in versions
            ),
            None,
        )
    )


@blueprint.post("/calendar/proposals")
@needs("calendar.propose")
def propose_calendar() -> Response:
    """Take a notice in as a proposal."""
    made = desk().calendar_desk.propose(me(), received(_NOTICE)["text"].encode())
    response = answer({"scope": made.scope, "number": made.number, "in_force": made.in_force})
    response.status_code = 201
    return response


@blueprint.get("/calendar/proposals/<scope>/<int:number>")
@needs("calendar.see")
def show_calendar_proposal(scope: str, number: int) -> Response:
    """What a proposal changes, and what it would do to open cases."""
    judged = desk().calendar_desk.judged(me(), scope, number)
    effect = judged.effect
    first = [
        {
            "number": each.number,
            "old": each.old.isoformat() if each.old else None,
            "new": each.new.isoformat() if each.new else None,
            "firm": each.firm,
        }
        for each in effect.first
    ]
    told = {name: getattr(effect, name) for name in ("earlier", "later", "firm", "looked_at", "complete")}
    return answer(
        {
            "scope": scope,
            "number": number,
            "source": judged.row.source_hash,
            "created_by": judged.row.created_by,
            "changes": list(judged.changes),
            "effect": {**told, "first": first},
        }
    )


@blueprint.post("/calendar/proposals/<scope>/<int:number>/activation")
@needs("calendar.activate")
def activate_calendar(scope: str, number: int) -> Response:
    """Put it into force; how many dates moved."""
    return answer({"moved": desk().calendar_desk.activate(me(), scope, number, received(_ACTIVATION)["source"])})


@blueprint.post("/calendar/proposals/<scope>/<int:number>/discard")
@needs("calendar.propose")
def discard_calendar(scope: str, number: int) -> Response:
    """Give it up."""
    desk().calendar_desk.discard(me(), scope, number)
    return answer({"discarded": True})

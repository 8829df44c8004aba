"""The audit log for programs: searched, and exported."""

from flask import Response, request

from wxserver.usecases.audit_words import AuditEntry
from wxserver.web.api.admin.blueprint import blueprint, me, needs
from wxserver.web.api.documenting import answer
from wxserver.web.api.presenting import Json, moment, page
from wxserver.web.api.reading import asked, received
from wxserver.web.api.schemas.fields import Count, Strict, Text
from wxserver.web.audit_search import asked_in, search_of
from wxserver.web.desk import desk
from wxserver.web.files import csv_of


class AuditSearchSchema(Strict):
    """`since` and `until` are days, YYYY-MM-DD, both included."""

    actor = Text(64, empty=True, load_default="")
    action = Text(64, empty=True, load_default="")
    subject = Text(64, empty=True, load_default="")
    bundle = Text(64, empty=True, load_default="")
    since = Text(10, empty=True, load_default="")
    until = Text(10, empty=True, load_default="")


class AuditPageSchema(AuditSearchSchema):
    after = Text(9, empty=True, load_default=None)
    limit = Count(1, 100, load_default=50)


_SEARCH = AuditSearchSchema()
_PAGE = AuditPageSchema()


@blueprint.get("/audit")
@needs("audit.see")
def list_audit() -> Response:
    """The newest rows, or those that are searched for."""
    query = asked(_PAGE)
    wanted = search_of(asked_in(query))
    found = desk().auditing.search(me(), wanted, after=query["after"], limit=query["limit"])
    return answer(page((_entry(each) for each in found.items), found.next))


@blueprint.post("/audit/export")
@needs("audit.export")
def export_audit() -> Response:
    """What is searched for, as CSV; that it was asked for is itself a row."""
    query = received(_SEARCH) if request.content_length else dict.fromkeys(_SEARCH.fields, "")
    return csv_of(desk().auditing.export(me(), search_of(asked_in(query))), "audit.csv")


def _entry(entry: AuditEntry) -> Json:
    return {
        "number": entry.number,
        "at": moment(entry.at),
        "actor_kind": entry.actor_kind,
        "actor": entry.actor or None,
        "action": entry.action,
        "text": entry.did,
        "subject_kind": entry.subject_kind,
        "subject": entry.subject or None,
        "bundle": entry.bundle or None,
        "reason": entry.reason or None,
        "data": dict(entry.data),
        "hash": entry.hash,
    }

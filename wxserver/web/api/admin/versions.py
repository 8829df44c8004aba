"""Views of versions as dicts for JSON."""

from dataclasses import asdict

from wxserver.usecases.comparing import Comparison
from wxserver.usecases.impact import Impact
from wxserver.usecases.replaying import Replay
from wxserver.usecases.review_views import BundleLine, Finding, Remark, VersionLine
from wxserver.web.api.presenting import Json, moment


def line(each: BundleLine) -> Json:
    draft = None if each.draft is None else {"number": each.draft.number, "status": each.draft.status}
    return {
        "code": each.code,
        "name": each.name,
        "region": each.region,
        "in_force": each.number,
        "items": each.items,
        "draft": draft,
        "may_edit": each.may_edit,
    }


def version(each: VersionLine) -> Json:
    return {
        "number": each.number,
        "state": each.state,
        "state_text": each.state_text,
        "steps": list(each.steps),
        "remarks": [remark(one) for one in each.remarks],
    }


def remark(each: Remark) -> Json:
    return {"at": moment(each.at), "by": each.by, "name": each.who, "kind": each.kind, "text": each.text}


def finding(each: Finding) -> Json:
    return {"path": each.path, "where": each.where, "message": each.sentence}


def comparison(found: Comparison) -> Json:
    changes = [
        {
            "kind": each.word,
            "item": each.item,
            "where": each.where,
            "old": str(each.old),
            "new": str(each.new),
            "notice": each.notice,
        }
        for _, those in found.groups
        for each in those
    ]
    return {
        "count": found.count,
        "changes": changes,
        "items_unchanged": found.unchanged,
        "not_compared": list(found.left_out),
        "readable": found.readable,
    }


def impact(found: Impact) -> Json:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(found).items()}


def replayed(found: Replay) -> Json:
    refused = [{"number": each.number, "item": each.item, "why": list(each.why)} for each in found.refused]
    return {
        "looked_at": found.looked_at,
        "refused": refused,
        "unjudged": found.unjudged,
        "complete": found.complete,
        "summary": found.summary,
    }

"""Views of the use cases as dicts for JSON. Written out by hand: dumping through schemas costs ten times as much.

`schemas.answers` documents the same shapes; the tests hold the two against each other.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from bundles.working_days import SHANGHAI
from wxserver.usecases.cards import CardView
from wxserver.usecases.case_views import ActingView, CaseView
from wxserver.usecases.consenting import ConsentText
from wxserver.usecases.drafting import DraftView
from wxserver.usecases.sessions import PersonView, SessionView
from wxserver.usecases.uploading import UploadView
from wxserver.usecases.verifiers import ProviderView
from wxserver.usecases.verifying import VerificationView

Json = dict[str, Any]


def moment(at: datetime) -> str:
    """RFC 3339, to the second, in China's time."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def moment_or_null(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def day_or_null(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def page(items: Iterable[Json], after: str | None = None) -> Json:
    """A list as the contract has it."""
    return {"items": list(items), "next": after}


def person(view: PersonView | None) -> Json | None:
    return None if view is None else {"name": view.name, "id_type": view.id_type, "id_number": view.id_number}


def session(view: SessionView, who: PersonView | None) -> Json:
    return {"assurance": view.assurance, "expires_at": moment(view.expires_at), "person": person(who)}


def started_verification(view: VerificationView) -> Json:
    where = {"url": view.url} if view.verify_id is None else {"verify_id": view.verify_id}
    return {"id": view.id, "status": view.status, **where, "expires_at": moment(view.expires_at)}


def provider(view: ProviderView, consents: Iterable[str]) -> Json:
    return {
        "code": view.code,
        "name": view.title,
        "way": view.way,
        "documents": sorted(view.documents),
        "away": view.away,
        "consents": list(consents),
    }


def consent(text: ConsentText) -> Json:
    return {"purpose": text.purpose, "version": text.version, "title": text.title, "text": text.text}


def card(view: CardView) -> Json:
    return {
        "id": view.id,
        "number": view.number,
        "bank": view.bank,
        "region": view.region,
        "state": view.state,
        "state_text": view.state_text,
        "expires_on": day_or_null(view.expires_on),
    }


def upload(view: UploadView) -> Json:
    return {
        "id": view.id,
        "kind": view.kind,
        "media_type": view.media_type,
        "pages": view.pages,
        "size": view.size,
        "sha256": view.sha256,
        "width": view.width,
        "height": view.height,
    }


def draft(view: DraftView) -> Json:
    return {
        "bundle": view.bundle,
        "item": view.item,
        "bundle_version": view.bundle_version,
        "submission_key": view.submission_key,
        "acting": dict(view.acting),
        "form": dict(view.form),
        "card_id": view.card_id,
        "uploads": [each.id for each in view.uploads],
        "updated_at": moment(view.updated_at),
        "expires_on": view.expires_on.isoformat(),
    }


def case(view: CaseView) -> Json:
    return {
        "number": view.number,
        "application": view.application_id,
        "bundle": view.bundle,
        "bundle_name": view.bundle_name,
        "bundle_version": view.bundle_version,
        "item": view.item,
        "item_name": view.item_name,
        "status": view.status,
        "status_text": view.status_text,
        "submitted_at": moment(view.submitted_at),
        "accepted_at": moment_or_null(view.accepted_at),
        "due_on": day_or_null(view.due_on),
        "due_provisional": view.due_provisional,
        "due_explained": list(view.due_explained),
        "limit": view.limit_text,
        "completed_at": moment_or_null(view.completed_at),
        "result": view.result,
        "refusal": view.refusal,
        "waiting": view.waiting_text,
        "timeline": [{"at": moment(each.at), "node": each.node, "text": each.text} for each in view.timeline],
        "actions": list(view.actions),
        "correction": view.correction,
        "acting": _acting(view.acting),
        "card": None if view.card is None else card(view.card),
        "answers": [{"label": label, "value": value} for label, value in view.answers],
    }


def _acting(view: ActingView | None) -> Json | None:
    if view is None:
        return None
    return {
        "as": view.capacity,
        "text": view.text,
        "person": view.person,
        "holder": view.holder,
        "proof": view.proof,
        "ward": view.ward,
    }

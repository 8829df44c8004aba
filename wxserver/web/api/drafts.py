"""What a person has typed so far, kept between steps: one draft per bundle and item."""

from typing import Any, Final

from flask import Response

from bundles.engine import HELD
from wxserver.usecases.faults import NotFound
from wxserver.web.api.documenting import Sent, Success, answer, nothing, operation
from wxserver.web.api.presenting import draft, page
from wxserver.web.api.schemas.answers import DRAFT, PREFILL
from wxserver.web.api.schemas.requests import DRAFT_REQUEST
from wxserver.web.api.sessions import visitor
from wxserver.web.desk import desk

_PATH: Final = "/drafts/<bundle_code>/<item_code>"
_EXAMPLE: Final = {
    "bundle": "social-security-card",
    "item": "change-information",
    "bundle_version": 1,
    "submission_key": "8d0f6a52e1f04b0c9a4f",
    "acting": {"as": "self"},
    "form": {"phone": "13800005620"},
    "card_id": None,
    "uploads": [],
    "updated_at": "2026-11-26T10:00:00+08:00",
    "expires_on": "2026-12-26",
}


@operation(
    "PUT",
    _PATH,
    tag="drafts",
    body=Sent(DRAFT_REQUEST, {"one answer": {"form": {"phone": "13800005620"}}}),
    answers={200: Success(DRAFT, "The draft as it is now.", _EXAMPLE)},
    problems=(403,),
)
def save_draft(bundle_code: str, item_code: str, body: dict[str, Any]) -> Response:
    """Keep what was typed, right or wrong.

    Answers are added to those kept before; an empty text takes one away.
    """
    saved = desk().drafting.save(visitor(), bundle_code, item_code, **body)
    return answer(draft(saved))


@operation(
    "GET",
    _PATH,
    tag="drafts",
    answers={200: Success(DRAFT, "The draft.", _EXAMPLE)},
)
def show_draft(bundle_code: str, item_code: str) -> Response:
    """The draft of an item."""
    found = desk().drafting.get(visitor(), bundle_code, item_code)
    if found is None:
        raise NotFound("这一项您还没有填过。请从头开始填。", code="no-draft")
    return answer(draft(found))


@operation(
    "DELETE",
    _PATH,
    tag="drafts",
    answers={204: Success(None, "There is no draft any more.")},
    problems=(403,),
)
def drop_draft(bundle_code: str, item_code: str) -> Response:
    """Throw a draft away; also where there is none."""
    desk().drafting.drop(visitor(), bundle_code, item_code)
    return nothing()


@operation(
    "GET",
    f"{_PATH}/prefill",
    tag="drafts",
    answers={
        200: Success(
            PREFILL,
            "Nothing while the registry is away.",
            {"items": [{"field": "phone", "masked": "138****5620", "answer": HELD}], "next": None},
        )
    },
    problems=(403,),
)
def show_prefill(bundle_code: str, item_code: str) -> Response:
    """What the registry holds to answer an item's fields with, masked."""
    session = visitor()
    item = desk().catalogue.bundle(bundle_code).bundle.item(item_code)
    if item is None:
        raise NotFound("没有找到这个事项。请从首页选要办的事。", code="unknown-item")
    desk().applying.allow(session, item)
    begun = desk().drafting.get(session, bundle_code, item_code)
    held = desk().applying.held(session, item, begun.acting if begun else None)
    return answer(page({"field": code, "masked": text, "answer": HELD} for code, text in held.items()))

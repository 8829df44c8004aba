"""Applying, and how it goes on."""

from typing import Any, Final

from flask import Response

from bundles.application import Fault
from bundles.definition import JOIN
from wxserver.usecases.faults import Invalid
from wxserver.usecases.submissions import Submission
from wxserver.web.api.cards import CARD_EXAMPLE
from wxserver.web.api.documenting import IDEMPOTENCY_KEY, PREFIX, Sent, Success, answer, operation
from wxserver.web.api.presenting import case, page
from wxserver.web.api.reading import idempotency_key
from wxserver.web.api.schemas.answers import CASE, CASES
from wxserver.web.api.schemas.requests import PAGE, SUBMISSION
from wxserver.web.api.sessions import visitor
from wxserver.web.desk import desk

CASE_EXAMPLE: Final = {
    "number": "JY20261126-0382",
    "application": "0193a0de4c2b7f0e8a1d5b6c7d8e9f02",
    "bundle": "social-security-card",
    "bundle_name": "社会保障卡服务“一件事”",
    "bundle_version": 1,
    "item": "change-information",
    "item_name": "社保卡信息变更",
    "status": "completed",
    "status_text": "已办结",
    "submitted_at": "2026-11-26T10:00:00+08:00",
    "accepted_at": None,
    "due_on": None,
    "due_provisional": False,
    "due_explained": [],
    "limit": "即时办结",
    "completed_at": "2026-11-26T10:00:01+08:00",
    "result": {"updated": ["手机号码"], "text": "已更新：手机号码。"},
    "refusal": None,
    "waiting": None,
    "timeline": [{"at": "2026-11-26T10:00:01+08:00", "node": "completed", "text": "已更新：手机号码。"}],
    "actions": [],
    "correction": None,
    "acting": None,
    "card": CARD_EXAMPLE,
    "answers": [{"label": "手机号码", "value": "138****5620"}],
}
_CHANGE: Final = {
    "bundle": "social-security-card",
    "item": "change-information",
    "card_id": CARD_EXAMPLE["id"],
    "form": {"phone": "13800005620"},
}
_APPLY: Final = {
    "bundle": "social-security-card",
    "item": "apply",
    "form": {"phone": "13800005620", "bank": "ccb"},
    "uploads": ["9f2c4e6a8b0d1f3e5a7c9b2d4f6e8a0c", "1d3f5b7a9c2e4d6f8b0a1c3e5d7f9b2a"],
}


@operation(
    "POST",
    "/cases",
    tag="cases",
    body=Sent(SUBMISSION, {"change-information": _CHANGE, "apply": _APPLY}),
    headers=(IDEMPOTENCY_KEY,),
    answers={
        201: Success(CASE, "The new case.", CASE_EXAMPLE, location=True),
        200: Success(CASE, "The case that this key made before.", CASE_EXAMPLE),
    },
    problems=(403, 404, 409, 503),
)
def submit_case(body: dict[str, Any]) -> Response:
    """Apply for an item.

    The same key with the same content gives the same case again, however often it is sent; with other content 409.
    A 422 names all faults at once and leaves the key unused.
    """
    key = idempotency_key()
    if JOIN in body["item"]:
        raise Invalid.of([Fault("item", "several-items", "一次只提交一个事项。几项一起办，请用“一起办”的入口。")])
    submission = Submission(**(body | {"uploads": tuple(body["uploads"])}))
    submitted = desk().applying.submit(visitor(), key, submission)
    response = answer(case(submitted.case), 201 if submitted.created else 200)
    if submitted.created:
        response.headers["Location"] = f"{PREFIX}/cases/{submitted.case.number}"
    return response


@operation(
    "GET",
    "/cases",
    tag="cases",
    query=Sent(PAGE),
    answers={200: Success(CASES, "Newest first.", {"items": [CASE_EXAMPLE], "next": None})},
    problems=(400,),
)
def list_cases(query: dict[str, Any]) -> Response:
    """The person's cases."""
    found = desk().casework.list(visitor(), query["after"], query["limit"])
    return answer(page((case(each) for each in found.items), found.next))


@operation(
    "GET",
    "/cases/<number>",
    tag="cases",
    answers={200: Success(CASE, "The case.", CASE_EXAMPLE)},
)
def show_case(number: str) -> Response:
    """One case of the person's own."""
    return answer(case(desk().casework.case(visitor(), number)))

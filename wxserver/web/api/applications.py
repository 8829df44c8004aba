"""Applying for several items of a bundle at once, and what can be known before anything is filled in."""

from typing import Any, Final

from flask import Response

from bundles.definition import JOIN
from wxserver.usecases.submissions import Submission
from wxserver.web.api.cards import CARD_EXAMPLE
from wxserver.web.api.cases import CASE_EXAMPLE
from wxserver.web.api.documenting import IDEMPOTENCY_KEY, PREFIX, Sent, Success, answer, operation
from wxserver.web.api.presenting import case
from wxserver.web.api.reading import idempotency_key
from wxserver.web.api.schemas.answers import APPLICATION, ELIGIBILITY
from wxserver.web.api.schemas.requests import APPLICATION_REQUEST, ELIGIBILITY_REQUEST
from wxserver.web.api.sessions import visitor
from wxserver.web.desk import desk

_EXAMPLE: Final = {"id": "0193a0de4c2b7f0e8a1d5b6c7d8e9f02", "cases": [CASE_EXAMPLE]}
_BOTH: Final = {
    "bundle": "lost-card",
    "items": ["loss", "replace"],
    "card_id": CARD_EXAMPLE["id"],
    "form": {"phone": "13800005620"},
}


@operation(
    "POST",
    "/applications",
    tag="cases",
    body=Sent(APPLICATION_REQUEST, {"report a loss, then replace": _BOTH}),
    headers=(IDEMPOTENCY_KEY,),
    answers={
        201: Success(APPLICATION, "The new application: a case for each item.", _EXAMPLE, location=True),
        200: Success(APPLICATION, "The application that this key made before.", _EXAMPLE),
    },
    problems=(403, 404, 409, 503),
)
def submit_application(body: dict[str, Any]) -> Response:
    """Apply for several items of a bundle at once.

    Each becomes a case of its own. One that comes after another waits until that one is done; if it is refused, so is
    what waited for it, and what was done stays done. Keys work as for a case.
    """
    key = idempotency_key()
    items = JOIN.join(body.pop("items"))
    submission = Submission(item=items, **(body | {"uploads": tuple(body["uploads"])}))
    submitted = desk().applying.submit(visitor(), key, submission)
    content = {"id": submitted.application_id, "cases": [case(each) for each in submitted.cases]}
    response = answer(content, 201 if submitted.created else 200)
    if submitted.created:
        response.headers["Location"] = f"{PREFIX}/applications/{submitted.application_id}"
    return response


@operation(
    "GET",
    "/applications/<application_id>",
    tag="cases",
    answers={200: Success(APPLICATION, "The application with its cases.", _EXAMPLE)},
)
def show_application(application_id: str) -> Response:
    """One application of the person's own, with its cases."""
    found = desk().casework.application(visitor(), application_id)
    return answer({"id": application_id, "cases": [case(each) for each in found]})


@operation(
    "POST",
    "/eligibility",
    tag="cases",
    body=Sent(ELIGIBILITY_REQUEST, {"before a form": {"bundle": "social-security-card", "item": "apply"}}),
    answers={200: Success(ELIGIBILITY, "What is certain now.", {"eligible": True, "errors": {}})},
    problems=(403, 404, 503),
)
def check_eligibility(body: dict[str, Any]) -> Response:
    """Whether something is certain to keep the person from an item, before any form is filled in.

    It names each unmet condition, what it rests on, and what to do instead. What can't be found out now refuses nobody.
    """
    faults = desk().applying.precheck(visitor(), Submission(**body))
    errors: dict[str, list[str]] = {}
    for fault in faults:
        errors.setdefault(fault.path, []).append(fault.message)
    return answer({"eligible": not faults, "errors": errors})

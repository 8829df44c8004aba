"""Proving who one is at an identity provider, and the texts to agree to before."""

from typing import Any, Final

from flask import Response

from wxserver.usecases.submissions import Submission
from wxserver.usecases.verifying import StartVerification
from wxserver.web.api.documenting import PREFIX, Sent, Success, answer, operation
from wxserver.web.api.presenting import consent, page, provider, started_verification
from wxserver.web.api.schemas.answers import CONSENTS, PROVIDERS, STARTED_VERIFICATION, VERIFICATION
from wxserver.web.api.schemas.requests import VERIFICATION_REQUEST
from wxserver.web.api.sessions import described, visitor
from wxserver.web.desk import desk
from wxserver.web.guard import set_session_cookie

_ID: Final = "0193a0de4c2b7f0e8a1d5b6c7d8e9f00"
_TYPED: Final = {
    "provider": "signed",
    "name": "林小兰",
    "id_type": "resident_id",
    "id_number": "445202199001010026",
    "consent": "2026-11",
    "purpose": "sign-in",
}
_KNOWN: Final = {"provider": "signed", "consent": "2026-11", "purpose": "sign-in"}


@operation(
    "GET",
    "/identity-providers",
    tag="verifications",
    answers={
        200: Success(
            PROVIDERS,
            "The preferred one first, those that are down last.",
            page(
                [
                    {
                        "code": "signed",
                        "name": "粤信签",
                        "way": "page",
                        "documents": ["passport", "resident_id"],
                        "away": False,
                        "consents": ["identity_verification"],
                    }
                ]
            ),
        )
    },
)
def list_providers() -> Response:
    """Who can verify this person.

    Those that the account of this session offers, and what is still to be agreed to for each.
    """
    verifying, asking = desk().verifying, visitor()
    found = verifying.providers(asking)
    return answer(page(provider(each, verifying.consents_needed(asking, each.code)) for each in found))


@operation(
    "POST",
    "/verifications",
    tag="verifications",
    body=Sent(VERIFICATION_REQUEST, {"first time": _TYPED, "returning": _KNOWN}),
    answers={
        201: Success(
            STARTED_VERIFICATION,
            "Started: open `url`, then look at the verification.",
            {
                "id": _ID,
                "status": "created",
                "url": "https://identity.example/face/5d7c",
                "expires_at": "2026-11-26T10:10:00+08:00",
            },
            location=True,
        )
    },
    problems=(403, 429, 503),
)
def start_verification(body: dict[str, Any]) -> Response:
    """Start proving who one is.

    Name and document may be left out when this WeChat user is bound to a person already. With `case` and `key` the
    result serves for one application alone: POST /cases under that key, with that content, within the item's minutes.
    """
    case = body.pop("case")
    content = None if case is None else Submission(**(case | {"uploads": tuple(case["uploads"])}))
    view = desk().verifying.start(visitor(), StartVerification(**body, content=content))
    response = answer(started_verification(view), 201)
    response.headers["Location"] = f"{PREFIX}/verifications/{view.id}"
    return response


@operation(
    "GET",
    "/verifications/<verification_id>",
    tag="verifications",
    answers={
        200: Success(
            VERIFICATION, "How it stands.", {"id": _ID, "status": "passed", "reason": None, "outcome": "passed"}
        ),
    },
)
def look_at_verification(verification_id: str) -> Response:
    """How a verification stands; its owner only.

    The first answer that says `passed` raises and replaces the session: a Bearer session finds its new token in it, a
    cookie session gets a new cookie.
    """
    asking = visitor()
    looked = desk().verifying.look(asking, verification_id)
    view = looked.verification
    content = {"id": view.id, "status": view.status, "reason": view.reason}
    if looked.token is None or looked.session is None:
        return answer(content)
    if asking.kind == "bearer":
        return answer(content | {"session": described(looked.session) | {"token": looked.token}})
    response = answer(content)
    set_session_cookie(response, looked.token)
    return response


@operation(
    "GET",
    "/consents/current",
    tag="verifications",
    answers={
        200: Success(
            CONSENTS,
            "One text for each purpose.",
            page(
                [
                    {
                        "purpose": "identity_verification",
                        "version": "2026-11",
                        "title": "用人脸核对本人身份",
                        "text": "我同意用人脸核对本人身份。",
                    }
                ]
            ),
        )
    },
)
def current_consents() -> Response:
    """The texts one is asked to agree to, in force now.

    A client shows the text beside an empty box, and sends the version back once the person has ticked it.
    """
    return answer(page(consent(each) for each in desk().consenting.current()))

"""The children for whom the person acts."""

from typing import Any, Final

from flask import Response

from wxserver.usecases.claims import Claim
from wxserver.usecases.ward_views import WardView
from wxserver.web.api.documenting import PREFIX, Sent, Success, answer, nothing, operation
from wxserver.web.api.presenting import Json, moment, moment_or_null, page, upload
from wxserver.web.api.schemas.wards import WARD, WARD_CONSENT, WARD_PROOFS, WARD_REQUEST, WARDS
from wxserver.web.api.sessions import visitor
from wxserver.web.desk import desk

_EXAMPLE: Final[dict[str, object]] = {
    "id": "0193a0de4c2b7f0e8a1d5b6c7d8e9f03",
    "name": "陈**",
    "id_type": "resident_id",
    "id_number": "4***************43",
    "born_on": "2015-05-08",
    "relation": "parent",
    "relation_text": "父母",
    "state": "claimed",
    "state_text": "正在核对",
    "proof": None,
    "reason": None,
    "created_at": "2026-11-26T10:00:00+08:00",
    "decided_at": None,
    "needs_proof": True,
    "consent_due": False,
    "next_step": "请上传孩子的户口簿和监护关系证明，工作人员核对后，就能替孩子办事。",
    "proofs": [],
}
_REQUEST: Final = {
    "name": "陈小雨",
    "id_type": "resident_id",
    "id_number": "445202201505087043",
    "relation": "parent",
    "consent": "2026-11-23",
}


@operation(
    "GET",
    "/wards",
    tag="wards",
    answers={200: Success(WARDS, "Also those refused.", {"items": [_EXAMPLE], "next": None})},
)
def list_wards() -> Response:
    """The children for whom the person says, or has proven, that they act."""
    return answer(page(_ward(each) for each in desk().guardianships.mine(visitor())))


@operation(
    "POST",
    "/wards",
    tag="wards",
    body=Sent(WARD_REQUEST, {"a child": _REQUEST}),
    answers={201: Success(WARD, "The child; confirmed at once where the registry proves it.", _EXAMPLE, location=True)},
    problems=(403, 409),
)
def add_ward(body: dict[str, Any]) -> Response:
    """Say that one is the guardian of a minor.

    Needs a sign-in of the last 30 minutes. The answer tells nothing of what is known of the child.
    """
    found = desk().guardianships.claim(visitor(), Claim(**body))
    response = answer(_ward(found), 201)
    response.headers["Location"] = f"{PREFIX}/wards/{found.id}"
    return response


@operation(
    "GET",
    "/wards/<ward_id>",
    tag="wards",
    answers={200: Success(WARD, "The child.", _EXAMPLE)},
)
def show_ward(ward_id: str) -> Response:
    """One of the person's own."""
    return answer(_ward(desk().guardianships.one(visitor(), ward_id)))


@operation(
    "POST",
    "/wards/<ward_id>/proofs",
    tag="wards",
    body=Sent(WARD_PROOFS, {"both": {"uploads": ["9f2c4e6a8b0d1f3e5a7c9b2d4f6e8a0c"]}}),
    answers={200: Success(WARD, "The child, with the papers.", _EXAMPLE)},
    problems=(403, 409),
)
def prove_ward(ward_id: str, body: dict[str, Any]) -> Response:
    """Hand in the papers that prove it: household register and proof of guardianship, both."""
    return answer(_ward(desk().guardianships.hand_in(visitor(), ward_id, body["uploads"])))


@operation(
    "POST",
    "/wards/<ward_id>/consent",
    tag="wards",
    body=Sent(WARD_CONSENT, {"the text in force": {"consent": "2026-11-23"}}),
    answers={200: Success(WARD, "The child; one may go on acting for it.", _EXAMPLE)},
    problems=(403, 409),
)
def agree_for_ward(ward_id: str, body: dict[str, Any]) -> Response:
    """Agree to a new text on the use of this child's data; needed where `consent_due` is true."""
    return answer(_ward(desk().guardianships.agree(visitor(), ward_id, body["consent"])))


@operation(
    "DELETE",
    "/wards/<ward_id>",
    tag="wards",
    answers={204: Success(None, "The person no longer acts for this child.")},
    problems=(403, 409),
)
def drop_ward(ward_id: str) -> Response:
    """End it. While a case of it is open: 409 `case-open` with its number."""
    desk().guardianships.remove(visitor(), ward_id)
    return nothing()


def _ward(view: WardView) -> Json:
    return {
        "id": view.id,
        "name": view.name,
        "id_type": view.id_type,
        "id_number": view.id_number,
        "born_on": view.born_on.isoformat(),
        "relation": view.relation,
        "relation_text": view.relation_text,
        "state": view.state,
        "state_text": view.state_text,
        "proof": view.proof,
        "reason": view.reason,
        "created_at": moment(view.created_at),
        "decided_at": moment_or_null(view.decided_at),
        "needs_proof": view.needs_proof,
        "consent_due": view.consent_due,
        "next_step": view.next_step,
        "proofs": [upload(each) for each in view.proofs],
    }

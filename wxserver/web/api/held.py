"""Materials that are there already, and taking them over instead of asking for them again."""

from typing import Any, Final

from flask import Response

from wxserver.usecases.reusing import REUSE, HeldView
from wxserver.web.api.documenting import Sent, Success, answer, operation
from wxserver.web.api.presenting import Json, day_or_null, draft, page, upload
from wxserver.web.api.schemas.answers import DRAFT, HELD
from wxserver.web.api.schemas.requests import HELD_REQUEST
from wxserver.web.api.sessions import visitor
from wxserver.web.api.uploads import EXAMPLE
from wxserver.web.desk import desk

_PATH: Final = "/drafts/<bundle_code>/<item_code>/held"
_CONSENT: Final = "2026-11-23"
_HELD: Final = {
    "items": [
        {
            "material": "photo",
            "source": "earlier_case",
            "uploads": [EXAMPLE],
            "item_name": "社保卡申领",
            "day": "2026-05-03",
            "consent": _CONSENT,
        }
    ],
    "next": None,
}


@operation(
    "GET",
    _PATH,
    tag="drafts",
    answers={200: Success(HELD, "What need not be handed in anew.", _HELD)},
)
def list_held(bundle_code: str, item_code: str) -> Response:
    """What is there already of the item's materials: in the person's earlier cases, or perhaps at the registry.

    Nothing is asked of the registry before the person agrees to it by POST.
    """
    found = desk().reusing.every(visitor(), bundle_code, item_code)
    consent = desk().consenting.text(REUSE).version
    return answer(page(_held(each, consent) for each in found))


@operation(
    "POST",
    _PATH,
    tag="drafts",
    body=Sent(HELD_REQUEST, {"one": {"material": "photo", "source": "earlier_case", "consent": _CONSENT}}),
    answers={200: Success(DRAFT, "The draft, with it in.")},
    problems=(403, 503),
)
def take_held(bundle_code: str, item_code: str, body: dict[str, Any]) -> Response:
    """Put into the draft what is there already, in the place of what it held of this material.

    `consent` says that the person has just agreed to the text. `nothing-held`: there is nothing to take.
    """
    taken = desk().reusing.take(
        visitor(), bundle_code, item_code, body["material"], body["source"], consent=body["consent"]
    )
    return answer(draft(taken))


def _held(view: HeldView, consent: str) -> Json:
    return {
        "material": view.material,
        "source": view.source,
        "uploads": [upload(each) for each in view.uploads],
        "item_name": view.item_name,
        "day": day_or_null(view.day),
        "consent": consent,
    }

"""The person's cards."""

from typing import Any, Final

from flask import Response

from wxserver.web.api.documenting import Sent, Success, answer, operation
from wxserver.web.api.presenting import card, page
from wxserver.web.api.schemas.answers import CARDS
from wxserver.web.api.schemas.wards import CARDS_QUERY
from wxserver.web.api.sessions import visitor
from wxserver.web.desk import desk

CARD_EXAMPLE: Final = {
    "id": "0193a0de4c2b7f0e8a1d5b6c7d8e9f01",
    "number": "X0*****19",
    "bank": "中国建设银行",
    "region": "445202",
    "state": "active",
    "state_text": "正常",
    "expires_on": "2030-06-30",
}


@operation(
    "GET",
    "/cards",
    tag="cards",
    query=Sent(CARDS_QUERY),
    answers={200: Success(CARDS, "Masked.", page([CARD_EXAMPLE]))},
    problems=(404, 503),
)
def list_cards(query: dict[str, Any]) -> Response:
    """The person's cards, or those of a child for whom they act.

    While the card registry is away, as it last had them.
    """
    return answer(page(card(each) for each in desk().cards.list(visitor(), query["ward"])))

"""The person's inbox."""

from typing import Any, Final

from flask import Response

from wxserver.usecases.inbox import Letter
from wxserver.web.api.documenting import Sent, Success, answer, nothing, operation
from wxserver.web.api.presenting import Json, moment, page
from wxserver.web.api.schemas.requests import PAGE
from wxserver.web.api.schemas.wechat import MESSAGES
from wxserver.web.api.sessions import visitor
from wxserver.web.desk import desk

_EXAMPLE: Final = {
    "id": "0193a0de4c2b7f0e8a1d5b6c7d8e9f03",
    "at": "2026-11-26T10:00:01+08:00",
    "title": "社保卡信息变更已办结",
    "text": "您的资料已经更新。",
    "case": "JY20261126-0382",
    "ward": None,
    "read": False,
}


@operation(
    "GET",
    "/messages",
    tag="messages",
    query=Sent(PAGE),
    answers={200: Success(MESSAGES, "Newest first.", {"items": [_EXAMPLE], "next": None})},
    problems=(400,),
)
def list_messages(query: dict[str, Any]) -> Response:
    """What the person was told about their cases, and about children they stand for.

    Everything stands here, whether or not WeChat took a message about it too. Looking marks nothing as read.
    """
    found = desk().inbox.list(visitor(), query["after"], query["limit"])
    return answer(page((_message(each) for each in found.items), found.next))


@operation(
    "POST",
    "/messages/<message_id>/read",
    tag="messages",
    answers={204: Success(None, "It is marked as read.")},
    problems=(403,),
)
def read_message(message_id: str) -> Response:
    """Mark one message of the person's own as read.

    Call it once the person has seen it: staff phone those who have not.
    """
    desk().inbox.read(visitor(), message_id)
    return nothing()


def _message(letter: Letter) -> Json:
    return {
        "id": letter.id,
        "at": moment(letter.at),
        "title": letter.title,
        "text": letter.text,
        "case": letter.case_number,
        "ward": letter.ward_id,
        "read": letter.read,
    }

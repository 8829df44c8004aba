"""What is held about the person: where they are signed in and bound, what they agreed to, their data."""

from dataclasses import asdict
from typing import Any, Final

from flask import Response

from wxserver.usecases.consenting import GivenConsent
from wxserver.usecases.holding import BindingView, HeldSession
from wxserver.usecases.seen_by import SeenView
from wxserver.usecases.sessions import SessionView
from wxserver.web.api.documenting import Sent, Success, answer, nothing, operation
from wxserver.web.api.presenting import Json, moment, moment_or_null, page
from wxserver.web.api.schemas.personal import (
    ACCESSES,
    BINDINGS,
    CONSENT_REQUEST,
    ERASED,
    EXPORT,
    GIVEN_CONSENTS,
    HELD_SESSIONS,
    MY_DATA,
)
from wxserver.web.api.schemas.requests import PAGE
from wxserver.web.api.sessions import visitor
from wxserver.web.desk import desk
from wxserver.web.guard import clear_session_cookie

_AT: Final = "2026-11-26T10:00:00+08:00"
_ID: Final = "0193a0de4c2b7f0e8a1d5b6c7d8e9f03"
_SESSION: Final = {
    "id": _ID,
    "account": "揭阳人社",
    "device": "iPhone · 微信",
    "assurance": "face",
    "how": "人脸核验（粤信签）",
    "began_at": _AT,
    "seen_at": _AT,
    "current": True,
}
_BINDING: Final = {
    "id": _ID,
    "account": "揭阳人社",
    "bound_at": _AT,
    "by": "人脸核验",
    "here": True,
    "nickname": None,
}
_CONSENT: Final = {
    "id": _ID,
    "purpose": "face",
    "title": "人脸核验说明",
    "version": "2026-11-23",
    "given_at": _AT,
    "withdrawn_at": None,
    "about": None,
    "effect": "下次用人脸登录时，会先再问您。不用人脸，也可以用账号密码登录，或带证件到窗口办。",
}
_KIND: Final = {
    "code": "drafts",
    "title": "没有提交的草稿",
    "count": 1,
    "details": [],
    "kept": "30 天，提交或删掉就没有了。",
    "erasable": True,
}
_ACCESS: Final = {
    "at": _AT,
    "who_kind": "far_side",
    "who": "社保卡系统",
    "what": ["姓名", "证件号码"],
    "why": "办“社保卡申领”",
    "case": "JY20261126-0382",
}
_EXPORT: Final = {
    "about": "这是您在本系统里的个人信息。",
    "made_at": _AT,
    "sections": {"drafts": {"title": "没有提交的草稿", "items": []}},
}
_ERASED: Final = {
    "gone": [{"code": "drafts", "title": "没有提交的草稿", "count": 1, "note": ""}],
    "stays": [
        {
            "code": "cases",
            "title": "办件记录和交过的材料",
            "count": 1,
            "details": [],
            "ground": "法律要求保存办事记录。",
        }
    ],
    "notes": ["公众号还关注着。不想再收到公众号的消息，请在微信里取消关注。"],
}


@operation(
    "GET",
    "/sessions",
    tag="sessions",
    answers={200: Success(HELD_SESSIONS, "Seen last first.", {"items": [_SESSION], "next": None})},
)
def list_sessions() -> Response:
    """Where the person is signed in, over all their WeChat users."""
    return answer(page(_session(each) for each in desk().holding.sessions(visitor())))


@operation(
    "DELETE",
    "/sessions/others",
    tag="sessions",
    answers={204: Success(None, "Only the session that asks is left.")},
    problems=(403,),
)
def end_other_sessions() -> Response:
    """Sign out everywhere else."""
    desk().holding.end_others(visitor())
    return nothing()


@operation(
    "DELETE",
    "/sessions/<session_id>",
    tag="sessions",
    answers={204: Success(None, "It has ended.")},
    problems=(403,),
)
def end_one_session(session_id: str) -> Response:
    """End one of the person's sessions."""
    asking = visitor()
    return _left(asking, gone=desk().holding.end_session(asking, session_id))


@operation(
    "GET",
    "/bindings",
    tag="personal",
    answers={200: Success(BINDINGS, "Bound last first.", {"items": [_BINDING], "next": None})},
)
def list_bindings() -> Response:
    """The WeChat users behind whom the person stands: signing in there needs no name or number."""
    return answer(page(_binding(each) for each in desk().holding.bindings(visitor())))


@operation(
    "DELETE",
    "/bindings/<binding_id>",
    tag="personal",
    answers={204: Success(None, "Nobody stands behind it any more; its sessions have ended.")},
    problems=(403,),
)
def drop_binding(binding_id: str) -> Response:
    """Unbind a WeChat user; where it is the one that asks, its session ends too."""
    asking = visitor()
    return _left(asking, gone=desk().holding.unbind(asking, binding_id))


@operation(
    "GET",
    "/consents",
    tag="personal",
    answers={200: Success(GIVEN_CONSENTS, "Newest first.", {"items": [_CONSENT], "next": None})},
)
def list_consents() -> Response:
    """What the person agreed to, and what they took back."""
    return answer(page(_consent(each) for each in desk().consenting.given(visitor())))


@operation(
    "POST",
    "/consents",
    tag="personal",
    body=Sent(CONSENT_REQUEST, {"nickname": {"purpose": "wechat_profile", "version": "2026-11-23"}}),
    answers={204: Success(None, "It is kept that they agreed.")},
    problems=(403, 404),
)
def give_consent(body: dict[str, Any]) -> Response:
    """Agree to a text that was shown just now. `outdated`: it is no longer the one in force."""
    desk().consenting.give(visitor(), body["purpose"], body["version"])
    return nothing()


@operation(
    "DELETE",
    "/consents/<consent_id>",
    tag="personal",
    answers={204: Success(None, "It no longer holds, nor any other to the same purpose.")},
    problems=(403, 409),
)
def withdraw_consent(consent_id: str) -> Response:
    """Take back a consent. What was done while it held stays done, and no service is lost for it.

    Of a child's data it ends the guardianship; while a case of the child is open: 409 `case-open` with its number.
    """
    desk().consenting.withdraw(visitor(), consent_id)
    return nothing()


@operation(
    "GET",
    "/my-data",
    tag="personal",
    answers={200: Success(MY_DATA, "Kind by kind.", {"items": [_KIND], "next": None})},
)
def show_my_data() -> Response:
    """What is held about the person, masked: how much of each kind, and how long it stays."""
    return answer(page(asdict(each) | {"details": list(each.details)} for each in desk().holding.data(visitor())))


@operation(
    "GET",
    "/my-data/accesses",
    tag="personal",
    query=Sent(PAGE),
    answers={200: Success(ACCESSES, "Newest first.", {"items": [_ACCESS], "next": None})},
    problems=(400,),
)
def list_accesses(query: dict[str, Any]) -> Response:
    """Who saw data of the person and of their cases, to whom it was handed, and why."""
    found = desk().holding.seen(visitor(), query["after"], query["limit"])
    return answer(page((_access(each) for each in found.items), found.next))


@operation(
    "GET",
    "/my-data/export",
    tag="personal",
    answers={200: Success(EXPORT, "Everything that is the person's own, in clear.", _EXPORT)},
    problems=(403,),
)
def export_my_data() -> Response:
    """Take one's data along. Needs a sign-in of the last 30 minutes; at most 5 times in 24 hours."""
    found = desk().holding.export(visitor())
    response = answer(found.content)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return response


@operation(
    "POST",
    "/my-data/erasure",
    tag="personal",
    answers={200: Success(ERASED, "What is gone and what stays; every session has ended.", _ERASED)},
    problems=(403,),
)
def erase_my_data() -> Response:
    """Have deleted what no law makes the bureau keep. Needs a sign-in of the last 30 minutes.

    Open cases go on. Afterwards the person is signed out everywhere.
    """
    asking = visitor()
    found = desk().holding.erase(asking)
    stays = [asdict(each) | {"details": list(each.details)} for each in found.stays]
    response = answer(
        {"gone": [asdict(each) for each in found.gone], "stays": stays, "notes": list(found.notes)},
    )
    if asking.kind == "cookie":
        clear_session_cookie(response)
    return response


def _left(asking: SessionView, *, gone: bool) -> Response:
    """No content; where the session that asks is gone, its cookie is no use any more."""
    response = nothing()
    if gone and asking.kind == "cookie":
        clear_session_cookie(response)
    return response


def _session(view: HeldSession) -> Json:
    return asdict(view) | {"began_at": moment(view.began_at), "seen_at": moment(view.seen_at)}


def _binding(view: BindingView) -> Json:
    return asdict(view) | {"bound_at": moment_or_null(view.bound_at)}


def _consent(view: GivenConsent) -> Json:
    return asdict(view) | {"given_at": moment(view.given_at), "withdrawn_at": moment_or_null(view.withdrawn_at)}


def _access(view: SeenView) -> Json:
    return {
        "at": moment(view.at),
        "who_kind": view.who_kind,
        "who": view.who,
        "what": list(view.what),
        "why": view.why,
        "case": view.case_number,
    }

"""Signing in with an account and its password, and one's own account."""

from base64 import b64encode
from typing import Any, Final

from flask import Response, request

from wxserver.usecases.accounts import AccountView
from wxserver.usecases.faults import NotFound
from wxserver.usecases.password_signing_in import Attempt
from wxserver.web.api.documenting import Sent, Success, answer, nothing, operation
from wxserver.web.api.presenting import Json, moment
from wxserver.web.api.schemas.accounts import (
    ACCOUNT,
    ACCOUNT_REQUEST,
    CAPTCHA,
    PASSWORD_SESSION,
    PASSWORD_SIGN_IN,
)
from wxserver.web.api.sessions import described, visitor
from wxserver.web.desk import desk
from wxserver.web.guard import set_session_cookie

_ID: Final = "0193a0de4c2b7f0e8a1d5b6c7d8e9f00"
_TYPED: Final = {
    "kind": "person",
    "username": "13800005620",
    "password": "榕江边上 七棵老榕树",
    "captcha_id": _ID,
    "captcha": "4096",
}
_SESSION: Final = {
    "assurance": "password",
    "expires_at": "2026-12-26T10:00:00+08:00",
    "person": {"name": "林*兰", "id_type": "resident_id", "id_number": "4452**********0026"},
    "token": "9f2c",
}
_ACCOUNT: Final = {
    "username": "13800005620",
    "kind": "person",
    "changed_at": "2026-11-26T10:00:00+08:00",
    "must_change": False,
    "disabled": False,
}


def source() -> str:
    """The address that this request comes from, as our own proxies tell it."""
    return request.remote_addr or ""


@operation(
    "POST",
    "/captchas",
    tag="sessions",
    answers={
        201: Success(
            CAPTCHA,
            "Digits to read or to hear.",
            {
                "id": _ID,
                "image": "data:image/png;base64,iVBORw0KGgo=",
                "audio": "data:audio/wav;base64,UklGRg==",
                "expires_at": "2026-11-26T10:05:00+08:00",
            },
        )
    },
    problems=(403,),
)
def draw_captcha() -> Response:
    """A captcha for this WeChat user: the same digits as a picture and spoken.

    It serves once and for five minutes. `too-many-captchas`: 30 were drawn within 10 minutes.
    """
    view = desk().captchas.both(visitor())
    return answer(
        {
            "id": view.id,
            "image": f"data:image/png;base64,{b64encode(view.image).decode()}",
            "audio": f"data:audio/wav;base64,{b64encode(view.audio).decode()}",
            "expires_at": moment(view.expires_at),
        },
        201,
    )


@operation(
    "POST",
    "/sessions/password",
    tag="sessions",
    body=Sent(PASSWORD_SIGN_IN, {"person": _TYPED}),
    answers={200: Success(PASSWORD_SESSION, "Signed in: the session has risen and was replaced.", _SESSION)},
    problems=(403,),
)
def sign_in_by_password(body: dict[str, Any]) -> Response:
    """Sign in with an account and its password; the person is bound to this WeChat user.

    `bad-credentials` (401): `left` says how many tries the name has, `until` from when on. `bad-captcha` (422): draw
    another. `too-many-attempts` (429): `until`; a face verification signs in all the same.
    `password-change-required` (403): send `new_password` too, with a new captcha.
    """
    asking = visitor()
    signed_in = desk().password_signing_in.sign_in(asking, Attempt(**body), source())
    content = described(signed_in.session)
    if asking.kind == "bearer":
        return answer(content | {"token": signed_in.token})
    response = answer(content | {"csrf_token": signed_in.session.csrf_token})
    set_session_cookie(response, signed_in.token)
    return response


@operation(
    "GET",
    "/account",
    tag="sessions",
    answers={200: Success(ACCOUNT, "The account of who is signed in.", _ACCOUNT)},
    problems=(404,),
)
def show_account() -> Response:
    """The account of who is signed in; 404 `no-account` where they have none."""
    view = desk().accounts.mine(visitor())
    if view is None:
        raise NotFound("您还没有账号。人脸核验登录以后，可以设一个。", code="no-account")
    return answer(_account(view))


@operation(
    "PUT",
    "/account",
    tag="sessions",
    body=Sent(ACCOUNT_REQUEST, {"first time": {"username": "13800005620", "password": "榕江边上 七棵老榕树"}}),
    answers={200: Success(ACCOUNT, "As it is now; its other sessions have ended.", _ACCOUNT)},
    problems=(403,),
)
def set_account(body: dict[str, Any]) -> Response:
    """Set one's account, or change its name and password.

    The first time, and without `current`, a face verification of the last 30 minutes is needed: `assurance-required`.
    """
    new = body["password"]
    view = desk().accounts.set(
        visitor(), body["username"], new=new, again=new, current=body["current"], source=source()
    )
    return answer(_account(view))


@operation(
    "DELETE",
    "/account",
    tag="sessions",
    answers={204: Success(None, "It is gone, and the sessions that rested on it have ended.")},
    problems=(403, 404),
)
def remove_account() -> Response:
    """Give up one's account."""
    desk().accounts.remove(visitor())
    return nothing()


def _account(view: AccountView) -> Json:
    return {
        "username": view.username,
        "kind": view.kind,
        "changed_at": moment(view.changed_at),
        "must_change": view.must_change,
        "disabled": view.disabled,
    }

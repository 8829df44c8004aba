"""What clients in WeChat ask us about WeChat."""

from typing import Any, Final

from flask import Response

from wxserver.web.api.documenting import Sent, Success, answer, operation
from wxserver.web.api.presenting import page
from wxserver.web.api.schemas.wechat import (
    LOGIN_STATE,
    PAGE_ADDRESS,
    PHONE,
    PHONE_CODE,
    SIGNATURE,
    SUBSCRIPTION_TEMPLATES,
)
from wxserver.web.api.sessions import visitor
from wxserver.web.desk import desk

_TEMPLATE: Final = {"template_id": "nXk2vP3rT9", "channel": "miniprogram", "code": "progress"}
_SIGNATURE: Final = {
    "app_id": "wx0123456789abcdef",
    "timestamp": 1414587457,
    "nonce_str": "Wm3WZYTPz0wzccnW",
    "signature": "0f9de62fce790f9a083d5c99e95740ceb90c27ed",
}


@operation(
    "POST",
    "/phone-number",
    tag="wechat",
    body=Sent(PHONE_CODE, {"button": {"code": "e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144"}}),
    answers={200: Success(PHONE, "The number.", {"phone": "13800005620"})},
    problems=(403, 503),
)
def phone_number(body: dict[str, Any]) -> Response:
    """The person's phone number, by the code of the mini-program's phone button.

    For filling in a form; it is not kept. Every code is good for one answer.
    """
    return answer({"phone": desk().mini_programs.phone_number(visitor(), body["code"])})


@operation(
    "GET",
    "/sessions/current/wechat",
    tag="wechat",
    answers={200: Success(LOGIN_STATE, "Whether it does.", {"alive": True})},
    problems=(403, 503),
)
def wechat_login() -> Response:
    """Whether WeChat still knows the login of this mini-program's session."""
    return answer({"alive": desk().mini_programs.login_alive(visitor())})


@operation(
    "GET",
    "/subscription-templates",
    tag="wechat",
    answers={200: Success(SUBSCRIPTION_TEMPLATES, "Empty where there are none.", page([_TEMPLATE]))},
)
def subscription_templates() -> Response:
    """What the person can agree to be told by, in the account of this session.

    WeChat takes one message for every consent; ask again after each submit.
    """
    found = desk().mini_programs.subscription_templates(visitor())
    return answer(page({"template_id": each.template_id, "channel": each.channel, "code": each.code} for each in found))


@operation(
    "GET",
    "/jssdk",
    tag="wechat",
    query=Sent(PAGE_ADDRESS),
    answers={200: Success(SIGNATURE, "For wx.config.", _SIGNATURE)},
    problems=(403, 503),
)
def jssdk_signature(query: dict[str, Any]) -> Response:
    """The signature with which a page of ours may use WeChat's JS-SDK.

    For cookie sessions, and pages of this service only.
    """
    found = desk().mini_programs.signature(visitor(), query["url"])
    return answer(
        {
            "app_id": found.app_id,
            "timestamp": found.timestamp,
            "nonce_str": found.nonce,
            "signature": found.signature,
        }
    )

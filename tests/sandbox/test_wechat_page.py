"""The sandbox's WeChat around a page: the script of JS-SDK, and what `wx.config` comes to."""

import hashlib
import json
from typing import Any

import pytest

from tests.sandbox.conftest import Far, StandIn, call
from tests.sandbox.wechat_side import APP, MINI, api


def _given(far: Far, stand_in: StandIn, **other: Any) -> dict[str, Any]:
    ticket = api(far, "/cgi-bin/ticket/getticket", type="jsapi")["ticket"]
    given = {"appId": APP, "nonceStr": "Wm3WZYTPz0wzccnW", "timestamp": 1414587457, "url": f"{stand_in.url}/me/notices"}
    given |= {name: value for name, value in other.items() if name in given}
    text = f"jsapi_ticket={ticket}&noncestr={given['nonceStr']}&timestamp={given['timestamp']}&url={given['url']}"
    signature = hashlib.sha1(text.encode()).hexdigest()
    return given | {"signature": signature, "openTagList": ["wx-open-subscribe"]} | other


def _verdict(far: Far, given: Any) -> Any:
    return call("POST", f"{far.url}/phone/jssdk", json.dumps(given).encode()).json


def test_the_script_lies_where_wechats_does(far: Far) -> None:
    answer = far.get("/open/js/jweixin-1.6.0.js")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "wx-open-subscribe" in answer.text


def test_a_page_that_is_signed_rightly_may_have_its_tags(far: Far, stand_in: StandIn) -> None:
    assert _verdict(far, _given(far, stand_in)) == {"errMsg": "config:ok", "title": "揭阳人社", "account": "jieyang"}


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ({"signature": "0" * 40}, "invalid signature"),
        ({"signature": None}, "invalid signature"),
        ({"appId": MINI}, "invalid appid"),
        ({"url": "https://elsewhere.example/me/notices"}, "invalid url domain"),
        ({"url": ""}, "invalid url domain"),
        ({"openTagList": ["wx-open-launch-app"]}, "permission denied"),
        ({"openTagList": None}, "permission denied"),
    ],
)
def test_any_other_page_may_not(far: Far, stand_in: StandIn, other: dict[str, Any], verdict: str) -> None:
    assert _verdict(far, _given(far, stand_in, **other))["errMsg"] == f"config:{verdict}"


def test_a_signature_ends_with_its_ticket(far: Far, stand_in: StandIn) -> None:
    given = _given(far, stand_in)
    far.control("time", {"advance": "PT2H1S"})
    assert _verdict(far, given)["errMsg"] == "config:invalid signature"


@pytest.mark.parametrize("given", [[], None, "x"])
def test_what_is_no_object_is_refused(far: Far, given: Any) -> None:
    assert _verdict(far, given)["status"] == 400

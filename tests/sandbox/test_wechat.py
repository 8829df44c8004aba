"""WeChat's side: login codes, tokens, menu, messages."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.sandbox.conftest import Answer, Far, StandIn

APP, SECRET = "wxb11529c136998cb6", "secret-of-jieyang"
MINI, MINI_SECRET = "wx5f9c79f933ccc393", "secret-of-mini"


def _authorize(far: Far, stand_in: StandIn, more: str = "", **changed: str) -> Answer:
    given = {
        "appid": APP, "redirect_uri": f"{stand_in.url}/wechat/jieyang/oauth", "response_type": "code",
        "scope": "snsapi_base", "state": "a1B2",
    } | changed  # fmt: skip
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
    return far.get(f"/connect/oauth2/authorize?{query}{more}")


def _code(answer: Answer) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def _exchange(far: Far, code: str, app: str = APP, secret: str = SECRET) -> Any:
    return far.get(
        f"/sns/oauth2/access_token?appid={app}&secret={secret}&code={code}&grant_type=authorization_code"
    ).json


def test_a_base_login_is_silent_and_its_code_is_worth_the_openid_once(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    answer = _authorize(far, stand_in, f"&as={person['openid']}")
    assert answer.status == 302
    assert answer.headers["location"].startswith(f"{stand_in.url}/wechat/jieyang/oauth?code=")
    assert answer.headers["location"].endswith("&state=a1B2")
    code = _code(answer)
    told = _exchange(far, code)
    assert (told["openid"], told["scope"], told["expires_in"]) == (person["openid"], "snsapi_base", 7200)
    assert "unionid" not in told
    again = _exchange(far, code)
    assert again["errcode"] == 40163
    assert "rid: " in again["errmsg"]


def test_a_code_is_worth_something_to_one_of_twenty_threads(far: Far, stand_in: StandIn) -> None:
    code = _code(_authorize(far, stand_in))
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: _exchange(far, code), range(20)))
    assert sum("openid" in answer for answer in answers) == 1
    assert sum(answer.get("errcode") == 40163 for answer in answers) == 19


def test_without_a_cookie_the_phone_is_held_by_the_first_demo_person(far: Far, stand_in: StandIn) -> None:
    assert _exchange(far, _code(_authorize(far, stand_in)))["openid"] == "oDemoLinXiulan00000000000001"


def test_a_code_ends_after_five_minutes_and_others_are_not_known(far: Far, stand_in: StandIn) -> None:
    code = _code(_authorize(far, stand_in))
    assert _exchange(far, code, MINI, MINI_SECRET)["errcode"] == 40029
    assert _exchange(far, "made-up")["errcode"] == 40029
    far.control("time", {"advance": "PT5M1S"})
    assert _exchange(far, code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        ("", 41002),
        ("appid=x", 41004),
        ("appid=x&secret=y", 40013),
        (f"appid={APP}&secret=y", 40125),
        (f"appid={APP}&secret={SECRET}", 40002),
        (f"appid={APP}&secret={SECRET}&grant_type=authorization_code", 41008),
    ],
)
def test_a_faulty_exchange_is_200_with_wechats_number(far: Far, query: str, errcode: int) -> None:
    answer = far.get(f"/sns/oauth2/access_token?{query}")
    assert (answer.status, answer.json["errcode"]) == (200, errcode)


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"redirect_uri": "http://127.0.0.1:9/x"}, "10003"),
        ({"redirect_uri": "javascript:alert(1)"}, "10003"),
        ({"redirect_uri": ""}, "10011"),
        ({"appid": ""}, "10012"),
        ({"appid": "wx0"}, "10004"),
        ({"scope": ""}, "10010"),
        ({"scope": "snsapi_login"}, "10005"),
        ({"state": ""}, "10013"),
        ({"state": "a-b"}, "10013"),
        ({"state": "a" * 129}, "10013"),
    ],
)
def test_a_faulty_authorize_link_shows_wechats_number_and_goes_nowhere(
    far: Far, stand_in: StandIn, changed: dict[str, str], number: str
) -> None:
    answer = _authorize(far, stand_in, **changed)
    assert answer.status == 400
    assert number in answer.text


def test_the_consent_page_can_be_asked_for_allowed_and_refused(far: Far, stand_in: StandIn) -> None:
    page = _authorize(far, stand_in, "&forcePopup=true")
    assert page.status == 200
    assert "允许" in page.text
    assert "<script" not in page.text
    query = (
        f"/connect/oauth2/authorize?appid={APP}&redirect_uri={quote(stand_in.url + '/back?next=1', safe='')}"
        "&response_type=code&scope=snsapi_userinfo&state=s1"
    )
    refused = far.form(query, "decision=refuse")
    assert "location" not in refused.headers
    person = far.person()
    allowed = far.form(query, f"decision=allow&openid={person['openid']}")
    assert allowed.status == 303
    assert allowed.headers["location"].startswith(f"{stand_in.url}/back?next=1&code=")
    assert allowed.headers["set-cookie"].startswith("sandbox_user=")
    told = _exchange(far, _code(allowed))
    assert told["openid"] == person["openid"]
    assert told["unionid"].startswith("u")


def test_a_snapshot_login_is_marked_and_has_another_openid(far: Far, stand_in: StandIn) -> None:
    told = _exchange(far, _code(_authorize(far, stand_in, "&forceSnapShot=true")))
    assert told["is_snapshotuser"] == 1
    assert told["openid"] != "oDemoLinXiulan00000000000001"


def test_a_mini_program_login_has_an_openid_of_its_own_and_the_common_unionid(far: Far) -> None:
    person = far.person()
    codes = [far.get(f"/wx/login?as={person['openid']}&appid={MINI}").json["code"] for _ in range(2)]
    path = f"/sns/jscode2session?appid={MINI}&secret={MINI_SECRET}&grant_type=authorization_code&js_code="
    first, second = (far.get(path + code).json for code in codes)
    assert first["openid"] == second["openid"] != person["openid"]
    assert first["unionid"] == second["unionid"]
    assert first["session_key"]
    assert far.get(path + codes[0]).json["errcode"] == 40163
    assert far.get("/wx/login?appid=none").status == 400


def _stable(far: Far, **more: Any) -> Any:
    import json

    from tests.sandbox.conftest import call

    body = {"grant_type": "client_credential", "appid": APP, "secret": SECRET} | more
    return call("POST", f"{far.url}/cgi-bin/stable_token", json.dumps(body).encode()).json


def _basic(far: Far) -> str:
    told: str = far.get(f"/cgi-bin/token?grant_type=client_credential&appid={APP}&secret={SECRET}").json["access_token"]
    return told


def _menu_code(far: Far, token: str) -> int:
    code: int = far.get(f"/cgi-bin/menu/get?access_token={token}").json["errcode"]
    return code


def test_the_stable_token_stays_the_same_until_five_minutes_before_its_end(far: Far) -> None:
    first = _stable(far)
    assert first["expires_in"] == 7200
    far.control("time", {"advance": "PT1H54M"})
    second = _stable(far)
    assert second["access_token"] == first["access_token"]
    assert 350 <= second["expires_in"] <= 360
    far.control("time", {"advance": "PT1M5S"})
    third = _stable(far)
    assert third["access_token"] != first["access_token"]
    assert [_menu_code(far, one["access_token"]) for one in (first, third)] == [46003, 46003]
    far.control("time", {"advance": "PT5M"})
    assert [_menu_code(far, one["access_token"]) for one in (first, third)] == [40001, 46003]
    far.control("time", {"advance": "PT3H"})
    assert _menu_code(far, third["access_token"]) == 42001


def test_a_forced_token_kills_the_old_one_but_not_twice_within_half_a_minute_nor_twenty_one_times_a_day(
    far: Far,
) -> None:
    far.control("time", {"set": "2026-11-26T08:00:00+08:00"})
    old = _stable(far)["access_token"]
    forced = _stable(far, force_refresh=True)["access_token"]
    assert forced != old
    assert _menu_code(far, old) == 40001
    assert _stable(far, force_refresh=True)["access_token"] == forced
    for _ in range(19):
        far.control("time", {"advance": "PT31S"})
        assert "access_token" in _stable(far, force_refresh=True)
    far.control("time", {"advance": "PT31S"})
    assert _stable(far, force_refresh=True)["errcode"] == 45009
    far.control("time", {"advance": "P1D"})
    assert "access_token" in _stable(far, force_refresh=True)


def test_a_new_plain_token_leaves_the_old_one_five_minutes_and_the_stable_one_alone(far: Far) -> None:
    stable, first, second = _stable(far)["access_token"], _basic(far), _basic(far)
    assert len({stable, first, second}) == 3
    assert [_menu_code(far, one) for one in (stable, first, second)] == [46003] * 3
    far.control("time", {"advance": "PT5M1S"})
    assert [_menu_code(far, one) for one in (stable, first, second)] == [46003, 40001, 46003]


def test_faulty_token_requests_have_wechats_numbers(far: Far) -> None:
    assert _stable(far, secret="x")["errcode"] == 40125
    assert _stable(far, appid="x")["errcode"] == 40013
    assert _stable(far, appid="")["errcode"] == 41002
    assert _stable(far, grant_type="")["errcode"] == 40002
    assert far.get("/cgi-bin/stable_token").json["errcode"] == 43002
    assert far.get("/cgi-bin/menu/get").json["errcode"] == 41001


def _create(far: Far, menu: Any) -> int:
    import json

    from tests.sandbox.conftest import call

    token = _stable(far)["access_token"]
    code: int = call("POST", f"{far.url}/cgi-bin/menu/create?access_token={token}", json.dumps(menu).encode()).json[
        "errcode"
    ]
    return code


def test_a_menu_is_taken_in_shown_and_deleted(far: Far) -> None:
    menu = {"button": [{"name": "微动态", "sub_button": [{"type": "click", "name": "甲", "key": "A"}]}]}
    assert _create(far, menu) == 0
    token = _stable(far)["access_token"]
    assert far.get(f"/cgi-bin/menu/get?access_token={token}").json == {"menu": menu}
    assert far.get(f"/cgi-bin/menu/delete?access_token={token}").json["errcode"] == 0
    assert _menu_code(far, token) == 46003


_CLICK = {"type": "click", "name": "甲", "key": "A"}


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([_CLICK] * 4, 40016),
        ([_CLICK | {"type": "dance"}], 40017),
        ([_CLICK | {"name": "六个汉字太长了"}], 40018),
        ([_CLICK | {"key": "k" * 129}], 40019),
        ([{"type": "view", "name": "甲", "url": "http://a/" + "x" * 1020}], 40020),
        ([{"name": "甲", "sub_button": [_CLICK] * 6}], 40023),
        ([{"name": "甲", "sub_button": [_CLICK | {"type": ""}]}], 40024),
        ([{"name": "甲", "sub_button": [_CLICK | {"name": "字" * 21}]}], 40025),
        ([{"name": "甲", "sub_button": [_CLICK | {"key": ""}]}], 40026),
        ([{"name": "甲", "sub_button": [{"type": "view", "name": "乙"}]}], 40027),
        ([{"name": "甲", "sub_button": [{"type": "view", "name": "乙", "url": "ftp://a"}]}], 40054),
        ([{"type": "view", "name": "乙", "url": "ftp://a"}], 40055),
        ([{"type": "miniprogram", "name": "乙", "url": "http://a"}], 40017),
    ],
)
def test_a_menu_beyond_the_limits_is_refused_with_wechats_number(far: Far, buttons: Any, errcode: int) -> None:
    assert _create(far, {"button": buttons}) == errcode


def test_messages_are_kept_for_their_follower_once_per_client_number(far: Far) -> None:
    import json

    from tests.sandbox.conftest import call

    person, token = far.person(), _stable(far)["access_token"]
    url = f"{far.url}/cgi-bin/message/template/send?access_token={token}"

    def send(**more: Any) -> Any:
        body = {
            "touser": person["openid"],
            "template_id": "T",
            "data": {"a": {"value": "1"}},
            "client_msg_id": "c1",
        } | more
        return call("POST", url, json.dumps(body).encode()).json

    first, again = send(), send()
    assert first["errcode"] == 0
    assert first["msgid"] == again["msgid"]
    assert send(client_msg_id="c2")["msgid"] != first["msgid"]
    assert len(far.items(f"messages?openid={person['openid']}")) == 2
    assert far.items(f"messages?openid={person['openid']}")[0]["data"] == {"a": {"value": "1"}}
    assert far.items("messages?openid=nobody") == []
    assert send(touser="nobody")["errcode"] == 40003
    assert send(template_id=None)["errcode"] == 40037
    assert send(data={})["errcode"] == 47003
    far.control("push", {"openid": person["openid"], "event": "unsubscribe"})
    assert send(client_msg_id="c3")["errcode"] == 43004

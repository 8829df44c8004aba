"""The sandbox's WeChat: tokens checked, addresses, frozen secrets, quotas, methods, and its small services."""

import json
import re
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.sandbox.conftest import Far, StandIn, call
from tests.sandbox.wechat_side import APP, MINI, MINI_SECRET, SECRET, api, stable

IPS = "/cgi-bin/getcallbackip"
RID = re.compile(r".* rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}")


def _ask(far: Far, token: str, path: str = IPS) -> Any:
    return far.get(f"{path}?access_token={token}").json


def test_each_kind_of_bad_token_has_its_number(far: Far) -> None:
    token = stable(far)["access_token"]
    assert _ask(far, token) == {"ip_list": ["127.0.0.1"]}
    other = token[:-6] + ("aaaaaa" if token[-6:] != "aaaaaa" else "bbbbbb")
    for given, errcode in (("", 41001), ("made-up", 40014), (other, 40001)):
        answer = _ask(far, given)
        assert answer["errcode"] == errcode
        assert RID.fullmatch(answer["errmsg"])
    far.control("time", {"advance": "PT2H1S"})
    assert _ask(far, token)["errcode"] == 42001


def test_a_path_wants_its_method_and_an_unknown_one_is_told_in_wechats_way(far: Far) -> None:
    token = stable(far)["access_token"]
    assert _ask(far, token, "/cgi-bin/message/template/send")["errcode"] == 43002
    assert _ask(far, token, "/cgi-bin/qrcode/create")["errcode"] == 43002
    assert call("POST", f"{far.url}{IPS}?access_token={token}", b"{}").json["errcode"] == 43001
    assert call("POST", f"{far.url}/cgi-bin/token", b"").json["errcode"] == 43001
    assert call("POST", f"{far.url}/sns/oauth2/access_token", b"").json["errcode"] == 43001
    unknown = far.get("/cgi-bin/no/such/thing")
    assert (unknown.status, unknown.json["errcode"]) == (200, 40066)
    assert call("POST", f"{far.url}/cgi-bin/menu/create?access_token={token}", b"no json").json["errcode"] == 47001


def test_a_caller_outside_the_whitelist_is_refused_by_name_and_gets_in_again(far: Far) -> None:
    far.control("wechat/whitelist", {"account": "jieyang", "addresses": ["10.0.0.9"]}, "PUT")
    refused = stable(far)
    assert refused["errcode"] == 40164
    assert refused["errmsg"].startswith("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: ")
    basic = f"/cgi-bin/token?grant_type=client_credential&appid={APP}&secret={SECRET}"
    assert far.get(basic).json["errcode"] == 40164
    assert "access_token" in stable(far, MINI)
    far.control("wechat/whitelist", {"addresses": ["127.0.0.1"]}, "PUT")
    assert "access_token" in stable(far)
    far.control("wechat/whitelist", {"addresses": []}, "PUT")
    assert [stable(far, app)["errcode"] for app in (APP, MINI)] == [40164, 40164]
    far.control("wechat/whitelist", {"account": None, "addresses": None}, "PUT")
    assert "access_token" in stable(far)


def test_a_frozen_secret_gives_neither_tokens_nor_sessions(far: Far) -> None:
    code = far.get(f"/wx/login?appid={MINI}").json["code"]
    session = f"/sns/jscode2session?appid={MINI}&secret={MINI_SECRET}&grant_type=authorization_code&js_code={code}"
    far.control("wechat/secret", {"frozen": True}, "PUT")
    assert [stable(far)["errcode"], far.get(session).json["errcode"]] == [40243, 40243]
    far.control("wechat/secret", {"frozen": False}, "PUT")
    assert "access_token" in stable(far)
    assert "openid" in far.get(session).json


def test_a_quota_of_the_minute_ends_with_it(far: Far) -> None:
    far.control("time", {"set": "2026-11-26T10:00:05+08:00"})
    far.control("wechat/quotas", {"path": IPS, "per_minute": 2}, "PUT")
    assert ["ip_list" in api(far, IPS) for _ in range(2)] == [True, True]
    assert api(far, IPS)["errcode"] == 45011
    assert "ip_list" in api(far, IPS, app=MINI)
    assert "ip_list" in api(far, "/cgi-bin/get_api_domain_ip")
    far.control("time", {"advance": "PT1M"})
    assert "ip_list" in api(far, IPS)


def test_a_quota_of_the_day_ends_with_it_or_is_cleared_ten_times_a_month(far: Far) -> None:
    far.control("time", {"set": "2026-11-02T10:00:00+08:00"})
    far.control("wechat/quotas", {"path": IPS, "per_day": 1}, "PUT")
    assert "ip_list" in api(far, IPS)
    assert api(far, IPS)["errcode"] == 45009
    assert api(far, "/cgi-bin/clear_quota", {"appid": MINI})["errcode"] == 40013
    assert api(far, "/cgi-bin/clear_quota", {"appid": APP})["errcode"] == 0
    assert "ip_list" in api(far, IPS)
    assert api(far, IPS)["errcode"] == 45009
    far.control("time", {"advance": "P1D"})
    assert "ip_list" in api(far, IPS)
    assert [api(far, "/cgi-bin/clear_quota", {"appid": APP})["errcode"] for _ in range(10)] == [0] * 9 + [48006]
    body = json.dumps({"appid": APP, "appsecret": SECRET}).encode()
    assert call("POST", f"{far.url}/cgi-bin/clear_quota/v2", body).json["errcode"] == 48006


def test_a_quota_of_none_refuses_the_first_call_and_goes_away_with_null(far: Far) -> None:
    path = "/cgi-bin/stable_token"
    far.control("wechat/quotas", {"path": path, "per_day": 0}, "PUT")
    assert stable(far)["errcode"] == 45009
    far.control("wechat/quotas", {"path": path, "per_day": None}, "PUT")
    assert "access_token" in stable(far)


def test_the_quota_of_mini_program_logins_counts_too(far: Far) -> None:
    far.control("wechat/quotas", {"path": "/sns/jscode2session", "per_minute": 0}, "PUT")
    query = f"appid={MINI}&secret={MINI_SECRET}&grant_type=authorization_code&js_code=x"
    assert far.get(f"/sns/jscode2session?{query}").json["errcode"] == 45011


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("whitelist", {"addresses": "127.0.0.1"}),
        ("whitelist", {"addresses": ["somewhere"]}),
        ("whitelist", {"account": "none", "addresses": None}),
        ("secret", {"frozen": "yes"}),
        ("quotas", {"path": "/", "per_day": 1}),
        ("quotas", {"path": IPS, "per_day": True}),
        ("quotas", {"path": IPS, "per_minute": -1}),
    ],
)
def test_a_faulty_knob_is_400_with_a_sentence(far: Far, path: str, body: dict[str, Any]) -> None:
    answer = far.control(f"wechat/{path}", body, "PUT")
    assert answer.status == 400
    assert answer.json["detail"]


def test_every_answer_tells_the_time_of_the_sandboxs_own_clock(far: Far) -> None:
    far.control("time", {"set": "2027-03-01T10:00:00+08:00"})
    for path in (IPS, "/cgi-bin/stable_token", "/healthz"):
        told = parsedate_to_datetime(far.get(path).headers["date"])
        assert abs(told.timestamp() - far.world.clock.timestamp()) < 3


def test_the_ticket_for_pages_stays_the_same_for_its_two_hours(far: Far) -> None:
    path = "/cgi-bin/ticket/getticket"
    first = api(far, path, type="jsapi")
    assert (first["errcode"], first["expires_in"]) == (0, 7200)
    far.control("time", {"advance": "PT1H"})
    later = api(far, path, type="jsapi")
    assert later["ticket"] == first["ticket"]
    assert 3590 <= later["expires_in"] <= 3600
    far.control("time", {"advance": "PT1H"})
    assert api(far, path, type="jsapi")["ticket"] != first["ticket"]
    assert api(far, path, type="wx_card")["errcode"] == 40097
    assert api(far, path, app=MINI, type="jsapi")["errcode"] == 48001


def test_the_check_of_the_callback_knocks_at_the_app(far: Far, stand_in: StandIn) -> None:
    path, body = "/cgi-bin/callback/check", {"action": "all", "check_operator": "DEFAULT"}
    assert api(far, path, body)["ping"][0]["package_loss"] == "0%"
    assert stand_in.received == []
    assert api(far, path, body | {"action": "dance"})["errcode"] == 40202
    assert api(far, path, body | {"check_operator": "X"})["errcode"] == 40203
    object.__setattr__(far.world.settings, "public_url", "http://127.0.0.1:9")
    assert api(far, path, body)["ping"][0]["package_loss"] == "100%"


def test_the_menu_that_users_see_is_told_in_both_forms(far: Far) -> None:
    current = "/cgi-bin/get_current_selfmenu_info"
    assert api(far, current) == {"is_menu_open": 0, "selfmenu_info": {"button": []}}
    inner = [{"type": "click", "name": "甲", "key": "A"}]
    menu = {"button": [{"name": "微动态", "sub_button": inner}, {"type": "click", "name": "乙", "key": "B"}]}
    assert api(far, "/cgi-bin/menu/create", menu)["errcode"] == 0
    assert api(far, "/cgi-bin/menu/get") == {"menu": menu}
    shown = api(far, current)
    assert shown["is_menu_open"] == 1
    assert shown["selfmenu_info"]["button"][0] == {"name": "微动态", "sub_button": {"list": inner}}


@pytest.mark.parametrize(
    ("button", "errcode"),
    [
        ({"type": "view", "name": "甲", "url": "https://"}, 40055),
        ({"type": "view", "name": "甲", "url": "http://[half"}, 40055),
        ({"type": "media_id", "name": "甲"}, 40007),
        ({"type": "article_id", "name": "甲"}, 53600),
        ("甲", 40017),
        ({"name": "甲", "sub_button": ["乙"]}, 40024),
    ],
)
def test_more_faults_of_a_menu_have_their_numbers(far: Far, button: Any, errcode: int) -> None:
    assert api(far, "/cgi-bin/menu/create", {"button": [button]})["errcode"] == errcode

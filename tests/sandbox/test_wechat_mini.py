"""The sandbox's WeChat: who a user is at each account, a mini-program's sessions and phone numbers, QR codes."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.conftest import Far
from tests.sandbox.wechat_side import APP, MINI, api, mini_openid
from wxserver.sandbox.wechat_users import scene_of

PHONE = "/wxa/business/getuserphonenumber"


def _signed(far: Far, path: str, openid: str, key: str, **more: str) -> Any:
    signature = hmac.new(key.encode(), b"", hashlib.sha256).hexdigest()
    return api(far, path, None, MINI, **{"openid": openid, "signature": signature, "sig_method": "hmac_sha256"} | more)


def _code(far: Far, person: dict[str, Any]) -> str:
    code: str = far.get(f"/wx/phone?appid={MINI}&as={person['openid']}").json["code"]
    return code


def test_a_session_key_holds_until_the_next_login_of_the_same_user(far: Far) -> None:
    person = far.person()
    first = mini_openid(far, person)
    check = "/wxa/checksession"
    assert _signed(far, check, first["openid"], first["session_key"])["errcode"] == 0
    mini_openid(far, far.person())
    assert _signed(far, check, first["openid"], first["session_key"])["errcode"] == 0
    second = mini_openid(far, person)
    assert _signed(far, check, first["openid"], first["session_key"])["errcode"] == 87009
    assert _signed(far, check, first["openid"], second["session_key"])["errcode"] == 0
    assert _signed(far, check, first["openid"], second["session_key"], sig_method="md5")["errcode"] == 87008
    assert _signed(far, check, "nobody", second["session_key"])["errcode"] == 40003
    far.control("reset")
    assert _signed(far, check, first["openid"], second["session_key"])["errcode"] == 40003


def test_a_known_user_without_a_login_has_no_session(far: Far) -> None:
    person = far.person()
    openid = mini_openid(far, person)["openid"]
    with far.world.database.write() as connection:
        connection.execute("DELETE FROM session_key")
    assert _signed(far, "/wxa/checksession", openid, "key")["errcode"] == 87009


def test_a_session_key_is_renewed_for_whoever_has_it(far: Far) -> None:
    known = mini_openid(far, far.person())
    renewed = _signed(far, "/wxa/resetusersessionkey", known["openid"], known["session_key"])
    assert renewed["openid"] == known["openid"]
    assert renewed["session_key"] != known["session_key"]
    assert _signed(far, "/wxa/checksession", known["openid"], renewed["session_key"])["errcode"] == 0
    assert _signed(far, "/wxa/resetusersessionkey", known["openid"], known["session_key"])["errcode"] == 87009


def test_the_phone_buttons_code_is_worth_the_number_once(far: Far) -> None:
    person = far.person(phone="13800005620")
    code = _code(far, person)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api(far, PHONE, {"code": code}, MINI), range(8)))
    assert sorted(answer["errcode"] for answer in answers) == [0] + [40163] * 7
    info = next(answer["phone_info"] for answer in answers if answer["errcode"] == 0)
    assert (info["phoneNumber"], info["purePhoneNumber"], info["countryCode"]) == ("13800005620", "13800005620", "86")
    assert info["watermark"]["appid"] == MINI
    assert abs(info["watermark"]["timestamp"] - far.world.clock.timestamp()) < 5


def test_a_phone_code_ends_after_five_minutes_and_is_no_login_code(far: Far) -> None:
    person = far.person()
    late = _code(far, person)
    login = far.get(f"/wx/login?appid={MINI}&as={person['openid']}").json["code"]
    assert [api(far, PHONE, {"code": code}, MINI)["errcode"] for code in (login, "made-up")] == [40029, 40029]
    assert api(far, PHONE, {"code": late})["errcode"] == 48001
    far.control("time", {"advance": "PT5M1S"})
    assert api(far, PHONE, {"code": late}, MINI)["errcode"] == 40029


def test_a_phone_code_given_with_another_users_openid_is_refused_and_not_used_up(far: Far) -> None:
    person, other = far.person(), far.person()
    code, openids = _code(far, person), [mini_openid(far, each)["openid"] for each in (person, other)]
    assert api(far, PHONE, {"code": code, "openid": openids[1]}, MINI)["errcode"] == 40003
    assert api(far, PHONE, {"code": code, "openid": openids[0]}, MINI)["errcode"] == 0


def test_a_user_without_a_number_at_the_registry_has_the_same_one_each_time(far: Far) -> None:
    person = far.person()
    numbers = {api(far, PHONE, {"code": _code(far, person)}, MINI)["phone_info"]["phoneNumber"] for _ in range(2)}
    assert len(numbers) == 1
    assert numbers.pop().isdecimal()


@pytest.mark.parametrize("query", ["appid=none", f"appid={APP}", f"appid={MINI}&as=nobody"])
def test_the_phone_button_is_a_mini_programs_and_its_users(far: Far, query: str) -> None:
    assert far.get(f"/wx/phone?{query}").status == 400


def test_a_follower_is_told_with_unionid_and_somebody_else_as_not_following(far: Far) -> None:
    person = far.person()
    known = mini_openid(far, person)
    told = api(far, "/cgi-bin/user/info", openid=person["openid"])
    assert (told["subscribe"], told["openid"], told["unionid"]) == (1, person["openid"], known["unionid"])
    assert (told["qr_scene_str"], told["subscribe_scene"]) == ("", "ADD_SCENE_SEARCH")
    far.control("wechat/follows", {"openid": person["openid"], "follows": False}, "PUT")
    told = api(far, "/cgi-bin/user/info", openid=person["openid"])
    assert told == {"subscribe": 0, "openid": person["openid"], "unionid": known["unionid"]}
    far.control("wechat/follows", {"openid": person["openid"], "follows": True, "scene": "lost-window"}, "PUT")
    told = api(far, "/cgi-bin/user/info", openid=person["openid"])
    assert (told["qr_scene_str"], told["subscribe_scene"]) == ("lost-window", "ADD_SCENE_QR_CODE")
    assert abs(told["subscribe_time"] - far.world.clock.timestamp()) < 5
    assert api(far, "/cgi-bin/user/info", openid="nobody")["errcode"] == 40003


def _qr(far: Far, scene: object, name: str = "QR_LIMIT_STR_SCENE", **more: Any) -> Any:
    return api(far, "/cgi-bin/qrcode/create", {"action_name": name, "action_info": {"scene": scene}} | more)


def test_a_lasting_qr_code_has_one_ticket_for_each_scene(far: Far) -> None:
    first, again, other = (_qr(far, {"scene_str": scene}) for scene in ("a", "a", "b"))
    assert first == again
    assert first["ticket"] != other["ticket"]
    assert first["url"].startswith("http://weixin.qq.com/q/")
    assert "expire_seconds" not in first


def test_a_passing_qr_code_leads_to_its_scene_until_it_ends(far: Far) -> None:
    made = _qr(far, {"scene_str": "window"}, "QR_STR_SCENE", expire_seconds=600)
    assert made["expire_seconds"] == 600
    lasting = _qr(far, {"scene_str": "window"})
    assert lasting["ticket"] != made["ticket"]

    def scenes() -> list[str | None]:
        with far.world.database.read() as connection:
            now = far.world.clock.timestamp()
            return [scene_of(connection, each["ticket"], now) for each in (made, lasting)]

    assert scenes() == ["window", "window"]
    far.control("time", {"advance": "PT11M"})
    assert scenes() == [None, "window"]
    assert _qr(far, {"scene_str": "x"}, "QR_STR_SCENE", expire_seconds=10**9)["expire_seconds"] == 30 * 24 * 3600


@pytest.mark.parametrize(
    ("scene", "more", "errcode"),
    [
        ({"scene_str": ""}, {}, 40053),
        ({"scene_str": "x" * 65}, {}, 40053),
        ({"scene_id": 1}, {}, 40053),
        ("x", {}, 40053),
        ({"scene_str": "x"}, {"name": "QR_SCENE"}, 40052),
        ({"scene_str": "x"}, {"name": "QR_STR_SCENE", "expire_seconds": 0}, 40053),
    ],
)
def test_a_faulty_qr_code_has_wechats_number(far: Far, scene: object, more: dict[str, Any], errcode: int) -> None:
    assert _qr(far, scene, **more)["errcode"] == errcode

"""E证通: calls signed with TC3, tokens and results as its documents say, a page, sealed names, orders of scripts."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gmssl_pyx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.faceid.v20180301.faceid_client import FaceidClient

from tests.sandbox.conftest import Answer, Far, call
from wxserver.sandbox import eid_seal, settings

SECRET_ID, SECRET_KEY, MERCHANT = "AKIDtest", "secret-key-of-the-test", "0NSJtest"
NAME, NUMBER = "林秀兰", "445202195603120021"
CODES = (301, 302, 1001, 1003, 1004, 1005, 1006, 1007, 1008, 2006, 2016, 2005, 2007, 2008, 203, 204, 16, 14)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _authorization(body: bytes, host: str, stamp: int, key: str, content_type: str, secret_id: str) -> str:
    day = datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d")
    request = f"POST\n/\n\ncontent-type:{content_type}\nhost:{host}\n\ncontent-type;host\n"
    request += hashlib.sha256(body).hexdigest()
    scope = f"{day}/faceid/tc3_request"
    signed = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signing = _hmac(_hmac(_hmac(f"TC3{key}".encode(), day), "faceid"), "tc3_request")
    signature = hmac.new(signing, signed.encode(), hashlib.sha256).hexdigest()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders=content-type;host, Signature={signature}"


@dataclass
class Cloud:
    """E证通 of a running sandbox as a signing caller sees it."""

    far: Far

    def post(
        self,
        action: str,
        values: Any,
        *,
        key: str = SECRET_KEY,
        secret_id: str = SECRET_ID,
        content_type: str = "application/json",
        late: int = 0,
        sent: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One call, signed over ``values``; ``sent`` goes over the wire instead, ``late`` makes its time wrong."""
        body = values if isinstance(values, bytes) else json.dumps(values).encode()
        stamp = int(self.far.world.clock.timestamp()) - late
        host = urlsplit(self.far.url).netloc
        given = {
            "authorization": _authorization(body, host, stamp, key, content_type, secret_id),
            "content-type": content_type,
            "x-tc-action": action,
            "x-tc-version": "2018-03-01",
            "x-tc-timestamp": str(stamp),
        }
        return call("POST", f"{self.far.url}/", body if sent is None else sent, given | (headers or {}))

    def ask(self, action: str, values: Any, **more: Any) -> dict[str, Any]:
        """The answer's fields; every answer is a 200 with a number of its own."""
        answer = self.post(action, values, **more)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        fields: dict[str, Any] = answer.json["Response"]
        assert re.fullmatch(r"[0-9a-f-]{36}", fields.pop("RequestId"))
        return fields

    def fault(self, action: str, values: Any, **more: Any) -> str:
        """The error code of a call that must fail."""
        fields = self.ask(action, values, **more)
        assert set(fields) == {"Error"}
        assert set(fields["Error"]) == {"Code", "Message"}
        code: str = fields["Error"]["Code"]
        return code

    def start(self, **more: Any) -> str:
        """The token of a new verification."""
        token: str = self.ask("GetEidToken", self.wanted(**more))["EidToken"]
        return token

    def wanted(self, **more: Any) -> dict[str, Any]:
        """The parameters of GetEidToken as our app sends them; None leaves one out."""
        values = {
            "MerchantId": MERCHANT,
            "Name": NAME,
            "IdCard": NUMBER,
            "Extra": "reference-1",
            "Config": {"InputType": "4"},
            "RedirectUrl": "http://127.0.0.1:9/identity/eid/return?reference=r&state=s",
        }
        return {name: value for name, value in (values | more).items() if value is not None}

    def result(self, token: str, info_type: str = "1") -> dict[str, Any]:
        return self.ask("GetEidResult", {"EidToken": token, "InfoType": info_type})

    def text(self, token: str) -> dict[str, Any]:
        found: dict[str, Any] = self.result(token)["Text"]
        return found

    def status(self, token: str) -> str:
        found: str = self.ask("CheckEidTokenStatus", {"EidToken": token})["Status"]
        return found

    def press(self, token: str, form: str) -> Answer:
        return self.far.form(f"/eid/{token}", form)


def _provider(more: str = "") -> str:
    return (
        '\n[identity.providers.eid]\nkind = "eid"\nname = "E证通"\nbase_url = "http://127.0.0.1:1"\n'
        f'secret_id = "{SECRET_ID}"\nsecret_key = "{SECRET_KEY}"\nmerchant_id = "{MERCHANT}"\n{more}\n'
    )


@pytest.fixture
def with_eid(config: Path, start: Callable[[], Far]) -> Callable[..., Cloud]:
    """Starts a sandbox whose configuration has the merchant, with ``more`` lines; each call is a restart."""
    plain = config.read_text("utf-8")

    def begin(more: str = "") -> Cloud:
        config.write_text(plain + _provider(more), "utf-8")
        return Cloud(start())

    return begin


@pytest.fixture
def cloud(with_eid: Callable[..., Cloud]) -> Cloud:
    return with_eid()


# ---------------------------------------------------------------- the signature


def test_a_call_signed_by_hand_gets_a_token_and_the_address_of_the_page(cloud: Cloud) -> None:
    fields = cloud.ask("GetEidToken", cloud.wanted())
    assert fields["Url"] == f"{cloud.far.url}/eid/{fields['EidToken']}"
    assert re.fullmatch(r"e[0-9a-f]{32}", fields["EidToken"])


def test_a_call_that_proves_nothing_has_no_effect_and_says_why(cloud: Cloud) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"key": "another-key"}, "AuthFailure.SignatureFailure"),
        ({"sent": b'{"MerchantId":"0NSJtest" }'}, "AuthFailure.SignatureFailure"),
        ({"headers": {"content-type": "application/json; charset=utf-8"}}, "AuthFailure.SignatureFailure"),
        ({"headers": {"host": "faceid.tencentcloudapi.com"}}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDnobody"}, "AuthFailure.SecretIdNotFound"),
        ({"late": 302}, "AuthFailure.SignatureExpire"),
        ({"late": -302}, "AuthFailure.SignatureExpire"),
        ({"headers": {"x-tc-timestamp": "yesterday"}}, "AuthFailure.InvalidAuthorization"),
        ({"headers": {"authorization": "TC3-HMAC-SHA256 Credential=AKIDtest"}}, "AuthFailure.InvalidAuthorization"),
        ({"headers": {"authorization": ""}}, "AuthFailure.InvalidAuthorization"),
    ]
    for more, code in cases:
        assert (more, cloud.fault("GetEidToken", cloud.wanted(), **more)) == (more, code)
    assert cloud.far.items("effects?far_side=identity") == []


def test_a_signature_leaves_out_neither_the_host_nor_the_content_type(cloud: Cloud) -> None:
    body = json.dumps(cloud.wanted()).encode()
    stamp = int(cloud.far.world.clock.timestamp())
    good = _authorization(body, urlsplit(cloud.far.url).netloc, stamp, SECRET_KEY, "application/json", SECRET_ID)
    weak = good.replace("content-type;host", "host")
    assert cloud.fault("GetEidToken", body, headers={"authorization": weak}) == "AuthFailure.InvalidAuthorization"


def test_clocks_may_be_five_minutes_apart(cloud: Cloud) -> None:
    for late in (290, -290):
        assert cloud.ask("GetEidToken", cloud.wanted(), late=late)["EidToken"]


def test_the_content_type_is_signed_as_it_was_sent(cloud: Cloud) -> None:
    assert cloud.ask("GetEidToken", cloud.wanted(), content_type="application/json; charset=utf-8")["EidToken"]


def test_the_phone_stays_at_the_root_for_those_who_only_look(cloud: Cloud) -> None:
    answer = cloud.far.get("/")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_the_vendors_own_client_is_understood_and_understands_answers_and_errors(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    here = HttpProfile(endpoint=urlsplit(cloud.far.url).netloc, protocol="http", keepAlive=False)
    client = FaceidClient(Credential(SECRET_ID, SECRET_KEY), "", ClientProfile(httpProfile=here))
    token = client.call_json("GetEidToken", cloud.wanted())["Response"]["EidToken"]
    cloud.press(token, "result=passed")
    found = client.call_json("GetEidResult", {"EidToken": token, "InfoType": "1"})["Response"]
    assert (found["Text"]["ErrCode"], found["Text"]["Name"]) == (0, NAME)
    with pytest.raises(TencentCloudSDKException) as refused:
        client.call_json("CheckEidTokenStatus", {"EidToken": "none"})
    assert refused.value.get_code() == "InvalidParameterValue.BizTokenIllegal"


# ---------------------------------------------------------------- parameters


def test_what_a_token_is_asked_with_must_be_in_order(cloud: Cloud) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"MerchantId": None}, "InvalidParameter"),
        ({"MerchantId": 7}, "InvalidParameter"),
        ({"MerchantId": "0NSJother"}, "InvalidParameterValue"),
        ({"Name": None}, "InvalidParameter"),
        ({"IdCard": ""}, "InvalidParameter"),
        ({"IdCard": "44520219560312-021"}, "InvalidParameterValue"),
        ({"Name": "名" * 33}, "InvalidParameterValue"),
        ({"Extra": "x" * 1025}, "InvalidParameterValue"),
        ({"RedirectUrl": "https://example.com/back"}, "InvalidParameterValue"),
        ({"RedirectUrl": f"http://127.0.0.1/{'x' * 1024}"}, "InvalidParameterValue"),
        ({"Config": "4"}, "InvalidParameter"),
        ({"Config": None}, "UnsupportedOperation"),
        ({"Config": {"InputType": "1"}}, "UnsupportedOperation"),
        ({"Encryption": {"Algorithm": "SM4-GCM"}}, "UnsupportedOperation"),
        ({"Idcard": NUMBER}, "UnknownParameter"),
    ]
    for more, code in cases:
        assert (more, cloud.fault("GetEidToken", cloud.wanted(**more))) == (more, code)


def test_a_body_that_is_no_object_is_an_invalid_parameter(cloud: Cloud) -> None:
    for body in (b"[]", b"{", b"", b"[" * 40_000):
        assert cloud.fault("GetEidToken", body) == "InvalidParameter"


def test_unknown_actions_versions_and_formats_are_refused(cloud: Cloud) -> None:
    assert cloud.fault("DetectAuth", {}) == "InvalidAction"
    assert cloud.fault("GetEidToken", cloud.wanted(), headers={"x-tc-version": "2017-03-12"}) == "NoSuchVersion"
    assert cloud.fault("GetEidToken", b"MerchantId=1", content_type="text/plain") == "UnsupportedProtocol"


def test_an_unknown_token_is_illegal_and_none_is_incomplete(cloud: Cloud) -> None:
    for action in ("GetEidResult", "CheckEidTokenStatus"):
        assert cloud.fault(action, {"EidToken": "5A0B1C2D"}) == "InvalidParameterValue.BizTokenIllegal"
        assert cloud.fault(action, {}) == "InvalidParameter"


def test_a_token_belongs_to_the_merchant_who_fetched_it(with_eid: Callable[..., Cloud]) -> None:
    more = (
        '[identity.providers.other]\nkind = "eid"\nname = "别家"\nbase_url = "http://127.0.0.1:1"\n'
        'secret_id = "AKIDother"\nsecret_key = "other"\nmerchant_id = "0NSJother"'
    )
    cloud = with_eid(more)
    values = {"EidToken": cloud.start(), "InfoType": "1"}
    stolen = cloud.fault("GetEidResult", values, secret_id="AKIDother", key="other")
    assert stolen == "InvalidParameterValue.BizTokenIllegal"


# ---------------------------------------------------------------- from the token to the result


def test_a_verification_that_passes_says_who_it_was(cloud: Cloud) -> None:
    token = cloud.start()
    assert cloud.status(token) == "init"
    before = cloud.text(token)
    assert (before["ErrCode"], before["IdCard"], before["Name"]) == (17, None, None)
    cloud.far.get(f"/eid/{token}")
    assert cloud.status(token) == "doing"
    answer = cloud.press(token, "result=passed")
    assert answer.status == 303
    assert cloud.status(token) == "finished"
    found = cloud.result(token)
    text = found["Text"]
    told = {name: text[name] for name in ("ErrCode", "IdCard", "Name", "UseIDType", "Extra", "LiveStatus")}
    assert told == {
        "ErrCode": 0, "IdCard": NUMBER, "Name": NAME, "UseIDType": 0, "Extra": "reference-1", "LiveStatus": 0,
    }  # fmt: skip
    assert text["Comparestatus"] == 0
    assert float(text["Sim"]) >= 70
    assert (found["EidInfo"], found["BestFrame"]) == (None, None)


def test_a_residence_permit_is_told_apart(cloud: Cloud) -> None:
    token = cloud.start(IdCard="810000199408230021")
    cloud.press(token, "result=passed")
    assert cloud.text(token)["UseIDType"] == 1


def test_the_person_is_sent_back_with_the_token_and_nothing_else(cloud: Cloud) -> None:
    token = cloud.start()
    back = urlsplit(cloud.press(token, "result=passed").headers["location"])
    assert parse_qs(back.query) == {"reference": ["r"], "state": ["s"], "token": [token]}
    for address, rest in (
        ("http://127.0.0.1:9/back", ""),
        ("http://localhost:9/back?", ""),
        ("http://[::1]/b#f", "#f"),
    ):
        token = cloud.start(RedirectUrl=address)
        location = cloud.press(token, "result=failed").headers["location"]
        assert location == f"{address.removesuffix('#f').removesuffix('?')}?token={token}{rest}"
    assert "已经结束" in cloud.press(cloud.start(RedirectUrl=None), "result=passed").text


def test_every_reason_of_the_list_can_be_chosen_on_the_page(cloud: Cloud) -> None:
    for code in CODES:
        token = cloud.start()
        assert cloud.press(token, f"result=failed&err_code={code}").status == 303
        text = cloud.text(token)
        assert text["ErrCode"] == code
        assert text["ErrMsg"]
        assert (text["LiveStatus"], text["Comparestatus"]) != (0, 0)


def test_failed_alone_means_not_the_same_person(cloud: Cloud) -> None:
    token = cloud.start()
    cloud.press(token, "result=failed")
    text = cloud.text(token)
    assert (text["ErrCode"], text["LiveStatus"], text["Comparestatus"]) == (2016, 0, 2016)
    assert float(text["Sim"]) < 70


def test_who_cancels_only_goes_back_and_may_come_again(cloud: Cloud) -> None:
    token = cloud.start()
    assert cloud.press(token, "result=cancelled").headers["location"].endswith(f"&token={token}")
    assert cloud.text(token)["ErrCode"] == 17
    cloud.press(token, "result=passed")
    assert cloud.text(token)["ErrCode"] == 0


def test_a_result_is_final_and_can_be_read_again_and_again(cloud: Cloud) -> None:
    token = cloud.start()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda form: cloud.press(token, form), ["result=failed&err_code=1001", "result=passed"] * 3))
    first = cloud.text(token)
    assert first["ErrCode"] in (0, 1001)
    assert all(cloud.press(token, f"result={each}").status == 303 for each in ("passed", "failed", "cancelled"))
    assert cloud.text(token) == first


def test_a_press_that_means_nothing_decides_nothing(cloud: Cloud) -> None:
    token = cloud.start()
    for form in ("result=maybe", "", "result=failed&err_code=0", "result=failed&err_code=x"):
        assert cloud.press(token, form).status == 400
    assert cloud.text(token)["ErrCode"] == 17
    assert cloud.press("none", "result=passed").status == 404


def test_pictures_are_given_to_who_asks_for_more_than_the_text_and_the_record_shows_it(cloud: Cloud) -> None:
    token = cloud.start()
    cloud.press(token, "result=passed")
    cloud.result(token)
    effects = [(one["effect"], one["key"]) for one in cloud.far.items("effects?far_side=identity")]
    assert effects == [("GetEidToken", "reference-1")]
    assert cloud.result(token, "0")["BestFrame"]["BestFrame"]
    assert cloud.ask("GetEidResult", {"EidToken": token})["BestFrame"]["BestFrame"]
    assert [one["effect"] for one in cloud.far.items("effects?far_side=identity")].count("BestFrame") == 2


# ---------------------------------------------------------------- time


def test_the_person_has_ten_minutes(cloud: Cloud) -> None:
    token = cloud.start()
    cloud.far.control("time", {"advance": "PT9M50S"})
    assert (cloud.status(token), cloud.text(token)["ErrCode"]) == ("init", 17)
    cloud.far.control("time", {"advance": "PT11S"})
    assert (cloud.status(token), cloud.text(token)["ErrCode"]) == ("timeout", 15)
    assert "已经过期" in cloud.far.get(f"/eid/{token}").text
    assert "已经过期" in cloud.press(token, "result=passed").text
    assert cloud.text(token)["ErrCode"] == 15


def test_a_result_in_time_stays_for_three_days_and_then_nobody_gets_it(cloud: Cloud) -> None:
    token = cloud.start()
    cloud.press(token, "result=passed")
    cloud.far.control("time", {"advance": "PT71H59M"})
    assert (cloud.status(token), cloud.text(token)["ErrCode"]) == ("finished", 0)
    cloud.far.control("time", {"advance": "PT2M"})
    for action in ("GetEidResult", "CheckEidTokenStatus"):
        assert cloud.fault(action, {"EidToken": token}) == "InvalidParameterValue.BizTokenExpired"


def test_a_restart_forgets_neither_verifications_nor_orders(with_eid: Callable[..., Cloud]) -> None:
    cloud = with_eid()
    done, open_one = cloud.start(), cloud.start()
    cloud.press(done, "result=failed&err_code=2006")
    cloud.far.control("eid", {"err_code": 204})
    cloud = with_eid()
    assert cloud.text(done)["ErrCode"] == 2006
    cloud.press(open_one, "result=passed")
    assert cloud.text(open_one)["ErrCode"] == 204
    assert cloud.far.control("reset").status == 204
    assert cloud.fault("GetEidResult", {"EidToken": done}) == "InvalidParameterValue.BizTokenIllegal"


# ---------------------------------------------------------------- the page


def test_the_page_wants_the_tick_first_and_shows_nobody_in_full(cloud: Cloud) -> None:
    page = f"/eid/{cloud.start()}"
    first = cloud.far.get(page)
    assert first.status == 200
    assert "林*兰" in first.text
    assert "4452**********0021" in first.text
    assert NAME not in first.text
    assert 'value="passed"' not in first.text
    assert 'role="alert"' in cloud.far.get(f"{page}?step=2").text
    second = cloud.far.get(f"{page}?step=2&agreed=yes").text
    assert all(f'value="{result}"' in second for result in ("passed", "failed", "cancelled"))
    assert "<script" not in first.text + second
    assert cloud.far.get("/eid/none").status == 404


def test_the_page_names_every_reason_in_words_under_a_label(cloud: Cloud) -> None:
    text = cloud.far.get(f"/eid/{cloud.start()}?step=2&agreed=yes").text
    named = dict(re.findall(r'<option value="(\d+)">([^<]+)</option>', text))
    assert {int(code) for code in named} == set(CODES)
    assert len(set(named.values())) == len(CODES)
    assert '<label class="hint" for="err_code">' in text
    assert '<select class="choice" id="err_code"' in text


def test_in_the_phones_frame_wechat_asks_first_whether_to_open_it(cloud: Cloud) -> None:
    token = cloud.start()
    framed = cloud.far.get(f"/eid/{token}", {"sec-fetch-dest": "iframe"}).text
    assert "即将打开“E证通”小程序" in framed
    assert cloud.status(token) == "init"
    assert "我同意用人脸核对本人身份" in cloud.far.get(f"/eid/{token}?step=1", {"sec-fetch-dest": "iframe"}).text
    assert cloud.status(token) == "doing"


# ---------------------------------------------------------------- names and numbers sealed

_PUBLIC, _PRIVATE = gmssl_pyx.sm2_key_generate()


def _der_of(raw: bytes) -> bytes:
    """A ciphertext without 04 as the reference library wants it, put together by hand."""

    def part(tag: int, content: bytes) -> bytes:
        return bytes([tag, len(content)]) + content

    def whole(number: bytes) -> bytes:
        bare = number.lstrip(b"\0") or b"\0"
        return part(2, b"\0" + bare if bare[0] >= 128 else bare)

    inner = whole(raw[:32]) + whole(raw[32:64]) + part(4, raw[64:96]) + part(4, raw[96:])
    return bytes([0x30, 0x81, len(inner)]) + inner if len(inner) > 127 else part(0x30, inner)


def _opened(info: dict[str, str], sealing: str) -> dict[str, str]:
    cipher = base64.b64decode(info["DesKey"], validate=True)
    if sealing == "raw":
        assert cipher[0] == 4
        cipher = cipher[1:]
    key = gmssl_pyx.sm2_decrypt(_PRIVATE, cipher if sealing == "der" else _der_of(cipher))
    assert len(key) == 16
    decryptor = Cipher(algorithms.SM4(key), modes.ECB()).decryptor()  # noqa: S305
    person: dict[str, str] = json.loads(
        decryptor.update(base64.b64decode(info["UserInfo"], validate=True)) + decryptor.finalize()
    )
    return person


@pytest.mark.parametrize("sealing", eid_seal.SEALINGS)
def test_the_holder_of_the_private_key_opens_name_and_number(with_eid: Callable[..., Cloud], sealing: str) -> None:
    cloud = with_eid(f'eid_public_key = "04{_PUBLIC.hex()}"\neid_sealing = "{sealing}"')
    token = cloud.start()
    assert cloud.result(token)["EidInfo"] is None
    cloud.press(token, "result=passed")
    info = cloud.result(token)["EidInfo"]
    assert set(info) == {"EidCode", "EidSign", "DesKey", "UserInfo"}
    assert _opened(info, sealing) == {"name": NAME, "idtype": "01", "idnum": NUMBER}
    assert cloud.result(token)["EidInfo"]["DesKey"] != info["DesKey"]


def test_nothing_is_sealed_about_somebody_who_did_not_pass(with_eid: Callable[..., Cloud]) -> None:
    cloud = with_eid(f'private_key = "{_PRIVATE.hex()}"')
    failed, passed = cloud.start(), cloud.start()
    cloud.press(failed, "result=failed")
    cloud.press(passed, "result=passed")
    assert cloud.result(failed)["EidInfo"] is None
    assert _opened(cloud.result(passed)["EidInfo"], "raw")["idnum"] == NUMBER


def test_the_curve_agrees_with_the_reference_library() -> None:
    for size in (1, 16, 32, 33, 200):
        public, private = gmssl_pyx.sm2_key_generate()
        point = eid_seal.public_key(f"04{public.hex()}")
        assert point is not None
        assert eid_seal.public_key_of(private.hex()) == point
        message = bytes(range(size))
        assert gmssl_pyx.sm2_decrypt(private, eid_seal.encrypt(point, message, "der")) == message
    assert eid_seal.public_key(f"04{'11' * 64}") is None
    assert eid_seal.public_key(f"03{_PUBLIC.hex()}") is None
    assert eid_seal.public_key("04 no hex") is None
    assert eid_seal.public_key_of("00" * 32) is None
    assert eid_seal.public_key_of("xyz") is None


# ---------------------------------------------------------------- what scripts order


def test_a_script_decides_whatever_is_pressed_for_as_many_times_as_it_says(cloud: Cloud) -> None:
    assert cloud.far.control("eid", {"err_code": 1007, "times": 2}).status == 201
    tokens = [cloud.start() for _ in range(3)]
    cloud.press(tokens[0], "result=cancelled")
    for token in tokens:
        cloud.press(token, "result=passed")
        cloud.press(token, "result=passed")
    assert [cloud.text(token)["ErrCode"] for token in tokens] == [1007, 1007, 0]
    cloud.far.control("eid", {"err_code": 9999})
    cloud.press(unknown := cloud.start(), "result=passed")
    assert cloud.text(unknown)["ErrCode"] == 9999


def test_a_script_may_mean_one_person_only(cloud: Cloud) -> None:
    person = cloud.far.person()
    cloud.far.control("eid", {"openid": person["openid"], "err_code": 2008})
    other, theirs = cloud.start(), cloud.start(Name=person["name"], IdCard=person["id_number"].lower())
    for token in (other, theirs):
        cloud.press(token, "result=passed")
    assert [cloud.text(token)["ErrCode"] for token in (other, theirs)] == [0, 2008]


def test_the_far_side_lies_on_order_and_keeps_to_its_lie(with_eid: Callable[..., Cloud]) -> None:
    cloud = with_eid(f'eid_public_key = "04{_PUBLIC.hex()}"')
    found = []
    for lie in ("other_person", "other_sealed", "other_extra", None):
        if lie:
            assert cloud.far.control("eid", {"lie": lie}).status == 201
        token = cloud.start()
        cloud.press(token, "result=passed")
        results = [cloud.result(token) for _ in range(2)]
        assert results[0]["Text"] == results[1]["Text"]
        sealed = _opened(results[0]["EidInfo"], "raw")
        text = results[0]["Text"]
        found.append((text["IdCard"] == NUMBER, text["Extra"] == "reference-1", sealed["idnum"] == NUMBER))
        assert text["ErrCode"] == 0
        assert (sealed["name"] == NAME) == (sealed["idnum"] == NUMBER)
    assert found == [(False, True, False), (True, True, False), (True, False, True), (True, True, True)]


def test_errors_of_the_api_come_on_order_and_at_the_action_named(cloud: Cloud) -> None:
    order = {"api_error": "UnauthorizedOperation.Arrears", "at": "GetEidResult"}
    assert cloud.far.control("eid", order).status == 201
    token = cloud.start()
    assert cloud.status(token) == "init"
    assert cloud.fault("GetEidResult", {"EidToken": token}) == "UnauthorizedOperation.Arrears"
    assert cloud.text(token)["ErrCode"] == 17
    cloud.far.control("eid", {"api_error": "RequestLimitExceeded"})
    assert cloud.fault("GetEidToken", cloud.wanted(), key="wrong") == "AuthFailure.SignatureFailure"
    assert cloud.fault("GetEidToken", cloud.wanted()) == "RequestLimitExceeded"


def test_an_order_that_means_nothing_is_400_with_a_sentence(cloud: Cloud) -> None:
    wrong: list[dict[str, Any]] = [
        {},
        {"err_code": 2016, "lie": "other_person"},
        {"err_code": "2016"},
        {"err_code": -1},
        {"err_code": True},
        {"err_code": 2016, "times": 0},
        {"err_code": 2016, "times": "1"},
        {"err_code": 2016, "openid": "oNobody"},
        {"err_code": 2016, "at": "GetEidResult"},
        {"lie": "small"},
        {"api_error": ""},
        {"api_error": "InternalError", "openid": "oNobody"},
    ]
    for order in wrong:
        answer = cloud.far.control("eid", order)
        assert (order, answer.status) == (order, 400)
        assert answer.json["detail"].endswith("。")


def test_the_mishaps_of_the_identity_side_befall_it_too(cloud: Cloud) -> None:
    cloud.far.control("mishaps", {"target": "identity", "mishap": "error"})
    assert cloud.fault("GetEidToken", cloud.wanted(), key="wrong") == "AuthFailure.SignatureFailure"
    assert cloud.fault("GetEidToken", cloud.wanted()) == "InternalError"
    assert cloud.far.items("effects?far_side=identity") == []
    for mishap, effects in (("timeout", 0), ("lost_reply", 1)):
        cloud.far.control("mishaps", {"target": "identity", "mishap": mishap, "at": "GetEidToken"})
        assert cloud.post("GetEidToken", cloud.wanted()).status == 504
        assert len(cloud.far.items("effects?far_side=identity")) == effects
    calls = [(one["method"], one["path"], one["mishap"]) for one in cloud.far.items("calls?target=identity")]
    assert calls == [("POST", "/GetEidToken", mishap) for mishap in (None, "error", "timeout", "lost_reply")]


def test_nothing_personal_stands_in_the_record_of_the_wire(cloud: Cloud) -> None:
    token = cloud.start()
    cloud.press(token, "result=passed")
    cloud.result(token)
    with cloud.far.world.database.read() as connection:
        rows = [str(tuple(row)) for row in connection.execute("SELECT * FROM traffic").fetchall()]
    assert not any(NAME in row or NUMBER in row for row in rows)


# ---------------------------------------------------------------- the configuration


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('base_url = "http://127.0.0.1:1"', 'base_url = "https://faceid.tencentcloudapi.com"', "base_url"),
        (f'secret_id = "{SECRET_ID}"', "", "secret_id"),
        (f'secret_key = "{SECRET_KEY}"', 'secret_key = ""', "secret_key"),
        (f'merchant_id = "{MERCHANT}"', "merchant_id = 7", "merchant_id"),
        ('name = "E证通"', 'name = "E证通"\neid_public_key = "0411"', "eid_public_key"),
        ('name = "E证通"', 'name = "E证通"\nprivate_key = "00"', "private_key"),
        ('name = "E证通"', 'name = "E证通"\neid_sealing = "c1c2c3"', "eid_sealing"),
    ],
)
def test_a_faulty_merchant_keeps_the_sandbox_from_starting(config: Path, old: str, new: str, named: str) -> None:
    provider = _provider()
    assert old in provider
    config.write_text(config.read_text("utf-8") + provider.replace(old, new), "utf-8")
    with pytest.raises(SystemExit, match=named):
        settings.load()


def test_two_merchants_cannot_share_a_secret_id(config: Path) -> None:
    twin = _provider().replace("providers.eid", "providers.twin")
    config.write_text(config.read_text("utf-8") + _provider() + twin, "utf-8")
    with pytest.raises(SystemExit, match="secret_id"):
        settings.load()

"""WeChat's face verification 2.0: our adapter against the sandbox, which checks every part for itself."""

import base64
import hashlib

import pytest
import requests

from bundles.people import subject_digest
from bundles.ports import IdentityDocument
from wxserver.adapters.wechat import LoginAccount, WeChatApi, WeChatFaceProvider
from wxserver.adapters.wechat.crypto import cert_hash
from wxserver.ports import KeptToken, Question, Refused, Unavailable, VerificationRequest

GROUPS = {
    90001: ("failed", "again"),
    90002: ("cancelled", "cancelled"),
    90006: ("cancelled", "cancelled"),
    90007: ("failed", "again"),
    90009: ("failed", "again"),
    90014: ("failed", "again"),
    90017: ("failed", "again"),
    90018: ("failed", "ours"),
    90104: ("failed", "ours"),
    10003: ("failed", "mismatch"),
    10004: ("failed", "mismatch"),
    10026: ("failed", "mismatch"),
    10002: ("failed", "again"),
    10010: ("failed", "again"),
    10020: ("failed", "again"),
    10042: ("failed", "again"),
    10001: ("failed", "ours"),
    10006: ("failed", "ours"),
    10040: ("failed", "ours"),
    10007: ("failed", "ours"),
    10047: ("failed", "ours"),
    77777: ("failed", "ours"),
}


class Tokens:
    """A token store of one process."""

    def __init__(self):
        self.kept = {}

    def read(self, name):
        return self.kept.get(name)

    def lease(self, name, owner, seconds):
        return True

    def keep(self, name, owner, token: KeptToken):
        self.kept[name] = token

    def release(self, name, owner):
        pass

    def forget(self, name, value):
        self.kept.pop(name, None)


@pytest.fixture
def provider(settings, http, clock, sandbox):
    accounts = {
        each.code: LoginAccount(each.kind, each.app_id, each.app_secret) for each in settings.wechat.accounts.values()
    }
    calls = WeChatApi(accounts, settings.wechat.api_base_url, http, Tokens(), clock)
    return WeChatFaceProvider("wxface", "微信人脸核身", calls, frozenset({"jieyang_mini"}), clock)


def mini_openid(sandbox, settings, openid):
    """The openid that a user has at the mini-program, by way of its login."""
    account = settings.wechat.accounts["jieyang_mini"]
    with requests.Session() as session:
        session.trust_env = False
        code = session.get(f"{sandbox.url}/wx/login", params={"appid": account.app_id, "as": openid}, timeout=10)
        query = {
            "appid": account.app_id,
            "secret": account.app_secret,
            "js_code": code.json()["code"],
            "grant_type": "authorization_code",
        }
        return session.get(f"{sandbox.url}/sns/jscode2session", params=query, timeout=10).json()["openid"]


@pytest.fixture
def wanted(sandbox, settings):
    person = sandbox.person()
    return VerificationRequest(
        reference=f"face-{person['id_number']}",
        name=person["name"],
        document=IdentityDocument("resident_id", person["id_number"]),
        return_url="http://127.0.0.1/return",
        callback_url="http://127.0.0.1/callback",
        purpose="sign-in",
        account="jieyang_mini",
        openid=mini_openid(sandbox, settings, person["openid"]),
    )


def asked(wanted, started, **changed):
    known = {
        "reference": wanted.reference,
        "provider_reference": started.provider_reference,
        "name": wanted.name,
        "document": wanted.document,
        "account": wanted.account,
        "openid": wanted.openid,
    }
    return Question(**(known | changed))


def face(sandbox, started, **form):
    with requests.Session() as session:
        session.trust_env = False
        return session.post(
            f"{sandbox.url}/wechat/face/{started.provider_reference}", data=form or {"result": "passed"}, timeout=10
        )


def test_who_passes_is_the_person_asked_about(provider, wanted, sandbox, clock):
    started = provider.start(wanted)
    assert started.url is None
    assert len(started.provider_reference) <= 256
    assert 3590 < (started.expires_at - clock.now()).total_seconds() <= 3600
    assert provider.ask(asked(wanted, started)) is None
    assert face(sandbox, started, result="passed", openid=wanted.openid).status_code == 200
    told = provider.ask(asked(wanted, started))
    assert (told.result, told.group, told.level) == ("passed", "passed", "face")
    assert told.subject_digest == subject_digest("resident_id", wanted.document.number, wanted.name)


@pytest.mark.parametrize("code", GROUPS)
def test_each_end_means_something_for_the_next_try(provider, wanted, sandbox, code):
    sandbox.control("wechat-face", {"verify_ret": code, "times": 1})
    started = provider.start(wanted)
    face(sandbox, started)
    told = provider.ask(asked(wanted, started))
    assert (told.result, told.group) == GROUPS[code]
    assert told.fail_code


@pytest.mark.parametrize("code", [10005, 10300])
def test_before_the_end_there_is_no_result(provider, wanted, sandbox, code):
    sandbox.control("wechat-face", {"verify_ret": code, "times": 1})
    started = provider.start(wanted)
    face(sandbox, started)
    assert provider.ask(asked(wanted, started)) is None


def test_somebody_else_can_neither_run_it_nor_have_its_result(provider, wanted, sandbox):
    started = provider.start(wanted)
    assert face(sandbox, started, result="passed", openid="another").status_code == 403
    assert provider.ask(asked(wanted, started)) is None
    face(sandbox, started)
    assert provider.ask(asked(wanted, started, openid="another")).group == "mismatch"
    assert provider.ask(asked(wanted, started, name="别的人")).group == "mismatch"
    assert provider.ask(asked(wanted, started, reference="another-one")).group == "mismatch"


def test_a_name_and_a_number_that_are_nobody_s_do_not_pass(provider, wanted, sandbox):
    stranger = VerificationRequest(
        reference="face-of-a-stranger",
        name="查无此人",
        document=wanted.document,
        return_url="",
        callback_url="",
        purpose="sign-in",
        account=wanted.account,
        openid=wanted.openid,
    )
    started = provider.start(stranger)
    face(sandbox, started)
    assert provider.ask(asked(stranger, started)).group == "mismatch"


def test_a_quota_or_a_configuration_at_fault_loses_no_result(provider, wanted, sandbox):
    started = provider.start(wanted)
    face(sandbox, started)
    path = "/cityservice/face/identify/queryverifyinfo"
    sandbox.control("wechat/quotas", {"path": path, "per_minute": 0}, "PUT")
    with pytest.raises(Unavailable):
        provider.ask(asked(wanted, started))
    sandbox.control("wechat/quotas", {"path": path, "per_minute": None}, "PUT")
    assert provider.ask(asked(wanted, started)).result == "passed"


def test_it_runs_out_after_an_hour(provider, wanted, sandbox):
    started = provider.start(wanted)
    sandbox.control("time", {"advance": "PT61M"})
    assert provider.ask(asked(wanted, started)).group == "expired"
    assert face(sandbox, started).status_code == 404


def test_a_reference_serves_once_and_only_in_mini_programs(provider, wanted, sandbox, caplog):
    provider.start(wanted)
    with pytest.raises(Unavailable):
        provider.start(wanted)
    assert "86005" in caplog.text
    assert wanted.document.number not in caplog.text
    with pytest.raises(Refused):
        provider.start(
            VerificationRequest("face-page", wanted.name, wanted.document, "", "", "sign-in", "jieyang", wanted.openid)
        )


def test_a_platform_that_is_away_is_no_definite_answer(provider, wanted, sandbox):
    started = provider.start(wanted)
    sandbox.mishap("wechat", "error", 2)
    with pytest.raises(Unavailable):
        provider.ask(asked(wanted, started))


def test_the_hash_of_name_and_number_is_the_documented_one():
    values = {"cert_type": "IDENTITY_CARD", "cert_name": "张三", "cert_no": "310101199801011234"}
    text = "&".join(f"{key}={base64.b64encode(value.encode()).decode()}" for key, value in values.items())
    found = cert_hash("IDENTITY_CARD", "张三", "310101199801011234")
    assert found == hashlib.sha256(text.encode()).hexdigest()
    assert found.startswith("3c241f7f")
    assert found.endswith("671108b")

"""E证通's adapter against the sandbox: who passes, what each code means, and whom nobody is taken for."""

import gmssl_pyx
import pytest
import requests

from bundles.people import subject_digest
from bundles.ports import IdentityDocument
from tests.far_sides import running_sandbox
from wxserver.adapters.clock import ShiftedClock
from wxserver.adapters.eid import EidProvider, SessionKeys
from wxserver.adapters.http import RequestsHttp
from wxserver.ports import Question, Unavailable, VerificationRequest
from wxserver.settings import load

GROUPS = {
    2016: ("failed", "mismatch"),
    2006: ("failed", "mismatch"),
    2005: ("failed", "mismatch"),
    301: ("failed", "mismatch"),
    1001: ("failed", "again"),
    1005: ("failed", "again"),
    302: ("failed", "again"),
    16: ("failed", "again"),
    203: ("cancelled", "cancelled"),
    9999: ("failed", "ours"),
}


def build(settings, http, clock, key=None, **changed):
    found = settings.providers["eid"]
    known = {
        "secret_id": found.secret_id,
        "secret_key": found.secrets[0],
        "merchant_id": found.merchant_id,
        "base_url": found.base_url,
    }
    return EidProvider("eid", "E证通", **(known | changed), http=http, clock=clock, key=key)


@pytest.fixture
def provider(settings, http, clock, sandbox):
    return build(settings, http, clock)


@pytest.fixture
def wanted(sandbox):
    return request_for(sandbox)


def request_for(sandbox):
    person = sandbox.person()
    reference = f"ref-{person['id_number']}"
    return VerificationRequest(
        reference=reference,
        name=person["name"],
        document=IdentityDocument(person["id_type"], person["id_number"]),
        return_url=f"{sandbox.app_url}/identity/eid/return?reference={reference}&state=abc",
        callback_url=f"{sandbox.app_url}/identity/eid/callback",
        purpose="sign-in",
        account="jieyang",
        openid=person["openid"],
    )


def asked(wanted, started):
    return Question(
        wanted.reference, started.provider_reference, wanted.name, wanted.document, wanted.account, wanted.openid
    )


def face(started, result="passed"):
    with requests.Session() as session:
        session.trust_env = False
        return session.post(started.url, data={"result": result}, allow_redirects=False, timeout=10)


def test_who_passes_is_the_person_asked_about(provider, wanted, clock):
    started = provider.start(wanted)
    assert started.url.endswith(started.provider_reference)
    assert 590 < (started.expires_at - clock.now()).total_seconds() <= 600
    assert provider.ask(asked(wanted, started)) is None
    back = face(started)
    assert back.headers["Location"].startswith(wanted.return_url)
    told = provider.ask(asked(wanted, started))
    assert (told.result, told.group, told.level) == ("passed", "passed", "face")
    document = wanted.document
    assert told.subject_digest == subject_digest(document.kind, document.number, wanted.name)
    assert provider.ask(asked(wanted, started)).result == "passed"


@pytest.mark.parametrize("code", GROUPS)
def test_each_code_means_something_for_the_next_try(provider, wanted, sandbox, code):
    sandbox.control("eid", {"err_code": code, "times": 1})
    started = provider.start(wanted)
    face(started, "failed")
    told = provider.ask(asked(wanted, started))
    assert (told.result, told.group) == GROUPS[code]
    assert told.fail_code
    assert told.subject_digest is None


def test_nobody_asks_for_a_picture(provider, wanted, sandbox):
    started = provider.start(wanted)
    face(started)
    provider.ask(asked(wanted, started))
    effects = sandbox.control("effects", method="GET")["items"]
    assert not [each for each in effects if each["effect"] == "BestFrame"]


@pytest.mark.parametrize("lie", ["other_person", "other_extra"])
def test_a_result_about_somebody_else_lets_nobody_in_and_burns_no_attempt(provider, wanted, sandbox, caplog, lie):
    sandbox.control("eid", {"lie": lie, "times": 1})
    started = provider.start(wanted)
    face(started)
    told = provider.ask(asked(wanted, started))
    assert (told.result, told.group, told.fail_code) == ("failed", "ours", "subject-mismatch")
    assert any(record.levelname == "ERROR" for record in caplog.records)
    assert wanted.document.number not in caplog.text
    assert wanted.name not in caplog.text


def test_a_pass_that_contradicts_itself_lets_nobody_in(provider, wanted, sandbox):
    sandbox.control("eid", {"lie": "contradiction", "times": 1})
    started = provider.start(wanted)
    face(started)
    told = provider.ask(asked(wanted, started))
    assert (told.result, told.group, told.fail_code) == ("failed", "ours", "contradiction")


def test_a_token_runs_out_and_an_unknown_one_is_over(provider, wanted, sandbox):
    started = provider.start(wanted)
    sandbox.control("time", {"advance": "PT11M"})
    assert provider.ask(asked(wanted, started)).group == "expired"
    face(started)
    assert provider.ask(asked(wanted, started)).result == "expired"
    other = Question(wanted.reference, "e" + "0" * 32, wanted.name, wanted.document, wanted.account, wanted.openid)
    assert provider.ask(other).result == "expired"


def test_faults_of_the_platform_cost_nobody_an_attempt(provider, wanted, sandbox):
    started = provider.start(wanted)
    face(started)
    for error in ("UnauthorizedOperation.Arrears", "AuthFailure.SignatureExpire", "RequestLimitExceeded"):
        sandbox.control("eid", {"api_error": error, "at": "GetEidResult", "times": 1})
        with pytest.raises(Unavailable):
            provider.ask(asked(wanted, started))
    sandbox.control("eid", {"api_error": "FailedOperation.UnknownThing", "at": "GetEidResult", "times": 1})
    assert provider.ask(asked(wanted, started)).group == "ours"
    assert provider.ask(asked(wanted, started)).result == "passed", "what the person did is there all the time"
    sandbox.control("eid", {"api_error": "FailedOperation.Unknown", "at": "GetEidToken", "times": 1})
    with pytest.raises(Unavailable):
        provider.start(request_for(sandbox))


def test_a_platform_that_is_away_is_no_definite_answer(settings, http, clock, sandbox, wanted, impatient):
    sandbox.mishap("identity", "error")
    with pytest.raises(Unavailable):
        build(settings, http, clock).start(wanted)
    sandbox.mishap("identity", "timeout")
    with pytest.raises(Unavailable):
        build(settings, impatient, clock).start(wanted)


@pytest.mark.parametrize("changed", [{"secret_key": "another"}, {"secret_id": "AKIDnobody"}])
def test_keys_that_are_not_ours_begin_nothing(settings, http, clock, sandbox, wanted, changed, caplog):
    with pytest.raises(Unavailable):
        build(settings, http, clock, **changed).start(wanted)
    assert "AuthFailure" in caplog.text


@pytest.mark.parametrize("sealing", ["raw", "raw_without_04", "der"])
def test_a_name_and_a_number_that_come_back_sealed_are_compared(tmp_path, sealing):
    _, private = gmssl_pyx.sm2_key_generate()
    more = f"""
[identity.providers.sealed]
kind = "eid"
name = "E证通"
base_url = "http://127.0.0.1:${{SANDBOX_PORT}}"
secret_id = "AKIDsealed"
secret_key = "sealed"
merchant_id = "0NSJ"
private_key = "{private.hex()}"
eid_sealing = "{sealing}"
"""
    with running_sandbox(tmp_path, 9, more=more) as sandbox:
        settings = load(sandbox.config, {"SANDBOX_PORT": sandbox.url.rpartition(":")[2]})
        found, clock = settings.providers["sealed"], ShiftedClock(sandbox.var_dir / "clock")
        provider = EidProvider(
            "sealed",
            "E证通",
            secret_id=found.secret_id,
            secret_key=found.secrets[0],
            merchant_id=found.merchant_id,
            base_url=found.base_url,
            http=RequestsHttp(5),
            clock=clock,
            key=SessionKeys(found.unseal_key),
        )
        wanted = request_for(sandbox)
        started = provider.start(wanted)
        face(started)
        told = provider.ask(asked(wanted, started))
        assert told is not None
        assert told.result == "passed"
        sandbox.control("eid", {"lie": "other_sealed", "times": 1})
        wanted = request_for(sandbox)
        started = provider.start(wanted)
        face(started)
        told = provider.ask(asked(wanted, started))
        assert told is not None
        assert told.fail_code == "subject-mismatch"
        sandbox.control("eid", {"lie": "unsealed", "times": 1})
        wanted = request_for(sandbox)
        started = provider.start(wanted)
        face(started)
        with pytest.raises(Unavailable):
            provider.ask(asked(wanted, started))

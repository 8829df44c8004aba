"""The generic signed identity provider: calls out, callbacks in."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.ports import IdentityDocument
from tests.adapters.scripted import NOW, SECRET, StoppedClock, json_answer, problem
from wxserver.adapters.http import RequestsHttp
from wxserver.adapters.identity_signed import SignedIdentityProvider
from wxserver.ports import (
    BadSecret,
    BadSignature,
    Malformed,
    Question,
    Refused,
    StartedVerification,
    Unavailable,
    VerificationRequest,
    VerificationResult,
)
from wxserver.ports.signatures import payload_of_call, signed_headers, verify

OLD_SECRET = "whsec_" + "A" * 32
DIGEST = "0123456789abcdef" * 4
REQUEST = VerificationRequest(
    reference="v1",
    name="林小兰",
    document=IdentityDocument("resident_id", "11010519491231002X"),
    return_url="http://127.0.0.1:8000/identity/signed/return?reference=v1&state=s",
    callback_url="http://127.0.0.1:8000/identity/signed/callback",
    purpose="sign-in",
    account="jieyang",
    openid="o1",
)
QUESTION = Question("v1", "p1", REQUEST.name, REQUEST.document, "jieyang", "o1")
PASSED = {
    "reference": "v1",
    "provider_reference": "p1",
    "result": "passed",
    "fail_code": None,
    "verified_at": "2026-11-26T10:00:00+08:00",
    "level": "face",
    "subject_digest": DIGEST,
}
RESULT = VerificationResult(
    "v1", "p1", "passed", "passed", None, datetime(2026, 11, 26, 2, 0, tzinfo=UTC), "face", DIGEST
)
CALLBACK = {"type": "verification.completed", "timestamp": "2026-11-26T10:00:01+08:00", "data": PASSED}


@pytest.fixture
def provider(side, http):
    return SignedIdentityProvider(
        "signed", "粤信签", side.url + "/identity", [SECRET, OLD_SECRET], http, StoppedClock()
    )


@pytest.fixture(scope="module")
def reader():
    return SignedIdentityProvider(
        "signed", "粤信签", "http://127.0.0.1:9", [SECRET, OLD_SECRET], RequestsHttp(), StoppedClock()
    )


def callback(**data):
    return json.dumps(CALLBACK | {"data": {**PASSED, **data}}).encode()


def test_it_says_who_it_is(provider):
    assert (provider.name, provider.title) == ("signed", "粤信签")


def test_a_verification_starts_with_all_the_provider_needs(provider, side):
    side.says(
        json_answer({"provider_reference": "p1", "url": "http://p/face/p1", "expires_at": "2026-11-26T10:10:00Z"}, 201)
    )
    assert provider.start(REQUEST) == StartedVerification(
        "p1", "http://p/face/p1", datetime(2026, 11, 26, 10, 10, tzinfo=UTC)
    )
    last = side.last
    assert (last.method, last.path) == ("POST", "/identity/verifications")
    assert last.document == {
        "reference": "v1",
        "name": "林小兰",
        "id_type": "resident_id",
        "id_number": "11010519491231002X",
        "return_url": REQUEST.return_url,
        "callback_url": REQUEST.callback_url,
        "purpose": "sign-in",
    }
    assert verify([SECRET], last.headers, payload_of_call(last.method, last.path, last.body), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"provider_reference": ""},
        {"provider_reference": "../x"},
        {"url": "javascript:alert(1)"},
        {"url": "/face/p1"},
        {"url": "http://p/fa ce"},
        {"url": None},
        {"expires_at": None},
        {"expires_at": 1700000000},
    ],
)
def test_a_start_of_another_shape_is_no_answer(provider, side, change):
    started = {"provider_reference": "p1", "url": "http://p/face/p1", "expires_at": "2026-11-26T10:10:00Z"}
    side.says(json_answer(started | change, 201))
    with pytest.raises(Unavailable):
        provider.start(REQUEST)


def test_the_provider_may_refuse_and_may_be_away(provider, side):
    side.says(problem(422, "name-mismatch", "姓名和证件号码对不上。"))
    with pytest.raises(Refused, match="name-mismatch"):
        provider.start(REQUEST)
    side.says(problem(503))
    with pytest.raises(Unavailable):
        provider.start(REQUEST)
    with pytest.raises(Unavailable):
        provider.ask(QUESTION)


def test_asking_gives_the_result_or_none_yet(provider, side):
    side.says(json_answer({"reference": "v1", "provider_reference": "p1", "result": None}), json_answer(PASSED))
    assert provider.ask(QUESTION) is None
    assert (side.last.method, side.last.path) == ("GET", "/identity/verifications/p1")
    assert provider.ask(QUESTION) == RESULT


def test_an_answer_about_another_verification_is_none(provider, side):
    side.says(json_answer(PASSED | {"provider_reference": "p2"}))
    with pytest.raises(Unavailable):
        provider.ask(QUESTION)
    side.says(json_answer(PASSED | {"provider_reference": "p2", "result": None}))
    with pytest.raises(Unavailable):
        provider.ask(QUESTION)


def test_a_result_of_another_shape_is_no_answer(provider, side):
    side.says(json_answer(PASSED | {"result": "perhaps"}))
    with pytest.raises(Unavailable):
        provider.ask(QUESTION)


def test_a_callback_is_read_and_unknown_fields_are_ignored(reader):
    assert reader.parse_callback(callback(more=[1])) == RESULT


@pytest.mark.parametrize("result", ["failed", "cancelled", "expired"])
def test_who_did_not_pass_needs_no_level_instant_or_subject(reader, result):
    body = callback(result=result, fail_code="F1", verified_at=None, level=None, subject_digest=None)
    assert reader.parse_callback(body) == VerificationResult(
        "v1", "p1", result, "mismatch" if result == "failed" else result, "F1", None, None, None
    )


@pytest.mark.parametrize(
    "change",
    [
        {"reference": None},
        {"reference": 1},
        {"reference": ""},
        {"provider_reference": None},
        {"result": None},
        {"result": "PASSED"},
        {"result": True},
        {"fail_code": 7},
        {"verified_at": None},
        {"verified_at": 1700000000},
        {"verified_at": "2026-11-26T10:00:00"},
        {"level": None},
        {"level": "L3"},
        {"level": ["face"]},
        {"subject_digest": None},
        {"subject_digest": DIGEST.upper()},
        {"subject_digest": DIGEST[:-1]},
        {"subject_digest": DIGEST + "\n"},
    ],
)
def test_a_callback_with_a_wrong_value_is_malformed(reader, change):
    with pytest.raises(Malformed):
        reader.parse_callback(callback(**change))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps(CALLBACK | {"type": "verification.started"}).encode(),
        json.dumps(CALLBACK | {"timestamp": None}).encode(),
        json.dumps(CALLBACK | {"data": [PASSED]}).encode(),
        b'{"data":' * 60_000,
    ],
)
def test_a_callback_of_another_shape_is_malformed(reader, body):
    with pytest.raises(Malformed):
        reader.parse_callback(body)


values = (
    st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()) | st.sampled_from(["passed", "face"])
)


@given(st.dictionaries(st.sampled_from(sorted(PASSED)), values))
def test_no_callback_raises_anything_but_a_value_error(reader, change):
    try:
        found = reader.parse_callback(callback(**change))
    except ValueError:
        return
    assert found.result != "passed" or (found.level and found.subject_digest and found.verified_at)


def test_a_callback_is_believed_under_the_old_and_the_new_secret(reader):
    for secret in (SECRET, OLD_SECRET):
        headers = signed_headers(secret, "evt_1", int(NOW.timestamp()), callback())
        assert reader.verify(headers, callback(), NOW) == "evt_1"
        with pytest.raises(BadSignature):
            reader.verify(headers, callback(result="failed"), NOW)


def test_a_provider_without_a_secret_does_not_start(http):
    with pytest.raises(BadSecret):
        SignedIdentityProvider("signed", "粤信签", "http://127.0.0.1:9", [], http, StoppedClock())


def test_a_request_shows_no_person_in_a_traceback():
    assert "林小兰" not in repr(REQUEST)
    assert "1101" not in repr(REQUEST)

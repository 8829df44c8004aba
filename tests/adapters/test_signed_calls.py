"""Calls to far sides that sign like we do: what goes out, and what each answer means."""

import logging
import uuid

import pytest

from tests.adapters.scripted import NOW, SECRET, StoppedClock, json_answer, plain_answer, problem, raw_answer
from wxserver.ports import BadSecret, Malformed, Refused, Unavailable
from wxserver.ports.signatures import payload_of_call, verify
from wxserver.ports.signed_calls import SignedCalls, segment


@pytest.fixture
def calls(side, http):
    return SignedCalls("registry", side.url + "/registry/", SECRET, http, StoppedClock())


def ask(calls, method="POST", path="/people/cards", document=None, key=None):
    return calls.call(method, path, lambda answer: answer.whole("n"), document, key=key)


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("GET", "/cards/7", None),
        ("DELETE", "/cards/c%3A7/loss?x=%E6%9E%97&y", None),
        ("POST", "/people/cards", {"name": "林小兰", "n": None}),
    ],
)
def test_a_call_is_signed_over_what_goes_over_the_wire(calls, side, method, path, document):
    side.says(json_answer({"n": 1}))
    assert ask(calls, method, path, document) == 1
    sent = side.last
    assert sent.path == "/registry" + path
    payload = payload_of_call(sent.method, sent.path, sent.body)
    assert verify([SECRET], sent.headers, payload, NOW) == sent.headers["webhook-id"]
    if document is None:
        assert sent.body == b""
        assert "content-type" not in sent.headers
    else:
        assert sent.document == document
        assert sent.headers["content-type"] == "application/json; charset=utf-8"


def test_each_call_is_a_message_of_its_own_and_carries_its_key(calls, side):
    side.says(json_answer({"n": 1}))
    ask(calls, key="JY20261126-0001:profile")
    ask(calls, key="JY20261126-0001:profile")
    first, second = side.received
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    uuid.UUID(first.headers["webhook-id"].removeprefix("msg_"))
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "JY20261126-0001:profile"
    ask(calls)
    assert "idempotency-key" not in side.last.headers


@pytest.mark.parametrize("status", [400, 402, 404, 409, 410, 422, 451])
def test_a_problem_with_a_code_and_a_reason_is_a_refusal(calls, side, status):
    side.says(problem(status, "card-lost", "这张卡已经挂失。"))
    with pytest.raises(Refused) as caught:
        ask(calls)
    assert (caught.value.code, caught.value.reason) == ("card-lost", "这张卡已经挂失。")


@pytest.mark.parametrize("status", [401, 403, 405, 406, 407, 411, 413, 414, 415, 421, 426, 431])
def test_a_far_side_that_does_not_take_our_call_refuses_nobody_and_alerts_us(calls, side, status, caplog):
    side.says(problem(status))
    with pytest.raises(Unavailable):
        ask(calls)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize("status", [408, 425, 429])
def test_a_far_side_that_asks_to_wait_refuses_nobody(calls, side, status, caplog):
    side.says(problem(status))
    with pytest.raises(Unavailable):
        ask(calls)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("in-flight", "WARNING"),
        ("idempotency-in-flight", "WARNING"),
        ("idempotency-mismatch", "ERROR"),
        ("idempotency-key-missing", "ERROR"),
    ],
)
def test_trouble_about_the_key_refuses_nobody(calls, side, code, level, caplog):
    side.says(problem(409, code))
    with pytest.raises(Unavailable):
        ask(calls)
    assert [record.levelname for record in caplog.records] == [level]


@pytest.mark.parametrize(
    "answer",
    [
        plain_answer(b"<html>404</html>", 404, Content_Type="text/html"),
        json_answer({"code": "x", "detail": "原因"}, 422),
        json_answer(b"[]", 422, "application/problem+json"),
        json_answer(b'{"a":' * 50_000, 422, "application/problem+json"),
        problem(422, code=""),
        problem(422, code="no such card"),
        problem(422, code=7),
        problem(422, detail=" "),
        problem(422, detail=None),
        problem(422, detail="x" * 1001),
    ],
)
def test_a_refusal_without_a_reason_for_the_citizen_is_none(calls, side, answer, caplog):
    side.says(answer)
    with pytest.raises(Unavailable):
        ask(calls)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize(
    "answer",
    [
        problem(500),
        problem(503),
        problem(599),
        json_answer({"n": 1}, 500),
        plain_answer(b"", 301, Location="/x"),
        json_answer({"n": 1}, 307, Location="/x"),
        plain_answer(b"", 304),
        plain_answer(b"", 204),
        plain_answer(b"", 200),
        plain_answer(b"<html>", 200),
        json_answer([]),
        json_answer({}),
        json_answer({"n": "1"}),
        json_answer(b'{"n":' * 50_000),
        json_answer(b'{"n":1} '.ljust(2 * 1024 * 1024)),
        raw_answer(b""),
    ],
)
def test_everything_else_is_no_definite_answer(calls, side, answer):
    side.says(answer)
    with pytest.raises(Unavailable):
        ask(calls)


def test_the_log_shows_no_document_and_no_secret(calls, side, caplog):
    caplog.set_level(logging.DEBUG)
    for answer in (problem(401, detail="林小兰"), problem(500, detail="林小兰"), json_answer({"n": "林小兰"})):
        side.says(answer)
        with pytest.raises(Unavailable) as caught:
            ask(calls, document={"name": "林小兰"})
        assert "林小兰" not in caplog.text + str(caught.value)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://a/",
        "http://",
        "http://a b/",
        "http://a/?x=1",
        "http://a/#x",
        "http://林/",
        "http://u:p@a/",
        "http://a/%41",
    ],
)
def test_an_address_that_would_not_stay_as_signed_is_refused_at_the_start(http, address):
    with pytest.raises(ValueError, match="http address"):
        SignedCalls("registry", address, SECRET, http, StoppedClock())


def test_a_bad_secret_is_refused_at_the_start(http):
    with pytest.raises(BadSecret):
        SignedCalls("registry", "http://127.0.0.1", "whsec_", http, StoppedClock())


@pytest.mark.parametrize("reference", ["c7", "a.b", "card:7", "A-1_2~3", "x@y", "7" * 128])
def test_a_reference_becomes_one_segment(calls, side, reference):
    side.says(json_answer({"n": 1}))
    ask(calls, "GET", f"/cards/{segment(reference)}")
    assert side.last.path.count("/") == 3
    assert verify([SECRET], side.last.headers, payload_of_call("GET", side.last.path, b""), NOW)


@pytest.mark.parametrize("reference", ["", ".", "..", "a/b", "a?b", "a#b", "%2e", "a b", "林", "a\n", "7" * 129])
def test_a_reference_that_leads_elsewhere_is_malformed(reference):
    with pytest.raises(Malformed):
        segment(reference)

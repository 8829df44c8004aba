"""Standard Webhooks, with the `standardwebhooks` package as the oracle."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from wxserver.ports.signatures import (
    BadSecret,
    BadSignature,
    Webhooks,
    decode_secret,
    payload_of_call,
    sign,
    signed_headers,
    verify,
)

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
BODY = '{"type":"verification.completed","name":"林"}'.encode()

message_ids = st.text(
    st.characters(codec="ascii", min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="."),
    min_size=1,
    max_size=256,
)


def headers(**changes):
    found = signed_headers(SECRET, "msg_1", STAMP, BODY)
    return found | {f"webhook-{name}": value for name, value in changes.items()}


@given(st.binary(min_size=24, max_size=64), message_ids, st.integers(0, 4_000_000_000), st.text())
def test_a_signature_is_what_the_package_signs(key, message_id, timestamp, text):
    secret = "whsec_" + base64.b64encode(key).decode()
    oracle = Webhook(secret).sign(message_id, datetime.fromtimestamp(timestamp, UTC), text.encode().decode())
    assert sign(secret, message_id, timestamp, text.encode()) == oracle


@given(st.dictionaries(st.text(), st.text()))
def test_the_package_verifies_what_we_sign(document):
    now = datetime.now(UTC)
    body = json.dumps(document).encode()
    found = signed_headers(SECRET, "msg_1", int(now.timestamp()), body)
    assert Webhook(SECRET).verify(body, found) == document
    assert verify([SECRET], found, body, now) == "msg_1"


def test_a_known_message_has_its_known_signature():
    # From the reference libraries of the Standard Webhooks specification.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    found = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_header_names_come_in_any_case():
    found = {name.title(): value for name, value in headers().items()}
    assert verify([SECRET], found, BODY, NOW) == "msg_1"


def test_while_keys_are_rotated_either_signature_and_either_secret_will_do():
    wrong = sign(OTHER, "msg_1", STAMP, BODY)
    both = f"{wrong} {sign(SECRET, 'msg_1', STAMP, BODY)}"
    assert verify([SECRET], headers(signature=both), BODY, NOW) == "msg_1"
    assert verify([OTHER, SECRET], headers(), BODY, NOW) == "msg_1"
    assert verify([SECRET, OTHER], headers(signature=wrong), BODY, NOW) == "msg_1"
    assert verify([SECRET], headers(signature="v2,x v1a,y " + both), BODY, NOW) == "msg_1"


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_a_message_is_fresh_for_five_minutes_both_ways(seconds):
    assert verify([SECRET], headers(), BODY, NOW + timedelta(seconds=seconds)) == "msg_1"


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_a_stale_or_future_message_is_refused(seconds):
    with pytest.raises(BadSignature):
        verify([SECRET], headers(), BODY, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "msg_2"},
        {"id": "msg 1"},
        {"id": "msg.1"},
        {"id": "信"},
        {"id": "m" * 257},
        {"timestamp": ""},
        {"timestamp": f" {STAMP}"},
        {"timestamp": f"{STAMP}.0"},
        {"timestamp": f"+{STAMP}"},
        {"timestamp": "-1"},
        {"timestamp": "٣" * 10},
        {"timestamp": "9" * 13},
        {"timestamp": "9" * 5000},
        {"timestamp": "1e9"},
        {"timestamp": str(STAMP + 1)},
        {"signature": ""},
        {"signature": " "},
        {"signature": "v1"},
        {"signature": "v1,"},
        {"signature": "v1,!!!"},
        {"signature": "v1,签"},
        {"signature": "v1,\ud800"},
        {"signature": sign(OTHER, "msg_1", STAMP, BODY)},
        {"signature": sign(SECRET, "msg_1", STAMP, BODY).replace("v1,", "v2,")},
        {"signature": sign(SECRET, "msg_1", STAMP, BODY).replace("v1,", "")},
        {"signature": sign(SECRET, "msg_1", STAMP, BODY) + "="},
        {"signature": "v1,x " * 2000 + sign(SECRET, "msg_1", STAMP, BODY)},
    ],
)
def test_a_malformed_or_wrong_header_is_refused(changes):
    with pytest.raises(BadSignature):
        verify([SECRET], headers(**changes), BODY, NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing_or_doubled_is_refused(name):
    found = headers()
    with pytest.raises(BadSignature):
        verify([SECRET], {other: value for other, value in found.items() if other != name}, BODY, NOW)
    with pytest.raises(BadSignature):
        verify([SECRET], found | {name.upper(): found[name]}, BODY, NOW)


def test_a_changed_body_is_refused():
    with pytest.raises(BadSignature):
        verify([SECRET], headers(), BODY + b" ", NOW)


def test_the_parts_of_a_message_cannot_be_cut_elsewhere():
    found = signed_headers(SECRET, "msg_1", STAMP, f"{STAMP}.x".encode())
    moved = found | {"webhook-id": f"msg_1.{STAMP}"}
    with pytest.raises(BadSignature):
        verify([SECRET], moved, b"x", NOW)
    with pytest.raises(ValueError, match="message id"):
        sign(SECRET, "msg.1", STAMP, b"")


names = st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "Webhook-Id", "x"])


@given(st.dictionaries(names | st.text(), st.text() | st.just(str(STAMP)) | st.just("msg_1")), st.binary())
def test_nothing_a_sender_sends_raises_anything_else(found, body):
    with pytest.raises(BadSignature):
        verify([SECRET], found, body, NOW)


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("", "begins with"),
        (SECRET.removeprefix("whsec_"), "begins with"),
        ("whsec_###", "base64"),
        ("whsec_é", "base64"),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), "23"),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), "65"),
    ],
)
def test_an_unusable_secret_says_why_and_never_shows_itself(secret, says):
    with pytest.raises(BadSecret, match=says) as caught:
        decode_secret(secret)
    assert secret.removeprefix("whsec_") == "" or secret.removeprefix("whsec_") not in str(caught.value)
    with pytest.raises(BadSecret):
        Webhooks([secret])


@pytest.mark.parametrize("size", [24, 64])
def test_secrets_have_24_to_64_bytes(size):
    assert len(decode_secret("whsec_" + base64.b64encode(bytes(size)).decode())) == size


def test_a_verifier_needs_a_secret():
    with pytest.raises(BadSecret):
        Webhooks([])
    assert Webhooks([OTHER, SECRET]).verify(headers(), BODY, NOW) == "msg_1"


def test_a_call_signs_its_method_and_path_before_its_body():
    assert payload_of_call("delete", "/registry/cards/7/loss", b"") == b"DELETE /registry/cards/7/loss\n"
    assert payload_of_call("POST", "/a?b=c", b"{}") == b"POST /a?b=c\n{}"

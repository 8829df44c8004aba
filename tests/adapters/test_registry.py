"""The card registry's port over HTTP, its wire shapes, and its events."""

import base64
import hashlib
import json
from datetime import UTC, date, datetime

import pytest

from bundles.ports import IdentityDocument, Production, ProductionRequest, RegistryCard
from tests.adapters.scripted import NOW, SECRET, StoppedClock, json_answer
from wxserver.adapters.registry import HttpCardRegistry, SignedRegistryCallbacks
from wxserver.ports import BadSignature, Malformed, Unavailable
from wxserver.ports.signatures import signed_headers

HOLDER = IdentityDocument("resident_id", "11010519491231002X")
PERSON = {"id_type": "resident_id", "id_number": "11010519491231002X"}
WIRE_CARD = {
    "card": "c7",
    "number": "X00000019",
    "bank": "工商银行",
    "region": "445200",
    "state": "active",
    "expires_on": "2036-11-25",
}
CARD = RegistryCard("c7", "X00000019", "工商银行", "445200", "active", date(2036, 11, 25))


@pytest.fixture
def registry(side, http):
    return HttpCardRegistry(side.url + "/registry", SECRET, http, StoppedClock())


def sent(side):
    last = side.last
    return last.method, last.path, json.loads(last.body) if last.body else None, last.headers.get("idempotency-key")


def test_cards_of_a_person(registry, side):
    side.says(json_answer({"cards": [WIRE_CARD, WIRE_CARD | {"expires_on": None, "new": [1]}]}))
    first, second = registry.cards(HOLDER)
    assert first == CARD
    assert second.expires_on is None
    assert sent(side) == ("POST", "/registry/people/cards", PERSON, None)


def test_a_person_without_cards(registry, side):
    side.says(json_answer({"cards": []}))
    assert registry.cards(HOLDER) == ()


def test_one_card(registry, side):
    side.says(json_answer(WIRE_CARD))
    assert registry.card("c7") == CARD
    assert sent(side) == ("GET", "/registry/cards/c7", None, None)


def test_a_profile_is_changed_under_a_key(registry, side):
    side.says(json_answer({"updated": ["phone"]}))
    assert registry.update_profile("JY-1:profile", HOLDER, "c7", {"phone": "13800000000"}) == ("phone",)
    document = {**PERSON, "card": "c7", "changes": {"phone": "13800000000"}}
    assert sent(side) == ("POST", "/registry/people/profile", document, "JY-1:profile")


def test_effects_on_a_card_go_out_under_a_key(registry, side):
    side.says(json_answer(WIRE_CARD))
    assert registry.activate("k1", "c7") == CARD
    assert sent(side) == ("POST", "/registry/cards/c7/activation", {}, "k1")
    assert registry.report_loss("k2", "c7", "formal") == CARD
    assert sent(side) == ("POST", "/registry/cards/c7/loss", {"kind": "formal"}, "k2")
    assert registry.lift_loss("k3", "c7") == CARD
    assert sent(side) == ("DELETE", "/registry/cards/c7/loss", None, "k3")
    assert registry.cancel_card("k4", "c7") == CARD
    assert sent(side) == ("POST", "/registry/cards/c7/cancellation", {}, "k4")
    assert registry.restore_card("k5", "c7") == CARD
    assert sent(side) == ("DELETE", "/registry/cards/c7/cancellation", None, "k5")
    assert registry.set_pin("k6", "c7", "reset") == CARD
    assert sent(side) == ("POST", "/registry/cards/c7/pin", {"action": "reset"}, "k6")
    assert registry.unlock("k7", "c7") == CARD
    assert sent(side) == ("DELETE", "/registry/cards/c7/lock", None, "k7")


def test_a_temporary_loss_may_say_when_it_ends(registry, side):
    side.says(json_answer(WIRE_CARD | {"state": "temporarily_lost", "loss_ends_on": "2026-12-03"}))
    assert registry.report_loss("k", "c7", "temporary").loss_ends_on == date(2026, 12, 3)


def test_a_production_is_ordered_with_what_is_known_and_nothing_else(registry, side):
    side.says(json_answer({"production": "p1", "node": "submitted"}, 202))
    request = ProductionRequest("apply", "JY20261126-0001", HOLDER, "林小兰", "13800000000", bank="工商银行")
    assert registry.start_production("k", request) == Production("p1", "submitted")
    document = {
        "kind": "apply",
        "reference": "JY20261126-0001",
        **PERSON,
        "name": "林小兰",
        "phone": "13800000000",
        "bank": "工商银行",
    }
    assert sent(side) == ("POST", "/registry/productions", document, "k")
    registry.start_production(
        "k", ProductionRequest("replace", "JY-2", HOLDER, "林", None, None, "路 1", "445200", "c7")
    )
    assert side.last.document == {
        "kind": "replace",
        "reference": "JY-2",
        **PERSON,
        "name": "林",
        "address": "路 1",
        "region": "445200",
        "card": "c7",
    }


def test_a_picture_goes_along_with_its_digest(registry, side):
    side.says(json_answer({"production": "p1", "node": "submitted"}, 202))
    request = ProductionRequest("apply", "JY-1", HOLDER, "林", None, photo=b"\xff\xd8\xffpixels")
    registry.start_production("k", request)
    photo = side.last.document["photo"]
    assert photo["media_type"] == "image/jpeg"
    assert base64.b64decode(photo["content"], validate=True) == b"\xff\xd8\xffpixels"
    assert photo["sha256"] == hashlib.sha256(b"\xff\xd8\xffpixels").hexdigest()
    assert "pixels" not in repr(request)


def test_productions(registry, side):
    wire = {
        "production": "p1",
        "kind": "apply",
        "node": "made",
        "at": "2026-11-26T10:00:00+08:00",
        "bank": "工商银行",
        "region": "445200",
    }
    at = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    history = [{"node": "accepted", "at": "2026-11-26T10:00:00+08:00", "sequence": 1}, {"node": "made"}]
    side.says(json_answer(wire | {"history": history}))
    found = Production("p1", "made", "apply", at, "工商银行", "445200", (("accepted", at), ("made", None)))
    assert registry.production("p1") == found
    assert sent(side) == ("GET", "/registry/productions/p1", None, None)
    side.says(json_answer({"productions": [wire]}))
    assert registry.productions(HOLDER) == (Production("p1", "made", "apply", at, "工商银行", "445200"),)
    assert sent(side) == ("POST", "/registry/people/productions", PERSON, None)


def test_a_history_is_taken_as_far_as_it_can_be_read(registry, side):
    odd = [7, {"at": "2026-11-26T10:00:00+08:00"}, {"node": "sent", "at": "yesterday"}, {"node": "made"}]
    wire = {"production": "p1", "node": "made"}
    side.says(json_answer(wire | {"history": odd}))
    assert registry.production("p1").history == (("made", None),)
    side.says(json_answer(wire | {"history": [{"node": "made"}] * 1000}))
    assert len(registry.production("p1").history) == 100
    side.says(json_answer(wire | {"history": "long"}))
    assert registry.production("p1").history == ()


def test_a_card_made_on_the_spot_is_ordered_as_such(registry, side):
    side.says(json_answer({"production": "p1", "node": "received"}, 202))
    request = ProductionRequest("replace", "CQ-1", HOLDER, "林", None, card="c7", on_the_spot=True, activated=True)
    assert registry.start_production("k", request).node == "received"
    assert (side.last.document["on_the_spot"], side.last.document["activated"]) == (True, True)


@pytest.mark.parametrize(
    "change",
    [
        {"card": None},
        {"card": 7},
        {"card": ".."},
        {"card": "a/b"},
        {"number": ""},
        {"state": "asleep"},
        {"state": None},
        {"bank": 1},
        {"expires_on": "2036"},
        {"expires_on": 2036},
        {"loss_ends_on": "soon"},
        {"loss_ends_on": 7},
    ],
)
def test_a_card_of_another_shape_is_no_answer(registry, side, change):
    side.says(json_answer(WIRE_CARD | change))
    with pytest.raises(Unavailable):
        registry.card("c7")
    side.says(json_answer({"cards": [WIRE_CARD, WIRE_CARD | change]}))
    with pytest.raises(Unavailable):
        registry.cards(HOLDER)


@pytest.mark.parametrize("answer", [{}, {"updated": "phone"}, {"updated": [1]}, {"updated": None}])
def test_an_update_that_does_not_say_what_it_updated_is_no_answer(registry, side, answer):
    side.says(json_answer(answer))
    with pytest.raises(Unavailable):
        registry.update_profile("k", HOLDER, "c7", {})


def test_a_reference_from_elsewhere_reaches_no_other_path(registry, side):
    with pytest.raises(Malformed):
        registry.activate("k", "../people")
    assert side.received == []


# Events

SENT = {
    "production": "p1",
    "at": "2026-11-26T10:00:00+08:00",
    "sequence": 3,
    "courier": "邮政",
    "tracking_number": "EX1",
    "boxes": 2,
}
EVENT = {"type": "production.sent", "timestamp": "2026-11-26T02:00:01Z", "data": SENT}


def event(**data):
    return json.dumps(EVENT | {"data": SENT | data}).encode()


def test_an_event_is_read_into_its_parts():
    found = SignedRegistryCallbacks([SECRET]).parse_event(event())
    assert (found.kind, found.subject, found.sequence) == ("production.sent", "p1", 3)
    assert found.at == datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    assert found.sent_at == datetime(2026, 11, 26, 2, 0, 1, tzinfo=UTC)
    assert found.details == {"courier": "邮政", "tracking_number": "EX1"}


def test_an_event_about_a_card_has_the_card_as_its_subject():
    body = json.dumps(
        {
            "type": "card.state_changed",
            "timestamp": "2026-11-26T02:00:01Z",
            "data": {"card": "c7", "at": "2026-11-26T10:00:00+08:00", "sequence": 0, "state": "active"},
        }
    ).encode()
    found = SignedRegistryCallbacks([SECRET]).parse_event(body)
    assert (found.subject, found.details) == ("c7", {"state": "active"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps(EVENT | {"type": "production.eaten"}).encode(),
        json.dumps(EVENT | {"type": "card.activated"}).encode(),
        json.dumps(EVENT | {"timestamp": 1}).encode(),
        json.dumps(EVENT | {"data": None}).encode(),
        event(production=None),
        event(production=7),
        event(at="yesterday"),
        event(sequence="3"),
        event(sequence=True),
        event(sequence=-1),
        event(courier="x\x00"),
        event(courier="x" * 513),
    ],
)
def test_an_event_of_another_shape_is_malformed(body):
    with pytest.raises(Malformed):
        SignedRegistryCallbacks([SECRET]).parse_event(body)


def test_an_event_is_believed_by_its_signature_only():
    callbacks = SignedRegistryCallbacks([SECRET])
    headers = signed_headers(SECRET, "evt_1", int(NOW.timestamp()), event())
    assert callbacks.verify(headers, event(), NOW) == "evt_1"
    with pytest.raises(BadSignature):
        callbacks.verify(headers, event(sequence=4), NOW)

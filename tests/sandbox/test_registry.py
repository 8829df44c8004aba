"""The card registry: signed calls in, effects once each under their key, events out."""

import base64
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from tests.sandbox.conftest import REGISTRY_SECRET, Far, StandIn, call, until


def _apply(far: Far, person: dict[str, object], key: str, reference: str = "JY20261126-0001"):
    body = {"kind": "apply", "reference": reference, "name": person["name"], "phone": "13800138000"} | far.holder(
        person
    )
    return far.signed("POST", "/registry/productions", body, key=key)


def test_a_call_without_a_good_signature_is_401_and_tells_nothing(far: Far) -> None:
    person = far.person()
    body = json.dumps(far.holder(person)).encode()
    plain = call("POST", f"{far.url}/registry/people/cards", body)
    wrong = far.signed("POST", "/registry/people/cards", far.holder(person), secret="whsec_" + "AAAA" * 8)
    late = datetime.now(UTC) - timedelta(seconds=302)
    stale = far.signed("POST", "/registry/people/cards", far.holder(person), at=late)
    assert [answer.status for answer in (plain, wrong, stale)] == [401, 401, 401]
    assert all(answer.json["detail"] == "" for answer in (plain, wrong, stale))


def test_the_signature_binds_method_and_path_of_an_empty_body(far: Far) -> None:
    card = far.person(cards=[{"state": "active"}])["cards"][0]["card"]
    moment = datetime.now(UTC)
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(REGISTRY_SECRET).sign("m", moment, f"GET /registry/cards/{card}\n"),
        "Idempotency-Key": "k",
    }
    assert call("GET", f"{far.url}/registry/cards/{card}", headers=headers).status == 200
    assert call("DELETE", f"{far.url}/registry/cards/{card}/loss", headers=headers).status == 401
    assert call("GET", f"{far.url}/registry/cards/{card}?x=1", headers=headers).status == 401


def test_cards_of_a_person_are_listed_and_nobody_unknown_has_any(far: Far) -> None:
    person = far.person(cards=[{"state": "sealed", "bank": "中国建设银行", "expires_on": "2030-01-31"}])
    listed = far.signed("POST", "/registry/people/cards", far.holder(person)).json["cards"]
    assert listed == person["cards"]
    assert listed[0]["number"].startswith("X")
    assert (listed[0]["bank"], listed[0]["state"], listed[0]["expires_on"]) == ("中国建设银行", "sealed", "2030-01-31")
    nobody = {"id_type": "passport", "id_number": "E1"}
    assert far.signed("POST", "/registry/people/cards", nobody).json == {"cards": []}


def test_twenty_threads_with_one_key_have_one_effect_and_one_answer(far: Far) -> None:
    person = far.person()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: _apply(far, person, "JY20261126-0001:production"), range(20)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body for answer in answers}) == 1
    assert [effect["key"] for effect in far.items("effects?far_side=registry")] == ["JY20261126-0001:production"]
    assert far.items("effects")[0]["person"] == person["id_number"]
    assert far.items("effects")[0]["effect"] == "productions"


def test_fifty_different_keys_at_once_have_fifty_effects(far: Far) -> None:
    people = [far.person() for _ in range(50)]
    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(lambda pair: _apply(far, pair[1], f"k{pair[0]}").status, enumerate(people)))
    assert statuses == [202] * 50
    assert len(far.items("effects")) == 50


def test_the_same_key_with_another_body_is_409(far: Far) -> None:
    person = far.person()
    assert _apply(far, person, "k").status == 202
    assert _apply(far, person, "k", reference="JY20261126-0002").status == 409
    assert len(far.items("effects")) == 1


def test_a_change_without_a_key_is_400(far: Far) -> None:
    assert _apply(far, far.person(), "").status == 400


def test_a_refusal_is_chinese_and_the_same_for_ever_under_its_key(far: Far) -> None:
    card = far.person(cards=[{"state": "active"}])["cards"][0]["card"]
    first = far.signed("POST", f"/registry/cards/{card}/activation", {}, key="k")
    assert first.status == 422
    assert first.headers["content-type"].startswith("application/problem+json")
    assert first.json["detail"] == "这张卡现在是正常状态，不用启用。"
    far.signed("POST", f"/registry/cards/{card}/cancellation", {}, key="k2")
    assert far.signed("POST", f"/registry/cards/{card}/activation", {}, key="k").body == first.body


@pytest.mark.parametrize(
    ("state", "method", "path", "body", "after"),
    [
        ("sealed", "POST", "activation", {}, "active"),
        ("active", "POST", "activation", {}, None),
        ("active", "POST", "loss", {"kind": "formal"}, "formally_lost"),
        ("sealed", "POST", "loss", {"kind": "formal"}, "formally_lost"),
        ("temporarily_lost", "POST", "loss", {"kind": "formal"}, "formally_lost"),
        ("formally_lost", "POST", "loss", {"kind": "formal"}, None),
        ("cancelled", "POST", "loss", {"kind": "formal"}, None),
        ("active", "POST", "loss", {"kind": "temporary"}, "temporarily_lost"),
        ("sealed", "POST", "loss", {"kind": "temporary"}, None),
        ("formally_lost", "DELETE", "loss", None, "active"),
        ("active", "DELETE", "loss", None, None),
        ("active", "POST", "cancellation", {}, "cancelled"),
        ("cancelled", "POST", "cancellation", {}, None),
        ("cancelled", "DELETE", "cancellation", None, "active"),
        ("active", "DELETE", "cancellation", None, None),
        ("active", "POST", "pin", {"action": "change"}, "active"),
        ("active", "POST", "pin", {"action": "reset"}, "active"),
        ("locked", "POST", "pin", {"action": "reset"}, None),
        ("locked", "DELETE", "lock", None, "active"),
        ("active", "DELETE", "lock", None, None),
    ],
)
def test_a_card_goes_from_state_to_state_by_the_rules(
    far: Far, state: str, method: str, path: str, body: dict[str, str] | None, after: str | None
) -> None:
    card = far.person(cards=[{"state": state}])["cards"][0]["card"]
    answer = far.signed(method, f"/registry/cards/{card}/{path}", body, key="k")
    shown = far.signed("GET", f"/registry/cards/{card}").json
    assert answer.status == (200 if after else 422)
    assert shown["state"] == (after or state)
    assert [effect["effect"] for effect in far.items("effects")] == ([path] if after else [])


def test_a_sealed_card_that_was_lost_is_sealed_again_when_the_loss_is_lifted(far: Far) -> None:
    card = far.person(cards=[{"state": "sealed"}])["cards"][0]["card"]
    far.signed("POST", f"/registry/cards/{card}/loss", {"kind": "formal"}, key="k1")
    assert far.signed("DELETE", f"/registry/cards/{card}/loss", key="k2").json["state"] == "sealed"


def test_profile_changes_are_kept_and_named(far: Far) -> None:
    person = far.person(cards=[{"state": "active"}, {"state": "cancelled"}])
    body = far.holder(person) | {
        "card": person["cards"][0]["card"],
        "changes": {"phone": "13900139000", "email": "a@b.cn"},
    }
    assert far.signed("POST", "/registry/people/profile", body, key="k").json == {"updated": ["phone", "email"]}
    with far.world.database.read() as connection:
        row = connection.execute("SELECT phone FROM holder WHERE id_number = ?", (person["id_number"],)).fetchone()
    assert row["phone"] == "13900139000"
    cancelled = body | {"card": person["cards"][1]["card"]}
    assert far.signed("POST", "/registry/people/profile", cancelled, key="k2").status == 422
    stranger = body | far.holder(far.person())
    assert far.signed("POST", "/registry/people/profile", stranger, key="k3").status == 404
    assert far.signed("POST", "/registry/people/profile", body | {"changes": {"name": "x"}}, key="k4").status == 400


def test_a_production_is_accepted_by_itself_and_then_moved_on_with_events_in_order(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    production = _apply(far, person, "k").json["production"]
    assert far.signed("GET", f"/registry/productions/{production}").json["node"] == "submitted"
    until(lambda: len(stand_in.events()) == 1)
    for node in ("made", "sent", "ready_for_pickup", "received"):
        assert far.control(f"productions/{production}", {"node": node}).status == 200
    events = until(lambda: len(stand_in.events()) == 5 and stand_in.events())
    assert [event["type"] for event in events] == [
        f"production.{node}" for node in ("accepted", "made", "sent", "ready_for_pickup", "received")
    ]
    assert [event["data"]["sequence"] for event in events] == [1, 2, 3, 4, 5]
    assert {event["data"]["production"] for event in events} == {production}
    assert set(events[2]["data"]) == {"production", "at", "sequence", "courier", "tracking_number"}
    shown = far.signed("GET", f"/registry/productions/{production}").json
    assert [step["node"] for step in shown["history"]] == [
        "submitted",
        "accepted",
        "made",
        "sent",
        "ready_for_pickup",
        "received",
    ]
    cards = far.signed("POST", "/registry/people/cards", far.holder(person)).json["cards"]
    assert [card["state"] for card in cards] == ["sealed"]
    listed = far.signed("POST", "/registry/people/productions", far.holder(person)).json["productions"]
    assert [(one["production"], one["kind"], one["node"]) for one in listed] == [(production, "apply", "received")]


def test_events_bear_a_signature_that_the_reference_implementation_accepts(far: Far, stand_in: StandIn) -> None:
    card = far.person(cards=[{"state": "sealed"}])["cards"][0]["card"]
    far.signed("POST", f"/registry/cards/{card}/activation", {}, key="k")
    event = until(lambda: stand_in.at("/registry/events"))[0]
    headers = dict(event.headers)
    told = Webhook(REGISTRY_SECRET).verify(event.body, headers)
    assert told["type"] == "card.activated"
    assert told["data"] | {"at": ""} == {"card": card, "at": "", "sequence": 1, "state": "active"}
    assert datetime.fromisoformat(told["timestamp"]).tzinfo is not None


def test_a_replacement_cancels_the_old_card_and_makes_a_sealed_one_when_it_is_received(far: Far) -> None:
    person = far.person(cards=[{"state": "active", "bank": "中国银行"}])
    body = {"kind": "replace", "reference": "JY-1", "name": person["name"], "card": person["cards"][0]["card"]}
    production = far.signed("POST", "/registry/productions", body | far.holder(person), key="k").json["production"]
    far.control(f"productions/{production}", {"node": "card_made"})
    states = [card["state"] for card in far.signed("POST", "/registry/people/cards", far.holder(person)).json["cards"]]
    assert states == ["active"]
    for _ in range(2):
        far.control(f"productions/{production}", {"node": "received"})
    cards = far.signed("POST", "/registry/people/cards", far.holder(person)).json["cards"]
    assert [(card["state"], card["bank"]) for card in cards] == [("cancelled", "中国银行"), ("sealed", "中国银行")]


def test_a_correction_is_asked_for_handed_in_and_accepted_again(far: Far, stand_in: StandIn) -> None:
    production = _apply(far, far.person(), "k").json["production"]
    early = far.signed("POST", f"/registry/productions/{production}/correction", {"changes": {}}, key="k1")
    assert early.status == 422
    far.control(f"productions/{production}", {"node": "correction_requested", "reason": "照片太暗"})
    handed = far.signed("POST", f"/registry/productions/{production}/correction", {"changes": {"phone": "1"}}, key="k2")
    assert (handed.status, handed.json["node"]) == (202, "correction_received")
    events = until(lambda: len(stand_in.events()) == 3 and stand_in.events())
    assert [event["type"] for event in events] == [
        "production.accepted", "production.correction_requested", "production.accepted",
    ]  # fmt: skip
    assert events[1]["data"]["reason"] == "照片太暗"


def test_a_production_can_be_cancelled_until_the_card_is_made(far: Far) -> None:
    first, second = (_apply(far, far.person(), key).json["production"] for key in ("a", "b"))
    assert far.signed("DELETE", f"/registry/productions/{first}", key="c").json["node"] == "cancelled"
    far.control(f"productions/{second}", {"node": "made"})
    assert far.signed("DELETE", f"/registry/productions/{second}", key="d").status == 422
    assert far.control(f"productions/{first}", {"node": "made"}).status == 409


def test_an_event_is_sent_again_until_it_is_taken(far: Far, stand_in: StandIn) -> None:
    stand_in.respond = lambda _: ("", 503 if len(stand_in.received) < 3 else 200)
    card = far.person(cards=[{"state": "sealed"}])["cards"][0]["card"]
    far.signed("POST", f"/registry/cards/{card}/activation", {}, key="k")
    until(lambda: len(stand_in.received) == 3)
    first, second, third = stand_in.received
    assert first.body == second.body == third.body
    assert len({one.headers["webhook-id"] for one in stand_in.received}) == 1
    assert 0.8 < second.at - first.at < 2.5


def test_pending_events_and_all_state_survive_a_restart(start: Callable[[], Far], stand_in: StandIn) -> None:
    far = start()
    stand_in.respond = lambda _: ("", 503)
    person = far.person()
    production = _apply(far, person, "k").json["production"]
    until(lambda: stand_in.received)
    far = start()
    stand_in.respond = lambda _: ("", 200)
    before = len(stand_in.received)
    until(lambda: len(stand_in.received) > before)
    assert stand_in.events()[-1]["type"] == "production.accepted"
    assert _apply(far, person, "k").json == {"production": production, "node": "submitted"}
    assert len(far.items("effects")) == 1


def test_a_production_accepted_while_the_sandbox_was_down_is_accepted_at_the_next_start(
    start: Callable[[], Far], stand_in: StandIn
) -> None:
    _apply(start(), {"name": "陈桂英", "id_type": "passport", "id_number": "E12345678"}, "k")
    start()
    assert until(stand_in.events)[0]["type"] == "production.accepted"


def test_a_photo_is_checked_and_its_digest_and_size_are_told(far: Far) -> None:
    person, content = far.person(), b"\xff\xd8\xff" + bytes(range(200))
    good = {
        "media_type": "image/jpeg",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }

    def order(photo: object, key: str):
        body = {"kind": "apply", "reference": "JY-1", "name": person["name"], "photo": photo} | far.holder(person)
        return far.signed("POST", "/registry/productions", body, key=key)

    for number, photo in enumerate(
        (
            good | {"sha256": "0" * 64},
            good | {"content": base64.b64encode(b"GIF89a").decode()},
            good | {"media_type": "image/png"},
            good | {"content": "no base64!"},
            {"content": good["content"]},
            "a text",
        )
    ):
        assert order(photo, f"bad-{number}").json["code"] == "bad-photo"
    taken = order(good, "good")
    assert taken.status == 202
    assert order(good, "good").json == taken.json
    assert order(good | {"content": good["content"][:-4]}, "good").status == 409
    shown = far.signed("GET", f"/registry/productions/{taken.json['production']}").json
    assert shown["photo"] == {"sha256": good["sha256"], "size": len(content)}

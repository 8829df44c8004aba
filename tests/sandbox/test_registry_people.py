"""What the registry tells of a person, and cards that are made and handed over on the spot."""

import base64
import hashlib
from typing import Any

import pytest

from tests.sandbox.conftest import Far, StandIn, until

JPEG = b"\xff\xd8\xff" + bytes(range(200))


def _standing(far: Far, person: Any) -> Any:
    return far.signed("POST", "/registry/people/standing", far.holder(person)).json


def _photo(far: Far, person: Any) -> Any:
    return far.signed("POST", "/registry/people/photo", far.holder(person)).json["photo"]


def _order(far: Far, person: Any, key: str, kind: str = "apply", **more: Any):
    body = {"kind": kind, "reference": "CQ20261126-0001", "name": person["name"]} | far.holder(person) | more
    return far.signed("POST", "/registry/productions", body, key=key)


def _wire(content: bytes) -> dict[str, str]:
    return {
        "media_type": "image/jpeg",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }


def test_the_standing_of_a_person_is_what_the_script_said(far: Far) -> None:
    said = {"insured": ["650000", "445202"], "lives_elsewhere": True, "batch": "data_ready"}
    person = far.person(standing=said, phone="13900139000", email="a@b.cn", occupation="教师", address="路 1 号")
    profile = {"phone": "13900139000", "address": "路 1 号", "email": "a@b.cn", "occupation": "教师"}
    assert _standing(far, person) == said | {"profile": profile}
    far.control("reset")
    assert _standing(far, person)["insured"] is None


def test_what_nobody_said_is_not_known(far: Far) -> None:
    nothing = {"insured": None, "lives_elsewhere": None, "batch": None}
    stranger = {"id_type": "passport", "id_number": "E1"}
    assert _standing(far, stranger) == nothing | {"profile": {}}
    assert _standing(far, far.person()) == nothing | {"profile": {}}
    assert _standing(far, far.person(standing={"insured": []}))["insured"] == []


def test_the_demo_people_are_insured_where_they_live(far: Far) -> None:
    for person in far.items("people"):
        known = _standing(far, person)
        assert (known["insured"], known["lives_elsewhere"], known["batch"]) == (["445202"], False, None)
        assert known["profile"]["phone"]


def test_a_changed_profile_shows_in_the_standing(far: Far) -> None:
    person = far.person(cards=[{"state": "active"}])
    body = far.holder(person) | {"card": person["cards"][0]["card"], "changes": {"occupation": "医生"}}
    far.signed("POST", "/registry/people/profile", body, key="k")
    assert _standing(far, person)["profile"]["occupation"] == "医生"


@pytest.mark.parametrize(
    "standing",
    [
        [],
        {"rich": True},
        {"insured": "650000"},
        {"insured": ["65"]},
        {"insured": [650000]},
        {"lives_elsewhere": "yes"},
        {"batch": "eaten"},
    ],
)
def test_a_standing_that_makes_no_sense_is_refused_in_a_sentence(far: Far, standing: object) -> None:
    answer = far.control("people", {"standing": standing})
    assert (answer.status, answer.json["code"]) == (400, "bad-request")
    assert answer.json["detail"].startswith("standing")
    assert far.control("people", {"email": 5}).status == 400


def test_the_picture_of_a_person_is_that_of_the_last_production_that_brought_one(far: Far) -> None:
    person = far.person()
    assert _photo(far, person) is None
    for number, content in enumerate((JPEG, JPEG + b"newer")):
        _order(far, person, f"k{number}", photo=_wire(content))
        assert _photo(far, person) == _wire(content)
    _order(far, person, "k-without")
    assert _photo(far, person) == _wire(JPEG + b"newer")
    assert _photo(far, far.person()) is None


def test_a_card_made_on_the_spot_is_made_and_received_at_once(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    made = _order(far, person, "k", on_the_spot=True, activated=True).json
    assert made["node"] == "received"
    shown = far.signed("GET", f"/registry/productions/{made['production']}").json
    assert [step["node"] for step in shown["history"]] == ["submitted", "accepted", "made", "received"]
    cards = far.signed("POST", "/registry/people/cards", far.holder(person)).json["cards"]
    assert [card["state"] for card in cards] == ["active"]
    assert _order(far, person, "k", on_the_spot=True, activated=True).json == made
    events = until(lambda: len(stand_in.events()) == 3 and stand_in.events())
    assert [(event["type"], event["data"]["sequence"]) for event in events] == [
        ("production.accepted", 1),
        ("production.made", 2),
        ("production.received", 3),
    ]
    assert len(far.items("effects")) == 1


def test_a_replacement_on_the_spot_cancels_the_old_card_and_gives_a_sealed_one(far: Far) -> None:
    person = far.person(cards=[{"state": "formally_lost", "bank": "中国银行"}])
    old = person["cards"][0]["card"]
    _order(far, person, "k", "replace", card=old, on_the_spot=True)
    cards = far.signed("POST", "/registry/people/cards", far.holder(person)).json["cards"]
    assert [(card["state"], card["bank"]) for card in cards] == [("cancelled", "中国银行"), ("sealed", "中国银行")]


@pytest.mark.parametrize(
    ("kind", "more"),
    [("batch", {"on_the_spot": True}), ("apply", {"on_the_spot": "yes"}), ("apply", {"activated": 1})],
)
def test_an_order_on_the_spot_that_makes_no_sense_is_refused(far: Far, kind: str, more: dict[str, Any]) -> None:
    assert _order(far, far.person(), "k", kind, **more).status == 400
    assert far.items("effects") == []


def test_a_pin_is_changed_or_reset_and_nothing_else(far: Far) -> None:
    card = far.person(cards=[{"state": "active"}])["cards"][0]["card"]
    for number, body in enumerate(({}, {"action": "guess"}, {"pin": "123456"})):
        assert far.signed("POST", f"/registry/cards/{card}/pin", body, key=f"k{number}").status == 400
    assert far.items("effects") == []

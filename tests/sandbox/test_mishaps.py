"""Mishaps on calls: error, timeout, lost reply; how they are counted, and what they leave alone."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.conftest import Far


def _activate(far: Far, card: str, key: str = "k") -> int:
    return far.signed("POST", f"/registry/cards/{card}/activation", {}, key=key).status


@pytest.mark.parametrize(
    ("mishap", "status", "happened"), [("error", 503, 0), ("timeout", 504, 0), ("lost_reply", 504, 1)]
)
def test_only_a_lost_reply_has_its_effect_and_a_retry_under_the_same_key_has_it_once(
    far: Far, mishap: str, status: int, happened: int
) -> None:
    card = far.person(cards=[{"state": "sealed"}])["cards"][0]["card"]
    far.control("mishaps", {"target": "registry", "mishap": mishap, "times": 1})
    begun = time.monotonic()
    assert _activate(far, card) == status
    assert (time.monotonic() - begun >= far.world.silence) == (mishap != "error")
    assert len(far.items("effects")) == happened
    assert _activate(far, card) == 200
    assert len(far.items("effects")) == 1
    assert [call["mishap"] for call in far.items("calls?target=registry")] == [mishap, None]


def test_only_effects_leaves_reads_alone(far: Far) -> None:
    person = far.person(cards=[{"state": "sealed"}])
    card = person["cards"][0]["card"]
    far.control("mishaps", {"target": "registry", "mishap": "error", "times": 1, "only": "effects"})
    assert far.signed("GET", f"/registry/cards/{card}").status == 200
    assert far.signed("POST", "/registry/people/cards", far.holder(person)).status == 200
    assert far.signed("POST", "/registry/people/productions", far.holder(person)).status == 200
    assert _activate(far, card) == 503
    assert _activate(far, card) == 200


def test_without_only_a_read_goes_wrong_too(far: Far) -> None:
    far.control("mishaps", {"target": "registry", "mishap": "error"})
    assert far.signed("POST", "/registry/people/cards", {"id_type": "passport", "id_number": "E1"}).status == 503


def test_exactly_n_of_fifty_calls_at_once_go_wrong(far: Far) -> None:
    far.control("mishaps", {"target": "registry", "mishap": "error", "times": 17})
    nobody = {"id_type": "passport", "id_number": "E1"}
    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(lambda _: far.signed("POST", "/registry/people/cards", nobody).status, range(50)))
    assert (statuses.count(503), statuses.count(200)) == (17, 33)
    assert far.items("mishaps") == []


def test_a_call_that_is_not_ours_uses_no_mishap_up(far: Far) -> None:
    far.control("mishaps", {"target": "registry", "mishap": "error"})
    assert far.signed("GET", "/registry/cards/x", secret="whsec_" + "AAAA" * 8).status == 401
    assert [mishap["remaining"] for mishap in far.items("mishaps")] == [1]


def test_mishaps_of_one_far_side_leave_the_others_alone(far: Far) -> None:
    far.control("mishaps", {"target": "identity", "mishap": "error"})
    assert far.signed("GET", "/registry/cards/x").status == 404


def test_wechat_in_trouble_answers_200_with_minus_one(far: Far) -> None:
    far.control("mishaps", {"target": "wechat", "mishap": "error"})
    answer = far.get("/cgi-bin/token?grant_type=client_credential")
    assert (answer.status, answer.json["errcode"]) == (200, -1)


def test_mishaps_can_be_listed_and_forgotten(far: Far) -> None:
    far.control("mishaps", {"target": "registry", "mishap": "error", "times": 3})
    far.control("mishaps", {"target": "wechat", "mishap": "duplicate", "times": 2})
    listed = far.items("mishaps")
    assert [(one["target"], one["mishap"], one["remaining"], one["only"]) for one in listed] == [
        ("registry", "error", 3, None),
        ("wechat", "duplicate", 2, None),
    ]
    assert far.control("mishaps?target=registry", method="DELETE").status == 204
    assert len(far.items("mishaps")) == 1
    far.control("mishaps", method="DELETE")
    assert far.items("mishaps") == []

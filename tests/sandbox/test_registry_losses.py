"""A temporary loss lasts seven calendar days and ends by itself, once; a formal one never does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from functools import partial
from typing import Any

import pytest

from tests.sandbox.conftest import Far, StandIn, until


def _card(far: Far, state: str = "active") -> str:
    return str(far.person(cards=[{"state": state}])["cards"][0]["card"])


def _set(far: Far, moment: str) -> None:
    assert far.control("time", {"set": moment}).status == 200


def _show(far: Far, card: str) -> Any:
    return far.signed("GET", f"/registry/cards/{card}", at=far.world.clock.now().astimezone(UTC)).json


def _do(far: Far, method: str, card: str, path: str, key: str, body: Any = None):
    return far.signed(method, f"/registry/cards/{card}/{path}", body, key=key, at=far.world.clock.now().astimezone(UTC))


def _is_told(stand_in: StandIn, card: str, state: str) -> bool:
    return _states(stand_in, card)[-1:] == [state]


def _states(stand_in: StandIn, card: str) -> list[str]:
    return [event["data"]["state"] for event in stand_in.events() if event["data"].get("card") == card]


@pytest.mark.rule("KS-4.2", "KS-4.3")
def test_a_temporary_loss_ends_at_the_midnight_after_its_seventh_day(far: Far, stand_in: StandIn) -> None:
    card = _card(far)
    _set(far, "2026-09-27T23:59:00+08:00")
    lost = _do(far, "POST", card, "loss", "k", {"kind": "temporary"}).json
    assert (lost["state"], lost["loss_ends_on"]) == ("temporarily_lost", "2026-10-04")
    _set(far, "2026-10-04T23:59:50+08:00")
    assert _show(far, card)["state"] == "temporarily_lost"
    _set(far, "2026-10-05T00:00:01+08:00")
    shown = _show(far, card)
    assert shown["state"] == "active"
    assert "loss_ends_on" not in shown
    assert until(lambda: len(_states(stand_in, card)) == 2 and _states(stand_in, card)) == [
        "temporarily_lost",
        "active",
    ]


@pytest.mark.rule("KS-4.3")
def test_the_end_of_a_loss_is_told_once_however_many_look(far: Far, stand_in: StandIn) -> None:
    card = _card(far)
    _do(far, "POST", card, "loss", "k", {"kind": "temporary"})
    far.world.clock.advance(timedelta(days=8))
    with ThreadPoolExecutor(12) as pool:
        states = set(pool.map(lambda _: _show(far, card)["state"], range(24)))
    assert states == {"active"}
    until(lambda: len(_states(stand_in, card)) == 2)
    other = _card(far, "sealed")
    _do(far, "POST", other, "activation", "k2", {})
    until(lambda: _states(stand_in, other))
    assert _states(stand_in, card) == ["temporarily_lost", "active"]


@pytest.mark.rule("KS-4.3")
def test_nobody_has_to_look_for_a_loss_to_end(far: Far, stand_in: StandIn) -> None:
    card = _card(far)
    _do(far, "POST", card, "loss", "k", {"kind": "temporary"})
    far.world.clock.advance(timedelta(days=8))
    assert until(lambda: _states(stand_in, card)[1:]) == ["active"]


def test_an_effect_meets_the_card_as_it_is_after_the_loss_has_ended(far: Far) -> None:
    card = _card(far)
    _do(far, "POST", card, "loss", "k", {"kind": "temporary"})
    far.world.clock.advance(timedelta(days=8))
    assert _do(far, "DELETE", card, "loss", "k2").json["code"] == "card-not-lost"
    assert _do(far, "POST", card, "loss", "k3", {"kind": "temporary"}).json["state"] == "temporarily_lost"


@pytest.mark.rule("XJ-73.5")
def test_a_formal_loss_stays_whatever_time_passes(far: Far, stand_in: StandIn) -> None:
    card, formal = _card(far), _card(far, "formally_lost")
    _do(far, "POST", card, "loss", "k", {"kind": "temporary"})
    made_formal = _do(far, "POST", card, "loss", "k2", {"kind": "formal"}).json
    assert made_formal["state"] == "formally_lost"
    assert "loss_ends_on" not in made_formal
    for days in (8, 400, 4000):
        far.control("time", {"advance": f"P{days}D"})
        assert [_show(far, each)["state"] for each in (card, formal)] == ["formally_lost"] * 2
    assert _do(far, "DELETE", card, "loss", "k3").json["state"] == "active"
    until(lambda: len(_states(stand_in, card)) == 3)


def test_a_temporary_loss_can_be_lifted_and_reported_anew(far: Far) -> None:
    card = _card(far, "temporarily_lost")
    assert _show(far, card)["loss_ends_on"] == (far.world.clock.now().date() + timedelta(days=7)).isoformat()
    assert _do(far, "DELETE", card, "loss", "k").json["state"] == "active"
    far.control("time", {"advance": "P3D"})
    again = _do(far, "POST", card, "loss", "k2", {"kind": "temporary"}).json
    assert again["loss_ends_on"] == (far.world.clock.now().date() + timedelta(days=7)).isoformat()


@pytest.mark.rule("XJ-76.4")
def test_a_card_cancelled_while_lost_is_told_at_once_and_comes_back_as_it_was(far: Far, stand_in: StandIn) -> None:
    card, formal = _card(far), _card(far)
    for each, kind in ((card, "temporary"), (formal, "formal")):
        _do(far, "POST", each, "loss", f"{kind}-1", {"kind": kind})
        _do(far, "POST", each, "cancellation", f"{kind}-2", {})
    for each in (card, formal):
        until(partial(_is_told, stand_in, each, "cancelled"))
    far.control("time", {"advance": "P8D"})
    assert _show(far, card)["state"] == "cancelled"
    _do(far, "DELETE", card, "cancellation", "temporary-3")
    assert _show(far, card)["state"] == "active"
    assert _do(far, "DELETE", formal, "cancellation", "formal-3").json["state"] == "formally_lost"
    assert _do(far, "DELETE", formal, "loss", "formal-4").json["state"] == "active"

"""The contract of the port `CardRegistry`, second part: people's standing and pictures, losses that end, cancelling,
PIN, unlocking, and cards made on the spot."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bundles.ports import IdentityDocument, Standing
from tests import drawn
from tests.contracts.test_card_registry import build, callbacks, effects, events, hasty, holder, production, registry
from tests.contracts.waiting import until
from wxserver.ports import Refused, Unavailable

__all__ = ["build", "callbacks", "hasty", "registry"]

NOBODY = IdentityDocument("resident_id", "11010519491231002X")
SAID = {"insured": ["650000"], "lives_elsewhere": True, "batch": "data_ready"}


def one_card(sandbox, state):
    return sandbox.person(state)["cards"][0]["card"]


def refusal(act, *values):
    with pytest.raises(Refused) as caught:
        act(*values)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.reason)
    return caught.value.code


# People


def test_the_standing_of_a_person_is_told_as_far_as_it_is_known(registry, sandbox):
    person = sandbox.person(standing=SAID, phone="13900139000", occupation="教师")
    profile = {"phone": "13900139000", "occupation": "教师"}
    assert registry.standing(holder(person)) == Standing(("650000",), True, "data_ready", profile)
    assert registry.standing(NOBODY) == Standing()
    assert not any(person["id_number"] in call["path"] for call in sandbox.items("calls?target=registry"))


def test_the_picture_on_the_last_card_comes_back_whole(registry, sandbox):
    person, photo = sandbox.person(), drawn.good_portrait()[:30_000]
    assert registry.photo(holder(person)) is None
    registry.start_production("k", production(person, photo=photo))
    assert registry.photo(holder(person)) == photo
    assert registry.photo(NOBODY) is None


def test_a_registry_that_is_away_has_told_nothing(registry, sandbox):
    sandbox.mishap("registry", "error", 2)
    for ask in (registry.standing, registry.photo):
        with pytest.raises(Unavailable):
            ask(NOBODY)


# Losses


@pytest.mark.rule("KS-4.2", "KS-4.3")
def test_a_temporary_loss_tells_its_last_day_and_ends_by_itself_once(registry, sandbox, app_side, callbacks, clock):
    card = one_card(sandbox, "active")
    lost = registry.report_loss("k", card, "temporary")
    assert lost.loss_ends_on == (clock.now() + timedelta(hours=8)).date() + timedelta(days=7)
    assert registry.card(card) == lost
    (told,) = until(lambda: events(app_side, callbacks, clock))
    assert (told.kind, told.details["state"]) == ("card.state_changed", "temporarily_lost")
    app_side.received.clear()
    sandbox.control("time", {"advance": "P8D"})
    found = registry.card(card)
    assert (found.state, found.loss_ends_on) == ("active", None)
    (ended,) = until(lambda: events(app_side, callbacks, clock))
    assert (ended.kind, ended.details["state"]) == ("card.state_changed", "active")
    assert ended.sequence > told.sequence
    assert registry.report_loss("k", card, "temporary") == lost, "the first answer, for ever"
    assert registry.card(card).state == "active"


@pytest.mark.rule("XJ-73.5")
def test_a_formal_loss_never_ends_by_itself(registry, sandbox):
    card = one_card(sandbox, "active")
    registry.report_loss("k1", card, "temporary")
    formal = registry.report_loss("k2", card, "formal")
    assert (formal.state, formal.loss_ends_on) == ("formally_lost", None)
    sandbox.control("time", {"advance": "P3650D"})
    assert registry.card(card).state == "formally_lost"
    assert registry.lift_loss("k3", card).state == "active"


# Cancelling, PIN, unlocking


@pytest.mark.rule("XJ-76.4")
@pytest.mark.parametrize("act", ["cancel", "report"])
def test_a_card_cancelled_or_formally_lost_is_told_at_once(act, registry, sandbox, app_side, callbacks, clock):
    card = one_card(sandbox, "active")
    found = registry.cancel_card("k", card) if act == "cancel" else registry.report_loss("k", card, "formal")
    (event,) = until(lambda: events(app_side, callbacks, clock))
    assert (event.kind, event.subject, event.details["state"]) == ("card.state_changed", card, found.state)
    assert abs(event.at - clock.now()) < timedelta(seconds=30)


@pytest.mark.rule("CQ-14.1", "CQ-14.2")
def test_a_card_is_cancelled_and_rolled_back(registry, sandbox):
    card = one_card(sandbox, "sealed")
    assert registry.cancel_card("k1", card).state == "cancelled"
    assert refusal(registry.cancel_card, "k2", card) == "card-cancelled"
    assert registry.restore_card("k3", card).state == "sealed"
    assert refusal(registry.restore_card, "k4", card) == "card-not-cancelled"
    assert [(name, key) for name, key, _ in effects(sandbox)] == [("cancellation", "k1"), ("cancellation", "k3")]


@pytest.mark.parametrize("action", ["change", "reset"])
def test_a_pin_is_set_for_an_active_card_only(action, registry, sandbox):
    person = sandbox.person("active", "locked")
    active, locked = (each["card"] for each in person["cards"])
    assert registry.set_pin("k1", active, action).state == "active"
    assert refusal(registry.set_pin, "k2", locked, action) == "card-not-active"
    assert effects(sandbox) == [("pin", "k1", person["id_number"])]


def test_a_locked_card_is_unlocked_and_no_other(registry, sandbox):
    card = one_card(sandbox, "locked")
    assert registry.unlock("k1", card).state == "active"
    assert refusal(registry.unlock, "k2", card) == "card-not-locked"
    assert [(name, key) for name, key, _ in effects(sandbox)] == [("lock", "k1")]


ACTS = {
    "cancellation": ("active", lambda registry, key, card: registry.cancel_card(key, card)),
    "restoration": ("cancelled", lambda registry, key, card: registry.restore_card(key, card)),
    "pin": ("active", lambda registry, key, card: registry.set_pin(key, card, "reset")),
    "unlocking": ("locked", lambda registry, key, card: registry.unlock(key, card)),
}


@pytest.mark.parametrize("what", ACTS)
def test_one_key_has_one_effect_and_one_answer_whatever_is_done(what, registry, hasty, sandbox):
    state, act = ACTS[what]
    card = one_card(sandbox, state)
    sandbox.mishap("registry", "lost_reply", only_effects=True)
    with pytest.raises(Unavailable):
        act(hasty, "k", card)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: act(registry, "k", card), range(4)))
    assert len(set(answers)) == 1
    assert len(effects(sandbox)) == 1


@pytest.mark.parametrize("what", ACTS)
def test_a_card_that_does_not_exist_is_refused_whatever_is_asked(what, registry, sandbox):
    assert refusal(ACTS[what][1], registry, "k", "nothing") == "no-such-card"
    assert effects(sandbox) == []


# On the spot


def test_a_card_made_on_the_spot_is_in_hand_with_the_answer(registry, sandbox, app_side, callbacks, clock):
    person = sandbox.person("active")
    old = person["cards"][0]["card"]
    wanted = production(person, "replace", card=old, on_the_spot=True, activated=True)
    made = registry.start_production("k", wanted)
    assert registry.start_production("k", wanted) == made
    shown = registry.production(made.reference)
    assert shown.node == "received"
    assert [node for node, _ in shown.history] == ["submitted", "accepted", "made", "received"]
    assert all(at is not None for _, at in shown.history)
    assert [card.state for card in registry.cards(holder(person))] == ["cancelled", "active"]

    def nodes():
        return [event.kind for event in events(app_side, callbacks, clock) if event.subject == made.reference]

    assert until(lambda: len(nodes()) == 3 and nodes()) == [
        "production.accepted",
        "production.made",
        "production.received",
    ]
    assert len(effects(sandbox)) == 1


def test_a_card_made_on_the_spot_is_sealed_unless_it_is_to_be_activated(registry, sandbox):
    person = sandbox.person()
    registry.start_production("k", production(person, on_the_spot=True))
    assert [card.state for card in registry.cards(holder(person))] == ["sealed"]

"""The contract of the port `CardRegistry` and its events, over each adapter against the sandbox."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from bundles.ports import IdentityDocument, ProductionRequest
from tests import drawn
from tests.contracts.waiting import until
from wxserver.adapters.clock import SystemClock
from wxserver.adapters.registry import HttpCardRegistry, SignedRegistryCallbacks
from wxserver.ports import BadSignature, Refused, Unavailable

ADAPTERS = {
    "http": lambda settings, http, clock: HttpCardRegistry(
        settings.registry.base_url, settings.registry.secrets[0], http, clock
    )
}


@pytest.fixture(params=ADAPTERS)
def build(request, settings):
    return lambda http, clock: ADAPTERS[request.param](settings, http, clock)


@pytest.fixture
def registry(build, http, clock, sandbox):
    return build(http, clock)


@pytest.fixture
def hasty(build, impatient, clock, sandbox):
    return build(impatient, clock)


@pytest.fixture
def callbacks(settings):
    return SignedRegistryCallbacks(settings.registry.secrets)


def holder(person):
    return IdentityDocument(person["id_type"], person["id_number"])


def production(person, kind="apply", **more):
    return ProductionRequest(kind, "JY20261126-0001", holder(person), person["name"], "13800000000", **more)


def effects(sandbox):
    return [(effect["effect"], effect["key"], effect["person"]) for effect in sandbox.effects()]


# Reading


def test_a_person_has_the_cards_the_registry_knows(registry, sandbox):
    person = sandbox.person("active", "sealed")
    cards = registry.cards(holder(person))
    assert {(card.reference, card.number, card.state) for card in cards} == {
        (card["card"], card["number"], card["state"]) for card in person["cards"]
    }
    assert all(card.bank and card.region and card.expires_on for card in cards)
    assert registry.card(cards[0].reference) == cards[0]


def test_a_person_the_registry_does_not_know_has_none(registry):
    nobody = IdentityDocument("resident_id", "11010519491231002X")
    assert registry.cards(nobody) == ()
    assert registry.productions(nobody) == ()


def test_nothing_personal_stands_in_a_path(registry, sandbox):
    person = sandbox.person("active")
    registry.cards(holder(person))
    registry.update_profile("k", holder(person), person["cards"][0]["card"], {"phone": "13900000000"})
    registry.start_production("k2", production(person))
    registry.productions(holder(person))
    calls = sandbox.items("calls?target=registry")
    assert len(calls) == 4
    assert not any(person["id_number"] in call["path"] for call in calls)


def test_a_card_that_does_not_exist_is_refused_in_words_for_the_citizen(registry):
    for ask in (registry.card, registry.production):
        with pytest.raises(Refused) as caught:
            ask("nothing")
        assert caught.value.code
        assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.reason)


# Effects


def test_a_profile_is_changed_and_the_answer_says_what(registry, sandbox):
    person = sandbox.person("active")
    changes = {"phone": "13900000000", "address": "揭阳市榕城区 1 号"}
    card = person["cards"][0]["card"]
    assert set(registry.update_profile("JY-1:profile", holder(person), card, changes)) == {"phone", "address"}
    assert effects(sandbox) == [("profile", "JY-1:profile", person["id_number"])]


def test_a_card_is_activated_lost_and_found(registry, sandbox):
    card = sandbox.person("sealed")["cards"][0]["card"]
    assert registry.activate("k1", card).state == "active"
    assert registry.report_loss("k2", card, "formal").state == "formally_lost"
    assert registry.lift_loss("k3", card).state == "active"
    assert registry.report_loss("k4", card, "temporary").state == "temporarily_lost"
    assert registry.card(card).state == "temporarily_lost"
    assert [name for name, _, _ in effects(sandbox)] == ["activation", "loss", "loss", "loss"]


def test_what_the_state_of_a_card_forbids_is_refused_and_stays_refused(registry, sandbox):
    card = sandbox.person("active")["cards"][0]["card"]
    refusals = []
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            registry.activate("k1", card)
        refusals.append((caught.value.code, caught.value.reason))
    assert refusals[0] == refusals[1]
    assert effects(sandbox) == []


def test_a_production_is_ordered_shown_and_listed(registry, sandbox):
    person = sandbox.person()
    ordered = registry.start_production("JY-1:production", production(person, address="揭阳市榕城区 1 号"))
    assert ordered.node == "submitted"
    shown = registry.production(ordered.reference)
    assert (shown.reference, shown.kind) == (ordered.reference, "apply")
    assert shown.at is not None
    listed = registry.productions(holder(person))
    assert [each.reference for each in listed] == [ordered.reference]
    assert listed[0].bank
    assert effects(sandbox) == [("productions", "JY-1:production", person["id_number"])]


def test_a_replacement_names_the_old_card(registry, sandbox):
    person = sandbox.person("active")
    ordered = registry.start_production("k", production(person, "replace", card=person["cards"][0]["card"]))
    assert registry.production(ordered.reference).kind == "replace"


def test_one_key_has_one_effect_and_one_answer(registry, sandbox):
    person = sandbox.person()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: registry.start_production("k", production(person)), range(8)))
    assert len({answer.reference for answer in answers}) == 1
    assert len(effects(sandbox)) == 1


def test_a_key_used_for_something_else_refuses_nobody(registry, sandbox):
    person = sandbox.person()
    registry.start_production("k", production(person))
    with pytest.raises(Unavailable):
        registry.start_production("k", production(person, address="另一个地址"))
    assert len(effects(sandbox)) == 1


# Mishaps


def test_an_error_is_no_definite_answer_and_the_next_try_is_the_first_effect(registry, sandbox):
    person = sandbox.person()
    sandbox.mishap("registry", "error", 2)
    with pytest.raises(Unavailable):
        registry.cards(holder(person))
    with pytest.raises(Unavailable):
        registry.start_production("k", production(person))
    assert effects(sandbox) == []
    registry.start_production("k", production(person))
    assert len(effects(sandbox)) == 1


def test_a_time_out_is_no_definite_answer(hasty, sandbox):
    person = sandbox.person()
    sandbox.mishap("registry", "timeout")
    with pytest.raises(Unavailable):
        hasty.start_production("k", production(person))
    assert effects(sandbox) == []
    hasty.start_production("k", production(person))
    assert len(effects(sandbox)) == 1


def test_a_lost_reply_is_found_again_under_its_key(hasty, sandbox):
    person = sandbox.person()
    sandbox.mishap("registry", "lost_reply", only_effects=True)
    assert hasty.cards(holder(person)) == ()
    with pytest.raises(Unavailable):
        hasty.start_production("k", production(person))
    assert len(effects(sandbox)) == 1
    found = hasty.start_production("k", production(person))
    assert [each.reference for each in hasty.productions(holder(person))] == [found.reference]
    assert len(effects(sandbox)) == 1


# Time and signature


def test_calls_are_signed_with_the_time_that_app_and_sandbox_share(build, registry, http, sandbox):
    person = sandbox.person("active")
    sandbox.control("time", {"advance": "PT72H"})
    assert registry.cards(holder(person))
    with pytest.raises(Unavailable):
        build(http, SystemClock()).cards(holder(person))
    sandbox.control("time", {"real": True})
    assert registry.cards(holder(person))


def test_a_call_signed_with_another_secret_refuses_nobody(settings, http, clock, sandbox, caplog):
    secret = settings.providers["signed"].secrets[0]
    with pytest.raises(Unavailable):
        HttpCardRegistry(settings.registry.base_url, secret, http, clock).cards(holder(sandbox.person()))
    assert "ERROR" in [record.levelname for record in caplog.records]


# Events


def events(app_side, callbacks, clock):
    """The authentic events so far, by the id of their message. What was sent in the test before, by a clock that was
    ahead, may still be on its way: it is stale."""
    found = {}
    for request in list(app_side.received):
        if request.path == "/registry/events":
            with suppress(BadSignature):
                message = callbacks.verify(request.headers, request.body, clock.now())
                found[message] = callbacks.parse_event(request.body)
    return sorted(found.values(), key=lambda event: (event.subject, event.sequence))


def test_a_production_tells_every_node_by_signed_events_in_order(registry, sandbox, app_side, callbacks, clock):
    ordered = registry.start_production("k", production(sandbox.person())).reference
    until(lambda: events(app_side, callbacks, clock))
    for node in ("made", "sent", "ready_for_pickup", "received"):
        sandbox.control(f"productions/{ordered}", {"node": node})
    kinds = [f"production.{node}" for node in ("accepted", "made", "sent", "ready_for_pickup", "received")]

    def about_it():
        return [event for event in events(app_side, callbacks, clock) if event.subject == ordered]

    found = until(lambda: len(about_it()) == len(kinds) and about_it())
    assert [event.kind for event in found] == kinds
    assert all(abs(event.at - clock.now()) < timedelta(minutes=1) for event in found)
    assert len({event.sequence for event in found}) == len(kinds)


def test_a_card_tells_its_new_state(registry, sandbox, app_side, callbacks, clock):
    card = sandbox.person("sealed")["cards"][0]["card"]
    registry.activate("k1", card)
    registry.report_loss("k2", card, "formal")
    found = until(lambda: len(events(app_side, callbacks, clock)) == 2 and events(app_side, callbacks, clock))
    assert [(event.kind, event.subject, event.details["state"]) for event in found] == [
        ("card.activated", card, "active"),
        ("card.state_changed", card, "formally_lost"),
    ]


def test_a_forged_or_altered_event_is_refused(registry, sandbox, app_side, callbacks, clock):
    card = sandbox.person("sealed")["cards"][0]["card"]
    sandbox.mishap("registry", "bad_signature")
    registry.activate("k1", card)
    forged = until(lambda: list(app_side.received))[0]
    with pytest.raises(BadSignature):
        callbacks.verify(forged.headers, forged.body, clock.now())
    registry.report_loss("k2", card, "formal")
    good = until(
        lambda: [
            request for request in list(app_side.received) if json.loads(request.body)["type"] == "card.state_changed"
        ]
    )[0]
    assert callbacks.verify(good.headers, good.body, clock.now())
    with pytest.raises(BadSignature):
        callbacks.verify(good.headers, good.body.replace(b"formally", b"temporarily"), clock.now())
    with pytest.raises(BadSignature):
        callbacks.verify(good.headers, good.body, clock.now() + timedelta(seconds=330))


def test_a_photo_for_the_card_arrives_whole(registry, sandbox):
    person, photo = sandbox.person(), drawn.good_portrait()[:30_000]
    ordered = registry.start_production("k-photo", production(person, photo=photo))
    assert registry.start_production("k-photo", production(person, photo=photo)) == ordered
    assert [key for _, key, _ in effects(sandbox)] == ["k-photo"]

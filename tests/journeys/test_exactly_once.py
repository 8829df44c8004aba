"""Nothing is lost, nothing is done twice: one key, far sides that fail, repeat, lie and come late."""

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.town import wait_for
from wxserver.adapters.http import RequestsHttp
from wxserver.ports.signed_calls import SignedCalls
from wxserver.settings import load

SENTENCE = "社保卡系统暂时没有回音。您的申请已经收好，我们会接着办，不用重复提交。"


def visible(html):
    """The words on a page, without tags and the breaks between sentences."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", html))


def registry_calls(town):
    """Calls to the registry as another office of the city would make them."""
    registry = load(town.config).registry
    return SignedCalls("registry", registry.base_url, registry.secrets[0], RequestsHttp(5.0), town.desk.sessions.clock)


def nodes(case):
    return [entry["node"] for entry in case["timeline"]]


@pytest.mark.parametrize("item", ["change-information", "apply"])
def test_twenty_threads_with_one_key_open_one_case_with_one_effect(town, item):
    citizen = town.citizen("active").sign_in()
    card = citizen.cards()[0]["id"] if item == "change-information" else None
    key, body = uuid.uuid4().hex, {"form": {"phone": "13800005620"}} | ({"card_id": card} if card else {})
    body |= {} if card else {"uploads": citizen.papers()}
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: citizen.submit(item, key, **body), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert {answer.json()["status"] for answer in answers} == {"completed" if card else "accepted"}
    wait_for(lambda: town.effects(citizen))
    time.sleep(0.5)
    assert len(town.effects(citizen)) == 1
    assert len(citizen.api("GET", "/cases").json()["items"]) == 1


def test_twenty_keys_for_one_open_item_open_one_case(town):
    citizen = town.citizen().sign_in()
    citizen.papers()
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: citizen.apply(), range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    number = next(answer.json()["number"] for answer in answers if answer.status_code == 201)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "already-open"
            assert answer.json()["number"] == number
            assert number in answer.json()["detail"]


def test_a_key_used_for_another_body_is_refused_and_changes_nothing(town):
    citizen = town.citizen("active").sign_in()
    key = uuid.uuid4().hex
    first = citizen.change_phone("13800005620", key)
    second = citizen.change_phone("13800005621", key)
    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json()["code"] == "idempotency-mismatch"
    assert len(town.effects(citizen)) == 1


def test_a_key_belongs_to_its_person(town):
    key = uuid.uuid4().hex
    a, b = town.citizen("active").sign_in(), town.citizen("active").sign_in()
    assert a.change_phone(key=key).status_code == 201
    assert b.change_phone(key=key).status_code == 201
    assert len(town.effects(a)) == len(town.effects(b)) == 1


def test_a_body_with_faults_does_not_use_up_its_key(town):
    citizen = town.citizen("active").sign_in()
    key = uuid.uuid4().hex
    assert citizen.change_phone("1380000562", key).status_code == 422
    assert citizen.change_phone("13800005620", key).status_code == 201


@pytest.mark.parametrize("mishap", ["error", "timeout", "lost_reply"])
def test_an_instant_item_whose_registry_fails_stays_submitted_and_completes_by_itself_once(town, mishap):
    citizen = town.citizen("active").sign_in()
    card = citizen.cards()[0]["id"]
    town.sandbox.mishap("registry", mishap, 2, only_effects=True)
    answer = citizen.submit("change-information", card_id=card, form={"phone": "13800005620"})
    case = answer.json()
    assert (answer.status_code, case["status"]) == (201, "submitted")
    page = citizen.get(f"/cases/{case['number']}")
    assert SENTENCE in visible(page.text)
    wait_for(lambda: citizen.case(case["number"])["status"] == "completed", 25)
    assert nodes(citizen.case(case["number"])) == ["submitted", "completed"]
    (effect,) = town.effects(citizen)
    assert effect["key"] == f"{case['number']}:profile"


@pytest.mark.parametrize("mishap", ["error", "timeout", "lost_reply"])
def test_a_production_is_ordered_once_whatever_the_registry_does(town, mishap):
    citizen = town.citizen().sign_in()
    town.sandbox.mishap("registry", mishap, 2, only_effects=True)
    number = citizen.apply().json()["number"]
    wait_for(lambda: "production_accepted" in nodes(citizen.case(number)), 25)
    (effect,) = town.effects(citizen)
    assert effect["key"] == f"{number}:production"
    assert nodes(citizen.case(number)).count("production_accepted") == 1


def test_a_registry_that_is_away_for_everything_still_takes_the_case_of_a_known_card(town):
    citizen = town.citizen("active").sign_in()
    card = citizen.cards()[0]["id"]
    town.sandbox.control("time", {"advance": "PT10M"})
    town.sandbox.mishap("registry", "error", 3)
    answer = citizen.submit("change-information", card_id=card, form={"phone": "13800005620"})
    assert (answer.status_code, answer.json()["status"]) == (201, "submitted")
    wait_for(lambda: citizen.case(answer.json()["number"])["status"] == "completed", 25)
    assert len(town.effects(citizen)) == 1


def test_a_refusal_of_the_registry_ends_the_case_with_its_reason(town):
    citizen = town.citizen("active").sign_in()
    card = citizen.cards()[0]
    town.sandbox.mishap("registry", "no_callback", 1)
    registry_calls(town).call(
        "POST",
        f"/cards/{citizen.person['cards'][0]['card']}/cancellation",
        lambda document: document,
        key=uuid.uuid4().hex,
    )
    answer = citizen.submit("change-information", card_id=card["id"], form={"phone": "13800005620"}).json()
    assert answer["status"] == "refused"
    assert nodes(answer) == ["submitted", "refused"]
    assert "注销" in answer["result"]["reason"]
    assert [effect["effect"] for effect in town.effects(citizen)] == ["cancellation"]


@pytest.mark.parametrize(
    "order", [("sent", "made", "received"), ("received", "made", "sent"), ("made", "sent", "sent")]
)
def test_registry_events_in_any_order_and_twice_end_in_the_same_place(town, order):
    citizen = town.citizen().sign_in()
    number = citizen.apply().json()["number"]
    wait_for(lambda: "production_accepted" in nodes(citizen.case(number)))
    production = town.production_of(number)
    town.sandbox.mishap("registry", "duplicate", 3)
    for node in order:
        town.sandbox.control(f"productions/{production}", {"node": node})
    expected = {"sent", "card_made"} | ({"received", "completed"} if "received" in order else set())
    wait_for(lambda: expected <= set(nodes(citizen.case(number))))
    time.sleep(1)
    case = citizen.case(number)
    assert case["status"] == ("completed" if "received" in order else "accepted")
    assert nodes(case).count("card_made") == 1
    assert case["due_on"] is not None


def test_the_reconciliation_line_adds_up(town):
    line = town.desk.casework.reconciliation()
    assert line["received"] == line["completed"] + line["refused"] + line["withdrawn"] + line["waiting"]
    assert line["stuck"] == 0

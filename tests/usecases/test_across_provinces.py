"""The cross-province service from one end to the other: temporary loss, replacement, and what it leads to."""

import uuid

import pytest

from tests.town import wait_for

BUNDLE = "cross-province-social-security-card"
PLACE = "山东省济南市"


def submit(citizen, item, **body):
    card = citizen.cards()[0]["id"]
    return citizen.submit(item, key=uuid.uuid4().hex, **({"bundle": BUNDLE, "card_id": card} | body))


@pytest.fixture
def holder(town):
    return lambda state: town.citizen(cards=[{"state": state, "region": PLACE, "bank": "中国工商银行"}]).sign_in()


@pytest.mark.rule("KS-4.2", "KS-4.3")
def test_a_temporary_loss_says_until_when_and_ends_by_itself(town, holder):
    town.sandbox.control("time", {"set": "2026-11-23T10:00:00+08:00"})
    try:
        citizen = holder("active")
        case = submit(citizen, "temporary-loss", form={"action": "report"}).json()
        assert case["status"] == "completed", case
        assert case["result"]["ends_on"] == "2026-11-30", "a period, never rolled to a working day"
        assert citizen.cards()[0]["state"] == "temporarily_lost"
        town.sandbox.control("time", {"set": "2026-12-01T00:00:01+08:00"})
        wait_for(lambda: citizen.cards()[0]["state"] == "active")
    finally:
        town.sandbox.control("time", {"real": True})


@pytest.mark.rule("KS-5.9")
def test_a_received_replacement_leads_to_activating_the_new_card(town, holder):
    citizen = holder("formally_lost")
    guide = citizen.get(f"/bundles/{BUNDLE}/replace").text
    assert f'href="/bundles/{BUNDLE}/activate"' in guide
    form = {
        "reason": "reissue",
        "phone": "13800005620",
        "occupation": "退休",
        "address_region": "370102",
        "address": "泉城路 1 号",
        "agreed": "yes",
    }
    item = town.desk.catalogue.bundle(BUNDLE).bundle.item("replace")
    answer = submit(citizen, "replace", form={code: form[code] for code in form if item.field(code)})
    assert answer.status_code == 201, answer.text
    number = answer.json()["number"]
    wait_for(lambda: town.sandbox.items("productions"))
    production = wait_for(lambda: town.production_of(number))
    for node in ("made", "sent", "received"):
        town.sandbox.control(f"productions/{production}", {"node": node})
    wait_for(lambda: citizen.case(number)["status"] == "completed")
    assert f'href="/bundles/{BUNDLE}/activate"' in citizen.get(f"/cases/{number}").text
    new = next(each for each in citizen.cards() if each["state"] == "sealed")
    assert submit(citizen, "activate", card_id=new["id"]).json()["status"] == "completed"


def test_a_card_of_a_city_that_has_not_opened_the_item_is_refused_before_any_form(town):
    citizen = town.citizen(cards=[{"state": "formally_lost", "region": "山东省淄博市"}]).sign_in()
    asked = {"bundle": BUNDLE, "item": "replace", "card_id": citizen.cards()[0]["id"]}
    told = citizen.api("POST", "/eligibility", asked).json()

    assert told["eligible"] is False
    assert "淄博市还没有开通" in told["errors"]["card_id"][0]

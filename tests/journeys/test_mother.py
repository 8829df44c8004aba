"""A mother gets her child's first card: from the claim to the card in hand, over HTTP from end to end."""

import uuid

import pytest

from tests.town import wait_for
from tests.usecases.family import aged, consent, number_of

PAPERS = ("household_register", "guardianship_proof")


@pytest.fixture
def mother(town):
    return town.citizen().sign_in()


def claimed(town, mother, *, proven):
    """A child of eight, claimed; (its number, the ward)."""
    number = number_of(aged(town, 8))
    guardians = [{"id_type": "resident_id", "id_number": mother.id_number}] if proven else []
    town.sandbox.person(name="陈小雨", id_number=number, guardians=guardians)
    said = {"name": "陈小雨", "id_type": "resident_id", "id_number": number, "relation": "parent"}
    answer = mother.api("POST", "/wards", said | {"consent": consent(town)})
    assert answer.status_code == 201, answer.text
    return number, answer.json()


def apply(mother, ward):
    uploads = [mother.uploaded(kind) for kind in (*PAPERS, "photo")]
    answer = mother.submit(
        "apply",
        uuid.uuid4().hex,
        form={"phone": "13800005620"},
        uploads=uploads,
        acting={"as": "guardian", "ward": ward["id"]},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.rule("JY-3.2")
def test_the_registry_knows_her_and_the_child_s_card_is_hers_to_see(town, mother):
    number, ward = claimed(town, mother, proven=True)
    assert ward["state"] == "confirmed"
    case = apply(mother, ward)
    assert case["status"] == "accepted"

    production = wait_for(
        lambda: next(
            (e["production"] for e in town.sandbox.items("productions") if e["reference"] == case["number"]), None
        )
    )
    for node in ("made", "sent", "received"):
        town.sandbox.control(f"productions/{production}", {"node": node})
    wait_for(lambda: mother.case(case["number"])["status"] == "completed")
    assert [each["person"] for each in town.sandbox.effects() if each["key"].startswith(case["number"])] == [number]
    listed = mother.api("GET", f"/cards?ward={ward['id']}").json()["items"]
    assert [each["state"] for each in listed] == ["sealed"]
    assert mother.cards() == []
    messages = town.sandbox.items(f"messages?openid={mother.openid}")
    assert "陈小雨" not in repr(messages)
    assert number not in repr(messages)


def test_nobody_knows_her_so_the_papers_are_looked_at_first_and_then_she_is_known(town, mother):
    number, ward = claimed(town, mother, proven=False)
    assert ward["state"] == "claimed"
    case = apply(mother, ward)
    assert (case["status"], case["acting"]["proof"]) == ("submitted", "正在核对")
    assert mother.api("GET", f"/cards?ward={ward['id']}").status_code == 404
    assert not [each for each in town.sandbox.effects() if each["person"] == number]

    town.desk.deciding.accept(case["number"], "clerk")
    assert mother.api("GET", f"/wards/{ward['id']}").json()["state"] == "confirmed"
    wait_for(lambda: [each for each in town.sandbox.effects() if each["person"] == number])
    assert mother.case(case["number"])["status"] == "accepted"
    assert mother.api("GET", f"/cards?ward={ward['id']}").json()["items"] == []

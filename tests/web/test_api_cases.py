"""Applying through the JSON API, and how it goes on, as the contract has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.expectations import OTHER, conforms, refused
from tests.web.world import BUNDLE, Citizen, Town

CONTRACT_CASE = {
    "number",
    "bundle",
    "bundle_version",
    "item",
    "status",
    "submitted_at",
    "accepted_at",
    "due_on",
    "due_provisional",
    "due_explained",
    "completed_at",
    "result",
    "timeline",
    "actions",
    "correction",
}


@pytest.fixture
def registry_away(jieyang: Town) -> Iterator[None]:
    jieyang.registry.away = True
    yield
    jieyang.registry.away = False


def test_an_instant_item_is_completed_in_the_answer(citizen: Citizen, document: dict[str, Any]) -> None:
    response = citizen.post("cases", citizen.change(), key="instant-1")

    assert response.status_code == 201
    case = conforms(document, response, "Case")
    assert set(case) >= CONTRACT_CASE
    assert response.headers["Location"] == f"/api/v1/cases/{case['number']}"
    assert case["status"] == "completed"
    assert case["answers"] == [{"label": "手机号码", "value": "138****5620"}]
    assert conforms(document, citizen.get(f"cases/{case['number']}"), "Case") == case


def test_a_working_days_item_is_accepted_with_its_date_and_why(citizen: Citizen, document: dict[str, Any]) -> None:
    body = {"bundle": BUNDLE, "item": "apply", "form": {"phone": "13800005620"}, "uploads": citizen.papers()}
    response = citizen.post("cases", body, key="working-days-1")

    case = conforms(document, response, "Case")
    assert case["status"] == "accepted"
    assert case["accepted_at"] == case["submitted_at"]
    assert case["due_on"]
    assert case["due_explained"]
    again = citizen.post("cases", body, key="other")
    assert refused(again, 409, "already-open")["number"] == case["number"]


def test_the_same_key_gives_the_same_case_and_another_body_409(citizen: Citizen) -> None:
    change = citizen.change()
    first = citizen.post("cases", change, key="again-1")
    turned = dict(reversed(change.items()))

    second = citizen.post("cases", turned, key="again-1")

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json == first.json
    assert "Location" not in second.headers
    other = citizen.post("cases", citizen.change(form={"phone": "13800005621"}), key="again-1")
    refused(other, 409, "idempotency-mismatch")


def test_a_submission_without_a_key_or_with_a_bad_one_is_400(citizen: Citizen) -> None:
    refused(citizen.post("cases", citizen.change()), 400, "idempotency-key-missing")
    refused(citizen.post("cases", citizen.change(), key="a b"), 400, "idempotency-key-invalid")


def test_all_faults_are_told_at_once_and_leave_the_key_unused(citizen: Citizen) -> None:
    wrong = citizen.change(form={"phone": "1380000562", "email": "nobody", "colour": "red"}, uploads=["x"])

    content = refused(citizen.post("cases", wrong, key="faults-1"), 422, "invalid")

    assert {"form.phone", "form.email", "form.colour", "uploads.0"} <= set(content["errors"])
    assert citizen.post("cases", citizen.change(), key="faults-1").status_code == 201


@pytest.mark.parametrize("value", [1, 1.5, True, 10**30, -0.0])
def test_an_answer_of_another_kind_is_a_fault_at_its_field(citizen: Citizen, value: object) -> None:
    content = refused(citizen.post("cases", citizen.change(form={"phone": value}), key="kinds"), 422, "invalid")

    assert "form.phone" in content["errors"]


def test_an_unknown_bundle_or_item_is_a_fault_of_the_submission(citizen: Citizen) -> None:
    content = refused(citizen.post("cases", {"bundle": "x", "item": "y"}, key="unknown"), 422, "invalid")
    assert set(content["errors"]) == {"bundle"}
    content = refused(citizen.post("cases", {"bundle": BUNDLE, "item": "y"}, key="unknown"), 422, "invalid")
    assert set(content["errors"]) == {"item"}


def test_who_is_not_sure_enough_is_told_what_the_item_needs(jieyang: Town) -> None:
    guest = jieyang.wechat_only()

    content = refused(guest.post("cases", {"bundle": BUNDLE, "item": "apply"}, key="k"), 403, "assurance-required")

    assert content["needs"] == {"assurance": "password", "fresh_minutes": 30}
    assert content["how"]


def test_somebody_elses_card_case_and_application_do_not_exist(jieyang: Town, citizen: Citizen) -> None:
    case = citizen.post("cases", citizen.change(), key="mine-1").json
    stranger = jieyang.citizen(**OTHER)

    refused(stranger.get(f"cases/{case['number']}"), 404, "unknown-case")
    refused(stranger.get(f"applications/{case['application']}"), 404, "unknown-application")
    assert case["number"] not in [each["number"] for each in stranger.get("cases").json["items"]]
    content = refused(stranger.post("cases", citizen.change(), key="theirs"), 422, "invalid")
    assert "card_id" in content["errors"]


def test_an_application_shows_its_cases(citizen: Citizen, document: dict[str, Any]) -> None:
    case = citizen.post("cases", citizen.change(), key="application-1").json

    content = conforms(document, citizen.get(f"applications/{case['application']}"), "Application")

    assert [each["number"] for each in content["cases"]] == [case["number"]]


def test_cases_are_paged_newest_first_and_none_is_left_out(jieyang: Town, document: dict[str, Any]) -> None:
    person = jieyang.citizen(name="王建国", number="110101198001010010")
    made = [person.post("cases", person.change(), key=f"page-{index}").json["number"] for index in range(5)]

    seen, after = [], None
    for _ in made:
        page = conforms(document, person.get(f"cases?limit=2{f'&after={after}' if after else ''}"), "Cases")
        assert len(page["items"]) <= 2
        seen += [each["number"] for each in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert seen == made[::-1]


@pytest.mark.parametrize("after", ["x", "!!!", "a" * 200, "MjAyNg", "%F0%9F%98%80"])
def test_a_position_that_is_none_is_400(citizen: Citizen, after: str) -> None:
    refused(citizen.get(f"cases?after={after}"), 400, "bad-cursor")


def test_a_registry_that_is_away_costs_no_case(citizen: Citizen, registry_away: None) -> None:
    case = citizen.post("cases", citizen.change(), key="away-1").json

    assert case["status"] == "submitted"
    assert "不用重复提交" in case["waiting"]
    assert citizen.post("cases", citizen.change(), key="away-1").status_code == 200

"""Acting for a child through the JSON API: wards, cards, drafts and cases, as the document has them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from bundles.people import check_digit
from tests.web.expectations import conforms, refused
from tests.web.world import BUNDLE, NUMBER, Citizen, Town

CHILD = "陈小雨"
PAPERS = ("household_register", "guardianship_proof")


def number(born: str = "20180508") -> str:
    body = f"445202{born}{uuid.uuid4().int % 1000:03d}"
    return body + check_digit(body)


def claim(citizen: Citizen, document: str, **changed: Any) -> dict[str, Any]:
    texts = {each["purpose"]: each["version"] for each in citizen.get("consents/current").json["items"]}
    said = {"name": CHILD, "id_type": "resident_id", "id_number": document, "relation": "parent"}
    return said | {"consent": texts["child_data"]} | changed


@pytest.fixture
def mother(jieyang: Town) -> Citizen:
    return jieyang.citizen(f"mother-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def ward(jieyang: Town, mother: Citizen) -> dict[str, Any]:
    """A child whose guardian the registry knows."""
    born = number()
    jieyang.registry.guardians.add((NUMBER, born))
    answer = mother.post("wards", claim(mother, born))
    assert answer.status_code == 201, answer.data
    found: dict[str, Any] = answer.json
    return found


def test_a_child_is_claimed_proven_by_papers_and_let_go(mother: Citizen, document: dict[str, Any]) -> None:
    answer = mother.post("wards", claim(mother, number()))
    found = conforms(document, answer, "Ward")
    assert answer.status_code == 201
    assert (found["state"], found["needs_proof"], found["name"]) == ("claimed", True, "陈*雨")
    assert answer.headers["Location"] == f"/api/v1/wards/{found['id']}"

    uploads = [mother.upload(kind).json["id"] for kind in PAPERS]
    proven = conforms(document, mother.post(f"wards/{found['id']}/proofs", {"uploads": uploads}), "Ward")
    assert [each["kind"] for each in proven["proofs"]] == list(PAPERS)
    assert not proven["needs_proof"]
    assert conforms(document, mother.get(f"wards/{found['id']}"), "Ward") == proven
    assert proven in conforms(document, mother.get("wards"), "Wards")["items"]

    version = claim(mother, number())["consent"]
    agreed = conforms(document, mother.post(f"wards/{found['id']}/consent", {"consent": version}), "Ward")
    assert (agreed["id"], agreed["consent_due"]) == (found["id"], False)
    errors = refused(mother.post(f"wards/{found['id']}/consent", {"consent": "old"}), 422, "invalid")["errors"]
    assert set(errors) == {"consent"}

    assert mother.call("DELETE", f"wards/{found['id']}").status_code == 204
    assert found["id"] not in [each["id"] for each in mother.get("wards").json["items"]]


def test_slips_in_a_claim_are_told_where_they_are(mother: Citizen) -> None:
    errors = refused(mother.post("wards", claim(mother, "44", relation="friend", consent="x")), 422, "invalid")[
        "errors"
    ]
    assert set(errors) == {"id_number", "relation", "consent"}
    dated = claim(mother, "E1234567", id_type="passport", born_on="8 May")
    assert "born_on" in refused(mother.post("wards", dated), 422, "invalid")["errors"]


def test_a_stranger_s_child_is_none(jieyang: Town, ward: dict[str, Any]) -> None:
    stranger = jieyang.citizen(f"stranger-{uuid.uuid4().hex[:8]}", "王五", number("19900101"))
    refused(stranger.get(f"wards/{ward['id']}"), 404, "unknown-ward")
    refused(stranger.get(f"cards?ward={ward['id']}"), 404, "unknown-ward")
    refused(stranger.call("DELETE", f"wards/{ward['id']}"), 404, "unknown-ward")
    refused(stranger.post(f"wards/{ward['id']}/proofs", {"uploads": ["x"]}), 404, "unknown-ward")
    acting = {"as": "guardian", "ward": ward["id"]}
    body = {"bundle": BUNDLE, "item": "apply", "form": {"phone": "13800005620"}, "acting": acting}
    assert set(refused(stranger.post("cases", body, key="s-1"), 422, "invalid")["errors"]) == {"acting.ward"}


def test_a_sign_in_is_needed_for_any_of_it(jieyang: Town) -> None:
    guest = jieyang.wechat_only()
    for answer in (guest.get("wards"), guest.get("wards/x"), guest.call("DELETE", "wards/x")):
        assert answer.status_code == 401


def test_the_child_s_cards_are_listed_with_ward(jieyang: Town, mother: Citizen, ward: dict[str, Any]) -> None:
    own = {each["id"] for each in mother.get("cards").json["items"]}
    theirs = {each["id"] for each in mother.get(f"cards?ward={ward['id']}").json["items"]}
    assert own
    assert theirs
    assert not own & theirs
    claimed = mother.post("wards", claim(mother, number())).json
    refused(mother.get(f"cards?ward={claimed['id']}"), 404, "unknown-ward")


def test_a_draft_and_a_case_say_for_whom(mother: Citizen, ward: dict[str, Any], document: dict[str, Any]) -> None:
    acting = {"as": "guardian", "ward": ward["id"]}
    path = f"drafts/{BUNDLE}/apply"
    draft = conforms(document, mother.call("PUT", path, json={"acting": acting}), "Draft")
    assert draft["acting"] == acting
    assert mother.get(path).json["acting"] == acting
    assert mother.get(f"{path}/prefill").json["items"] == []

    uploads = [mother.upload(kind).json["id"] for kind in (*PAPERS, "photo")]
    body = {"bundle": BUNDLE, "item": "apply", "form": {"phone": "13800005620"}, "uploads": uploads, "acting": acting}
    assert mother.post("eligibility", {"bundle": BUNDLE, "item": "apply", "acting": acting}).json["eligible"]
    answer = mother.post("cases", body, key=draft["submission_key"])
    case = conforms(document, answer, "Case")
    assert answer.status_code == 201
    assert case["acting"] == {
        "as": "guardian",
        "text": "监护人",
        "person": "林*兰",
        "holder": "陈*雨",
        "proof": "由社保卡系统证明",
        "ward": ward["id"],
    }
    assert mother.get(path).status_code == 404
    assert case["number"] in [each["number"] for each in mother.get("cases").json["items"]]
    again = mother.post("cases", body, key=draft["submission_key"])
    assert (again.status_code, again.json["number"]) == (200, case["number"])
    refused(
        mother.post("cases", {**body, "acting": {"as": "self"}}, key=draft["submission_key"]),
        409,
        "idempotency-mismatch",
    )
    assert refused(mother.call("DELETE", f"wards/{ward['id']}"), 409, "case-open")["number"] == case["number"]


def test_a_capacity_that_is_none_is_refused_where_it_stands(mother: Citizen) -> None:
    for path, method, body in (
        ("cases", "POST", {"bundle": BUNDLE, "item": "apply", "form": {}, "acting": {"as": "king"}}),
        (f"drafts/{BUNDLE}/apply", "PUT", {"acting": {"as": "king"}}),
    ):
        answer = mother.call(method, path, json=body, headers={"Idempotency-Key": "k"})
        assert set(refused(answer, 422, "invalid")["errors"]) == {"acting.as"}

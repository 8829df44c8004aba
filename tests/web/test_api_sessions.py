"""Sessions, verifications and consents of the JSON API, as the contract has them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.web.expectations import OTHER, conforms, refused
from tests.web.world import Citizen, Town


def test_a_mini_program_opens_a_session_that_knows_no_person(jieyang: Town, document: dict[str, Any]) -> None:
    response = jieyang.client().post("/api/v1/sessions", json={"account": "jieyang_mini", "code": "newcomer"})

    assert response.status_code == 201
    content = conforms(document, response, "OpenedSession")
    assert (content["assurance"], content["person"]) == ("wechat", None)
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    ("account", "code", "status", "problem"),
    [
        ("jieyang", "a", 404, "unknown-account"),
        ("nowhere", "a", 404, "unknown-account"),
        ("jieyang_mini", "used", 400, "wechat-code"),
        ("jieyang_mini", "blocked", 403, "wechat-blocked"),
        ("jieyang_mini", "misconfigured", 503, "far-side-away"),
        ("jieyang_mini", "away", 503, "far-side-away"),
        ("jieyang_mini", "snapshot", 403, "snapshot-page"),
    ],
)
def test_a_session_that_cannot_be_opened_says_why(
    jieyang: Town, account: str, code: str, status: int, problem: str
) -> None:
    refused(jieyang.client().post("/api/v1/sessions", json={"account": account, "code": code}), status, problem)


def test_the_current_session_shows_its_person_masked_and_no_token(citizen: Citizen, document: dict[str, Any]) -> None:
    content = conforms(document, citizen.get("sessions/current"), "CurrentSession", exactly=False)

    assert content["assurance"] == "face"
    assert content["person"] == {"name": "林*兰", "id_type": "resident_id", "id_number": "4452**********0026"}
    assert set(content) == {"assurance", "expires_at", "person"}
    assert datetime.fromisoformat(content["expires_at"]).utcoffset() == timedelta(hours=8)


def test_a_cookie_session_gets_its_csrf_token_and_no_token(jieyang: Town, document: dict[str, Any]) -> None:
    browser = jieyang.browser("cookie-person")

    content = conforms(document, browser.get("/api/v1/sessions/current"), "CurrentSession")

    assert content["csrf_token"]
    refused(browser.delete("/api/v1/sessions/current"), 403, "csrf")
    gone = browser.delete("/api/v1/sessions/current", headers={"X-CSRFToken": content["csrf_token"]})
    assert (gone.status_code, gone.data) == (204, b"")
    refused(browser.get("/api/v1/sessions/current"), 401, "unauthenticated")


def test_a_session_that_was_ended_is_worth_nothing(jieyang: Town) -> None:
    guest = jieyang.wechat_only()

    ended = guest.call("DELETE", "sessions/current")

    assert (ended.status_code, ended.data) == (204, b"")
    refused(guest.get("sessions/current"), 401, "unauthenticated")


def test_a_verification_raises_and_replaces_a_bearer_session(jieyang: Town, document: dict[str, Any]) -> None:
    guest = jieyang.wechat_only()
    asked = guest.verification(name="林小兰", id_type="resident_id", id_number="445202199001010026")

    started = guest.post("verifications", asked)

    assert started.status_code == 201
    content = conforms(document, started, "StartedVerification", exactly=False)
    assert started.headers["Location"] == f"/api/v1/verifications/{content['id']}"
    assert content["status"] == "created"
    waiting = conforms(document, guest.get(f"verifications/{content['id']}"), "Verification", exactly=False)
    assert waiting == {"id": content["id"], "status": "created", "reason": None}

    jieyang.provider.decide()
    jieyang.later(2)
    passed = conforms(document, guest.get(f"verifications/{content['id']}"), "Verification")
    assert (passed["status"], passed["session"]["assurance"]) == ("passed", "face")
    assert passed["session"]["token"] != guest.token
    refused(guest.get("sessions/current"), 401, "unauthenticated")
    risen = Citizen(jieyang, passed["session"]["token"])
    assert risen.get("sessions/current").json["person"]["name"] == "林*兰"
    again = risen.get(f"verifications/{content['id']}").json
    assert again == {"id": content["id"], "status": "passed", "reason": None}


def test_a_cookie_session_rises_by_a_new_cookie_and_shows_no_token(jieyang: Town) -> None:
    browser = jieyang.browser("cookie-riser")
    token = browser.get("/api/v1/sessions/current").json["csrf_token"]
    consent, *_ = browser.get("/api/v1/consents/current").json["items"]
    asked = {"provider": "signed", "consent": consent["version"], "name": OTHER["name"], "id_number": OTHER["number"]}
    started = browser.post("/api/v1/verifications", json=asked, headers={"X-CSRFToken": token})
    jieyang.provider.decide()

    passed = browser.get(f"/api/v1/verifications/{started.json['id']}")

    assert set(passed.json) == {"id", "status", "reason"}
    assert "HttpOnly" in passed.headers["Set-Cookie"]
    assert browser.get("/api/v1/sessions/current").json["assurance"] == "face"


def test_a_verification_that_failed_says_so_and_changes_no_session(jieyang: Town) -> None:
    guest = jieyang.wechat_only()
    started = guest.post("verifications", guest.verification(name=OTHER["name"], id_number=OTHER["number"]))
    jieyang.provider.decide("failed")

    looked = guest.get(f"verifications/{started.json['id']}")

    assert looked.json == {"id": started.json["id"], "status": "failed", "reason": "face-mismatch"}
    assert guest.get("sessions/current").json["assurance"] == "wechat"


def test_somebody_elses_verification_does_not_exist(jieyang: Town) -> None:
    guest = jieyang.wechat_only()
    started = guest.post("verifications", guest.verification(name=OTHER["name"], id_number=OTHER["number"]))

    refused(jieyang.wechat_only().get(f"verifications/{started.json['id']}"), 404, "not-found")


def test_all_that_is_wrong_with_a_verification_is_told_at_once(jieyang: Town) -> None:
    wrong = {"provider": "nobody", "name": "", "id_type": "resident_id", "id_number": "445202199001010020"}

    content = refused(jieyang.wechat_only().post("verifications", wrong), 422, "invalid")

    assert set(content["errors"]) == {"provider", "name", "id_number", "consent"}


def test_a_returning_person_types_nothing(jieyang: Town) -> None:
    jieyang.citizen("returning-person")
    guest = jieyang.wechat_only("returning-person")

    assert guest.post("verifications", guest.verification()).status_code == 201


def test_the_consents_in_force_are_listed(jieyang: Town, document: dict[str, Any]) -> None:
    content = conforms(document, jieyang.wechat_only().get("consents/current"), "Consents")

    purposes = [each["purpose"] for each in content["items"]]
    assert purposes[0] == "identity_verification"
    assert set(purposes) == {"identity_verification", "face", "wechat_profile", "child_data", "reuse_materials"}
    assert content["next"] is None

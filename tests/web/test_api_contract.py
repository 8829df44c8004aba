"""The JSON API as the contract has it, through the whole app: every request, every answer, every refusal."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from werkzeug.test import TestResponse

from tests.web.world import BUNDLE, Citizen, Town

OTHER = {"name": "陈桂英", "number": "110101199003070214"}
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


@pytest.fixture(scope="module")
def document(jieyang: Town) -> dict[str, Any]:
    found: dict[str, Any] = jieyang.client().get("/api/v1/openapi.json").json
    return found


@pytest.fixture(scope="module")
def citizen(jieyang: Town) -> Citizen:
    return jieyang.citizen()


@pytest.fixture
def registry_away(jieyang: Town) -> Any:
    jieyang.registry.away = True
    yield
    jieyang.registry.away = False


def conforms(document: dict[str, Any], response: TestResponse, name: str, *, exactly: bool = True) -> Any:
    """The answer, once it has been held against a schema of the document."""
    content = json.loads(response.data)
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema, validate_formats=True).validate(content)
    assert response.content_type == "application/json; charset=utf-8"
    if exactly:
        assert set(content) == set(document["components"]["schemas"][name]["properties"])
    return content


def refused(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(response.data)
    assert (response.status_code, content["code"]) == (status, code)
    assert response.content_type == "application/problem+json"
    assert content["status"] == status
    assert any("\u4e00" <= letter <= "\u9fff" for letter in content["detail"])
    return content


# ---------------------------------------------------------------------------------------------------- sessions


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


# ---------------------------------------------------------------------------------------------------- verifications


def test_a_verification_raises_and_replaces_a_bearer_session(jieyang: Town, document: dict[str, Any]) -> None:
    guest = jieyang.wechat_only()
    asked = guest.verification(name="林小兰", id_type="resident_id", id_number="445202199001010026")

    started = guest.post("verifications", asked)

    assert started.status_code == 201
    content = conforms(document, started, "StartedVerification")
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
    (consent,) = browser.get("/api/v1/consents/current").json["items"]
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

    assert [each["purpose"] for each in content["items"]] == ["identity_verification"]
    assert content["next"] is None


# ---------------------------------------------------------------------------------------------------- bundles


def test_bundles_and_items_are_open_and_complete(jieyang: Town, document: dict[str, Any]) -> None:
    client = jieyang.client()

    listed = conforms(document, client.get("/api/v1/bundles"), "Bundles")
    assert BUNDLE in [each["code"] for each in listed["items"]]
    bundle = conforms(document, client.get(f"/api/v1/bundles/{BUNDLE}"), "Bundle")
    for each in bundle["items"]:
        item = conforms(document, client.get(f"/api/v1/bundles/{BUNDLE}/items/{each['code']}"), "Item")
        assert item["version"] == bundle["version"]
        assert item["limits"] == each["limits"]


def test_limits_are_told_as_text_and_as_data_and_as_a_date(jieyang: Town) -> None:
    item = jieyang.client().get(f"/api/v1/bundles/{BUNDLE}/items/apply").json

    assert item["limits"]["online"] == {"unit": "working_days", "amount": 25, "text": "25 个工作日"}
    assert item["promise"]["text"] == "25 个工作日"
    assert item["promise"]["due_on"] > datetime.now().astimezone().date().isoformat()


def test_an_instant_item_promises_no_date(jieyang: Town) -> None:
    item = jieyang.client().get(f"/api/v1/bundles/{BUNDLE}/items/change-information").json

    assert item["promise"] == {"text": "即时办结", "due_on": None, "provisional": False}


@pytest.mark.parametrize("path", ["bundles/nothing", f"bundles/{BUNDLE}/items/nothing", "bundles/nothing/items/apply"])
def test_an_unknown_bundle_or_item_is_404(jieyang: Town, path: str) -> None:
    response = jieyang.client().get(f"/api/v1/{path}")

    refused(response, 404, "unknown-item" if BUNDLE in path else "unknown-bundle")


# ---------------------------------------------------------------------------------------------------- cards, drafts


def test_cards_are_listed_masked_under_stable_ids(citizen: Citizen, document: dict[str, Any]) -> None:
    content = conforms(document, citizen.get("cards"), "Cards")

    assert [each["number"] for each in content["items"]] == ["X0*****19"]
    assert citizen.get("cards").json == content


def test_cards_need_a_person(jieyang: Town) -> None:
    refused(jieyang.wechat_only().get("cards"), 401, "sign-in-required")


def test_cards_never_seen_can_not_be_listed_while_the_registry_is_away(jieyang: Town) -> None:
    stranger = jieyang.citizen(**OTHER)
    jieyang.registry.away = True

    response = stranger.get("cards")

    jieyang.registry.away = False
    refused(response, 503, "far-side-away")
    assert "Retry-After" in response.headers


def test_a_draft_is_kept_added_to_and_thrown_away(citizen: Citizen, document: dict[str, Any]) -> None:
    path = f"drafts/{BUNDLE}/change-information"
    refused(citizen.get(path), 404, "no-draft")

    first = conforms(document, citizen.call("PUT", path, json={"form": {"phone": "1"}}), "Draft")
    citizen.call("PUT", path, json={"form": {"email": "a@example.com"}})

    kept = conforms(document, citizen.get(path), "Draft")
    assert kept["form"] == {"phone": "1", "email": "a@example.com"}
    assert kept["submission_key"] == first["submission_key"]
    assert citizen.call("DELETE", path).status_code == 204
    assert citizen.call("DELETE", path).status_code == 204
    refused(citizen.get(path), 404, "no-draft")


def test_a_draft_of_an_unknown_item_or_card_is_refused(citizen: Citizen) -> None:
    refused(citizen.call("PUT", f"drafts/{BUNDLE}/nothing", json={}), 404, "unknown-item")
    refused(citizen.call("PUT", "drafts/nothing/apply", json={}), 404, "unknown-bundle")
    content = refused(citizen.call("PUT", f"drafts/{BUNDLE}/apply", json={"card_id": "x", "form": {}}), 422, "invalid")
    assert set(content["errors"]) == {"card_id"}


# ---------------------------------------------------------------------------------------------------- cases


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
    response = citizen.post(
        "cases", {"bundle": BUNDLE, "item": "apply", "form": {"phone": "13800005620"}}, key="working-days-1"
    )

    case = conforms(document, response, "Case")
    assert case["status"] == "accepted"
    assert case["accepted_at"] == case["submitted_at"]
    assert case["due_on"]
    assert case["due_explained"]
    again = citizen.post("cases", {"bundle": BUNDLE, "item": "apply", "form": {"phone": "13800005620"}}, key="other")
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
    while True:
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


# ---------------------------------------------------------------------------------------------------- the document


def test_the_document_holds_what_is_registered_and_nothing_else(jieyang: Town, document: dict[str, Any]) -> None:
    registered = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in jieyang.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    described = {
        (path, method)
        for path, operations in document["paths"].items()
        for method in operations
        if method != "parameters"
    }
    assert described == registered


def test_every_operation_describes_all_its_problems(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    found = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
                    assert list(found["content"]) == ["application/problem+json"]
            assert {"429", "500"} <= set(operation["responses"])
            assert operation["operationId"]
            assert operation["summary"]


def test_every_example_of_the_document_conforms_to_its_schema(document: dict[str, Any]) -> None:
    def check(node: Any) -> int:
        found = 0
        if isinstance(node, dict):
            if "schema" in node and ("example" in node or "examples" in node):
                values = [each["value"] for each in node.get("examples", {}).values()]
                for value in values + ([node["example"]] if "example" in node else []):
                    schema = node["schema"] | {"components": document["components"]}
                    Draft202012Validator(schema, validate_formats=True).validate(value)
                    found += 1
            return found + sum(check(each) for each in node.values())
        return sum(check(each) for each in node) if isinstance(node, list) else 0

    assert check(document) > 20


def test_personal_answers_are_kept_by_nobody(jieyang: Town, citizen: Citizen) -> None:
    for path in ("sessions/current", "cards", "cases"):
        assert citizen.get(path).headers["Cache-Control"] == "no-store"
    assert "max-age" in jieyang.client().get("/api/v1/bundles").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["cases/%00", "applications/%00", "verifications/a%01", "drafts/%00/x", "bundles/%7F"])
def test_an_address_with_unreadable_characters_is_404(citizen: Citizen, path: str) -> None:
    refused(citizen.get(path), 404, "not-found")


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "é", "a b"])
def test_a_token_that_is_none_is_401(jieyang: Town, token: str) -> None:
    refused(Citizen(jieyang, token).get("cards"), 401, "unauthenticated")

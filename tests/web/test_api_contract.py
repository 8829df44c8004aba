"""The OpenAPI document, and what is open, masked and kept of bundles, cards and drafts, as the contract has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from tests.web.expectations import OTHER, conforms, refused
from tests.web.world import BUNDLE, Citizen, Town


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


def test_the_document_holds_what_is_registered_and_nothing_else(jieyang: Town, document: dict[str, Any]) -> None:
    registered = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in jieyang.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
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

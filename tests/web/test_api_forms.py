"""The OpenAPI document holds the form of every item in force, drawn from its definition, and follows it."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from bundles.engine import HELD
from tests.web.world import BUNDLE, Town


def form(document: dict[str, Any], item: str, bundle: str = BUNDLE) -> Draft202012Validator:
    return Draft202012Validator(document["components"]["schemas"][f"{bundle}.{item}.form"])


def test_every_item_in_force_has_its_form_there(jieyang: Town, document: dict[str, Any]) -> None:
    client = jieyang.client()
    for listed in client.get("/api/v1/bundles").json["items"]:
        for item in client.get(f"/api/v1/bundles/{listed['code']}").json["items"]:
            assert f"{listed['code']}.{item['code']}.form" in document["components"]["schemas"]


@pytest.mark.parametrize(
    ("item", "answers", "fits"),
    [
        ("apply", {"phone": "13800005620", "bank": "ccb"}, True),
        ("apply", {"phone": HELD}, True),
        ("apply", {"phone": "138"}, False),
        ("apply", {"bank": "ccb"}, False),
        ("apply", {"phone": "13800005620", "bank": "moon"}, False),
        ("apply", {"phone": "13800005620", "hat": "red"}, False),
        ("loss", {"action": "report"}, True),
        ("loss", {}, False),
        ("change-information", {"email": "a@example.cn"}, True),
        ("change-information", {}, False),
        ("card-status", {}, True),
    ],
)
def test_a_form_lets_pass_what_the_item_asks_for(
    document: dict[str, Any], item: str, answers: dict[str, str], fits: bool
) -> None:
    assert form(document, item).is_valid(answers) is fits


def test_places_dates_regions_and_conditions_are_told(document: dict[str, Any]) -> None:
    pension = form(document, "pension", "retirement")
    answers = {
        "retire_on": "2026-12-31",
        "why": "age",
        "last_unit": "灵活就业",
        "live_in": "445202",
        "phone": "13800005620",
        "true_answers": "yes",
    }
    assert pension.is_valid(answers)
    assert not pension.is_valid(answers | {"live_in": "榕城区"})
    assert not pension.is_valid(answers | {"retire_on": "明天"})
    assert not pension.is_valid(answers | {"pledge": "a picture is no answer"})
    across = document["components"]["schemas"]["cross-province-social-security-card.apply.form"]["properties"]
    assert any(each.get("enum") == ["370100", "370300", "370400"] for each in across.values())

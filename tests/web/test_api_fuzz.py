"""The whole app against its own OpenAPI document: whatever is sent, the answer is one that the document describes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.web.world import BUNDLE, Citizen, Town
from wxserver.web import api


def operations() -> list[str]:
    """Every operation of the document, as "METHOD /path"."""
    bare = Flask(__name__)
    api.register(bare, cookie="session")
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", bare)
    return [each.ok().label for each in cast("Iterator[Any]", document.get_all_operations())]


# A request may fit the document and still name a bundle that does not exist; that is 422 and as it should be.
NOT_ASKED: Any = [positive_data_acceptance]
OPERATIONS = operations()
TAKES_WORDS = {label for label in OPERATIONS if label.startswith(("POST", "PUT")) or label == "GET /api/v1/cases"}

ENDING = ("DELETE /api/v1/sessions", "POST /api/v1/my-data/erasure")
"""After these the session is over, so they are not for the person whom the other operations need."""


@pytest.fixture(scope="module")
def described(jieyang: Town) -> BaseSchema:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", jieyang.app)


@pytest.fixture(scope="module")
def lasting(jieyang: Town) -> Citizen:
    return jieyang.citizen()


def examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize(
    ("label", "mode"),
    [(label, GenerationMode.POSITIVE) for label in OPERATIONS]
    + [(label, GenerationMode.NEGATIVE) for label in OPERATIONS if label in TAKES_WORDS],
)
def test_every_answer_is_one_that_the_document_describes(
    jieyang: Town, described: BaseSchema, lasting: Citizen, label: str, mode: GenerationMode
) -> None:
    method, path = label.split()
    operation = described[path][method]

    @examples(25)
    @given(case=operation.as_strategy(mode))
    def fuzz(case: schemathesis.Case) -> None:
        person = jieyang.wechat_only() if label.startswith(ENDING) else lasting
        case.call_and_validate(headers={"Authorization": f"Bearer {person.token}"}, excluded_checks=NOT_ASKED)

    fuzz()


@pytest.mark.parametrize("label", OPERATIONS)
def test_without_a_session_every_answer_is_401_but_for_what_is_open(described: BaseSchema, label: str) -> None:
    method, path = label.split()
    operation = described[path][method]
    is_open = operation.definition.raw.get("security") == []

    @examples(10)
    @given(case=operation.as_strategy())
    def fuzz(case: schemathesis.Case) -> None:
        status = case.call().status_code
        assert status < 500
        assert is_open or status == 401

    fuzz()


@pytest.mark.parametrize("item", ["apply", "change-information"])
def test_no_form_makes_the_server_stumble(described: BaseSchema, lasting: Citizen, item: str) -> None:
    """The same, with a bundle and an item that exist, so that the engine reads what was typed."""
    operation = described["/api/v1/cases"]["POST"]
    (card,) = lasting.get("cards").json["items"]

    @examples(60)
    @given(case=operation.as_strategy())
    def fuzz(case: Any) -> None:
        if isinstance(case.body, dict):
            known = {"phone", "address", "email", "bank", "occupation"}
            form = case.body.get("form", {})
            typed = dict(zip(sorted(known), form.values(), strict=False)) | form
            case.body = case.body | {"bundle": BUNDLE, "item": item, "card_id": card["id"], "form": typed}
        case.call_and_validate(headers={"Authorization": f"Bearer {lasting.token}"}, excluded_checks=NOT_ASKED)

    fuzz()

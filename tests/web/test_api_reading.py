"""Requests are read strictly: what can't be read is refused with a sentence, and never with a 500."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, fields
from werkzeug.test import EnvironBuilder

from wxserver.web import problems
from wxserver.web.api.reading import DEEPEST, asked, idempotency_key, received
from wxserver.web.api.schemas.fields import Answers, Count, Particulars, Strict, Text, Texts
from wxserver.web.bodies import is_readable, readable
from wxserver.web.problems import BODY_LIMIT


class SampleSchema(Strict):
    name = Text(5, required=True)
    note = Text(5, empty=True, load_default=None)
    form = Answers(load_default=dict)
    uploads = Texts(Text(3), load_default=list)
    acting = Particulars("as", ("self", "guardian"), load_default=None)
    nested = fields.Nested(Strict.from_dict({"inner": Text(3, required=True)}))


class QuerySchema(Strict):
    limit = Count(1, 50, load_default=20)
    after = Text(10, load_default=None)


SAMPLE, QUERY = SampleSchema(), QuerySchema()
APP = Flask(__name__)
problems.register(APP, problem_page=lambda p: p.detail, error_page=str)
APP.add_url_rule("/api/body", "body", lambda: received(SAMPLE), methods=["POST"])
APP.add_url_rule("/api/query", "query", lambda: asked(QUERY))
APP.add_url_rule("/api/key", "key", lambda: {"key": idempotency_key()}, methods=["POST"])


@pytest.fixture
def client() -> FlaskClient:
    return APP.test_client()


def post(client: FlaskClient, raw: bytes | str, content_type: str = "application/json") -> tuple[int, dict[str, Any]]:
    response = client.post("/api/body", data=raw, content_type=content_type)
    return response.status_code, response.get_json()


def faults(client: FlaskClient, content: object) -> dict[str, list[str]]:
    status, answer = post(client, json.dumps(content))
    assert (status, answer["code"]) == (422, "invalid")
    for sentences in answer["errors"].values():
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in sentence) for sentence in sentences)
    return answer["errors"]


def test_a_body_that_fits_is_passed_on(client: FlaskClient) -> None:
    content = {"name": "林小兰", "form": {"phone": "138", "agreed": True, "age": 3.5}, "acting": {"as": "self"}}

    status, answer = post(client, json.dumps(content))

    assert status == 200
    assert answer == content | {"note": None, "uploads": []}


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "{'name': 1}",
        '{"name": NaN}',
        '{"name": Infinity}',
        '{"form": {"a": 1e999}}',
        '{"form": {"a": ' + "9" * 5000 + "}}",
        b'{"name": "\xff"}',
        b"\xef\xbb\xbf{}",
        "[" * 60_000,
        '{"a":' * 9_000,
        '{"form": ' + "[" * DEEPEST + "]" * DEEPEST + "}",
        "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
        '{"name": "a\x01b"}',
    ],
)
def test_what_is_no_json_gets_a_sentence(client: FlaskClient, raw: bytes | str) -> None:
    status, answer = post(client, raw)

    assert (status, answer["code"]) == (400, "malformed-json")
    assert "JSON" in answer["detail"]


@pytest.mark.parametrize("raw", ["[1]", '"text"', "7", "null", "true"])
def test_json_that_is_no_object_is_refused_as_a_whole(client: FlaskClient, raw: str) -> None:
    status, answer = post(client, raw)

    assert (status, list(answer["errors"])) == (422, ["body"])


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/foo+json"]
)
def test_another_content_type_is_415(client: FlaskClient, content_type: str) -> None:
    assert post(client, '{"name": "a"}', content_type)[0] == 415


@pytest.mark.parametrize("charset", ["gbk", "utf-16"])
def test_another_charset_is_415(client: FlaskClient, charset: str) -> None:
    assert post(client, '{"name": "a"}', f"application/json; charset={charset}")[0] == 415
    assert post(client, '{"name": "a"}', "application/json; charset=UTF-8")[0] == 200


def test_a_body_of_64_kib_is_read_and_one_byte_more_is_413(client: FlaskClient) -> None:
    raw = b'{"name": "a"}'

    assert post(client, raw + b" " * (BODY_LIMIT - len(raw)))[0] == 200
    assert post(client, raw + b" " * (BODY_LIMIT - len(raw) + 1))[0] == 413


def test_a_body_that_does_not_tell_its_length_is_cut_off_at_64_kib() -> None:
    source = io.BytesIO(b" " * (BODY_LIMIT * 20))
    builder = EnvironBuilder("/api/body", method="POST", content_type="application/json")
    environ = builder.get_environ() | {"wsgi.input": source, "wsgi.input_terminated": True}
    environ.pop("CONTENT_LENGTH", None)

    response = APP.test_client().open(environ)

    assert response.status_code == 413
    assert source.tell() < BODY_LIMIT * 3


def test_unknown_members_are_refused_each_at_its_path(client: FlaskClient) -> None:
    errors = faults(client, {"name": "a", "colour": "red", "nested": {"inner": "a", "outer": 1}})

    assert set(errors) == {"colour", "nested.outer"}


def test_all_faults_are_told_at_once(client: FlaskClient) -> None:
    errors = faults(
        client,
        {
            "note": "sechs!!",
            "form": {"a": None, "b": [1], "c": {}},
            "uploads": ["ok", 1, ""],
            "acting": {"as": "dog"},
            "nested": {},
        },
    )

    assert set(errors) == {
        "name",
        "note",
        "form.a",
        "form.b",
        "form.c",
        "uploads.1",
        "uploads.2",
        "acting.as",
        "nested.inner",
    }


@pytest.mark.parametrize("value", [1, True, None, ["a"], {"a": "b"}, "", "sechs!"])
def test_a_text_is_a_text_of_its_length_and_nothing_else(client: FlaskClient, value: object) -> None:
    assert set(faults(client, {"name": value})) == {"name"}


@pytest.mark.parametrize("value", [1, "a", ["a"], None])
def test_a_form_is_an_object(client: FlaskClient, value: object) -> None:
    assert set(faults(client, {"name": "a", "form": value})) == {"form"}


@pytest.mark.parametrize("value", [{}, {"as": 1}, {"as": ["self"]}, {"as": None}])
def test_who_acts_is_one_of_the_words(client: FlaskClient, value: object) -> None:
    assert set(faults(client, {"name": "a", "acting": value})) == {"acting.as"}


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (r'{"name": "\u0000"}', "name"),
        (r'{"name": "\ud800"}', "name"),
        (r'{"name": "\udfff"}', "name"),
        (r'{"name": "a", "form": {"b": "\u0007"}}', "form.b"),
        (r'{"name": "a", "form": {"\u0000b": "x"}}', "form.?b"),
        (r'{"name": "a", "uploads": ["\u0000"]}', "uploads.0"),
        (r'"\u0000"', "body"),
        (r'["\u0000"]', "0"),
    ],
)
def test_characters_that_nobody_can_store_are_refused_at_their_path(client: FlaskClient, raw: str, path: str) -> None:
    status, answer = post(client, raw)

    assert (status, set(answer["errors"])) == (422, {path})


def test_line_breaks_tabs_and_characters_beyond_the_basic_plane_are_read(client: FlaskClient) -> None:
    assert post(client, r'{"name": "\n\t\r", "note": "\ud842\udfb7"}') == (
        200,
        {"name": "\n\t\r", "note": "𠮷", "form": {}, "uploads": [], "acting": None},
    )


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists) | st.text())
def test_no_body_makes_the_server_stumble(content: object) -> None:
    status, _ = post(APP.test_client(), json.dumps({"name": content, "form": {"a": content}}))

    assert status in (200, 400, 422)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_make_the_server_stumble(raw: bytes) -> None:
    assert post(APP.test_client(), raw)[0] in (200, 400, 422)


@pytest.mark.parametrize("limit", ["0", "51", "-1", "1.0", "", "x", "１", "1_0", " 1", "9" * 40])
def test_a_number_in_the_query_is_written_in_plain_digits_and_in_bounds(client: FlaskClient, limit: str) -> None:
    answer = client.get("/api/query", query_string={"limit": limit})

    assert answer.status_code == 422
    assert set(answer.get_json()["errors"]) == {"limit"}
    assert "1 到 50" in answer.get_json()["detail"]


def test_a_query_that_fits_is_passed_on_with_what_it_left_out(client: FlaskClient) -> None:
    assert client.get("/api/query?limit=50").get_json() == {"limit": 50, "after": None}
    assert client.get("/api/query").get_json() == {"limit": 20, "after": None}


def test_unknown_or_unreadable_parameters_are_refused(client: FlaskClient) -> None:
    assert set(client.get("/api/query?limt=5").get_json()["errors"]) == {"limt"}
    assert set(client.get("/api/query?after=%00").get_json()["errors"]) == {"after"}
    assert set(client.get("/api/query?a%00b=1").get_json()["errors"]) == {"a?b"}


def test_a_submission_without_a_key_is_told_to_bring_one(client: FlaskClient) -> None:
    answer = client.post("/api/key")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency-key-missing")


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "schlüssel", "a\tb"])
def test_a_key_is_visible_ascii_of_at_most_200_characters(client: FlaskClient, key: str) -> None:
    answer = client.post("/api/key", headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency-key-invalid")


@pytest.mark.parametrize("key", ["!", "~", "x" * 200, "8d0f6a52-e1f0"])
def test_a_good_key_is_taken_as_it_is(client: FlaskClient, key: str) -> None:
    assert client.post("/api/key", headers={"Idempotency-Key": key}).get_json() == {"key": key}


def test_unreadable_characters_are_shown_as_question_marks() -> None:
    assert not is_readable("a\x7f")
    assert readable("a\x00\ud800b") == "a??b"


def test_particulars_without_a_key_take_any_object() -> None:
    assert Particulars().deserialize({"anything": 1}) == {"anything": 1}
    with pytest.raises(ValidationError):
        Particulars().deserialize([])

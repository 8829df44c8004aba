"""How errors are told: to programs as problem documents, to far sides as bare statuses, to people as pages."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException, TooManyRequests

from bundles.engine import Fault
from wxserver.usecases.faults import AssuranceRequired, Conflict, FarSideAway, Invalid, Problem
from wxserver.web import problems
from wxserver.web.problems import bare

SECRET = "password=hunter2"


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__)
    problems.register(
        app,
        problem_page=lambda problem: (f"<p>{problem.detail}</p>", problem.status),
        error_page=lambda status: (f"<p>page {status}</p>", status),
    )
    raised: dict[str, Exception] = {
        "broken": RuntimeError(SECRET),
        "fast": TooManyRequests(retry_after=7),
        "fast-without-time": TooManyRequests(),
        "away": FarSideAway("社保卡系统暂时没有回音。"),
        "open": Conflict("已有一件在办。", code="already-open", extra={"number": "JY20261112-0041", "status": 200}),
        "unsure": AssuranceRequired("请先登录。", extra={"needs": {"assurance": "face", "fresh_minutes": 30}}),
        "invalid": Invalid.of([Fault("form.phone", "a", "少了一位。"), Fault("form.phone", "b", "只能写数字。")]),
    }

    def fail(name: str) -> str:
        raise raised[name]

    for rule in ("/api/v1/fail/<name>", "/registry/<name>", "/pages/<name>"):
        app.add_url_rule(rule, f"fail{rule}", fail, methods=["GET"])
    app.add_url_rule("/api/v1/html", "html", lambda: "<p>ja</p>")
    return app.test_client()


def document(client: FlaskClient, path: str, status: int) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    content = response.get_json()
    assert content["status"] == status
    assert content["type"] == f"/problems/{content['code']}"
    assert isinstance(content["errors"], dict)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in content["title"])
    assert any("\u4e00" <= letter <= "\u9fff" for letter in content["detail"])
    return content


def test_a_problem_of_a_use_case_becomes_a_problem_document_with_its_own_code_and_sentence(client: FlaskClient) -> None:
    content = document(client, "/api/v1/fail/open", 409)

    assert content["code"] == "already-open"
    assert content["detail"] == "已有一件在办。"


def test_further_members_stand_at_the_top_and_cannot_replace_the_standard_ones(client: FlaskClient) -> None:
    assert document(client, "/api/v1/fail/open", 409)["number"] == "JY20261112-0041"
    assert document(client, "/api/v1/fail/unsure", 403)["needs"] == {"assurance": "face", "fresh_minutes": 30}


def test_all_sentences_about_one_place_are_told_at_its_path(client: FlaskClient) -> None:
    assert document(client, "/api/v1/fail/invalid", 422)["errors"] == {"form.phone": ["少了一位。", "只能写数字。"]}


def test_an_unknown_address_under_the_api_is_a_problem_document(client: FlaskClient) -> None:
    assert document(client, "/api/v1/nothing", 404)["code"] == "not-found"
    assert document(client, "/api", 404)["code"] == "not-found"


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    response = client.post("/api/v1/html")

    assert response.status_code == 405
    assert response.get_json()["code"] == "method-not-allowed"
    assert "GET" in response.headers["Allow"]


def test_too_many_requests_say_when_to_come_again(client: FlaskClient) -> None:
    response = client.get("/api/v1/fail/fast")

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "7"
    assert "7 秒" in response.get_json()["detail"]
    assert client.get("/api/v1/fail/fast-without-time").headers["Retry-After"] == "60"


def test_a_far_side_that_is_away_says_when_to_come_again(client: FlaskClient) -> None:
    assert int(client.get("/api/v1/fail/away").headers["Retry-After"]) > 0


def test_a_fault_of_ours_tells_nothing_about_itself(client: FlaskClient) -> None:
    response = client.get("/api/v1/fail/broken")

    assert response.get_json()["code"] == "internal-error"
    assert SECRET not in response.get_data(as_text=True)
    assert "Traceback" not in response.get_data(as_text=True)


def test_nothing_under_the_api_is_ever_html(client: FlaskClient) -> None:
    for path in ("/api/v1//html", "/api/v1/html"):
        response = client.get(path)
        assert response.mimetype != "text/html"
        assert b"<" not in response.data
    assert client.get("/api/v1//html").status_code == 308


@pytest.mark.parametrize("path", ["/registry/broken", "/registry/open", "/registry/invalid", "/registry/"])
def test_a_far_side_gets_a_bare_status(client: FlaskClient, path: str) -> None:
    response = client.get(path)

    assert response.status_code in (404, 409, 422, 500)
    assert response.data == b""
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize("path", ["/wechat/jieyang/push", "/identity/signed/callback", "/registry/events"])
def test_callbacks_are_known_as_addresses_of_machines(path: str) -> None:
    assert not problems.is_for_people(path)


@pytest.mark.parametrize("path", ["/wechat/jieyang/oauth", "/identity/signed/return", "/", "/apis", "/cases/registry/"])
def test_what_browsers_open_is_not(path: str) -> None:
    assert problems.is_for_people(path)


def test_people_get_pages(client: FlaskClient) -> None:
    assert client.get("/pages/open").get_data(as_text=True) == "<p>已有一件在办。</p>"
    assert client.get("/nothing").get_data(as_text=True) == "<p>page 404</p>"
    assert client.get("/pages/broken").get_data(as_text=True) == "<p>page 500</p>"


def test_a_missing_session_names_the_way_to_bring_one(client: FlaskClient) -> None:
    class Nobody(Problem):
        status, code = 401, "unauthenticated"

    with client.application.test_request_context("/api/v1/cards"):
        response = problems.respond(problems.shown(Nobody("请先登录，再继续。")))

    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("status", "code"), [(418, "bad-request"), (504, "internal-error"), (403, "forbidden")])
def test_every_status_has_a_sentence(status: int, code: str) -> None:
    class Odd(HTTPException):
        pass

    error = Odd()
    error.code = status
    what = problems.shown(error)

    assert (what.status, what.code) == (status, code)
    assert what.detail


def test_a_bare_answer_has_neither_body_nor_type() -> None:
    response = bare(413, {"Allow": "POST"})

    assert (response.status_code, response.data, response.headers["Allow"]) == (413, b"", "POST")
    assert "Content-Type" not in response.headers

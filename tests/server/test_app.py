"""The app as a whole: what it hides, what it limits, and how it behaves under https."""

import copy
import tomllib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.far_sides import EXAMPLE
from wxserver.app import create_app
from wxserver.settings import parse


@pytest.fixture
def document(tmp_path):
    found = copy.deepcopy(tomllib.loads(EXAMPLE.read_text("utf-8")))
    found["server"]["var_dir"] = str(tmp_path)
    found["database"]["url"] = f"sqlite:///{tmp_path / 'app.db'}"
    return found


@pytest.fixture
def build(document):
    made = []

    def make():
        made.append(create_app(parse(document, "test", {})))
        return made[-1]

    yield make
    for app in made:
        app.extensions["world"].database.engine.dispose()


def test_a_failing_statement_names_none_of_its_values(build):
    engine = build().extensions["world"].database.engine
    with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
        connection.execute(text("SELECT * FROM nothing WHERE number = :number"), {"number": "11010519491231002X"})
    assert "11010519491231002X" not in str(caught.value)


def test_a_source_that_asks_too_often_is_told_when_to_come_back(build, document):
    document["limits"]["requests_per_minute"] = 3
    client = build().test_client()
    answers = [client.get("/api/v1/openapi.json") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].content_type == "application/problem+json"
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 503
    assert client.post("/registry/events", data=b"{}").status_code == 401


def test_under_https_the_cookie_is_bound_to_the_host_and_browsers_are_told_to_stay(build, document):
    document["server"]["public_url"] = "https://127.0.0.1:8443"
    client = build().test_client()
    assert "max-age" in client.get("/api/v1/openapi.json").headers["Strict-Transport-Security"]
    schemes = client.get("/api/v1/openapi.json").json["components"]["securitySchemes"]
    assert any(scheme.get("name") == "__Host-wxserver_session" for scheme in schemes.values())


def test_behind_a_proxy_the_limit_counts_the_citizens_address(build, document):
    document["limits"]["requests_per_minute"] = 1
    document["server"]["trusted_proxies"] = 1
    client = build().test_client()
    for last in range(3):
        answer = client.get("/api/v1/openapi.json", headers={"X-Forwarded-For": f"203.0.113.{last}"})
        assert answer.status_code == 200

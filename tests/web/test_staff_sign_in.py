"""The staff's door as a browser meets it: signing in, setting up, cookies, the end of a session, one's own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyotp
import pytest

from bundles.working_days import SHANGHAI
from tests.web import staff
from tests.web.staff import staff_client
from tests.web.world import EXAMPLE, Town, town
from wxserver import app as building
from wxserver.app import create_app
from wxserver.settings import load
from wxserver.web.staff_guard import COOKIE

GOOD = "correct-horse-battery"


def add(jieyang: Town, username: str, *roles: str) -> str:
    """A new account; its first password."""
    words = ["staff", "add", username, "--name", "王小明", *(word for role in roles for word in ("--role", role))]
    with jieyang.app.app_context():
        done = jieyang.app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 0, done.output
    return re.search(r"first password (\S+)", done.output)[1]  # type: ignore[index]


def code_of(jieyang: Town, secret: str) -> str:
    return pyotp.TOTP(secret).at(jieyang.app.extensions["world"].clock.now())


def sign_in(client: Any, username: str, password: str, code: str = "", **more: Any) -> Any:
    return client.post("/admin/login", data={"username": username, "password": password, "code": code}, **more)


def set_up(jieyang: Town, username: str, *roles: str) -> tuple[Any, str]:
    """A browser of somebody who has signed in for the first time, and the secret in their phone."""
    client = jieyang.client()
    sign_in(client, username, add(jieyang, username, *roles))
    page = client.get("/admin/setup").text
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page))
    fields = {"password": GOOD, "again": GOOD, "code": code_of(jieyang, secret), "csrf_token": token_in(page)}
    done = client.post("/admin/setup", data=fields)
    assert done.status_code == 303, done.text
    return client, secret


def cookie_of(client: Any) -> str:
    return str(client.get_cookie(COOKIE).value)


def token_in(page: str) -> str:
    return re.search(r'name="csrf_token" value="(\w+)"', page)[1]  # type: ignore[index]


def test_the_first_sign_in_leads_to_setting_up_and_then_to_work(jieyang: Town) -> None:
    client, first = jieyang.client(), add(jieyang, "first", "editor")
    entered = sign_in(client, "first", first)
    assert (entered.status_code, entered.location) == (303, "/admin/setup")
    assert client.get("/admin/me").location == "/admin/setup"
    before = cookie_of(client)
    page = client.get("/admin/setup")
    assert page.headers["Cache-Control"] == "no-store"
    assert 'src="data:image/svg+xml' in page.text
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page.text))
    wrong = client.post("/admin/setup", data={"csrf_token": token_in(page.text), "password": "short", "again": ""})
    assert wrong.status_code == 422
    assert "有 3 处要改" in wrong.text
    assert 'value="short"' not in wrong.text
    fields = {"password": GOOD, "again": GOOD, "code": code_of(jieyang, secret), "csrf_token": token_in(page.text)}
    done = client.post("/admin/setup", data=fields)
    assert (done.status_code, done.location) == (303, "/admin/")
    assert client.get("/admin/").location == "/admin/bundles"
    stolen = jieyang.client()
    stolen.set_cookie(COOKIE, before)
    assert stolen.get("/admin/me").location.startswith("/admin/login")


def test_wrong_name_password_and_code_look_the_same(jieyang: Town) -> None:
    _, secret = set_up(jieyang, "looks", "clerk")
    answers = [
        sign_in(jieyang.client(), name, password, code)
        for name, password, code in (
            ("looks", "wrong", code_of(jieyang, secret)),
            ("looks", GOOD, "000000"),
            ("no-such-name", GOOD, code_of(jieyang, secret)),
        )
    ]
    assert {each.status_code for each in answers} == {401}
    assert len({each.text.replace("no-such-name", "looks") for each in answers}) == 1
    assert "账号、密码或动态码不对" in answers[0].text
    assert not any("Set-Cookie" in each.headers for each in answers)


def test_a_lock_is_told_with_its_time_and_the_name_stays_typed(jieyang: Town) -> None:
    for _ in range(4):
        sign_in(jieyang.client(), "guessed", "wrong", "1")
    locked = sign_in(jieyang.client(), "guessed", "wrong", "1")
    assert locked.status_code == 429
    assert re.search(r"请在 \d\d:\d\d 以后再试", locked.text)
    assert 'value="guessed"' in locked.text
    asked = jieyang.client().post("/api/v1/admin/sessions", json={"username": "guessed", "password": "x"})
    assert (asked.status_code, asked.json["code"]) == (429, "sign-in-locked")
    assert asked.json["until"]


def test_empty_fields_are_named_and_what_cannot_be_stored_is_just_wrong(jieyang: Town) -> None:
    empty = sign_in(jieyang.client(), "", "")
    assert empty.status_code == 422
    assert 'href="#f-username"' in empty.text
    assert 'href="#f-password"' in empty.text
    for odd in ("\x00x", "x" * 5000, "’; DROP TABLE staff"):
        assert sign_in(jieyang.client(), odd, odd, odd).status_code in (401, 429)


def test_a_token_known_before_signing_in_is_worth_nothing_after_it(jieyang: Town) -> None:
    _, secret = set_up(jieyang, "fixed", "clerk")
    jieyang.later(30)
    victim = jieyang.client()
    victim.set_cookie(COOKIE, "f" * 64)
    sign_in(victim, "fixed", GOOD, code_of(jieyang, secret))
    assert cookie_of(victim) != "f" * 64
    attacker = jieyang.client()
    attacker.set_cookie(COOKIE, "f" * 64)
    assert attacker.get("/admin/me").status_code == 303


def test_the_cookie_is_for_this_site_only_and_no_script_reads_it(jieyang: Town) -> None:
    _, secret = set_up(jieyang, "cookie", "clerk")
    jieyang.later(30)
    made = sign_in(jieyang.client(), "cookie", GOOD, code_of(jieyang, secret)).headers["Set-Cookie"]
    assert "HttpOnly" in made
    assert "SameSite=Strict" in made
    assert "Path=/" in made
    assert "Expires" not in made


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("/admin/audit?who=huang", "/admin/audit?who=huang"),
        ("/admin", "/admin"),
        ("https://evil.example/admin", "/admin/"),
        ("//evil.example", "/admin/"),
        ("/admin//evil.example", "/admin/"),
        ("/admin/../logout", "/admin/"),
        ("/administrator", "/admin/"),
        ("/admin/\nx", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
    ],
)
def test_after_signing_in_one_lands_where_one_wanted_to_within_the_desk(jieyang: Town, wanted: str, found: str) -> None:
    client = staff_client(jieyang.app, "clerk")
    assert client.get("/admin/login", query_string={"next": wanted}).location == found


def test_whoever_sends_a_form_too_late_comes_back_to_its_page(jieyang: Town) -> None:
    client = jieyang.client()
    assert client.post("/admin/staff/new").location == "/admin/login?next=%2Fadmin%2Fstaff%2Fnew"
    assert client.post("/admin/me/password").location == "/admin/login?next=%2Fadmin%2F"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_another_sites_page_cannot_sign_anybody_in(jieyang: Town, headers: dict[str, str]) -> None:
    _, secret = set_up(jieyang, f"csrf-{'o' if 'Origin' in headers else 's'}", "clerk")
    jieyang.later(30)
    username = f"csrf-{'o' if 'Origin' in headers else 's'}"
    answer = sign_in(jieyang.client(), username, GOOD, code_of(jieyang, secret), headers=headers)
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}  # what browsers send where no referrer is allowed
    assert sign_in(jieyang.client(), username, GOOD, code_of(jieyang, secret), headers=ours).status_code == 303


def test_signing_out_ends_the_session_for_good(jieyang: Town) -> None:
    client = staff_client(jieyang.app, "clerk")
    token = cookie_of(client)
    out = client.post_form("/admin/logout")
    assert (out.status_code, out.location) == (303, "/admin/login")
    client.set_cookie(COOKIE, token)
    assert client.get("/admin/me").status_code == 303


def test_every_page_says_when_the_session_idles_out_and_how_to_leave(jieyang: Town) -> None:
    client = staff_client(jieyang.app, "clerk")
    page = client.get("/admin/me").text
    told = re.search(r"您将在 <b[^>]*>(\d\d:\d\d)</b> 自动退出", page)
    assert told
    member = client.member
    assert told[1] == f"{member.idle_at.astimezone(SHANGHAI):%H:%M}"
    assert 1700 < int(re.search(r'data-left="(\d+)"', page)[1]) <= 1800  # type: ignore[index]
    assert "admin-session.js" in page
    on = client.post("/admin/alive", headers={"X-CSRFToken": client.csrf, "Accept": "application/json"})
    assert "idle_at" in (on.json or {})
    assert client.post_form("/admin/alive").location == "/admin/me"


def test_ones_own_page_lists_sessions_and_ends_them(jieyang: Town) -> None:
    client, secret = set_up(jieyang, "own", "clerk")
    jieyang.later(30)
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
    other = jieyang.client()
    sign_in(other, "own", GOOD, code_of(jieyang, secret), headers={"User-Agent": agent})
    page = client.get("/admin/me").text
    assert "Edge，Windows" in page
    ended = re.findall(r'action="(/admin/me/sessions/\w+/end)"', page)
    assert len(ended) == 2  # the other one, and all others
    assert client.post(ended[0], data={"csrf_token": token_in(page)}).status_code == 303
    assert other.get("/admin/me").status_code == 303
    assert client.get("/admin/me").status_code == 200
    again = client.post(ended[0], data={"csrf_token": token_in(page)})
    assert again.status_code == 404


def test_a_password_is_changed_on_ones_own_page(jieyang: Town) -> None:
    client, secret = set_up(jieyang, "changer", "clerk")
    jieyang.later(30)
    page = client.get("/admin/me").text
    fields = {"current": GOOD, "password": f"{GOOD}-2", "again": f"{GOOD}-2", "csrf_token": token_in(page)}
    wrong = client.post("/admin/me/password", data=fields | {"code": "000000"})
    assert wrong.status_code == 422
    assert GOOD not in wrong.text
    stale = client.post("/admin/me/password", data=fields | {"csrf_token": ""})
    assert stale.status_code == 400
    done = client.post("/admin/me/password", data=fields | {"code": code_of(jieyang, secret)})
    assert (done.status_code, done.location) == (303, "/admin/me?changed=password")
    assert "密码改好了" in client.get(done.location).text


def test_the_api_signs_in_says_who_one_is_and_signs_out(jieyang: Town) -> None:
    _, secret = set_up(jieyang, "api", "editor")
    jieyang.later(30)
    client, asked = jieyang.client(), {"username": "api", "password": GOOD, "code": code_of(jieyang, secret)}
    opened = client.post("/api/v1/admin/sessions", json=asked)
    assert opened.status_code == 201
    assert opened.json["roles"] == ["editor"]
    assert "bundles.edit" in opened.json["acts"]
    assert "token" not in opened.json
    assert client.get("/api/v1/admin/sessions/current").json == opened.json
    listed = client.get("/api/v1/admin/sessions").json
    assert [each["current"] for each in listed["items"]] == [True, False]
    token = {"X-CSRFToken": opened.json["csrf_token"]}
    assert client.delete(f"/api/v1/admin/sessions/{listed['items'][1]['id']}", headers=token).status_code == 204
    assert client.delete("/api/v1/admin/sessions/current", headers=token).status_code == 204
    assert client.get("/api/v1/admin/sessions/current").status_code == 401
    wrong = client.post("/api/v1/admin/sessions", json=asked)
    assert (wrong.status_code, wrong.json["code"]) == (401, "wrong-credentials")


def test_the_sandbox_shows_the_code_of_its_accounts_for_trying_out(jieyang: Town) -> None:
    with jieyang.app.app_context():
        told = jieyang.app.test_cli_runner().invoke(args=["setup", "--demo"]).output
    password = re.search(r"demo-\w{4}-\w{4}-\w{4}", told)[0]  # type: ignore[index]
    for username in ("editor", "publisher", "admin", "clerk", "supervisor"):
        client = jieyang.client()
        code = re.search(r"data-demo-code>(\d{6})<", client.get("/admin/login").text)[1]  # type: ignore[index]
        entered = sign_in(client, username, password, code)
        assert (entered.status_code, entered.location) == (303, "/admin/")
        jieyang.later(30)


@pytest.fixture
def few_tries(tmp_path: Path) -> Iterator[Town]:
    with patch.object(building, "SIGN_INS_REHEARSED", 3), town(tmp_path) as found:
        yield found


def test_one_address_can_try_only_so_often_whatever_the_names(few_tries: Town) -> None:
    answers = [sign_in(few_tries.client(), f"name{number}", "wrong", "1") for number in range(3)]
    answers.append(few_tries.client().post("/api/v1/admin/sessions", json={"username": "n", "password": "x"}))
    assert [each.status_code for each in answers] == [401, 401, 401, 429]
    assert sign_in(few_tries.client(), "name9", "wrong", "1").status_code == 429
    assert few_tries.client().get("/admin/login").status_code == 200


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Any]:
    """The app as it runs for real, with accounts for trying out left over in its database."""
    with town(tmp_path) as sandbox, sandbox.app.app_context():
        told = sandbox.app.test_cli_runner().invoke(args=["setup", "--demo"]).output
    settings = load(EXAMPLE, {"VAR_DIR": str(tmp_path)})
    server = replace(settings.server, environment="production", public_url="https://desk.example")
    app = create_app(replace(settings, server=server))
    yield app, re.search(r"demo-\w{4}-\w{4}-\w{4}", told)[0]  # type: ignore[index]
    app.extensions["world"].database.engine.dispose()


def test_in_production_nobody_tries_out_anything(production: Any) -> None:
    app, password = production
    with app.app_context():
        assert "demo-" not in app.test_cli_runner().invoke(args=["setup", "--demo"]).output
    client, secure = app.test_client(), {"base_url": "https://desk.example"}
    assert "data-demo-code" not in client.get("/admin/login", **secure).text
    demo = app.extensions["usecases"].demo_staff
    with patch.object(demo.proving, "rehearsals", True):
        code = demo.code()
    assert code
    assert sign_in(client, "editor", password, code, **secure).status_code == 401

    token, _ = staff.sign_in(app, "clerk")
    client.set_cookie(COOKIE, token, domain="desk.example")
    assert client.get("/admin/me", **secure).status_code == 303
    client.set_cookie(f"__Host-{COOKIE}", token, domain="desk.example", secure=True)
    assert client.get("/admin/me", **secure).status_code == 200
    assert {sign_in(client, f"n{each}", "x", "1", **secure).status_code for each in range(29)} == {401}
    assert sign_in(client, "n", "x", "1", **secure).status_code == 429


def test_over_https_the_cookie_is_bound_to_this_host(production: Any) -> None:
    app, _ = production
    with app.app_context():
        words = ["staff", "add", "host", "--name", "x", "--role", "clerk"]
        password = re.search(r"first password (\S+)", app.test_cli_runner().invoke(args=words).output)[1]  # type: ignore[index]
    entered = sign_in(app.test_client(), "host", password, base_url="https://desk.example")
    assert entered.headers["Set-Cookie"].startswith(f"__Host-{COOKIE}=")
    assert "; Secure" in entered.headers["Set-Cookie"]

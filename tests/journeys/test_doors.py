"""Doors: closed by default, and nobody sees what is somebody else's."""

import re

import pytest
import requests

from tests.town import API, BUNDLE, wait_for
from wxserver.web import staff_guard
from wxserver.web.guard import OPEN as OPEN_TO_CITIZENS
from wxserver.web.guard import SIGNED

OPEN = OPEN_TO_CITIZENS | staff_guard.OPEN

FILLERS = {"bundle": BUNDLE, "item": "apply", "account": "jieyang", "provider": "signed", "filename": "citizen.css"}
FILLERS |= {"size": "normal"}


def routes(app):
    """(endpoint, method, path) of every route."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<int:\w+>", "1", rule.rule)
        path = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda match: FILLERS.get(match[1], "x" * 8), path)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def test_every_route_without_a_session_is_closed_unless_it_is_in_the_list(town):
    walked = set()
    for endpoint, method, path in routes(town.app):
        walked.add(endpoint)
        answer = requests.request(method, town.url + path, allow_redirects=False, timeout=10)
        if endpoint in OPEN:
            assert answer.status_code < 500, (endpoint, answer.status_code)
            if endpoint in SIGNED:
                assert answer.status_code == 401, endpoint
            continue
        if path.startswith(API):
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), endpoint
        else:
            assert answer.status_code == 303, endpoint
            door = "/admin/login?next=" if staff_guard.is_staffs(path) else "/login?next="
            assert answer.headers["Location"].startswith(door), endpoint
    assert walked >= OPEN, "the list names routes that do not exist"


def test_every_route_with_a_wechat_session_only_gives_nothing_personal_and_never_fails(town):
    citizen = town.citizen("active").open()
    for endpoint, method, path in routes(town.app):
        if endpoint in OPEN:
            continue
        headers = {"X-CSRFToken": citizen.csrf}
        assert citizen.refresh()["assurance"] == "wechat", "the walk goes on without its session"
        answer = citizen.http.request(method, town.url + path, headers=headers, allow_redirects=False, timeout=10)
        assert answer.status_code < 500, endpoint
        assert citizen.name not in answer.text, endpoint
        if endpoint in ("api.end_session", "citizen.sign_out"):
            citizen.open()


@pytest.mark.rule("JY-4.2")
def test_the_home_page_opens_without_login_and_login_stands_under_the_personal_centre(town):
    home = requests.get(f"{town.url}/", timeout=10)
    assert home.status_code == 200
    assert "点击登录" in home.text


def test_a_session_cookie_is_no_bearer_token_and_a_bearer_token_no_cookie(town):
    citizen = town.citizen().sign_in()
    token = citizen.http.cookies["wxserver_session"]
    answer = requests.get(f"{town.url}{API}/sessions/current", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 401


def test_a_change_without_the_csrf_token_is_refused(town):
    citizen = town.citizen("active").sign_in()
    card, citizen.csrf = citizen.cards()[0]["id"], "wrong"
    answer = citizen.submit("change-information", card_id=card, form={"phone": "13800005620"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert town.effects(citizen) == []


def test_a_csrf_token_of_another_session_is_worth_nothing(town):
    a, b = town.citizen().sign_in(), town.citizen().sign_in()
    a.papers()
    a.csrf = b.csrf
    assert a.apply().status_code == 403


def test_what_is_somebody_elses_does_not_exist(town):
    a, b = town.citizen("active").sign_in(), town.citizen("active").sign_in()
    number = a.apply().json()["number"]
    application = a.case(number)["application"]
    assert b.api("GET", f"/cases/{number}").status_code == 404
    assert b.api("GET", f"/cases/{number}").json()["code"] == b.api("GET", "/cases/JY20200101-0001").json()["code"]
    assert b.get(f"/cases/{number}").status_code == 404
    assert a.api("GET", f"/applications/{application}").status_code == 200
    assert b.api("GET", f"/applications/{application}").status_code == 404
    card = a.cards()[0]["id"]
    answer = b.submit("change-information", card_id=card, form={"phone": "13800005620"})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["card_id"]
    assert b.api("PUT", f"/drafts/{BUNDLE}/change-information", {"card_id": card}).status_code == 422
    assert number not in [case["number"] for case in b.api("GET", "/cases").json()["items"]]


def test_an_old_sign_in_is_asked_for_again_before_a_submit_and_nothing_is_written(town):
    citizen = town.citizen("active").sign_in()
    card = citizen.cards()[0]["id"]
    town.sandbox.control("time", {"advance": "PT31M"})
    answer = citizen.submit("change-information", card_id=card, form={"phone": "13800005620"})
    assert (answer.status_code, answer.json()["code"]) == (403, "assurance-required")
    assert answer.json()["needs"] == {"assurance": "password", "fresh_minutes": 30}
    assert town.effects(citizen) == []


def test_the_api_never_shows_a_full_number_name_or_phone(town):
    citizen = town.citizen("active").sign_in()
    number = citizen.change_phone("13800005620").json()["number"]
    for path in ("/sessions/current", "/cards", "/cases", f"/cases/{number}"):
        text = citizen.api("GET", path).text
        for secret in (citizen.name, citizen.id_number, "13800005620", citizen.person["cards"][0]["number"]):
            assert secret not in text, path


def test_pages_carry_their_policy_and_are_framed_by_the_sandbox_only(town):
    answer = requests.get(f"{town.url}/", timeout=10)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert policy.endswith(f"frame-ancestors {town.sandbox.url}")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_pages_of_a_person_are_kept_by_no_cache(town):
    citizen = town.citizen().sign_in()
    for path in ("/", "/me", "/cases"):
        assert "no-store" in citizen.get(path).headers["Cache-Control"], path


def test_a_push_is_answered_in_the_accounts_mode_and_a_repeat_gets_the_same(town):
    citizen = town.citizen()
    first = town.sandbox.control("push", {"openid": citizen.openid, "text": "怎么办卡"})
    assert first["status"] == 200
    assert town.url in str(first["reply"])
    click = town.sandbox.control("push", {"openid": citizen.openid, "event": "CLICK", "event_key": "HELP_CARD"})
    assert "12333" in str(click["reply"])


def test_the_registry_is_asked_for_nobodys_cards_without_a_record_of_it(town):
    from sqlalchemy import func, select

    from wxserver.store.tables.records import AccessRecord

    with town.database.read() as unit:
        before = unit.session.scalar(select(func.count()).select_from(AccessRecord))
    citizen = town.citizen("active").sign_in()
    citizen.cards()

    def more():
        with town.database.read() as unit:
            return unit.session.scalar(select(func.count()).select_from(AccessRecord)) >= before + 2

    wait_for(more)

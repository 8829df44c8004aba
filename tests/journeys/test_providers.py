"""Several identity providers, all the way through the app: who gets in, who does not, and what it costs."""

import re

import pytest
import requests

from tests.town import API
from wxserver.settings import load
from wxserver.store.tables.records import AuditRecord


def purposes(citizen):
    return {each["purpose"]: each["version"] for each in citizen.api("GET", "/consents/current").json()["items"]}


def begin(citizen, provider, **changed):
    """Start a verification, everything ticked."""
    ticked = purposes(citizen)
    started = citizen.start(provider=provider, face_consent=ticked["face"], **changed)
    assert started.status_code == 201, started.text
    return started.json()


def eid_face(citizen, url, result="passed", **form):
    return citizen.http.post(url, data={"result": result, **form}, allow_redirects=False, timeout=30)


def look(citizen, verification):
    answer = citizen.api("GET", f"/verifications/{verification['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_eid_lets_in_who_passes_and_the_browser_comes_back_by_itself(town):
    citizen = town.citizen().open()
    started = begin(citizen, "eid")
    before = citizen.http.cookies.get_dict()
    back = eid_face(citizen, started["url"])
    assert citizen.http.get(back.headers["Location"]).status_code == 200
    session = citizen.refresh()
    assert session["assurance"] == "face"
    assert citizen.http.cookies.get_dict() != before, "the session is another one"


def test_the_face_is_asked_for_where_the_provider_does_not(town):
    citizen = town.citizen().open()
    refused = citizen.start(provider="eid")
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"face_consent"}


def test_a_result_in_somebody_elses_session_lets_nobody_in(town):
    citizen, thief = town.citizen().open(), town.citizen().open()
    started = begin(citizen, "eid")
    back = eid_face(citizen, started["url"]).headers["Location"]
    assert thief.http.get(back).status_code == 403
    assert thief.refresh()["assurance"] == "wechat"
    assert thief.api("GET", f"/verifications/{started['id']}").status_code == 404
    citizen.http.get(back)
    assert citizen.refresh()["assurance"] == "face"
    again = citizen.http.get(back)
    assert again.status_code == 200, "coming back twice does no harm"


def test_a_result_about_somebody_else_lets_nobody_in_alerts_and_costs_nothing(town):
    citizen = town.citizen().open()
    town.sandbox.control("eid", {"lie": "other_person", "times": 1})
    started = begin(citizen, "eid")
    eid_face(citizen, started["url"])
    assert look(citizen, started) == {"id": started["id"], "status": "failed", "reason": "subject-mismatch"}
    assert citizen.refresh()["assurance"] == "wechat"
    with town.database.read() as unit:
        actions = [row.action for row in unit.session.query(AuditRecord).filter_by(subject_id=started["id"])]
    assert actions == ["verification_fault"]
    assert begin(citizen, "eid"), "and one may try again"


def test_five_that_are_not_the_person_rest_the_face_for_a_day_and_faults_of_others_do_not_count(town):
    citizen = town.citizen().open()
    for code in (1001, 302):
        started = begin(citizen, "eid")
        eid_face(citizen, started["url"], "failed", err_code=str(code))
        assert look(citizen, started)["status"] == "failed"
    for _ in range(5):
        started = begin(citizen, "eid")
        eid_face(citizen, started["url"], "failed", err_code="2016")
        assert look(citizen, started)["reason"] == "face-mismatch"
    rests = citizen.start()
    assert rests.status_code == 429
    assert rests.json()["code"] == "verification-rests"
    assert "账号密码" in rests.json()["detail"]
    other = town.citizen().open()
    assert other.start().status_code == 201, "nobody else is locked out"
    town.sandbox.control("time", {"advance": "PT25H"})
    assert citizen.start().status_code == 201


def test_who_never_finishes_is_told_that_the_time_is_over(town):
    citizen = town.citizen().open()
    started = begin(citizen, "eid")
    town.sandbox.control("time", {"advance": "PT11M"})
    assert look(citizen, started)["status"] == "expired"
    late = eid_face(citizen, started["url"])
    assert late.status_code in (200, 303)
    assert look(citizen, started)["status"] == "expired", "an end is an end"
    assert citizen.refresh()["assurance"] == "wechat"


def test_a_provider_that_is_down_is_offered_second_and_says_so(town):
    citizen = town.citizen().open()
    offered = [each["code"] for each in citizen.api("GET", "/identity-providers").json()["items"]]
    assert offered == ["signed", "eid"]
    town.sandbox.mishap("identity", "error")
    away = citizen.start()
    assert away.status_code == 503
    assert "E证通" in away.json()["detail"]
    items = citizen.api("GET", "/identity-providers").json()["items"]
    assert [(each["code"], each["away"]) for each in items] == [("eid", False), ("signed", True)]
    page = citizen.get("/login").text
    assert "打开“E证通”" in page
    assert "刚才没有回音" in page
    town.sandbox.control("time", {"advance": "PT11M"})
    assert citizen.api("GET", "/identity-providers").json()["items"][0]["code"] == "signed"


def bearer(town, citizen):
    """The same person in the mini-program: (headers, a function that asks)."""
    app_id = next(each.app_id for each in load(town.config).wechat.accounts.values() if each.kind == "miniprogram")
    code = citizen.http.get(f"{town.sandbox.url}/wx/login", params={"appid": app_id, "as": citizen.openid}).json()
    with requests.Session() as http:
        http.trust_env = False
        opened = http.post(f"{town.url}{API}/sessions", json={"account": "jieyang_mini", "code": code["code"]})
    token = [opened.json()["token"]]

    def ask(method, path, body=None):
        with requests.Session() as http:
            http.trust_env = False
            headers = {"Authorization": f"Bearer {token[0]}"}
            return http.request(method, f"{town.url}{API}{path}", json=body, headers=headers, timeout=30)

    return ask, token


def test_wechats_own_verification_lets_in_who_passes_in_the_mini_program(town):
    citizen = town.citizen()
    ask, token = bearer(town, citizen)
    versions = {each["purpose"]: each["version"] for each in ask("GET", "/consents/current").json()["items"]}
    assert ask("GET", "/identity-providers").json()["items"][0]["way"] == "client"
    body = {
        "provider": "wxface",
        "name": citizen.name,
        "id_type": "resident_id",
        "id_number": citizen.id_number,
        "consent": versions["identity_verification"],
        "face_consent": versions["face"],
    }
    started = ask("POST", "/verifications", body)
    assert started.status_code == 201, started.text
    number = started.json()["verify_id"]
    assert "url" not in started.json()
    verification = f"/verifications/{started.json()['id']}"
    assert ask("GET", verification).json()["status"] == "created"
    citizen.http.post(f"{town.sandbox.url}/wechat/face/{number}", data={"result": "passed"})
    town.sandbox.control("time", {"advance": "PT2S"})
    passed = ask("GET", verification).json()
    assert passed["status"] == "passed", passed
    before, token[0] = token[0], passed["session"]["token"]
    assert ask("GET", "/sessions/current").json()["assurance"] == "face"
    token[0] = before
    assert ask("GET", "/sessions/current").status_code == 401


def test_wechats_own_verification_is_not_for_pages(town):
    citizen = town.citizen().open()
    refused = citizen.start(provider="wxface", face_consent=purposes(citizen)["face"])
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"provider"}


@pytest.mark.parametrize("path", ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_led_away_by_next(town, path):
    citizen = town.citizen().open()
    for page in ("/login", "/login/password", "/login/done"):
        html = citizen.get(page, params={"next": path}).text
        assert not re.search(r'(href|action|value|content)="[^"?]*(evil\.example|javascript:)', html)

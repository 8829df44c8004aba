"""One's own side over the API: sessions, bindings, consents, data; always one's own and nobody else's."""

import json
import uuid

import pytest

from tests.web.expectations import OTHER, conforms, refused
from tests.web.letters import someone
from tests.web.world import BUNDLE, NAME

CALLS = [
    ("GET", "sessions"),
    ("DELETE", "sessions/others"),
    ("DELETE", "sessions/0193a0de4c2b7f0e8a1d5b6c7d8e9f03"),
    ("GET", "bindings"),
    ("DELETE", "bindings/0193a0de4c2b7f0e8a1d5b6c7d8e9f03"),
    ("GET", "my-data"),
    ("GET", "my-data/accesses"),
]


def current(citizen, path):
    return next(each for each in citizen.get(path).json["items"] if each.get("current") or each.get("here"))


def got(browser, path):
    """The JSON that a browser is answered."""
    return json.loads(browser.get(path).data)


def version(citizen, purpose="identity_verification"):
    found = citizen.get("consents/current").json["items"]
    return next(each["version"] for each in found if each["purpose"] == purpose)


@pytest.mark.parametrize(("method", "path"), [*CALLS, ("GET", "consents"), ("POST", "my-data/erasure")])
def test_without_a_session_nothing_is_told(jieyang, method, path):
    assert jieyang.client().open(f"/api/v1/{path}", method=method).status_code == 401


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_wechat_in_which_nobody_has_signed_in_is_sent_to_do_so(jieyang, method, path):
    refused(jieyang.wechat_only().call(method, path), 401, "sign-in-required")


@pytest.mark.parametrize(("method", "path"), [("POST", "my-data/erasure"), ("DELETE", "sessions/others")])
def test_a_form_of_another_site_changes_nothing(jieyang, method, path):
    who = someone(jieyang)
    browser = who.browser()
    refused(browser.open(f"/api/v1/{path}", method=method), 403, "csrf")
    assert browser.get("/api/v1/sessions/current").status_code == 200


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(jieyang, document):
    who = someone(jieyang)
    browser = who.browser()
    listed = conforms(document, who.mini.get("sessions"), "HeldSessions")["items"]
    assert len(listed) == 2
    assert {each["device"] for each in listed} >= {"小程序"}
    other = next(each for each in listed if not each["current"])
    assert who.mini.call("DELETE", f"sessions/{other['id']}").status_code == 204
    assert browser.get("/api/v1/sessions/current").status_code == 401
    third = who.browser()
    assert who.mini.call("DELETE", "sessions/others").status_code == 204
    assert third.get("/api/v1/sessions/current").status_code == 401
    mine = current(who.mini, "sessions")
    stranger = someone(jieyang)
    refused(stranger.mini.call("DELETE", f"sessions/{mine['id']}"), 404, "unknown-session")
    assert who.mini.call("DELETE", f"sessions/{mine['id']}").status_code == 204
    assert who.mini.get("sessions").status_code == 401


def test_a_binding_is_listed_and_dropped_and_a_browser_that_drops_its_own_loses_the_cookie(jieyang, document):
    who, stranger = someone(jieyang), someone(jieyang)
    browser = who.browser()
    bound = conforms(document, who.mini.get("bindings"), "Bindings")["items"]
    assert len(bound) == 2
    refused(stranger.mini.call("DELETE", f"bindings/{bound[0]['id']}"), 404, "unknown-binding")
    token = got(browser, "/api/v1/sessions/current")["csrf_token"]
    here = next(each for each in got(browser, "/api/v1/bindings")["items"] if each["here"])
    dropped = browser.delete(f"/api/v1/bindings/{here['id']}", headers={"X-CSRFToken": token})
    assert dropped.status_code == 204
    assert "Max-Age=0" in dropped.headers["Set-Cookie"]
    assert browser.get("/api/v1/bindings").status_code == 401
    assert [each["here"] for each in who.mini.get("bindings").json["items"]] == [True]


def test_a_consent_is_given_listed_and_taken_back(jieyang, document):
    who, stranger = someone(jieyang).mini, someone(jieyang).mini
    (given,) = [each for each in who.get("consents").json["items"] if each["purpose"] == "identity_verification"]
    refused(stranger.call("DELETE", f"consents/{given['id']}"), 404, "unknown-consent")
    assert who.call("DELETE", f"consents/{given['id']}").status_code == 204
    assert who.call("DELETE", f"consents/{given['id']}").status_code == 204
    listed = conforms(document, who.get("consents"), "GivenConsents")["items"]
    assert [each["withdrawn_at"] is None for each in listed] == [False]
    agreed = {"purpose": "identity_verification", "version": version(who)}
    assert who.post("consents", agreed).status_code == 204
    assert [each["withdrawn_at"] is None for each in who.get("consents").json["items"]] == [True, False]
    refused(who.post("consents", agreed | {"version": "1999"}), 422, "outdated")
    refused(who.post("consents", agreed | {"purpose": "advertising"}), 404, "unknown-consent")
    assert who.get("sessions/current").json["assurance"] == "face"


def test_what_is_held_and_who_saw_it_are_told_in_words(jieyang, document):
    who = someone(jieyang)
    number = who.applied()
    held = {each["code"]: each for each in conforms(document, who.mini.get("my-data"), "MyData")["items"]}
    assert held["cases"]["details"] == [number]
    assert held["uploads"]["count"] == 2
    assert who.number not in json.dumps(held)
    seen = conforms(document, who.mini.get("my-data/accesses"), "Accesses")["items"]
    assert "身份核验平台“粤信签”" in {each["who"] for each in seen}
    refused(who.mini.get("my-data/accesses?after=nothing"), 400, "bad-cursor")


def test_the_export_is_ones_own_in_clear_and_holds_of_others_nothing(jieyang, document):
    who = jieyang.citizen(f"wx-{uuid.uuid4().hex}")
    other = jieyang.citizen(f"wx-{uuid.uuid4().hex}", OTHER["name"], OTHER["number"])
    for citizen, phone in ((who, "13800005620"), (other, "13911112222")):
        citizen.call("PUT", f"drafts/{BUNDLE}/apply", json={"form": {"phone": phone}})
        citizen.post("cases", citizen.change(form={"phone": phone}), uuid.uuid4().hex)
    answer = who.get("my-data/export")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    content = conforms(document, answer, "Export")
    sections = content["sections"]
    assert sections["identity"]["items"][0]["name"] == NAME
    assert sections["drafts"]["items"][0]["answers"] == [{"label": "手机号码", "value": "13800005620"}]
    assert {"label": "手机号码", "value": "13800005620"} in sections["cases"]["items"][0]["answers"]
    assert {each["who"] for each in sections["accesses"]["items"]} >= {"您自己", "社保卡系统"}
    whole = json.dumps(content, ensure_ascii=False)
    assert all(each not in whole for each in (OTHER["name"], OTHER["number"], "13911112222"))


def test_an_export_needs_a_fresh_proof_stands_in_the_ledger_and_is_had_five_times_a_day(jieyang):
    who = someone(jieyang).mini
    for _ in range(5):
        assert who.get("my-data/export").status_code == 200
    told = refused(who.get("my-data/export"), 429, "too-many-exports")
    assert 86_000 < told["retry_after"] <= 86_401
    noted = [each for each in who.get("my-data/accesses").json["items"] if each["who_kind"] == "citizen"]
    assert len(noted) == 5
    assert noted[0]["why"] == "下载自己的信息"
    refused(jieyang.wechat_only().get("my-data/export"), 403, "assurance-required")


def test_who_erases_themself_is_signed_out_everywhere_and_their_case_goes_on(jieyang, document):
    who = someone(jieyang)
    number, browser = who.applied(), who.browser()
    who.mini.call("PUT", f"drafts/{BUNDLE}/apply", json={"form": {"phone": "13800005620"}})
    token = got(browser, "/api/v1/sessions/current")["csrf_token"]
    answer = browser.post("/api/v1/my-data/erasure", headers={"X-CSRFToken": token})
    content = conforms(document, answer, "Erased")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert {each["code"] for each in content["gone"]} >= {"sessions", "bindings", "drafts"}
    assert [each["details"] for each in content["stays"] if each["code"] == "cases"] == [[number]]
    assert who.mini.get("sessions/current").status_code == 401
    assert browser.get("/api/v1/sessions/current").status_code == 401
    back = jieyang.citizen(f"wx-{uuid.uuid4().hex}", NAME, who.number)
    assert back.get(f"cases/{number}").json["number"] == number
    assert back.get(f"drafts/{BUNDLE}/apply").status_code == 404


def test_an_erasure_without_a_recent_proof_is_refused(jieyang):
    refused(jieyang.wechat_only().post("my-data/erasure", {}), 403, "assurance-required")

"""Signing in: OAuth, the identity provider, and everybody who tries to cheat on the way."""

import json
import re
import sqlite3
import time
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import func, select

from tests.town import wait_for
from wxserver.ports.signatures import signed_headers
from wxserver.settings import load
from wxserver.store.tables.identity import Consent, SignedSession, Verification
from wxserver.store.tables.machinery import InboundMessage
from wxserver.store.tables.records import AuditRecord


def secret(town):
    return load(town.config).providers["signed"].secrets[0]


def started(citizen, **changed):
    answer = citizen.start(**changed)
    assert answer.status_code == 201, answer.text
    return answer.json()


def row(town, verification):
    with town.database.read() as unit:
        return unit.session.scalars(select(Verification).where(Verification.id == verification["id"])).one()


def count(town, table, *where):
    with town.database.read() as unit:
        return unit.session.scalar(select(func.count()).select_from(table).where(*where))


def result_body(town, verification, **changed):
    found = row(town, verification)
    data = {
        "reference": found.reference,
        "provider_reference": found.provider_reference,
        "result": "passed",
        "fail_code": None,
        "verified_at": datetime.now(UTC).isoformat(),
        "level": "face",
        "subject_digest": found.subject_digest,
    } | changed
    return {"type": "verification.completed", "timestamp": datetime.now(UTC).isoformat(), "data": data}


def call_back(town, body, *, message_id=None, at=None, key=None, headers=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = signed_headers(key or secret(town), message_id or f"msg_{uuid.uuid4().hex}", int(at or time.time()), raw)
    return requests.post(
        f"{town.url}/identity/signed/callback",
        data=raw,
        headers={"Content-Type": "application/json"} | signed | (headers or {}),
        timeout=10,
    )


def status(citizen, verification):
    return citizen.api("GET", f"/verifications/{verification['id']}").json()["status"]


@pytest.mark.rule("JY-5.4", "JY-5.5")
def test_a_first_time_user_types_name_and_number_and_is_back_on_the_home_page_signed_in(town):
    citizen = town.citizen("active").open()
    verification = started(citizen)
    home = citizen.http.get(citizen.press(verification["url"]))
    assert urlsplit(home.url).path == "/"
    assert "已登录" in home.text
    session = citizen.refresh()
    assert session["assurance"] == "face"
    assert session["person"]["id_number"] == citizen.id_number[:4] + "*" * 10 + citizen.id_number[-4:]
    assert "token" not in session


@pytest.mark.rule("JY-5.6")
def test_a_returning_person_types_nothing(town):
    citizen = town.citizen("active").sign_in()
    later = citizen.another_browser().open()
    assert later.refresh()["assurance"] == "wechat"
    later.sign_in(name=None, id_type=None, id_number=None)
    assert later.refresh()["person"] == citizen.refresh()["person"]


def test_consent_is_recorded_with_its_version_and_its_person(town):
    citizen = town.citizen().sign_in()
    version = citizen.api("GET", "/consents/current").json()["items"][0]["version"]
    with town.database.read() as unit:
        person = unit.session.scalar(
            select(SignedSession.person_id)
            .where(SignedSession.person_id.is_not(None))
            .order_by(SignedSession.id.desc())
        )
        (consent,) = unit.session.scalars(select(Consent).where(Consent.person_id == person))
    assert (consent.purpose, consent.version) == ("identity_verification", version)


@pytest.mark.parametrize("version", [None, "", "2020-01-01"])
def test_without_consent_to_the_current_text_nobody_is_asked_anything(town, version):
    citizen = town.citizen().open()
    before = len(town.sandbox.items("calls?target=identity"))
    answer = citizen.start(consent=version)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["consent"]
    assert len(town.sandbox.items("calls?target=identity")) == before


def return_url(town, verification):
    """The address that the provider sends browsers back to, read off its own records."""
    with sqlite3.connect(town.sandbox.var_dir / "sandbox.db") as far_side:
        ((url,),) = far_side.execute(
            "SELECT return_url FROM verification WHERE provider_reference = ?",
            [row(town, verification).provider_reference],
        )
    far_side.close()
    return url


def test_a_redirect_alone_never_signs_anyone_in(town):
    citizen = town.citizen().open()
    verification = started(citizen)
    back = citizen.http.get(return_url(town, verification) + "&result=passed")
    assert urlsplit(back.url).path == f"/login/face/{verification['id']}"
    assert citizen.refresh()["assurance"] == "wechat"
    assert status(citizen, verification) == "created"


def test_a_return_with_another_state_finds_nothing(town):
    citizen = town.citizen().open()
    back = citizen.press(started(citizen)["url"])
    assert citizen.http.get(re.sub(r"state=\w+", "state=" + "0" * 64, back)).status_code == 404
    assert citizen.refresh()["assurance"] == "wechat"


@pytest.mark.parametrize("mishap", ["no_callback", "late_callback"])
def test_a_return_that_arrives_before_the_callback_makes_the_page_ask_the_provider(town, mishap):
    citizen = town.citizen().open()
    verification = started(citizen)
    town.sandbox.mishap("identity", mishap, 1)
    citizen.http.get(citizen.press(verification["url"]))
    assert citizen.refresh()["assurance"] == "face"
    assert status(citizen, verification) == "passed"


def test_duplicate_callbacks_change_nothing(town):
    citizen = town.citizen().open()
    verification = started(citizen)
    town.sandbox.mishap("identity", "duplicate", 1)
    citizen.http.get(citizen.press(verification["url"]))
    assert citizen.refresh()["assurance"] == "face"


def test_who_meets_a_provider_that_is_away_goes_on_with_another_and_types_nothing_again(town):
    citizen = town.citizen().open()
    town.sandbox.mishap("identity", "error")
    typed = {"csrf_token": citizen.csrf, "next": "/cases", "name": citizen.name, "id_number": citizen.id_number}
    typed["consent"] = citizen.api("GET", "/consents/current").json()["items"][0]["version"]
    away = citizen.http.post(f"{town.url}/login", data=typed | {"provider": "signed"})
    assert away.status_code == 503
    assert '<li><a href="#instead">' in away.text
    form = away.text.partition('action="/login"')[2].partition("</form>")[0]
    first = re.search(r'<button class="button" [^>]*><span>([^<]+)', form)
    assert first
    assert ('name="by" value="eid"' in first[0], 'id="instead"' in first[0]) == (True, True)
    assert first[1].startswith("换成“E证通”核验")
    changed = citizen.http.post(f"{town.url}/login", data=typed | {"by": "eid"})
    assert changed.status_code == 200
    assert 'value="eid" id="provider"' in changed.text
    assert f'value="{citizen.name}"' in changed.text
    assert f'value="{citizen.id_number}"' in changed.text


@pytest.mark.parametrize("result", ["failed", "cancelled"])
def test_who_does_not_pass_is_told_and_can_try_again(town, result):
    citizen = town.citizen().open()
    verification = started(citizen)
    page = citizen.http.get(citizen.press(verification["url"], result))
    assert page.status_code == 200
    assert "窗口" in page.text
    assert citizen.refresh()["assurance"] == "wechat"
    assert status(citizen, verification) == result
    citizen.sign_in()


def test_a_return_in_another_webview_is_led_through_wechat_and_consumed_by_the_same_user(town):
    citizen = town.citizen().open()
    back = citizen.press(started(citizen)["url"])
    other = citizen.another_browser()
    away = other.http.get(back, allow_redirects=False)
    assert away.status_code == 303
    login = other.http.get(f"{town.url}{away.headers['Location']}", allow_redirects=False)
    home = other.http.get(login.headers["Location"].replace("#", f"&as={citizen.openid}#"))
    assert urlsplit(home.url).path == "/"
    assert other.refresh()["assurance"] == "face"


def test_a_return_in_somebody_elses_browser_is_refused_and_consumes_nothing(town):
    a, b = town.citizen().open(), town.citizen().open()
    verification = started(a)
    back = a.press(verification["url"])
    refused = b.http.get(back)
    assert refused.status_code == 403
    assert b.refresh()["assurance"] == "wechat"
    assert row(town, verification).consumed_at is None
    a.http.get(back)
    assert a.refresh()["assurance"] == "face"


def test_a_passed_verification_is_consumed_once(town):
    citizen = town.citizen().open()
    verification = started(citizen)
    back = citizen.press(verification["url"])
    citizen.http.get(back)
    sessions = count(town, SignedSession)
    citizen.http.get(back)
    assert status(citizen, verification) == "passed"
    assert count(town, SignedSession) == sessions


def test_the_session_is_replaced_when_its_assurance_rises(town):
    citizen = town.citizen().open()
    before = dict(citizen.http.cookies)
    citizen.sign_in()
    assert citizen.http.cookies["wxserver_session"] != before["wxserver_session"]
    old = requests.get(
        f"{town.url}/api/v1/sessions/current", cookies={"wxserver_session": before["wxserver_session"]}, timeout=10
    )
    assert old.status_code == 401


def test_signing_out_ends_the_session_for_good(town):
    citizen = town.citizen().sign_in()
    token = citizen.http.cookies["wxserver_session"]
    assert citizen.api("DELETE", "/sessions/current").status_code == 204
    again = requests.get(f"{town.url}/api/v1/sessions/current", cookies={"wxserver_session": token}, timeout=10)
    assert again.status_code == 401


def test_only_the_hash_of_a_session_token_is_kept(town):
    citizen = town.citizen().sign_in()
    token = citizen.http.cookies["wxserver_session"]
    assert count(town, SignedSession, SignedSession.token_hash == token) == 0


def test_a_mini_program_gets_a_bearer_token_and_a_new_one_when_it_has_passed(town):
    citizen = town.citizen("active")
    app_id = load(town.config).wechat.accounts["jieyang_mini"].app_id
    code = requests.get(
        f"{town.sandbox.url}/wx/login", params={"as": citizen.openid, "appid": app_id}, timeout=10
    ).json()["code"]
    opened = citizen.api("POST", "/sessions", {"account": "jieyang_mini", "code": code})
    assert opened.status_code == 201, opened.text
    citizen.http.headers["Authorization"] = f"Bearer {opened.json()['token']}"
    verification = started(citizen)
    citizen.press(verification["url"])
    looked = wait_for(lambda: citizen.api("GET", f"/verifications/{verification['id']}").json())
    assert looked["status"] == "passed"
    new = looked["session"]["token"]
    assert citizen.api("GET", "/cards").status_code == 401
    citizen.http.headers["Authorization"] = f"Bearer {new}"
    assert citizen.api("GET", "/cards").status_code == 200
    assert citizen.change_phone().status_code == 201


# Those who cheat


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "whsec_" + "QUJD" * 10},
        {"at": 1},
        {"at": time.time() + 4000},
        {"headers": {"webhook-signature": ""}},
        {"headers": {"webhook-signature": "v1,AAAA"}},
        {"headers": {"webhook-signature": "v2,AAAA v1,!!!"}},
        {"headers": {"webhook-timestamp": "now"}},
        {"headers": {"webhook-timestamp": "9" * 400}},
        {"headers": {"webhook-id": "other"}},
    ],
    ids=["other key", "stale", "early", "no signature", "wrong", "malformed", "words", "huge", "other id"],
)
def test_a_forged_or_stale_callback_is_401_without_detail_and_changes_nothing(town, changed):
    citizen = town.citizen().open()
    verification = started(citizen)
    messages = count(town, InboundMessage, InboundMessage.source == "identity:signed")
    answer = call_back(town, result_body(town, verification), **changed)
    assert (answer.status_code, answer.content) == (401, b"")
    assert row(town, verification).status == "created"
    assert count(town, InboundMessage, InboundMessage.source == "identity:signed") == messages


def test_an_altered_callback_is_refused(town):
    citizen = town.citizen().open()
    verification = started(citizen)
    failed = json.dumps(result_body(town, verification, result="failed")).encode()
    signed = signed_headers(secret(town), "msg_altered", int(time.time()), failed)
    answer = requests.post(
        f"{town.url}/identity/signed/callback", data=failed.replace(b"failed", b"passed"), headers=signed, timeout=10
    )
    assert answer.status_code == 401
    assert row(town, verification).status == "created"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 60000, b'{"type":"verification.completed"}', b'{"a":1e999}'],
    ids=["empty", "open", "list", "text", "bytes", "deep", "bare", "infinite"],
)
def test_a_malformed_body_under_a_good_signature_is_400(town, body):
    assert call_back(town, body).status_code == 400


def test_a_body_over_64_kib_is_413(town):
    assert call_back(town, b"x" * 65537).status_code == 413


def test_the_same_message_again_gets_the_first_answer_and_another_body_409_and_an_alert(town):
    citizen = town.citizen().open()
    verification = started(citizen)
    message_id = f"msg_{uuid.uuid4().hex}"
    body = json.dumps(result_body(town, verification, result="failed", level=None, subject_digest=None)).encode()
    first = call_back(town, body, message_id=message_id)
    again = call_back(town, body, message_id=message_id)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    alerts = count(town, AuditRecord, AuditRecord.action == "message_id_reused")
    other = call_back(town, result_body(town, verification), message_id=message_id)
    assert other.status_code == 409
    assert count(town, AuditRecord, AuditRecord.action == "message_id_reused") == alerts + 1
    assert row(town, verification).status == "failed"


def test_a_result_about_somebody_else_does_not_pass(town):
    a, b = town.citizen().open(), town.citizen().open()
    mine, other = started(a), started(b)
    answer = call_back(town, result_body(town, mine, subject_digest=row(town, other).subject_digest))
    assert answer.status_code == 200
    assert status(a, mine) == "failed"
    assert a.refresh()["assurance"] == "wechat"


def test_a_final_state_never_changes(town):
    citizen = town.citizen().open()
    verification = started(citizen)
    call_back(town, result_body(town, verification, result="cancelled", level=None, subject_digest=None))
    call_back(town, result_body(town, verification))
    assert status(citizen, verification) == "cancelled"
    assert citizen.refresh()["assurance"] == "wechat"


def test_a_verification_nobody_finished_expires_and_a_late_pass_is_worth_nothing(town):
    citizen = town.citizen().open()
    verification = started(citizen)
    town.sandbox.control("time", {"advance": "PT3H"})
    assert status(citizen, verification) == "expired"
    late = (datetime.now(UTC) + timedelta(hours=3)).timestamp()
    call_back(town, result_body(town, verification), at=late)
    assert status(citizen, verification) == "expired"


def test_somebody_elses_verification_does_not_exist(town):
    a, b = town.citizen().open(), town.citizen().open()
    verification = started(a)
    mine = b.api("GET", "/verifications/" + "0" * 32)
    theirs = b.api("GET", f"/verifications/{verification['id']}")
    assert (mine.status_code, theirs.status_code) == (404, 404)
    assert mine.json() == theirs.json()


def test_a_provider_that_is_away_is_told_in_a_sentence(town):
    citizen = town.citizen().open()
    town.sandbox.mishap("identity", "error", 1)
    answer = citizen.start()
    assert answer.status_code == 503
    assert "窗口" in answer.json()["detail"]


# OAuth


def oauth_round(town, citizen):
    begun = citizen.get("/wechat/jieyang/login?next=/help", allow_redirects=False)
    away = citizen.http.get(begun.headers["Location"].replace("#", f"&as={citizen.openid}#"), allow_redirects=False)
    return away.headers["Location"]


def test_a_state_works_once_and_only_in_the_browser_that_began(town):
    a, b = town.citizen(), town.citizen()
    back = oauth_round(town, a)
    assert b.http.get(back).status_code == 403
    assert a.http.get(back, allow_redirects=False).status_code == 303
    assert a.http.get(back, allow_redirects=False).headers["Location"] == "/help"
    a.http.cookies.clear()
    assert a.http.get(back).status_code == 403


def test_a_made_up_state_or_code_signs_nobody_in(town):
    citizen = town.citizen()
    back = oauth_round(town, citizen)
    forged = re.sub(r"state=\w+", "state=" + "a" * 64, back)
    assert citizen.http.get(forged).status_code == 403
    assert citizen.http.get(re.sub(r"code=\w+", "code=made-up", back)).status_code == 400
    assert "wxserver_session" not in citizen.http.cookies


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_next_never_leads_off_our_site(town, path):
    citizen = town.citizen()
    begun = citizen.http.get(f"{town.url}/wechat/jieyang/login", params={"next": path}, allow_redirects=False)
    back = citizen.http.get(begun.headers["Location"].replace("#", f"&as={citizen.openid}#"), allow_redirects=False)
    landed = citizen.http.get(back.headers["Location"], allow_redirects=False)
    assert landed.headers["Location"] == "/"


def test_the_redirect_to_wechat_carries_nothing_personal(town):
    citizen = town.citizen()
    url = urlsplit(citizen.get("/wechat/jieyang/login?next=/me", allow_redirects=False).headers["Location"])
    assert set(parse_qs(url.query)) == {"appid", "redirect_uri", "response_type", "scope", "state"}
    assert re.fullmatch(r"[0-9a-zA-Z]{1,128}", parse_qs(url.query)["state"][0])


def test_who_shows_their_face_in_somebody_elses_wechat_ends_what_was_open_there(town):
    first, other = town.citizen("active").sign_in(), town.citizen("active")
    second = first.another_browser().sign_in(name=other.name, id_number=other.id_number)
    assert second.openid == first.openid
    assert first.api("GET", "/sessions/current").status_code == 401
    assert second.api("GET", "/sessions/current").status_code == 200

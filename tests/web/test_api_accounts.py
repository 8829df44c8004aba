"""Captchas, signing in by password and one's own account in the JSON API, as the contract has them."""

from __future__ import annotations

import io
import itertools
import wave
from base64 import b64decode
from typing import Any

import pytest

from bundles.people import check_digit
from tests.web.expectations import conforms, refused
from tests.web.world import BUNDLE, Citizen, Town
from wxserver.adapters.credentials import Argon2Passwords
from wxserver.store import guesses, people

GOOD, BETTER = "榕江边上 七棵老榕树", "九月初三 十一只白鹭"
_serial = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes(jieyang: Town) -> None:
    """What a hash really costs is for the use case's tests."""
    cheap = Argon2Passwords(memory_kib=8, passes=1)
    desk = jieyang.app.extensions["usecases"]
    desk.password_signing_in.passwords = desk.accounts.passwords = cheap


def newcomer(town: Town) -> Citizen:
    """Somebody whom nobody has met, signed in by face."""
    body = f"44520219700{1 + next(_serial) % 9}01{next(_serial):03}"
    return town.citizen(f"account-{next(_serial)}", number=body + check_digit(body))


def solved(town: Town, client: Citizen) -> dict[str, str]:
    """A captcha drawn for this client, and its answer."""
    drawn = client.post("captchas", None).json
    database = town.app.extensions["world"].database
    with database.read() as unit:
        user = town.app.extensions["usecases"].sessions.find(client.token).wechat_user_id
        answer = guesses.answer_of(unit, drawn["id"], user, town.app.extensions["world"].clock.now())
    return {"captcha_id": drawn["id"], "captcha": answer}


def attempt(town: Town, client: Citizen, username: str, password: str = GOOD, **more: object) -> Any:
    body = {"kind": "person", "username": username, "password": password} | solved(town, client) | more
    return client.post("sessions/password", body)


def with_account(town: Town) -> tuple[Citizen, str]:
    username = f"lan.{next(_serial)}"
    citizen = newcomer(town)
    put = citizen.call("PUT", "account", json={"username": username, "password": GOOD})
    assert put.status_code == 200, put.data
    return citizen, username


def test_a_captcha_comes_as_picture_and_sound(jieyang: Town, document: dict[str, Any]) -> None:
    drawn = jieyang.wechat_only().post("captchas", None)

    assert drawn.status_code == 201
    content = conforms(document, drawn, "Captcha")
    kind, _, picture = content["image"].partition(",")
    assert kind == "data:image/png;base64"
    assert b64decode(picture).startswith(b"\x89PNG")
    kind, _, sound = content["audio"].partition(",")
    assert kind == "data:audio/wav;base64"
    with wave.open(io.BytesIO(b64decode(sound))) as file:
        assert file.getnframes() > 8000


def test_nobody_without_a_session_draws_signs_in_or_has_an_account(jieyang: Town) -> None:
    client = jieyang.client()
    for method, path in (
        ("POST", "captchas"),
        ("POST", "sessions/password"),
        ("GET", "account"),
        ("PUT", "account"),
        ("DELETE", "account"),
    ):
        refused(client.open(f"/api/v1/{path}", method=method, json={}), 401, "unauthenticated")


@pytest.mark.rule("JY-6.1", "JY-6.4")
def test_a_password_raises_and_replaces_a_bearer_session(jieyang: Town, document: dict[str, Any]) -> None:
    _, username = with_account(jieyang)
    guest = jieyang.wechat_only()

    signed_in = attempt(jieyang, guest, username)

    assert signed_in.status_code == 200
    content = conforms(document, signed_in, "PasswordSession", exactly=False)
    assert (content["assurance"], content["person"]["name"]) == ("password", "林*兰")
    assert content["token"] != guest.token
    refused(guest.get("sessions/current"), 401, "unauthenticated")
    assert Citizen(jieyang, content["token"]).get("sessions/current").json["assurance"] == "password"
    risen = Citizen(jieyang, content["token"])
    started = risen.post("verifications", risen.verification())
    assert started.status_code == 201, "the WeChat user is bound to the person, who types nothing any more"


@pytest.mark.rule("JY-6.5")
def test_a_password_suffices_for_every_item_of_the_bundle(jieyang: Town) -> None:
    _, username = with_account(jieyang)
    citizen = Citizen(jieyang, attempt(jieyang, jieyang.wechat_only(), username).json["token"])
    bundle = citizen.get(f"bundles/{BUNDLE}").json
    assert len(bundle["items"]) == 7
    (card,) = citizen.get("cards").json["items"]
    for item in bundle["items"]:
        tried = {"bundle": BUNDLE, "item": item["code"], "card_id": card["id"], "form": {}}
        answered = citizen.post("cases", tried, key=f"key-{item['code']}-{username}")
        assert answered.status_code in (201, 409, 422), answered.data
        assert answered.json.get("code") != "assurance-required"
    done = citizen.post("cases", citizen.change(), key=f"key-{username}")
    assert (done.status_code, done.json["status"]) == (201, "completed"), done.data


def test_a_cookie_session_rises_by_a_new_cookie_and_shows_no_token(jieyang: Town) -> None:
    _, username = with_account(jieyang)
    browser = jieyang.browser("cookie-password")
    csrf = {"X-CSRFToken": browser.get("/api/v1/sessions/current").json["csrf_token"]}
    refused(browser.post("/api/v1/captchas"), 403, "csrf")
    drawn = browser.post("/api/v1/captchas", headers=csrf).json
    world = jieyang.app.extensions["world"]
    with world.database.read() as unit:
        user = people.known_wechat_user(unit, "jieyang", "cookie-password")
        answer = guesses.answer_of(unit, drawn["id"], str(user), world.clock.now())
    body = {"kind": "person", "username": username, "password": GOOD, "captcha_id": drawn["id"], "captcha": answer}

    signed_in = browser.post("/api/v1/sessions/password", json=body, headers=csrf)

    assert signed_in.status_code == 200, signed_in.data
    assert "token" not in signed_in.json
    assert "HttpOnly" in signed_in.headers["Set-Cookie"]
    now = browser.get("/api/v1/sessions/current").json
    assert (now["assurance"], now["csrf_token"]) == ("password", signed_in.json["csrf_token"])


def test_what_is_wrong_is_told_by_status_and_code(jieyang: Town) -> None:
    _, username = with_account(jieyang)
    guest = jieyang.wechat_only()

    wrong = refused(attempt(jieyang, guest, username, "不是这个 密码呀呀"), 401, "bad-credentials")
    assert (wrong["left"], wrong["until"]) == (9, None)
    nobody = refused(attempt(jieyang, guest, f"nobody.{username}"), 401, "bad-credentials")
    assert nobody["detail"] == wrong["detail"]
    captcha = refused(attempt(jieyang, guest, username, captcha="1111"), 422, "bad-captcha")
    assert list(captcha["errors"]) == ["captcha"]
    unknown = refused(attempt(jieyang, guest, username, kind="company"), 422, "invalid")
    assert list(unknown["errors"]) == ["kind"]
    missing = refused(guest.post("sessions/password", {"kind": "person"}), 422, "invalid")
    assert set(missing["errors"]) == {"username", "password", "captcha_id", "captcha"}


def test_whoever_guesses_is_told_when_to_try_again(jieyang: Town) -> None:
    _, username = with_account(jieyang)
    for _ in range(5):
        refused(attempt(jieyang, jieyang.wechat_only(), username, "不是这个 密码呀呀"), 401, "bad-credentials")

    waits = attempt(jieyang, jieyang.wechat_only(), username)

    content = refused(waits, 429, "too-many-attempts")
    assert 0 < int(waits.headers["Retry-After"]) <= 60
    assert content["until"]
    jieyang.later(61)
    assert attempt(jieyang, jieyang.wechat_only(), username).status_code == 200


def test_the_thirty_first_captcha_is_refused(jieyang: Town) -> None:
    guest = jieyang.wechat_only()
    drawn = [guest.post("captchas", None) for _ in range(31)]

    assert {each.status_code for each in drawn[:30]} == {201}
    refused(drawn[30], 429, "too-many-captchas")
    assert int(drawn[30].headers["Retry-After"]) == 600


def test_an_account_is_set_shown_changed_and_given_up(jieyang: Town, document: dict[str, Any]) -> None:
    citizen, username = with_account(jieyang)
    shown = conforms(document, citizen.get("account"), "Account")
    assert (shown["username"], shown["kind"], shown["must_change"]) == (username, "person", False)

    changed = citizen.call("PUT", "account", json={"username": username, "password": BETTER, "current": GOOD})
    assert changed.status_code == 200, changed.data
    refused(attempt(jieyang, jieyang.wechat_only(), username), 401, "bad-credentials")
    assert attempt(jieyang, jieyang.wechat_only(), username, BETTER).status_code == 200

    gone = citizen.call("DELETE", "account")
    assert (gone.status_code, gone.data) == (204, b"")
    refused(citizen.get("account"), 404, "no-account")
    refused(citizen.call("DELETE", "account"), 404, "no-account")
    refused(attempt(jieyang, jieyang.wechat_only(), username, BETTER), 401, "bad-credentials")


def test_an_account_needs_somebody_known_and_a_password_that_nobody_guesses(jieyang: Town) -> None:
    guest = jieyang.wechat_only()
    refused(guest.get("account"), 401, "sign-in-required")
    refused(guest.call("PUT", "account", json={"username": "lan.lin", "password": GOOD}), 401, "sign-in-required")
    citizen = newcomer(jieyang)
    weak = refused(citizen.call("PUT", "account", json={"username": "x", "password": "12345"}), 422, "invalid")
    assert set(weak["errors"]) == {"username", "password"}
    jieyang.later(31 * 60)
    needed = citizen.call("PUT", "account", json={"username": "lan.lin", "password": GOOD})
    assert refused(needed, 403, "assurance-required")["needs"] == {"assurance": "face", "fresh_minutes": 30}

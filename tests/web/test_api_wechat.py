"""What clients in WeChat ask us about WeChat: against the sandbox's WeChat, and while there is none."""

import hashlib
import uuid

import pytest
import requests

from tests.web.expectations import conforms, refused
from wxserver.settings import load
from wxserver.store import people

MINI = "jieyang_mini"
PAGE = "/cases"


@pytest.fixture
def citizen(town):
    return town.citizen("active")


class Phone:
    """A mini-program in somebody's WeChat, with a session of ours."""

    def __init__(self, town, citizen):
        self.town, self.openid = town, citizen.openid
        self.app_id = load(town.config).wechat.accounts[MINI].app_id
        self.http = requests.Session()
        self.http.trust_env = False
        opened = self.call("POST", "sessions", {"account": MINI, "code": self.asks("login")})
        assert opened.status_code == 201, opened.text
        self.http.headers["Authorization"] = f"Bearer {opened.json()['token']}"

    def asks(self, what):
        """A code of the platform's: `login` (wx.login) or `phone` (the phone button)."""
        address = f"{self.town.sandbox.url}/wx/{what}"
        answer = requests.get(address, params={"as": self.openid, "appid": self.app_id}, timeout=10)
        return answer.json()["code"]

    def call(self, method, path, content=None):
        return self.http.request(method, f"{self.town.url}/api/v1/{path}", json=content, timeout=30)


@pytest.fixture
def phone(town, citizen):
    return Phone(town, citizen)


def problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def test_the_phone_button_gives_the_number_once(phone, citizen, caplog):
    code = phone.asks("phone")

    answer = phone.call("POST", "phone-number", {"code": code})

    number = answer.json()["phone"]
    assert answer.status_code == 200
    assert len(number) == 11
    assert answer.headers["Cache-Control"] == "no-store"
    assert number not in caplog.text
    assert problem(phone.call("POST", "phone-number", {"code": code}), 400, "wechat-code")["errcode"] == 40163


@pytest.mark.parametrize("code", ["nothing", "号码", "x" * 512])
def test_a_code_of_nothing_is_refused(phone, code):
    problem(phone.call("POST", "phone-number", {"code": code}), 400, "wechat-code")


def test_the_code_of_a_login_is_no_code_of_the_phone_button(phone):
    problem(phone.call("POST", "phone-number", {"code": phone.asks("login")}), 400, "wechat-code")


def test_the_login_is_alive_until_there_is_a_newer_one(town, phone):
    assert phone.call("GET", "sessions/current/wechat").json() == {"alive": True}

    # Another login whose code is redeemed by somebody else than us: WeChat's session key is a new one then.
    settings = load(town.config).wechat.accounts[MINI]
    given = {
        "appid": settings.app_id,
        "secret": settings.app_secret,
        "js_code": phone.asks("login"),
        "grant_type": "authorization_code",
    }
    requests.get(f"{town.sandbox.url}/sns/jscode2session", params=given, timeout=10)
    assert phone.call("GET", "sessions/current/wechat").json() == {"alive": False}


def test_a_session_whose_key_is_not_kept_is_not_alive(town, phone):
    with town.database.write() as unit:
        found = town.desk.sessions.find(phone.http.headers["Authorization"].removeprefix("Bearer "))
        people.keep_session_key(unit, found.wechat_user_id, None)

    assert phone.call("GET", "sessions/current/wechat").json() == {"alive": False}


def test_a_client_learns_what_it_can_ask_consent_for_in_its_account(town, phone, citizen):
    accounts = load(town.config).wechat.accounts
    (mini,) = accounts[MINI].templates
    notice = next(each for each in accounts["jieyang"].templates if each.channel == "bizsend")

    assert phone.call("GET", "subscription-templates").json() == {
        "items": [{"template_id": mini.template_id, "channel": "miniprogram", "code": mini.code}],
        "next": None,
    }
    assert [each["template_id"] for each in citizen.open().api("GET", "/subscription-templates").json()["items"]] == [
        notice.template_id
    ]


def test_a_page_of_ours_gets_a_signature_for_its_address_without_the_fragment(town, citizen):
    public_url = load(town.config).server.public_url
    browser = citizen.open()

    answer = browser.api("GET", f"/jssdk?url={public_url}{PAGE}%23here")

    given = answer.json()
    assert answer.status_code == 200
    assert set(given) == {"app_id", "timestamp", "nonce_str", "signature"}
    assert given["app_id"] == load(town.config).wechat.accounts["jieyang"].app_id
    assert len(given["signature"]) == len(hashlib.sha1(b"").hexdigest())
    ticket = town.app.extensions["world"].wechat.tickets._tickets.get("jieyang")
    text = f"jsapi_ticket={ticket}&noncestr={given['nonce_str']}&timestamp={given['timestamp']}&url={public_url}{PAGE}"
    assert given["signature"] == hashlib.sha1(text.encode()).hexdigest()


@pytest.mark.parametrize("url", ["{}.evil.example/", "{}@evil.example/", "https://evil.example/{}/", "/cases", "{}9/"])
def test_a_page_that_is_not_ours_gets_none(town, citizen, url):
    public_url = load(town.config).server.public_url

    answer = citizen.open().api("GET", f"/jssdk?url={url.format(public_url)}")

    assert set(problem(answer, 422, "invalid")["errors"]) == {"url"}


def test_an_address_is_needed(citizen):
    assert set(problem(citizen.open().api("GET", "/jssdk"), 422, "invalid")["errors"]) == {"url"}


def test_each_door_is_for_its_own_kind_of_client(jieyang):
    mini, browser = jieyang.wechat_only(), jieyang.browser(f"wx-{uuid.uuid4().hex}")
    csrf = browser.get("/api/v1/sessions/current").json["csrf_token"]

    refused(mini.get("jssdk?url=http://127.0.0.1:8000/"), 403, "page-only")
    refused(browser.get("/api/v1/sessions/current/wechat"), 403, "mini-program-only")
    sent = {"json": {"code": "x"}, "headers": {"X-CSRFToken": csrf}}
    refused(browser.post("/api/v1/phone-number", **sent), 403, "mini-program-only")


@pytest.mark.parametrize("mishap", ["error", "refused"])
def test_while_wechat_is_away_that_is_said(town, phone, citizen, mishap):
    public_url, browser = load(town.config).server.public_url, citizen.open()
    town.sandbox.control("time", {"advance": "PT3H"})  # whatever ticket is kept has run out
    code = phone.asks("phone")
    for path, call in (
        ("getuserphonenumber", lambda: phone.call("POST", "phone-number", {"code": code})),
        ("checksession", lambda: phone.call("GET", "sessions/current/wechat")),
        ("getticket", lambda: browser.api("GET", f"/jssdk?url={public_url}/")),
    ):
        town.sandbox.mishap("wechat", mishap, 2, at=path)

        answer = call()

        assert "微信" in problem(answer, 503, "far-side-away")["detail"]
        assert "Retry-After" in answer.headers
        town.sandbox.control("mishaps", method="DELETE")


def test_what_it_answers_is_as_the_document_has_it(jieyang, document):
    mini = jieyang.wechat_only()

    conforms(document, mini.get("subscription-templates"), "SubscriptionTemplates")
    assert conforms(document, mini.get("sessions/current/wechat"), "LoginState") == {"alive": False}

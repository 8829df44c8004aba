"""Where far sides and returning browsers come in: what they bring, and what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.world import NAME, NUMBER, Town, town
from wxserver.settings import Settings
from wxserver.web.problems import BODY_LIMIT

MACHINES = ["/wechat/jieyang/push", "/identity/signed/callback", "/registry/events"]


def way_back(town: Town) -> str:
    """The address the provider will send the browser back to that has started last."""
    back = urlsplit(list(town.provider.started.values())[-1].return_url)
    return f"{back.path}?{back.query}"


def start_face(client: Any, town: Town, next_path: str = "/me") -> str:
    """A face verification begun on the login page; the address the provider will send the browser back to."""
    token = client.get("/api/v1/sessions/current").json["csrf_token"]
    consent, *_ = client.get("/api/v1/consents/current").json["items"]
    typed = {"csrf_token": token, "provider": "signed", "name": NAME, "id_type": "resident_id", "id_number": NUMBER}
    sent = client.post("/login", data=typed | {"consent": consent["version"], "next": next_path})
    assert sent.status_code == 303, sent.data
    return way_back(town)


def assurance(client: Any) -> str:
    found: str = client.get("/api/v1/sessions/current").json["assurance"]
    return found


# ------------------------------------------------------------------------------------------------------- machines


@pytest.mark.parametrize("path", MACHINES)
@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\x00", b"<xml/>", b"[" * 60_000])
def test_what_is_not_signed_is_401_and_nothing_more(jieyang: Town, path: str, body: bytes) -> None:
    response = jieyang.client().post(path, data=body)

    assert (response.status_code, response.data) == (401, b"")
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize("query", ["signature=x&timestamp=1&nonce=%00", "%00=1", "signature=%01&echostr=%ed%a0%80"])
def test_a_push_with_a_query_that_can_not_be_wechats_is_401(jieyang: Town, query: str) -> None:
    path = f"/wechat/jieyang/push?{query}"
    assert [jieyang.client().get(path).status_code, jieyang.client().post(path, data=b"<xml/>").status_code] == [
        401,
        401,
    ]


@pytest.mark.parametrize("path", MACHINES)
def test_a_body_over_64_kib_is_413_and_nothing_more(jieyang: Town, path: str) -> None:
    response = jieyang.client().post(path, data=b" " * (BODY_LIMIT + 1))

    assert (response.status_code, response.data) == (413, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-id": "", "webhook-timestamp": "x", "webhook-signature": "v1"},
        {"webhook-id": "a" * 5000, "webhook-timestamp": "9" * 400, "webhook-signature": "v1,===="},
        {"webhook-id": "a", "webhook-timestamp": "-1", "webhook-signature": "v1,\xff"},
        {"webhook-id": "a", "webhook-timestamp": "1_0", "webhook-signature": " , , "},
    ],
)
def test_malformed_headers_are_401(jieyang: Town, headers: dict[str, str]) -> None:
    for path in MACHINES:
        assert jieyang.client().post(path, data=b"{}", headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["/wechat/nobody/push", "/identity/nobody/callback", "/wechat/a%00b/push"])
def test_an_account_or_provider_that_is_none_is_404(jieyang: Town, path: str) -> None:
    response = jieyang.client().post(path, data=b"{}")

    assert (response.status_code, response.data) == (404, b"")


def test_a_wrong_method_names_the_right_one_and_nothing_more(jieyang: Town) -> None:
    response = jieyang.client().get("/registry/events")

    assert (response.status_code, response.data) == (405, b"")
    assert "POST" in response.headers["Allow"]


def test_an_authentic_result_that_is_no_result_is_400(jieyang: Town) -> None:
    signed = {"webhook-signature": "good", "webhook-id": "m1"}

    response = jieyang.client().post("/identity/signed/callback", data=b"{}", headers=signed)

    assert (response.status_code, response.data) == (400, b"")


def test_a_machine_brings_no_form_token_even_where_a_cookie_came_along(jieyang: Town) -> None:
    browser = jieyang.browser("machine-with-cookie")

    assert browser.post("/registry/events", data=b"{}").status_code == 401


# ------------------------------------------------------------------------------------------------------- OAuth


def test_signing_in_leads_through_wechat_and_back_to_where_one_wanted(jieyang: Town) -> None:
    client = jieyang.client()

    sent = client.get("/wechat/jieyang/login?next=/cases?limit=5")

    assert sent.status_code == 302
    cookie = sent.headers["Set-Cookie"]
    assert cookie.startswith("wx_flow=")
    assert all(part in cookie for part in ("HttpOnly", "Path=/wechat", "SameSite=Lax", "Max-Age=600"))
    state = parse_qs(urlsplit(sent.location).query)["state"][0]
    landed = client.get(f"/wechat/jieyang/oauth?code=walker&state={state}")
    assert (landed.status_code, landed.location) == (303, "/cases?limit=5")
    assert assurance(client) == "wechat"


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_off_the_site(jieyang: Town, away: str) -> None:
    client = jieyang.client()
    state = client.get("/wechat/jieyang/login", query_string={"next": away}).location.rpartition("=")[2]

    assert client.get(f"/wechat/jieyang/oauth?code=walker&state={state}").location == "/"


@pytest.mark.parametrize(
    ("code", "status"),
    [(None, 400), ("used", 400), ("away", 503), ("snapshot", 403), ("blocked", 403), ("misconfigured", 503)],
)
def test_a_sign_in_that_failed_says_on_a_page_what_to_do(jieyang: Town, code: str | None, status: int) -> None:
    client = jieyang.client()
    state = client.get("/wechat/jieyang/login").location.rpartition("=")[2]

    response = client.get("/wechat/jieyang/oauth", query_string={"state": state} | ({"code": code} if code else {}))

    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert "请" in response.get_data(as_text=True)
    assert client.get("/api/v1/sessions/current").status_code == 401


def test_a_state_of_another_browser_signs_nobody_in(jieyang: Town) -> None:
    state = jieyang.client().get("/wechat/jieyang/login").location.rpartition("=")[2]
    other = jieyang.client()
    other.get("/wechat/jieyang/login")

    response = other.get(f"/wechat/jieyang/oauth?code=victim&state={state}")

    assert response.status_code == 403
    assert other.get("/api/v1/sessions/current").status_code == 401


@pytest.mark.parametrize("query", ["", "?code=a", "?state=b", "?code=a&state=%00", "?code=%ff&state=%ff"])
def test_a_return_that_belongs_to_no_sign_in_is_refused(jieyang: Town, query: str) -> None:
    assert jieyang.client().get(f"/wechat/jieyang/oauth{query}").status_code in (403, 404)


# ------------------------------------------------------------------------------------------------------- returns


def test_a_return_that_passed_leads_to_where_one_wanted_with_a_new_session(jieyang: Town) -> None:
    browser = jieyang.browser("returns-passed")
    back = start_face(browser, jieyang, "/cases")
    jieyang.provider.decide()

    response = browser.get(back)

    assert (response.status_code, response.location) == (303, "/cases")
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert assurance(browser) == "face"


@pytest.mark.parametrize("result", [None, "failed", "cancelled", "expired"])
def test_any_other_return_leads_to_the_page_that_shows_how_it_stands(jieyang: Town, result: str | None) -> None:
    browser = jieyang.browser(f"returns-{result}")
    back = start_face(browser, jieyang)
    if result is not None:
        jieyang.provider.decide(result)

    response = browser.get(back)

    assert response.status_code == 303
    assert response.location.startswith("/login/face/")
    assert "Set-Cookie" not in response.headers
    assert assurance(browser) == "wechat"


def test_a_return_in_another_webview_signs_the_same_user_in_silently_and_goes_on(jieyang: Town) -> None:
    back = start_face(jieyang.browser("two-webviews"), jieyang, "/cases")
    jieyang.provider.decide()
    webview = jieyang.client()

    to_login = webview.get(back)
    assert (to_login.status_code, urlsplit(to_login.location).path) == (303, "/wechat/jieyang/login")
    state = webview.get(to_login.location).location.rpartition("=")[2]
    to_return = webview.get(f"/wechat/jieyang/oauth?code=two-webviews&state={state}")
    assert to_return.location == back

    assert webview.get(to_return.location).location == "/cases"
    assert assurance(webview) == "face"


@pytest.fixture(scope="module")
def two_accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town whose district has an official account of its own."""

    def with_district(settings: Settings) -> Settings:
        accounts = settings.wechat.accounts
        district = replace(accounts["jieyang"], code="district", app_id="wx00000000000000d1", original_id="gh_district")
        return replace(settings, wechat=replace(settings.wechat, accounts={**accounts, "district": district}))

    with town(tmp_path_factory.mktemp("two-accounts"), with_district) as found:
        yield found


@pytest.mark.parametrize("knows", [None, "jieyang"])
def test_what_was_begun_in_a_second_account_comes_back_to_it(two_accounts: Town, knows: str | None) -> None:
    begun = two_accounts.browser("of-the-district", account="district")
    back = start_face(begun, two_accounts, "/cases")
    two_accounts.provider.decide()
    webview = two_accounts.client() if knows is None else two_accounts.browser("of-the-city")

    to_login = webview.get(back)

    assert urlsplit(to_login.location).path == "/wechat/district/login"
    state = webview.get(to_login.location).location.rpartition("=")[2]
    to_return = webview.get(f"/wechat/district/oauth?code=of-the-district&state={state}")
    assert webview.get(to_return.location).location == "/cases"
    assert assurance(webview) == "face"


def test_a_link_of_a_second_account_is_opened_as_the_user_of_that_account(two_accounts: Town) -> None:
    notifying = two_accounts.app.extensions["usecases"].notifying
    link = notifying.words.addresses.of("district", "/cases/JY20261123-0001")
    webview = two_accounts.client()

    to_wechat = webview.get(link.removeprefix(notifying.words.addresses.public_url))
    state = to_wechat.location.rpartition("=")[2]
    landed = webview.get(f"/wechat/district/oauth?code=who-wrote-there&state={state}")

    assert landed.location == "/cases/JY20261123-0001"
    assert assurance(webview) == "wechat"


@pytest.mark.parametrize("signed_in", [False, True])
def test_what_was_begun_in_a_mini_program_leads_back_to_it_and_counts_there(jieyang: Town, signed_in: bool) -> None:
    mini = jieyang.wechat_only()
    asked = mini.verification(name=NAME, id_type="resident_id", id_number=NUMBER)
    started = mini.post("verifications", asked)
    jieyang.provider.decide()
    browser = jieyang.browser("same-phone") if signed_in else jieyang.client()

    page = browser.get(way_back(jieyang))

    assert page.status_code == 200
    assert "请回到小程序" in page.get_data(as_text=True)
    assert "Set-Cookie" not in page.headers
    assert mini.get(f"verifications/{started.json['id']}").json["session"]["assurance"] == "face"


def test_somebody_elses_return_is_refused_and_stays_usable_for_its_owner(jieyang: Town) -> None:
    owner = jieyang.browser("return-owner")
    back = start_face(owner, jieyang, "/cases")
    jieyang.provider.decide()
    stranger = jieyang.browser("return-stranger")

    refused = stranger.get(back)

    assert (refused.status_code, refused.mimetype) == (403, "text/html")
    assert assurance(stranger) == "wechat"
    assert owner.get(back).location == "/cases"


@pytest.mark.parametrize("change", ["reference", "state"])
def test_a_return_with_a_wrong_reference_or_state_is_404(jieyang: Town, change: str) -> None:
    browser = jieyang.browser(f"wrong-{change}")
    query = parse_qs(urlsplit(start_face(browser, jieyang)).query)
    jieyang.provider.decide()

    response = browser.get("/identity/signed/return", query_string=query | {change: "0" * 64})

    assert response.status_code == 404
    assert assurance(browser) == "wechat"


def test_nothing_that_is_brought_back_is_kept_by_a_cache(jieyang: Town) -> None:
    browser = jieyang.browser("no-cache")

    for path in ("/wechat/jieyang/login", "/wechat/jieyang/oauth", "/identity/signed/return?reference=a&state=b"):
        assert browser.get(path).headers["Cache-Control"] == "no-store"

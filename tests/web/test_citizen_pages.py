"""The citizen's pages over the real use cases: what is open, what is said, and that nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.web.pages import APPLY, CHANGE, hand_in, hidden, page, send, signed_in
from tests.web.world import BUNDLE, NAME, NUMBER, Town

SOMEBODY_ELSE = "445202198503151238"


@pytest.fixture
def lin(jieyang: Town) -> FlaskClient:
    return signed_in(jieyang, "lin")


# ------------------------------------------------------------------------------------------------------------ open


@pytest.mark.rule("JY-4.2")
def test_the_home_page_opens_without_login_and_says_so(jieyang: Town) -> None:
    html = page(jieyang.client(), "/")

    assert "未登录 · 点击登录" in html
    assert "我的办件" not in html
    assert f'href="/bundles/{BUNDLE}"' in html


@pytest.mark.parametrize("path", ["/", "/login", "/help", "/privacy", f"/bundles/{BUNDLE}", CHANGE, APPLY])
def test_open_pages_carry_no_inline_style_or_script(jieyang: Town, path: str) -> None:
    html = page(jieyang.client(), path)

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


@pytest.mark.parametrize(
    "path", ["/me", "/cases", f"{CHANGE}/card", f"{APPLY}/form", f"{APPLY}/check", "/login/face/x"]
)
def test_a_closed_page_leads_to_the_login_and_remembers_where_one_was_going(jieyang: Town, path: str) -> None:
    response = jieyang.client().get(path)

    assert (response.status_code, response.location) == (303, f"/login?next={path.replace('/', '%2F')}")


@pytest.mark.parametrize("path", ["/nothing", "/bundles/nothing", f"/bundles/{BUNDLE}/nothing", "/bundles/a%00b"])
def test_what_is_not_there_is_a_page_with_a_way_on(jieyang: Town, path: str) -> None:
    html = page(jieyang.client(), path, 404)

    assert "没有找到这一页" in html
    assert 'href="/"' in html
    assert 'href="tel:12333"' in html


def test_the_bundle_shows_limits_and_a_real_date_before_any_choice(jieyang: Town) -> None:
    html = page(jieyang.client(), f"/bundles/{BUNDLE}")

    assert "即时办结" in html
    assert re.search(r"25 个工作日.*今天申请，预计.*\d+月\d+日前办结", html, re.DOTALL)
    assert not re.search(r"<input[^>]+ checked", html)


def test_going_on_without_a_choice_says_what_is_missing(jieyang: Town) -> None:
    html = page(jieyang.client(), f"/bundles/{BUNDLE}?go=1", 422)

    assert "<title>错误：" in html
    assert html.count("请先选一个要办的事项") == 2


@pytest.mark.rule("JY-7.1")
def test_ticking_one_item_and_next_leads_to_its_guide(jieyang: Town) -> None:
    response = jieyang.client().get(f"/bundles/{BUNDLE}?go=1&item=apply")

    assert (response.status_code, response.location) == (303, APPLY)


@pytest.mark.parametrize(("size", "words"), [("big", "标准字"), ("normal", "大字")])
def test_the_size_of_the_letters_is_remembered(jieyang: Town, size: str, words: str) -> None:
    client = jieyang.client()
    response = client.get("/display", query_string={"size": size, "next": "/help"})

    assert (response.status_code, response.location) == (303, "/help")
    assert (f'class="pill">{words}<' in page(client, "/help")) is True
    assert ('<html lang="zh-CN" class="big">' in page(client, "/")) is (size == "big")


def test_the_size_of_the_letters_leads_to_no_other_site(jieyang: Town) -> None:
    response = jieyang.client().get("/display", query_string={"size": "big", "next": "//elsewhere.example/"})

    assert response.location == "/"


def test_static_files_are_kept_for_a_year_only_under_their_fingerprint(jieyang: Town) -> None:
    client = jieyang.client()
    found = re.search(r'href="(/static/citizen\.css\?v=[0-9a-f]{12})"', page(client, "/"))
    assert found

    for address, kept in (
        (found.group(1), "public, max-age=31536000, immutable"),
        ("/static/citizen.css?v=0", "no-cache"),
    ):
        with client.get(address) as response:
            assert response.headers["Cache-Control"] == kept


def test_the_first_page_with_its_files_is_small(jieyang: Town) -> None:
    client = jieyang.client()
    html = page(client, "/")
    size = len(html.encode())
    for each in re.findall(r'(?:src|href)="(/static/[^"]+)"', html):
        with client.get(each) as response:
            size += len(response.data)

    assert size < 40_000


# ------------------------------------------------------------------------------------------------------- signing in


def test_the_login_page_offers_face_and_window_and_an_empty_tick(jieyang: Town) -> None:
    html = page(jieyang.browser("new-here"), "/login")

    assert "人脸核验" in html
    assert "到窗口办" in html
    assert 'href="/privacy#identity_verification"' in html
    assert not re.search(r'name="consent"[^>]* checked', html)


def test_every_fault_of_the_login_form_stands_on_top_and_at_its_field_and_the_typed_is_kept(jieyang: Town) -> None:
    response = send(jieyang.browser("in-a-hurry"), "/login", provider="signed", name=NAME, id_number="4452021990")

    assert response.status_code == 422
    assert "<title>错误：" in response.text
    assert f'value="{NAME}"' in response.text
    assert 'value="4452021990"' in response.text
    assert response.text.count("请先勾选“我同意用人脸核对本人身份”") == 2
    for anchor in ("id_number", "consent"):
        assert f'href="#{anchor}"' in response.text
        assert f'id="{anchor}-error"' in response.text


@pytest.mark.rule("JY-5.6")
def test_a_returning_person_types_no_name_and_no_number(jieyang: Town, lin: FlaskClient) -> None:
    html = page(jieyang.browser("lin"), "/login")

    assert "林*兰" in html
    assert 'name="id_number"' not in html
    assert 'name="id_number"' in page(jieyang.browser("lin"), "/login?who=other")


def test_who_is_waiting_sees_a_page_that_refreshes_itself(jieyang: Town) -> None:
    client = jieyang.browser("waiting")
    consent = re.search(r'name="consent" value="([^"]+)"', page(client, "/login"))
    assert consent
    send(client, "/login", provider="signed", consent=consent.group(1), name=NAME, id_number=NUMBER)
    _, request = list(jieyang.provider.started.items())[-1]
    waiting = client.get(request.return_url.partition("8000")[2]).location

    html = page(client, waiting)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in html
    assert "正在确认人脸核验结果" in html

    jieyang.provider.decide("failed")
    jieyang.later(2)
    html = page(client, waiting)
    assert "再试一次" in html
    assert "到窗口办" in html
    assert "face-mismatch" not in html
    assert 'http-equiv="refresh"' not in html


def test_a_sign_in_too_long_ago_is_asked_for_again_with_the_reason(jieyang: Town) -> None:
    client = signed_in(jieyang, "slow")
    jieyang.later(31 * 60)

    response = client.get(f"{CHANGE}/card")
    assert response.status_code == 303
    assert "why=stale" in response.location
    assert "离上次登录有一段时间了" in page(client, response.location)


def test_signing_out_ends_the_session(jieyang: Town) -> None:
    client = signed_in(jieyang, "leaving")
    assert "林*兰" in page(client, "/")
    cookie = client.get_cookie("wxserver_session")
    assert cookie

    assert client.post("/me/sign-out", data={"csrf_token": hidden(page(client, "/me"), "csrf_token")}).location == "/"
    assert "未登录 · 点击登录" in page(client, "/")

    client.set_cookie("wxserver_session", cookie.value)
    assert "未登录 · 点击登录" in page(client, "/")


# --------------------------------------------------------------------------------------------------------- applying


@pytest.mark.rule("JY-7.2")
@pytest.mark.rule("JY-7.4")
def test_an_instant_item_goes_from_card_to_done(jieyang: Town) -> None:
    client = signed_in(jieyang, "instant")
    html = page(client, f"{CHANGE}/card")
    assert "第 2 步，共 4 步" in html
    chosen = re.search(r'name="card_id" value="([^"]+)"', html)
    assert chosen
    assert send(client, f"{CHANGE}/card", card_id=chosen.group(1)).location == f"{CHANGE}/form"
    assert send(client, f"{CHANGE}/form", **{"form.phone": "138 0000 5620"}).location == f"{CHANGE}/check"
    assert "138****5620" in page(client, f"{CHANGE}/check")

    done = send(client, f"{CHANGE}/check")
    assert re.fullmatch(r"/cases/JY\d{8}-\d{4}\?submitted=1", done.location)
    assert "已经办好了" in page(client, done.location)


@pytest.mark.rule("JY-7.3")
def test_apply_skips_the_card_and_ends_with_number_date_and_reason(jieyang: Town) -> None:
    client = signed_in(jieyang, "apply")
    assert f'href="{APPLY}/form"' in page(client, APPLY)
    assert page(client, f"{APPLY}/card", 404)
    assert send(client, f"{APPLY}/form", **{"form.phone": "13800005620"}).location == f"{APPLY}/materials/identity"
    assert re.search(r"您有一份 <[^>]*>\d+月\d+日</span> 的草稿，", page(client, APPLY))
    hand_in(client)

    typed = page(client, f"{APPLY}/check")
    kept = {name: hidden(typed, name) for name in ("csrf_token", "submission_key", "seen")}
    done = client.post(f"{APPLY}/check", data=kept)
    html = page(client, done.location)
    assert "申请已提交，" in html
    assert "预计办结" in html
    assert "为什么是这一天" in html
    assert "草稿" not in page(client, APPLY)

    again = client.post(f"{APPLY}/check", data=kept)
    assert (again.status_code, again.location) == (303, done.location.partition("?")[0])

    send(client, f"{APPLY}/form", **{"form.phone": "13800005620"})
    hand_in(client)
    second = send(client, f"{APPLY}/check")
    assert second.status_code == 409
    assert f'href="{done.location.partition("?")[0]}"' in second.text


def test_wrong_answers_are_shown_at_the_field_and_on_top_and_kept(lin: FlaskClient) -> None:
    response = send(lin, f"{CHANGE}/form", **{"form.phone": "1380000562", "form.email": "nobody"})

    assert response.status_code == 422
    assert "有 2 处要改" in response.text
    assert 'href="#form-phone"' in response.text
    assert response.text.count("手机号码应是 11 位数字，现在是 10 位") == 2
    assert 'value="1380000562"' in response.text
    assert 'value="1380000562"' in page(lin, f"{CHANGE}/form")


@pytest.mark.parametrize("path", [f"{CHANGE}/form", f"{APPLY}/form"])
def test_a_form_that_lay_too_long_is_shown_again_with_everything_typed(lin: FlaskClient, path: str) -> None:
    response = lin.post(path, data={"form.phone": "13911112222", "csrf_token": "old"})

    assert response.status_code == 400
    assert "页面放得太久了，请再点一次。您填的都还在。" in response.text
    assert 'value="13911112222"' in response.text


def test_what_changed_since_it_was_checked_is_shown_again_and_not_submitted(jieyang: Town) -> None:
    client = signed_in(jieyang, "two-windows")
    send(client, f"{APPLY}/form", **{"form.phone": "13800005620"})
    before = page(client, f"{APPLY}/check")
    jieyang.later(3600 * 24 * 2)
    client = signed_in(jieyang, "two-windows")
    send(client, f"{APPLY}/form", **{"form.phone": "13800005621"})

    after = page(client, f"{APPLY}/check")
    kept = {"csrf_token": hidden(after, "csrf_token"), "submission_key": hidden(after, "submission_key")}
    response = client.post(f"{APPLY}/check", data=kept | {"seen": hidden(before, "seen")})
    assert response.status_code == 409
    assert "请再核对一遍" in response.text


def test_somebody_elses_case_does_not_exist(jieyang: Town) -> None:
    mine = signed_in(jieyang, "owner-of-a-case")
    number = re.search(r"/cases/(JY[0-9-]+)", page(mine, "/cases"))
    assert number
    stranger = signed_in(jieyang, "stranger", SOMEBODY_ELSE)

    assert "JY" not in page(stranger, "/cases")
    assert "社会保障卡申领" not in page(stranger, f"/cases/{number.group(1)}", 404)

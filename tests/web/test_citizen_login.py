"""At the door: every way in that a page names is one it offers, and nobody loses what they typed or a try by doing as
they are told. All of it as a browser without JavaScript does it."""

from __future__ import annotations

import re
import uuid

import pytest
from flask.testing import FlaskClient

from tests.web.letters import id_number
from tests.web.pages import APPLY, hand_in, hidden, page, send, signed_in
from tests.web.test_citizen_identity import GOOD, by_password, cheap_hashes, session_of, solved, with_account
from tests.web.world import NAME, Town
from wxserver.usecases.captchas import MOST
from wxserver.usecases.verifying import MISMATCHES, MOST_AN_HOUR

__all__ = ["cheap_hashes"]
NOTHING = {"username": "", "password": "", "captcha": ""}


def newcomer(town: Town) -> FlaskClient:
    """A browser of which only the WeChat user is known."""
    client: FlaskClient = town.browser(f"door-{uuid.uuid4().hex}")
    return client


def words(html: str) -> str:
    """The text of a page without its marks, and without the blanks between them."""
    return re.sub(r"\s+", "", re.sub("<[^>]+>", "", html))


def summary(html: str) -> list[str]:
    """What stands on top to be mended."""
    found = re.search(r'id="errors".*?</ul>', html, re.DOTALL)
    return [words(each) for each in re.findall(r"<li>(.*?)</li>", found.group() if found else "", re.DOTALL)]


def anchors(html: str) -> list[str]:
    """Where what stands on top leads to."""
    found = re.search(r'id="errors".*?</ul>', html, re.DOTALL)
    return re.findall(r'href="#([^"]+)"', found.group() if found else "")


def marked(html: str) -> set[str]:
    """The fields that are marked as wrong."""
    return set(re.findall(r'id="([^"]+)"[^>]*aria-invalid="true"', html))


def led(html: str, said: str) -> str:
    """Where the link leads that says so."""
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>(?:(?!</a>).)*{said}', html, re.DOTALL)
    assert found, f"no link says {said}"
    return found.group(1).replace("&amp;", "&")


def through_wechat(client: FlaskClient, location: str, openid: str) -> str:
    """Where WeChat's silent sign-in leads back to."""
    state = client.get(location).location.rpartition("=")[2]
    return client.get("/wechat/jieyang/oauth", query_string={"code": openid, "state": state}).location


def fail(town: Town, client: FlaskClient, next_path: str = "/", **more: str) -> str:
    """The page after a face that was not the person's."""
    html = page(client, f"/login?next={next_path}")
    consent = re.search(r'name="consent" value="([^"]+)"', html)
    ticked = {"consent": consent.group(1)} if consent else {}
    typed = {} if 'class="known"' in html else {"name": NAME, "id_type": "resident_id", "id_number": id_number()}
    asked = {"csrf_token": hidden(html, "csrf_token"), "next": next_path, "provider": "signed"}
    sent = client.post("/login", data=asked | typed | ticked | more)
    assert sent.status_code == 303, sent.text
    back = client.get(town.provider.decide("failed").return_url.partition("8000")[2])
    return page(client, back.location)


# By account and password, from a browser that WeChat has not signed in


def test_who_wants_to_type_a_password_comes_by_way_of_wechat_to_the_form_and_not_back_to_the_same_page(
    jieyang: Town,
) -> None:
    client = jieyang.client()
    html = page(client, "/login?next=/cases")
    assert "先用微信打开，再填账号密码" in words(html)
    away = client.get(led(html, "用账号密码登录"))
    assert away.status_code == 303
    assert away.location.startswith("/wechat/jieyang/login")
    form = through_wechat(client, away.location, f"door-{uuid.uuid4().hex}")
    html = page(client, form)
    assert "图里的 4 个数字" in html
    assert hidden(html, "next") == "/cases"
    assert "先用微信打开" not in page(client, "/login")


@pytest.mark.parametrize(
    "path",
    ["/login", "/login?next=/me", "/login/password", "/login/password?next=/cases", "/login/done", "/login/face/x"],
)
def test_no_way_of_signing_in_is_where_one_goes_after_signing_in(jieyang: Town, path: str) -> None:
    client = newcomer(jieyang)
    html = client.get("/login", query_string={"next": path}).text
    assert hidden(html, "next") == "/"
    assert 'href="/login/password"' in html
    consent = hidden(html.replace('type="checkbox" id="consent" ', ""), "consent")
    typed = {"name": NAME, "id_type": "resident_id", "id_number": id_number(), "consent": consent, "provider": "signed"}
    asked = {"csrf_token": hidden(html, "csrf_token"), "next": path}
    assert client.post("/login", data=asked | typed).status_code == 303
    assert client.get(jieyang.provider.decide().return_url.partition("8000")[2]).location == "/"


def test_a_page_below_another_address_that_only_begins_alike_is_kept(jieyang: Town) -> None:
    assert hidden(page(newcomer(jieyang), "/login?next=/logins"), "next") == "/logins"


# The form


def test_an_empty_form_names_every_field_and_costs_neither_a_try_nor_the_digits(jieyang: Town) -> None:
    name = with_account(jieyang, signed_in(jieyang, f"door-{uuid.uuid4().hex}", id_number()))
    client = newcomer(jieyang)
    html = page(client, "/login/password")
    drawn = hidden(html, "captcha_id")
    kept = {each: hidden(html, each) for each in ("csrf_token", "captcha_id", "next")}
    for _ in range(12):
        empty = client.post("/login/password", data=kept | NOTHING | {"kind": "person"})
        html = empty.text
        assert empty.status_code == 422
        assert summary(html) == ["请填写账号名。", "请填写密码。", "请填写图里的4个数字。"]
        assert marked(html) == {"username", "password", "captcha"}
        assert hidden(html, "captcha_id") == drawn
    right = solved(jieyang, client, html)
    half = client.post("/login/password", data=kept | right | {"kind": "person", "username": name, "password": ""})
    assert summary(half.text) == ["请填写密码。"]
    assert f'value="{right["captcha"]}"' in half.text, "the digits are still good, so they stay"
    assert "还可以试" not in half.text
    signed = client.post("/login/password", data=kept | right | {"kind": "person", "username": name, "password": GOOD})
    assert signed.status_code == 303, signed.text


def test_a_password_typed_for_nothing_is_asked_for_again(jieyang: Town) -> None:
    client = newcomer(jieyang)
    sent = by_password(jieyang, client, username="", password=GOOD)
    assert summary(sent.text) == ["请填写账号名。", "密码要再填一遍。"]


def test_a_new_password_is_asked_for_with_the_rest(jieyang: Town) -> None:
    sent = by_password(jieyang, newcomer(jieyang), username="lan", password="", new_password="", again="x")
    assert summary(sent.text) == ["请填写密码。", "请填写新密码。", "两次填的新密码不一样，请再填一遍。"]
    assert sent.status_code == 422


def test_after_wrong_digits_both_fields_are_marked_and_the_words_are_those_of_the_label(jieyang: Town) -> None:
    name = with_account(jieyang, signed_in(jieyang, f"door-{uuid.uuid4().hex}", id_number()))
    client = newcomer(jieyang)
    sent = by_password(jieyang, client, username=name, password=GOOD, captcha="1111")
    assert marked(sent.text) == {"password", "captcha"}
    assert "数字不对，或者放得太久了。请填新的4个数字，密码也要再填一遍。" in summary(sent.text)
    assert "验证码" not in sent.text
    assert 'value="1111"' not in sent.text
    followed = {"csrf_token": hidden(sent.text, "csrf_token"), "kind": "person", "username": name, "password": GOOD}
    assert client.post("/login/password", data=followed | solved(jieyang, client, sent.text)).status_code == 303


def test_another_picture_keeps_kind_and_name(jieyang: Town) -> None:
    client = newcomer(jieyang)
    html = page(client, "/login/password?next=/cases")
    button = re.search(r'<button[^>]*name="(\w+)" value="(\w+)"[^>]*>(?:(?!</button>).)*换一张', html, re.DOTALL)
    assert button
    assert "formnovalidate" in button.group()
    first = re.search(r'<button[^>]*type="submit"[^>]*>', html[html.index('action="/login/password"') :])
    assert first
    assert "name=" not in first.group(), "the Enter key signs in, and draws no other picture"
    kept = {each: hidden(html, each) for each in ("csrf_token", "captcha_id", "next")}
    typed = {"kind": "organisation", "username": "厂里", "password": GOOD, "captcha": "23", button[1]: button[2]}
    changed = client.post("/login/password", data=kept | typed)
    assert changed.status_code == 200
    assert 'value="厂里"' in changed.text
    assert re.search(r'value="organisation"[^>]* checked', changed.text)
    assert hidden(changed.text, "captcha_id") != kept["captcha_id"]
    assert hidden(changed.text, "next") == "/cases"
    assert (summary(changed.text), GOOD in changed.text) == ([], False)
    assert "密码要再填一遍" in words(changed.text)


def test_the_digits_are_heard_in_the_page_itself(jieyang: Town) -> None:
    client = newcomer(jieyang)
    html = page(client, "/login/password")
    path = f"/login/captchas/{hidden(html, 'captcha_id')}.wav"
    assert f'<audio controls preload="none" aria-label="听图里的 4 个数字" src="{path}"' in html
    assert f'href="{path}"' not in html
    whole = client.get(path)
    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    # Phones of one maker play nothing that they can't get piece by piece.
    piece, rest = (client.get(path, headers={"Range": f"bytes={each}"}) for each in ("0-1", "2-"))
    assert (piece.status_code, piece.data) == (206, b"RI")
    assert piece.headers["Content-Range"].partition("/")[2] == rest.headers["Content-Range"].partition("/")[2]
    assert rest.data[:2] == b"FF"
    jieyang.later(5 * 60)
    over = client.get(path)
    assert over.status_code == 404
    assert 'href="/login/password"' in over.text
    assert "没有找到这一页" not in over.text


def test_after_a_page_kept_too_long_it_is_said_what_must_be_typed_again(jieyang: Town) -> None:
    client = newcomer(jieyang)
    sent = by_password(jieyang, client, csrf_token="0" * 64, username="lan.lan", password=GOOD)
    assert sent.status_code == 400
    assert summary(sent.text) == ["页面放得太久了。请填好密码和图里的4个数字，再点“登录”。"]
    assert 'value="lan.lan"' in sent.text


def test_who_had_too_many_pictures_gets_the_way_by_face_as_a_link(jieyang: Town) -> None:
    client = newcomer(jieyang)
    for _ in range(MOST):
        jieyang.app.extensions["usecases"].captchas.draw(session_of(jieyang, client))
    told = client.get("/login/password?next=/cases")
    assert told.status_code == 429
    assert "点得太快了" not in told.text
    assert '<a class="button" href="/login?next=/cases">用人脸核验登录</a>' in told.text


# By face


def test_beside_the_code_it_is_said_that_the_page_goes_on_by_itself(jieyang: Town) -> None:
    client = newcomer(jieyang)
    consent = re.search(r'name="consent" value="([^"]+)"', page(client, "/login"))
    assert consent
    typed = {"name": NAME, "id_type": "resident_id", "id_number": id_number(), "consent": consent.group(1)}
    html = page(client, send(client, "/login", code_of="signed", **typed).location)
    said = "做完核验，这一页会自己转到下一页"
    assert words(html).index(said) < words(html).index("直接打开核验页")
    row = re.search(r"<a class=\"row row-link\".*?</a>", html, re.DOTALL)
    assert row
    assert said not in words(row.group())


def test_what_is_wrong_is_said_in_the_order_of_the_page(jieyang: Town) -> None:
    sent = send(newcomer(jieyang), "/login", provider="signed", name="", id_type="resident_id", id_number="")
    assert anchors(sent.text) == ["name", "id_number", "consent"]


def test_another_provider_is_chosen_without_losing_what_was_typed(jieyang: Town) -> None:
    client = newcomer(jieyang)
    html = page(client, "/login?next=/cases&why=stale")
    button = re.search(r'<button[^>]*name="by" value="eid"[^>]*><span>换成“E证通”核验', html)
    assert button
    assert "formnovalidate" in button.group()
    typed = {"name": "林", "id_type": "passport", "id_number": "E1", "by": "eid"}
    kept = {name: hidden(html, name) for name in re.findall(r'type="hidden" name="([^"]+)"', html)}
    changed = client.post("/login", data=kept | typed)
    assert (changed.status_code, summary(changed.text)) == (200, [])
    assert "打开“E证通”" in changed.text
    for value in ('value="林"', 'value="E1"', 'value="passport" selected'):
        assert value in changed.text
    assert hidden(changed.text, "next") == "/cases"
    assert "离上次登录有一段时间了" in words(changed.text)


def test_a_face_that_failed_leaves_every_way_that_the_sentence_names(jieyang: Town) -> None:
    html = fail(jieyang, newcomer(jieyang), "/cases")
    assert led(html, "用账号密码登录") == "/login/password?next=/cases"
    assert led(html, "换成“E证通”核验") == "/login?next=/cases&by=eid"
    assert "再试一次" in html


def test_where_a_face_alone_counts_no_password_is_offered(jieyang: Town) -> None:
    name = with_account(jieyang, signed_in(jieyang, f"door-{uuid.uuid4().hex}", id_number()))
    client = newcomer(jieyang)
    by_password(jieyang, client, username=name, password=GOOD)
    sent = send(client, "/me/account", username=name, password=GOOD, again=GOOD)
    assert "needs=face" in sent.location
    login = page(client, sent.location)
    assert "要用人脸核对，或到窗口办" in words(login)
    assert "设密码、改密码，要先核对是您本人。" in words(login)
    assert "三种办法都能办" not in login
    assert "办这一项" not in login
    assert "用账号密码登录" not in login
    failed = fail(jieyang, client, "/me/account", needs="face")
    assert "换成“E证通”核验" in failed
    assert "账号密码" not in failed
    assert "要用人脸核对，或到窗口办" in words(page(client, led(failed, "再试一次")))


def test_a_step_that_asks_for_a_face_offers_no_password_on_the_way_to_it_nor_after_a_failure(jieyang: Town) -> None:
    client = newcomer(jieyang)
    step = "/bundles/cross-province-social-security-card/apply/form"
    login = words(page(client, f"/login?next={step}"))
    assert "办这一项要用人脸核对是您本人，账号密码不够。核对好，会回到刚才那一步。" in login
    assert "三种办法都能办" not in login
    assert "用账号密码登录" not in login
    failed = fail(jieyang, client, step)
    assert led(failed, "换成“E证通”核验") == f"/login?next={step}&needs=face&by=eid"
    assert "账号密码" not in failed


def test_a_face_for_an_application_that_failed_leaves_the_other_ways_of_signing_in(jieyang: Town) -> None:
    client = signed_in(jieyang, f"door-{uuid.uuid4().hex}", id_number())
    send(client, f"{APPLY}/form", **{"form.phone": "13800005620", "form.bank": "ccb", "asked": "phone,bank,address"})
    hand_in(client)
    jieyang.later(31 * 60)
    token = hidden(page(client, f"{APPLY}/check"), "csrf_token")
    asked = {"csrf_token": token, "provider": "signed"}
    for _ in range(MISMATCHES):
        assert client.post(f"{APPLY}/check/prove", data=asked).status_code == 303
        back = client.get(jieyang.provider.decide("failed").return_url.partition("8000")[2]).location
        html = page(client, back)
        assert led(html, "用账号密码，或别的办法再登录") == f"/login?next={APPLY}/check"
    resting = client.post(f"{APPLY}/check/prove", data=asked)
    assert resting.status_code == 429
    assert "点得太快了" not in resting.text
    assert "人脸核验先停" in re.sub("<p.*", "", resting.text.partition("<h1>")[2])
    assert f'href="/login?next={APPLY}/check"' in resting.text


def test_while_the_face_rests_the_page_says_until_when_instead_of_asking_for_it_again(jieyang: Town) -> None:
    client = newcomer(jieyang)
    html = page(client, "/login?next=/cases")
    for _ in range(MISMATCHES - 1):
        fail(jieyang, client, "/cases")
    last = fail(jieyang, client, "/cases")
    stops = re.compile(r"人脸核验先停到\d+月\d+日\d\d:\d\d。")
    assert stops.search(words(last))
    assert "再试一次" not in last
    assert led(last, "用账号密码登录") == "/login/password?next=/cases"
    told = page(client, "/login?next=/cases")
    typed = {"csrf_token": hidden(html, "csrf_token"), "next": "/cases", "provider": "signed", "name": NAME}
    sent = client.post("/login", data=typed)
    assert sent.status_code == 429
    for shown in (told, sent.text):
        assert stops.search(words(shown))
        assert "现在请用账号密码登录，或带证件到窗口。" in words(shown)
        assert "开始人脸核验" not in shown
        assert "三种办法都能办" not in shown
        assert led(shown, "用账号密码登录") == "/login/password?next=/cases"
    alone = page(client, "/login?next=/me/account&needs=face")
    assert stops.search(words(alone))
    assert "账号密码登录" not in words(alone)


def test_who_began_too_many_in_an_hour_keeps_what_was_typed_and_is_led_to_the_password(jieyang: Town) -> None:
    client = newcomer(jieyang)
    html = page(client, "/login?next=/cases")
    consent = re.search(r'name="consent" value="([^"]+)"', html)
    assert consent
    typed = {"name": NAME, "id_type": "resident_id", "id_number": id_number(), "consent": consent.group(1)}
    asked = {"csrf_token": hidden(html, "csrf_token"), "next": "/cases", "provider": "signed"}
    for _ in range(MOST_AN_HOUR):
        assert client.post("/login", data=asked | typed).status_code == 303
    told = client.post("/login", data=asked | typed)
    assert told.status_code == 429
    assert anchors(told.text) == ["password"]
    assert f'value="{typed["id_number"]}"' in told.text
    assert 'href="/login/password?next=/cases">用账号密码登录' in told.text

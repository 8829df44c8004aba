"""Pages about who it is: signing in by password, the account, what is bound and agreed to, one's data, the children,
and a face for exactly what is submitted. All of it as a browser without JavaScript does it."""

from __future__ import annotations

import io
import json
import re
import uuid

import pytest
from flask.testing import FlaskClient

from bundles.people import check_digit
from tests.web.letters import id_number
from tests.web.pages import APPLY, SAMPLES, hand_in, hidden, page, send, signed_in
from tests.web.staff import StaffClient, staff_client
from tests.web.world import BUNDLE, NAME, Town
from wxserver.adapters.credentials import Argon2Passwords
from wxserver.store import guesses
from wxserver.web.guard import COOKIE

GOOD, BETTER = "榕江边上 七棵老榕树", "九月初三 十一只白鹭"


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes(jieyang: Town) -> None:
    cheap = Argon2Passwords(memory_kib=8, passes=1)
    desk = jieyang.app.extensions["usecases"]
    desk.password_signing_in.passwords = desk.accounts.passwords = desk.account_desk.passwords = cheap


@pytest.fixture
def lin(jieyang: Town) -> FlaskClient:
    """Somebody new, signed in by face."""
    return signed_in(jieyang, f"id-{uuid.uuid4().hex}", id_number())


def session_of(town: Town, client: FlaskClient):
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return town.app.extensions["usecases"].sessions.find(cookie.value)


def solved(town: Town, client: FlaskClient, html: str) -> dict[str, str]:
    """What stands in the captcha of a page."""
    world = town.app.extensions["world"]
    captcha = hidden(html, "captcha_id")
    with world.database.read() as unit:
        user = session_of(town, client).wechat_user_id
        answer = guesses.answer_of(unit, captcha, user, world.clock.now())
    assert answer
    return {"captcha_id": captcha, "captcha": answer}


def by_password(town: Town, client: FlaskClient, path: str = "/login/password", **typed: str):
    html = page(client, path)
    kept = {"csrf_token": hidden(html, "csrf_token"), "next": hidden(html, "next"), "kind": "person"}
    return client.post("/login/password", data=kept | solved(town, client, html) | typed)


def with_account(town: Town, client: FlaskClient) -> str:
    name = f"lan.{uuid.uuid4().hex[:8]}"
    made = send(client, "/me/account", username=name, password=GOOD, again=GOOD)
    assert made.status_code == 303, made.text
    return name


def test_the_login_page_offers_three_ways_and_another_provider(jieyang: Town) -> None:
    client = jieyang.browser(f"new-{uuid.uuid4().hex}")
    html = page(client, "/login?next=/me")
    for way in ("开始人脸核验", "用账号密码登录", "到窗口办", "换成“E证通”核验"):
        assert way in html
    assert 'name="consent"' in html
    assert 'name="face_consent"' not in html
    other = page(client, "/login?by=eid")
    assert 'name="face_consent"' in other
    sent = send(client, "/login?by=eid", provider="eid", name=NAME, id_type="resident_id", id_number=id_number())
    assert sent.status_code == 422
    assert "请先勾选“我同意采集和比对我的人脸”" in sent.text
    assert "请先勾选“我同意用人脸核对本人身份”" in sent.text


def test_a_document_that_nobody_can_verify_leads_to_the_window_and_a_password(jieyang: Town) -> None:
    client = jieyang.browser(f"officer-{uuid.uuid4().hex}")
    sent = send(client, "/login", provider="signed", name=NAME, id_type="officer_card", id_number="南字第12345678号")
    assert sent.status_code == 422
    assert "窗口当场给您开账号" in sent.text


@pytest.mark.rule("JY-6.3")
def test_who_signs_in_by_password_is_shown_who_they_are_and_goes_on(jieyang: Town, lin: FlaskClient) -> None:
    name = with_account(jieyang, lin)
    other = jieyang.browser(f"second-{uuid.uuid4().hex}")
    before = other.get_cookie(COOKIE)
    signed = by_password(jieyang, other, "/login/password?next=/cases", username=name, password=GOOD)
    assert signed.status_code == 303
    after = other.get_cookie(COOKIE)
    assert before is not None
    assert after is not None
    assert before.value != after.value, "a session fixed before the sign-in is worth nothing after it"
    done = page(other, signed.location)
    assert "继续访问" in done
    assert 'href="/cases"' in done
    assert "林*兰" in done
    assert page(other, "/me")
    assert "账号密码登录" in page(other, "/me")


def test_what_is_wrong_stands_at_its_place_and_no_password_comes_back(jieyang: Town, lin: FlaskClient) -> None:
    name = with_account(jieyang, lin)
    other = jieyang.browser(f"third-{uuid.uuid4().hex}")
    wrong = by_password(jieyang, other, username=name, password="不是这个密码啊啊")
    assert wrong.status_code == 401
    assert "账号或密码不对" in wrong.text
    assert f'value="{name}"' in wrong.text
    assert "不是这个密码" not in wrong.text
    riddle = by_password(jieyang, other, username=name, password=GOOD, captcha="0000")
    assert riddle.status_code == 422
    assert 'id="captcha-error"' in riddle.text
    sound = other.get(f"/login/captchas/{hidden(riddle.text, 'captcha_id')}.wav")
    assert (sound.status_code, sound.data[:4]) == (200, b"RIFF")
    assert jieyang.browser("stranger").get(sound.request.path).status_code == 404


def test_a_password_from_the_window_is_changed_at_the_first_sign_in(jieyang: Town) -> None:
    clerk = staff_client(jieyang.app, "clerk")
    number, name = id_number(), f"win.{uuid.uuid4().hex[:8]}"
    handed = opened(clerk, number, name)
    other = jieyang.browser(f"window-{uuid.uuid4().hex}")
    first = by_password(jieyang, other, username=name, password=handed)
    assert first.status_code == 200
    assert "第一次登录" in first.text
    html = first.text
    typed = {"username": name, "password": handed, "new_password": GOOD, "again": GOOD, "kind": "person"}
    kept = {"csrf_token": hidden(html, "csrf_token"), "next": "/me"} | solved(jieyang, other, html)
    signed = other.post("/login/password", data=kept | typed)
    assert signed.status_code == 303, signed.text
    assert "林*兰" in page(other, "/me")


def opened(clerk: StaffClient, number: str, name: str) -> str:
    """What the clerk reads out after opening an account."""
    token = hidden(clerk.get("/admin/accounts").text, "csrf_token")
    seen = {"csrf_token": token, "id_type": "resident_id", "id_number": number, "name": NAME}
    looked = clerk.post("/admin/accounts", data=seen | {"act": "look"})
    assert "还没有账号" in looked.text
    made = clerk.post("/admin/accounts", data=seen | {"act": "open", "username": name, "reason": "已核对身份证原件"})
    assert made.status_code == 200, made.text
    found = re.search(r"data-password>([^<]+)<", made.text)
    assert found, made.text
    return found.group(1)


def test_a_clerk_resets_and_stops_an_account_and_a_reason_without_names_is_demanded(jieyang: Town) -> None:
    clerk = staff_client(jieyang.app, "clerk")
    number, name = id_number(), f"desk.{uuid.uuid4().hex[:8]}"
    opened(clerk, number, name)
    token = hidden(clerk.get("/admin/accounts").text, "csrf_token")
    seen = {"csrf_token": token, "id_type": "resident_id", "id_number": number, "name": NAME}
    refused = clerk.post("/admin/accounts", data=seen | {"act": "disable", "reason": f"{NAME}要求停用"})
    assert refused.status_code == 422
    assert "请不要写姓名和号码" in refused.text
    stopped = clerk.post("/admin/accounts", data=seen | {"act": "disable", "reason": "本人要求停用"})
    assert "已停用" in stopped.text
    useless = clerk.post("/admin/accounts", data=seen | {"act": "reset", "reason": "本人忘记密码"})
    assert useless.status_code == 409
    assert "请先点“重新启用”" in useless.text
    assert "data-password" not in useless.text
    clerk.post("/admin/accounts", data=seen | {"act": "enable", "reason": "本人要求恢复"})
    again = clerk.post("/admin/accounts", data=seen | {"act": "reset", "reason": "本人忘记密码"})
    assert "data-password" in again.text
    for client in (staff_client(jieyang.app, "editor"), staff_client(jieyang.app, "supervisor")):
        assert client.get("/admin/accounts").status_code == 403


def test_an_organisation_with_its_agent_is_taken_in_and_signs_in(jieyang: Town) -> None:
    clerk = staff_client(jieyang.app, "clerk")
    number, name = id_number(), f"unit.{uuid.uuid4().hex[:8]}"
    html = clerk.get("/admin/organisations").text
    token = hidden(html, "csrf_token")
    added = clerk.post(
        "/admin/organisations",
        data={
            "csrf_token": token,
            "code": "91350100M000100Y43",
            "name": "榕江制衣厂",
            "region": "445200",
            "reason": "已核对营业执照原件",
        },
    )
    assert added.status_code == 303, added.text
    home = added.location
    agent = {
        "csrf_token": token,
        "act": "agent",
        "id_type": "resident_id",
        "id_number": number,
        "name": NAME,
        "ends_on": "2027-06-30",
        "reason": "已核对单位介绍信",
    }
    assert clerk.post(home, data=agent).status_code == 303
    shown = clerk.get(home).text
    agent_id = hidden(shown, "agent_id")
    made = clerk.post(home, data=agent | {"act": "account", "agent_id": agent_id, "username": name})
    found = re.search(r"data-password>([^<]+)<", made.text)
    assert found, made.text
    other = jieyang.browser(f"agent-{uuid.uuid4().hex}")
    html = by_password(jieyang, other, username=name, password=found.group(1), kind="organisation").text
    typed = {"username": name, "password": found.group(1), "new_password": GOOD, "again": GOOD, "kind": "organisation"}
    kept = {"csrf_token": hidden(html, "csrf_token"), "next": "/me"} | solved(jieyang, other, html)
    signed = other.post("/login/password", data=kept | typed)
    assert "榕江制衣厂" in page(other, signed.location)
    assert "榕江制衣厂" in page(other, "/me")
    ended = clerk.post(home, data=agent | {"act": "end", "agent_id": agent_id})
    assert ended.status_code == 303
    assert other.get("/me/bindings").status_code in (302, 303), "who acts no more is signed out"


def test_an_account_is_set_changed_and_given_up(jieyang: Town, lin: FlaskClient) -> None:
    faults = send(lin, "/me/account", username="x", password="12345", again="1")
    assert faults.status_code == 422
    for field in ("username", "password", "again"):
        assert f'id="{field}-error"' in faults.text
    name = with_account(jieyang, lin)
    assert name in page(lin, "/me/account")
    changed = send(lin, "/me/account", username=name, current=GOOD, password=BETTER, again=BETTER)
    assert changed.status_code == 303, changed.text
    token = hidden(page(lin, "/me/account"), "csrf_token")
    assert lin.post("/me/account/remove", data={"csrf_token": token}).status_code == 303
    assert name not in page(lin, "/me/account")


def test_giving_an_account_up_later_leaves_every_way_of_signing_in_open(jieyang: Town, lin: FlaskClient) -> None:
    with_account(jieyang, lin)
    token = hidden(page(lin, "/me/account"), "csrf_token")
    jieyang.later(31 * 60)
    try:
        led = lin.post("/me/account/remove", data={"csrf_token": token})
        assert led.location == "/login?next=/me&why=stale"
        assert "/login/password" in page(lin, led.location)
    finally:
        jieyang.later(-31 * 60)


def test_a_bound_wechat_is_listed_and_unbinding_it_signs_out(jieyang: Town, lin: FlaskClient) -> None:
    html = page(lin, "/me/bindings")
    assert "就是现在这个微信" in html
    fold = html.partition("<details")[2].partition("</details>")[0]
    assert "这个微信马上退出登录" in fold
    assert "解绑，并退出登录" in fold
    token = hidden(html, "csrf_token")
    found = re.search(r'name="unbind" value="([0-9a-f]+)"', html)
    assert found
    mine = found.group(1)
    other = signed_in(jieyang, f"other-{uuid.uuid4().hex}", id_number())
    others = hidden(page(other, "/me/bindings"), "csrf_token")
    assert other.post("/me/bindings", data={"csrf_token": others, "unbind": mine}).status_code == 404
    gone = lin.post("/me/bindings", data={"csrf_token": token, "unbind": mine})
    assert gone.status_code == 303
    assert lin.get("/me").location.startswith("/login")


def test_nickname_and_avatar_are_shown_to_who_asks_for_them_and_gone_when_taken_back(
    jieyang: Town, lin: FlaskClient
) -> None:
    html = page(lin, "/me/bindings")
    token = hidden(html, "csrf_token")
    unticked = lin.post("/me/profile", data={"csrf_token": token})
    assert unticked.status_code == 422
    assert re.sub("<[^>]+>", "", unticked.text).count("请先勾选“我同意显示微信昵称和头像”。") == 2
    assert '<a href="#consent">' in unticked.text
    at_its_place = unticked.text.partition('id="profile"')[2]
    assert 'id="consent-error"' in at_its_place.partition('id="consent" ')[0]
    assert 'aria-describedby="consent-error"' in at_its_place
    found = re.search(r'name="consent" value="([^"]+)"', html)
    assert found
    asked = lin.post("/me/profile", data={"csrf_token": token, "consent": found.group(1)})
    state = asked.location.rpartition("state=")[2]
    with_code = {"code": session_openid(jieyang, lin), "state": state}
    assert lin.get("/wechat/jieyang/profile", query_string=with_code).status_code == 303
    assert "榕江边的人" in page(lin, "/me")
    assert lin.get("/wechat/jieyang/profile", query_string=with_code).status_code == 403, "a state serves once"
    consents = page(lin, "/me/consents")
    row = re.search(r"显示微信昵称和头像的说明.*?name=\"withdraw\" value=\"([0-9a-f]+)\"", consents, re.DOTALL)
    assert row
    assert lin.post("/me/consents", data={"csrf_token": token, "withdraw": row.group(1)}).status_code == 303
    assert "榕江边的人" not in page(lin, "/me")
    assert "已收回" in page(lin, "/me/consents")


def test_what_was_agreed_to_is_listed_as_what_it_is_and_not_as_the_name_of_a_text(lin: FlaskClient) -> None:
    html = page(lin, "/me/consents")
    assert ">用人脸核对本人身份<" in html
    assert "人脸核验说明" not in html
    assert "人脸核验说明" in page(lin, "/privacy"), "the text itself keeps its title"


def session_openid(town: Town, client: FlaskClient) -> str:
    from wxserver.store import people

    with town.app.extensions["world"].database.read() as unit:
        return people.wechat_user(unit, session_of(town, client).wechat_user_id).openid


def test_one_s_data_are_listed_handed_out_and_deleted(jieyang: Town, lin: FlaskClient) -> None:
    html = page(lin, "/me/data")
    assert "绑定的微信" in html
    assert "身份核验平台" in page(lin, "/me/data/seen")
    token = hidden(html, "csrf_token")
    got = lin.post("/me/data/export", data={"csrf_token": token})
    assert got.status_code == 200
    assert "attachment" in got.headers["Content-Disposition"]
    assert NAME in json.dumps(json.loads(got.data), ensure_ascii=False)
    assert "找不回来" in page(lin, "/me/data/erase")
    done = lin.post("/me/data/erase", data={"csrf_token": token})
    assert "已经删了" in done.text
    assert lin.get("/me").location.startswith("/login")


def test_who_signed_in_long_ago_signs_in_again_before_their_data_leave(jieyang: Town) -> None:
    client = signed_in(jieyang, f"late-{uuid.uuid4().hex}", id_number())
    token = hidden(page(client, "/me/data"), "csrf_token")
    jieyang.later(31 * 60)
    for path, back in (("/me/data/export", "/me/data"), ("/me/data/erase", "/me/data/erase")):
        sent = client.post(path, data={"csrf_token": token})
        assert sent.status_code == 303
        assert sent.location.startswith("/login?")
        assert f"next={back.replace('/', '%2F')}" in sent.location or f"next={back}" in sent.location


def test_a_child_is_claimed_its_papers_handed_in_and_it_is_given_up(jieyang: Town, lin: FlaskClient) -> None:
    empty = send(lin, "/me/children/new", name="", id_number="", relation="")
    assert empty.status_code == 422
    body = "44520220180305123"
    html = page(lin, "/me/children/new")
    version = hidden_value(html, "consent")
    made = send(
        lin,
        "/me/children/new",
        name="林小小",
        id_type="resident_id",
        id_number=body + check_digit(body),
        relation="parent",
        consent=version,
    )
    assert made.status_code == 303, made.text
    shown = page(lin, made.location)
    assert "林*小" in shown
    assert "交给窗口核对" in shown
    token = hidden(shown, "csrf_token")
    half = lin.post(made.location, data={"csrf_token": token}, content_type="multipart/form-data")
    assert half.status_code == 422
    papers = {
        kind: (io.BytesIO((SAMPLES / "id-front.jpg").read_bytes()), "a.jpg")
        for kind in ("household_register", "guardianship_proof")
    }
    sent = lin.post(made.location, data={"csrf_token": token, **papers}, content_type="multipart/form-data")
    assert sent.status_code == 303, sent.text
    assert page(lin, made.location).count("已上传") == 2
    other = signed_in(jieyang, f"no-kin-{uuid.uuid4().hex}", id_number())
    assert other.get(made.location).status_code == 404
    assert lin.post(f"{made.location}/remove", data={"csrf_token": token}).status_code == 303
    assert "还没有登记孩子" in page(lin, "/me/children")


def hidden_value(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', html)
    assert found
    return found.group(1)


def ready(client: FlaskClient) -> str:
    """An application filled in up to the check; the address of that page."""
    form = send(
        client, f"{APPLY}/form", **{"form.phone": "13800005620", "form.bank": "ccb", "asked": "phone,bank,address"}
    )
    assert form.status_code in (200, 303), form.text
    hand_in(client)
    return f"{APPLY}/check"


def test_a_face_made_for_an_application_serves_for_exactly_that_once(jieyang: Town) -> None:
    client = signed_in(jieyang, f"prove-{uuid.uuid4().hex}", id_number())
    check = ready(client)
    jieyang.later(31 * 60)
    html = page(client, check)
    assert "先做人脸核验" in html
    assert 'form="send"' not in html
    seen = {name: hidden(html, name) for name in ("csrf_token", "submission_key", "seen")}
    assert client.post(check, data=seen).status_code == 303, "without it nothing is submitted"
    sent = client.post(f"{check}/prove", data={"csrf_token": seen["csrf_token"], "provider": "signed"})
    assert sent.location.startswith("https://identity.example/face/"), sent.text
    back = client.get(jieyang.provider.decide().return_url.partition("8000")[2])
    assert back.location == check
    ready_to_send = page(client, check)
    assert 'form="send"' in ready_to_send
    assert "人脸核对好了。请看一遍，再点“提交申请”，才算交上。" in re.sub("<[^>]+>", "", ready_to_send)
    assert "登录快到时间了" not in html + ready_to_send, "what is over can't run out"
    drafting = jieyang.app.extensions["usecases"].drafting
    drafting.save(session_of(jieyang, client), BUNDLE, "apply", form={"phone": "13900005621"})
    changed = page(client, check)
    assert "先做人脸核验" in changed, "another letter, another face"
    client.post(f"{check}/prove", data={"csrf_token": seen["csrf_token"], "provider": "signed"})
    client.get(jieyang.provider.decide().return_url.partition("8000")[2])
    html = page(client, check)
    seen = {name: hidden(html, name) for name in ("csrf_token", "submission_key", "seen")}
    opened_case = client.post(check, data=seen)
    assert "/cases/" in opened_case.location
    assert "assurance" not in page(client, opened_case.location)
    assert client.get(f"/bundles/{BUNDLE}/replace/form").status_code in (302, 303, 404), "the session has not risen"


def test_a_face_made_for_an_application_is_no_use_to_anybody_else(jieyang: Town) -> None:
    client = signed_in(jieyang, f"mine-{uuid.uuid4().hex}", id_number())
    check = ready(client)
    jieyang.later(31 * 60)
    token = hidden(page(client, check), "csrf_token")
    client.post(f"{check}/prove", data={"csrf_token": token, "provider": "signed"})
    back = jieyang.provider.decide().return_url.partition("8000")[2]
    stranger = signed_in(jieyang, f"thief-{uuid.uuid4().hex}", id_number())
    assert stranger.get(back).status_code == 403


def test_no_form_of_a_citizen_does_anything_without_its_token(jieyang: Town, lin: FlaskClient) -> None:
    tried = 0
    for rule in jieyang.app.url_map.iter_rules():
        # The search is open; without a draft the other two have nothing to send, and lead elsewhere.
        if rule.endpoint in ("citizen.search", "citizen.submit", "citizen.prove"):
            continue
        if not rule.endpoint.startswith("citizen.") or "POST" not in (rule.methods or ()):
            continue
        path = re.sub(r"<[^>]*bundle_code>", BUNDLE, rule.rule)
        path = re.sub(r"<[^>]*item_code>", "apply", path)
        path = re.sub(r"<[^>]*material_code>", "photo", path)
        path = re.sub(r"<[^>]+>", "0193a0de4c2b7f0e8a1d5b6c7d8e9f03", path)
        for token in ({}, {"csrf_token": "0" * 64}):
            answer = lin.post(path, data={"do": "add", "act": "x", **token})
            assert answer.status_code in (400, 404), (rule.endpoint, path, answer.status_code)
            tried += 1
    assert tried >= 40
    assert lin.get("/me").status_code == 200, "and nobody was signed out"


def test_a_cookie_of_one_wechat_is_no_key_to_another_account(jieyang: Town, lin: FlaskClient) -> None:
    cookie = lin.get_cookie(COOKIE)
    assert cookie is not None
    bearer = jieyang.client().get("/api/v1/cases", headers={"Authorization": f"Bearer {cookie.value}"})
    assert bearer.status_code == 401, "a cookie's token is no Bearer token"
    other = jieyang.browser(f"victim-{uuid.uuid4().hex}")
    number = page(other, "/login")
    assert "不是您？换一个人登录" not in number, "who comes from another WeChat is not known by the cookie of the first"

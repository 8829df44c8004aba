"""The phone's page: its state, whose hands it is in, and the way through it in a browser."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from flask import Response
from playwright.sync_api import Browser, Page, expect
from standardwebhooks import Webhook, WebhookVerificationError

from tests.sandbox.conftest import AES_KEY, IDENTITY_SECRET, Answer, Far, Received, StandIn, call, until
from tests.sandbox.test_identity import _ask, _genuine
from tests.sandbox.test_push import APP, HELLO, _encrypted_reply, _xml
from wxserver.sandbox import people, wechat_crypto, wechat_push

TABS = ("演习故障", "攻击", "微信", "制卡", "手机相册")
AXE = Path(__file__).parents[1] / "vendor/axe-core-4.14.1/axe.min.js"


def _state(far: Far, cookie: str = "") -> Any:
    return far.get("/phone/state.json", {"Cookie": cookie} if cookie else None).json


def _hand(far: Far, openid: str, cookie: str = "") -> Answer:
    headers = {"Cookie": cookie} if cookie else {}
    return call("POST", f"{far.url}/phone/holder", json.dumps({"openid": openid}).encode(), headers)


def test_the_state_tells_the_holder_the_menu_of_the_config_and_the_time(far: Far, stand_in: StandIn) -> None:
    far.control("time", {"set": "2026-11-26T10:00:00+08:00"})
    state = _state(far)
    assert (state["now"], state["weekday"], state["moved"]) == ("2026-11-26 10:00", "周四，工作日", True)
    assert state["people"][0]["name"] == "林秀兰"
    assert state["holder"] == state["people"][0]["openid"]
    assert state["menu"][0]["sub_button"][0] == {"type": "view", "name": "智慧人社", "url": f"{stand_in.url}/"}


def test_another_holder_is_another_phone_without_the_apps_cookies(far: Far) -> None:
    person = far.person(name="陈桂英")
    answer = _hand(far, person["openid"], "wxserver_session=x; other=y; sandbox_user=z")
    assert answer.status == 200
    assert [cookie.partition("=")[0] for cookie in answer.cookies] == ["wxserver_session", "sandbox_user"]
    assert "Max-Age=0" in answer.cookies[0]
    assert _state(far, f"sandbox_user={person['openid']}")["holder"] == person["openid"]
    assert _hand(far, "nobody").status == 400
    assert call("POST", f"{far.url}/phone/holder", b"[1").status == 400


def test_the_trace_says_in_plain_words_who_said_what_to_whom(far: Far, stand_in: StandIn) -> None:
    person = far.person()
    body = {"kind": "apply", "reference": "JY-1", "name": person["name"]} | far.holder(person)
    far.control("mishaps", {"target": "registry", "mishap": "timeout"})
    for _ in range(2):
        far.signed("POST", "/registry/productions", body, key="k")
    until(lambda: stand_in.events() and _state(far)["trace"][0]["ms"])
    told = [
        (one["sender"], one["receiver"], one["meaning"], one["proof"], one["result"], one["trouble"])
        for one in reversed(_state(far)["trace"])
    ]
    assert told == [
        ("本系统", "社保卡系统", "申请制卡", "已签", "没有回音", True),
        ("本系统", "社保卡系统", "申请制卡，第 2 次，编号不变", "已签", "202 已受理", False),
        ("社保卡系统", "本系统", "告知：制卡已受理", "已签", "200 收下", False),
    ]


def _message(far: Far, openid: str, kind: str, document: dict[str, Any]) -> None:
    with far.world.database.write() as connection:
        connection.execute(
            "INSERT INTO message (app_id, openid, kind, document, sent, at) VALUES ('a', ?, ?, ?, 0, ?)",
            (openid, kind, json.dumps(document), far.world.clock.text()),
        )


NOTICE = {
    "template_id": "T",
    "url": "http://127.0.0.1/cases/1",
    "data": {"first": {"value": "办件进度"}, "thing1": {"value": "社会保障卡申领"}, "phrase2": {"value": "已受理"}},
}


def test_notices_stand_in_the_chat_as_cards_with_a_title_labelled_lines_and_a_link(far: Far) -> None:
    openid = far.person()["openid"]
    _message(far, openid, "template", NOTICE)
    _message(far, openid, "subscribe", {"template_id": "T", "data": {"remark": {"value": "请带身份证"}, "thing9": {}}})
    _message(far, openid, "custom", {"msgtype": "text", "text": {"content": "您好"}})
    article = {"title": "怎么办卡", "description": "三步", "url": "http://127.0.0.1/help"}
    _message(far, openid, "custom", {"msgtype": "news", "news": {"articles": [article]}})
    _message(far, openid, "custom", {"msgtype": "image", "image": {"media_id": "M"}})
    chat = _state(far, f"sandbox_user={openid}")["chat"]
    assert len({one["id"] for one in chat}) == 5
    lines = [{"label": "办理事项", "value": "社会保障卡申领"}, {"label": "现在进度", "value": "已受理"}]
    assert [(one.get("title"), one.get("lines", one.get("text")), one.get("url")) for one in chat] == [
        ("办件进度", lines, "http://127.0.0.1/cases/1"),
        ("服务通知", [{"label": "", "value": "请带身份证"}], None),
        (None, "您好", None),
        ("怎么办卡", [{"label": "", "value": "三步"}], "http://127.0.0.1/help"),
        (None, "收到一条消息，这里显示不了。", None),
    ]


def test_a_forged_callback_is_tried_and_told_as_not_believed(far: Far, stand_in: StandIn) -> None:
    stand_in.respond = lambda _: ("", 401)
    answer = call("POST", f"{far.url}/phone/forgery", b"{}").json
    assert answer == {"text": "假冒的告知没有被认，什么也没有变。", "status": 401}
    (one,) = stand_in.at("/identity/signed/callback")
    with pytest.raises(WebhookVerificationError):
        Webhook(IDENTITY_SECRET).verify(one.body, dict(one.headers))
    row = _state(far)["trace"][0]
    told = (row["sender"], row["receiver"], row["proof"], row["forged"], row["result"], row["trouble"])
    assert told == ("冒名者", "本系统", "签名不对", True, "401 不认，没有办", True)
    assert far.items("calls") == []


def test_an_app_that_believes_a_forgery_is_told_off(far: Far) -> None:
    assert "本来应该是 401" in call("POST", f"{far.url}/phone/forgery", b"{}").json["text"]


def test_a_duplicate_is_told_as_done_already_and_references_are_cut_short(far: Far, stand_in: StandIn) -> None:
    far.control("mishaps", {"target": "identity", "mishap": "duplicate"})
    reference = _ask(far, stand_in).json["provider_reference"]
    far.form(f"/identity/face/{reference}", "result=passed")
    until(lambda: len(stand_in.at("/identity/signed/callback")) == 2)
    newest = until(lambda: (row := _state(far)["trace"][0])["ms"] and row)
    assert (newest["meaning"], newest["result"]) == ("告知：人脸核验通过（重复的，不再办）", "200 同前")
    assert reference not in json.dumps(_state(far)["trace"])
    assert any(one["line"] == f"POST /identity/face/{reference[:4]}…" for one in _state(far)["trace"])


def _step(far: Far, to: str) -> Answer:
    return call("POST", f"{far.url}/phone/time", json.dumps({"to": to}).encode())


def test_time_moves_by_an_hour_a_working_day_and_to_the_last_day_of_the_earliest_production(far: Far) -> None:
    far.control("time", {"set": "2026-09-30T10:00:00+08:00"})
    _step(far, "hour")
    assert _state(far)["now"] == "2026-09-30 11:00"
    assert _step(far, "working_day").json["text"] == "到了 10月8日，周四，工作日。"
    assert _state(far)["now"] == "2026-10-08 11:00"
    nothing = _step(far, "deadline")
    assert (nothing.status, "没有要到期的制卡" in nothing.json["detail"]) == (409, True)
    assert _step(far, "year").status == 400
    person = far.person()
    far.control("time", {"set": "2026-11-26T10:00:00+08:00"})
    made = {}
    for key in ("k1", "k2"):
        body = {"kind": "apply", "reference": "JY-1", "name": person["name"]} | far.holder(person)
        made = far.signed("POST", "/registry/productions", body, key=key, at=far.world.clock.now().astimezone(UTC)).json
        _step(far, "working_day")
    assert _step(far, "deadline").json["text"] == "到了 12月31日，周四，工作日，制卡的最后一天。"
    assert _step(far, "deadline").json["text"] == "到了 1月1日，周五，工作日（暂定），制卡的最后一天。"
    assert _step(far, "deadline").status == 409
    far.control("time", {"set": "2026-11-30T10:00:00+08:00"})
    far.control(f"productions/{made['production']}", {"node": "received"})
    assert _step(far, "deadline").json["text"].startswith("到了 12月31日")


def test_a_day_off_is_said_to_be_one(far: Far) -> None:
    far.control("time", {"set": "2026-10-03T10:00:00+08:00"})
    state = _state(far)
    assert (state["weekday"], state["working"]) == ("周六，休息日", False)


@pytest.fixture
def page(far: Far, browser: Browser) -> Iterator[Page]:
    """The sandbox's page in Chromium; a fault on its console fails the test."""
    faults: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(far.url)
    yield page
    page.close()
    assert faults == []


def _site(one: Received) -> Response | tuple[str, int]:
    if one.path == "/favicon.ico":
        return "", 204
    if one.path.endswith("/callback"):
        return "", 200 if _genuine(one) else 401
    if one.path.endswith("/push"):
        return _encrypted_reply(HELLO, nonce=one.args["nonce"]), 200
    text = f'<!doctype html><link rel="icon" href="data:,"><h1>{one.path}</h1><a href="/two">two</a>'
    return Response(text, headers={"Cache-Control": "no-store"})


def test_menu_frame_face_page_chat_mishaps_people_and_productions_work_in_a_browser(
    far: Far, stand_in: StandIn, page: Page
) -> None:
    stand_in.respond = _site
    frame = page.frame_locator("#frame")
    page.get_by_role("button", name="微动态").click()
    page.get_by_role("button", name="智慧人社").click()
    expect(frame.get_by_role("heading")).to_have_text("/")
    frame.get_by_role("link", name="two").click()
    expect(frame.get_by_role("heading")).to_have_text("/two")
    expect(page.locator("#web-title")).to_have_text("揭阳人社")
    loads = len(stand_in.at("/two"))
    page.get_by_role("button", name="更多").click()
    page.get_by_role("button", name="刷新").click()
    for _ in range(100):
        page.wait_for_timeout(20)
        if len(stand_in.at("/two")) > loads:
            break
    assert len(stand_in.at("/two")) == loads + 1
    expect(frame.get_by_role("heading")).to_have_text("/two")
    page.get_by_role("button", name="后退").click()
    expect(frame.get_by_role("heading")).to_have_text("/")

    face = _ask(far, stand_in).json["url"]
    page.evaluate("url => { document.getElementById('frame').src = url; }", face)
    frame.get_by_role("button", name="核验登录").click()
    expect(frame.get_by_role("heading")).to_have_text("申请获取您的昵称和头像")
    frame.get_by_role("button", name="允许").click()
    expect(frame.get_by_role("heading")).to_have_text("即将打开“粤信签”小程序")
    frame.get_by_role("button", name="允许").click()
    frame.get_by_label("我同意用人脸核对本人身份").check()
    expect(page.locator("#web-title")).to_have_text("人脸核验")
    frame.get_by_role("button", name="下一步").click()
    frame.get_by_role("button", name="通过", exact=True).click()
    expect(frame.get_by_role("heading")).to_have_text("/identity/signed/return")
    again = _ask(far, stand_in, "ref-2").json["url"]
    page.evaluate("url => { document.getElementById('frame').src = url; }", again)
    expect(frame.get_by_text("核验谁")).to_be_visible()
    page.get_by_role("button", name="更多").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="刷新")).to_be_hidden()
    page.get_by_role("button", name="更多").click()
    page.locator("#drawer").get_by_role("button", name="关闭").click()

    page.get_by_role("button", name="微动态").click()
    page.get_by_role("button", name="怎么办").click()
    expect(page.locator("#talk")).to_contain_text("您好")
    page.get_by_role("button", name="打字").click()
    page.get_by_label("给揭阳人社发消息").fill("<b>社保卡</b>")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".said.me .bubble")).to_have_text("<b>社保卡</b>")
    page.get_by_label("给揭阳人社发消息").fill(f"请看{stand_in.url}/help。谢谢")
    page.get_by_role("button", name="发送").click()
    page.get_by_role("link", name=f"{stand_in.url}/help", exact=True).click()
    expect(frame.get_by_role("heading")).to_have_text("/help")
    page.get_by_role("button", name="后退").click()
    expect(page.get_by_role("button", name="菜单")).to_be_visible()

    page.get_by_role("button", name="断线").click()
    expect(page.get_by_role("button", name="断线，还剩 1 次")).to_be_visible()
    page.get_by_role("button", name="断线，还剩 1 次").click()
    expect(page.get_by_role("button", name="断线", exact=True)).to_be_visible()
    page.get_by_role("button", name="办成没回话").click()
    page.get_by_role("button", name="全部取消").click()
    expect(page.get_by_role("button", name="办成没回话", exact=True)).to_be_visible()
    assert far.items("mishaps") == []
    page.get_by_role("tab", name="攻击").click()
    page.get_by_role("button", name="假冒一次告知").click()
    expect(page.locator("#verdict")).to_have_text("假冒的告知没有被认，什么也没有变。")
    expect(page.locator("#trace tr").first).to_contain_text("冒名者 → 本系统")
    expect(page.locator("#trace tr").first).to_contain_text("401")

    person = far.person()
    body = {"kind": "apply", "reference": "JY-1", "name": person["name"]} | far.holder(person)
    far.signed("POST", "/registry/productions", body, key="k")
    page.get_by_role("tab", name="微信", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="制卡")).to_be_focused()
    page.locator("#productions").get_by_role("button", name="已寄出").click()
    expect(page.locator("#trace")).to_contain_text("告知：卡已寄出")

    page.get_by_label("换一个人").select_option(label="黄美珍")
    expect(page.locator("#name")).to_have_text("黄美珍")
    expect(page.locator("#about")).to_contain_text("正式挂失")
    page.get_by_role("button", name="1 个工作日").click()
    expect(page.get_by_role("button", name="回到真实时间")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="清空重来").click()
    expect(page.locator("#productions")).to_contain_text("还没有制卡")


def test_a_message_that_arrives_over_a_page_slides_in_is_counted_and_opens_the_chat(
    far: Far, stand_in: StandIn, page: Page
) -> None:
    stand_in.respond = lambda one: ("success", 200) if one.path.endswith("/push") else _site(one)
    page.get_by_role("button", name="微动态").click()
    page.get_by_role("button", name="智慧人社").click()
    _message(far, "oDemoLinXiulan00000000000001", "template", NOTICE | {"url": f"{stand_in.url}/cases/1"})
    expect(page.get_by_role("button", name="关闭，有 1 条新消息")).to_be_visible()
    banner = page.locator("#banner")
    expect(banner).to_contain_text("办件进度")
    banner.click()
    expect(page.locator("#talk")).to_contain_text("社会保障卡申领")
    page.get_by_role("button", name="看每一步的情况").click()
    expect(page.frame_locator("#frame").get_by_role("heading")).to_have_text("/cases/1")
    expect(page.get_by_role("button", name="关闭", exact=True)).to_be_visible()


def test_the_menu_tells_the_app_as_wechat_does_and_the_keyboard_alone_reaches_it(
    far: Far, stand_in: StandIn, page: Page
) -> None:
    stand_in.respond = lambda one: ("success", 200) if one.path.endswith("/push") else _site(one)
    page.get_by_role("button", name="微动态").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="智慧人社")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="微动态")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.frame_locator("#frame").get_by_role("heading")).to_have_text("/")
    expect(page.locator("#trace")).to_contain_text("告知：点了菜单链接")


def test_one_can_stop_following_and_follow_again(far: Far, stand_in: StandIn, page: Page) -> None:
    stand_in.respond = lambda _: ("success", 200)
    for word, event in (("取消关注", "告知：有人取消关注"), ("关注", "告知：有人关注了")):
        page.get_by_role("button", name="更多").click()
        page.get_by_role("button", name=word, exact=True).click()
        expect(page.locator("#trace tr").first).to_contain_text(event)


def test_the_page_fits_a_narrow_window_and_on_a_desktop_nothing_but_the_trace_scrolls(page: Page) -> None:
    for width in (1280, 1024, 900, 375):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for tab in TABS:
        page.set_viewport_size({"width": 1280, "height": 860})
        page.get_by_role("tab", name=tab, exact=True).click()
        assert page.evaluate("document.documentElement.scrollHeight") == 860
        box = page.get_by_role("region", name="手机").bounding_box()
        assert box
        assert (box["width"], box["height"], box["y"] + box["height"]) == (364, 764, 840)


def test_every_control_has_a_name_and_axe_finds_nothing(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8") + ";0")
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        faults = page.evaluate(
            "axe.run().then(found => found.violations.map(one => [one.id, one.nodes.map(node => node.html)]))"
        )
        assert faults == []


def test_the_holder_scans_takes_back_consents_and_answers_about_notices_and_each_reaches_the_app(
    far: Far, stand_in: StandIn, page: Page
) -> None:
    stand_in.respond = lambda one: ("success", 200) if one.path.endswith("/push") else _site(one)
    page.get_by_role("tab", name="微信", exact=True).click()
    newest = page.locator("#trace tr").first
    page.get_by_label("二维码").fill("lost-window")
    page.keyboard.press("Enter")
    expect(newest).to_contain_text("告知：有人扫了二维码")
    page.get_by_role("button", name="取消关注").click()
    expect(newest).to_contain_text("告知：有人取消关注")
    expect(page.get_by_role("button", name="关注", exact=True)).to_be_visible()
    page.get_by_role("button", name="扫一扫").click()
    expect(newest).to_contain_text("告知：有人关注了")
    expect(page.get_by_role("button", name="取消关注")).to_be_visible()
    for word, told in (("撤回授权", "撤回授权"), ("注销授权", "注销了"), ("昵称头像被清理", "昵称头像被清理")):
        page.get_by_role("button", name=word).click()
        expect(newest).to_contain_text(f"告知：{told if told.startswith('昵称') else '有人' + told}")
    expect(page.locator("#toast")).to_have_text("已经告诉本系统，它收下了")
    expect(page.get_by_role("button", name="同意接收")).to_be_disabled()
    sealed = [_xml(one.body)["Encrypt"] for one in stand_in.at("/wechat/jieyang/push")]
    inner = [_xml(wechat_crypto.decrypt(AES_KEY, APP, one)) for one in sealed]
    assert [(one["Event"], one.get("EventKey")) for one in inner[:3]] == [
        ("SCAN", "lost-window"),
        ("unsubscribe", None),
        ("subscribe", "qrscene_lost-window"),
    ]


def test_a_notice_is_accepted_and_refused_for_the_account_that_sends_it(
    config: Path, start: Callable[[], Far], stand_in: StandIn, browser: Browser
) -> None:
    template = (
        '[[wechat.accounts.jieyang_mini.templates]]\nchannel = "miniprogram"\ntemplate_id = "T1"\n'
        'title = "办件进度"\nfields = { thing1 = "item" }\n'
    )
    config.write_text(config.read_text(encoding="utf-8") + template, encoding="utf-8")
    stand_in.respond = lambda _: ("success", 200)
    far = start()
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.goto(far.url)
    page.get_by_role("tab", name="微信", exact=True).click()
    expect(page.get_by_label("哪个通知")).to_have_text("jieyang_mini：办件进度")
    for number, word in enumerate(("同意接收", "不接收"), 1):
        page.get_by_role("button", name=word, exact=True).click()
        expect(page.locator("#trace tr")).to_have_count(number)
        expect(page.locator("#trace tr").first).to_contain_text("200 收下")
    page.close()
    pushed = [one.body.decode() for one in stand_in.at("/wechat/jieyang_mini/push")]
    assert ["accept" in pushed[0], "reject" in pushed[1]] == [True, True]
    assert all("T1" in one for one in pushed)


def test_links_in_a_reply_are_tapped_and_open_in_the_phone_and_nothing_else_becomes_markup(
    far: Far, stand_in: StandIn, page: Page
) -> None:
    content = (
        f"第一行\n<a href=\"{stand_in.url}/one?a=1&amp;b=2\">去办理</a>，<A HREF='{stand_in.url}/two'>看看</A>"
        '<a href="javascript:alert(1)">坏</a><img src=x onerror=alert(1)><b>粗</b>'
    )
    reply = wechat_push.xml({"MsgType": "text", "Content": content})
    push = _encrypted_reply
    stand_in.respond = lambda one: (push(reply, nonce=one.args["nonce"]), 200) if "push" in one.path else _site(one)
    page.get_by_role("button", name="打字").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("我的卡呢")
    page.keyboard.press("Enter")
    said = page.locator(".said.them .bubble").last
    expect(said).to_contain_text("第一行")
    assert said.inner_text() == (
        '第一行\n去办理，看看<a href="javascript:alert(1)">坏</a><img src=x onerror=alert(1)><b>粗</b>'
    )
    assert said.evaluate("bubble => [...bubble.querySelectorAll('*')].map(one => one.tagName)") == ["A", "A"]
    page.get_by_role("link", name="去办理").click()
    expect(page.frame_locator("#frame").get_by_role("heading")).to_have_text("/one")
    assert stand_in.at("/one")[0].args == {"a": "1", "b": "2"}
    page.get_by_role("button", name="后退").click()
    page.get_by_label("给揭阳人社发消息").fill('<a href="http://127.0.0.1/">我</a>')
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".said.me .bubble").last).to_contain_text("<a href=")


def test_an_attack_is_tried_with_one_button_and_its_outcome_is_a_sentence(
    far: Far, stand_in: StandIn, page: Page
) -> None:
    stand_in.respond = lambda _: ("", 401)
    page.get_by_role("tab", name="攻击").click()
    page.get_by_role("button", name="签名不对").click()
    expect(page.locator("#verdict")).to_contain_text("“签名不对”没有得逞")
    stand_in.respond = lambda _: ("success", 200)
    page.get_by_role("button", name="没有的公众号").click()
    expect(page.locator("#verdict")).to_contain_text("本来应该拒绝")
    expect(page.locator("#verdict")).to_have_class("hint bad")
    assert page.locator("[data-attack]").count() == len(far.items("attacks"))


def test_messages_of_the_mini_program_stand_in_the_chat_of_the_same_person_without_a_way_to_open_its_pages(
    far: Far,
) -> None:
    openid = far.person()["openid"]
    mini = far.world.settings.accounts["jieyang_mini"]
    theirs = people.openid_for(openid, mini.kind, mini.app_id)
    _message(far, theirs, "subscribe", {"page": "pages/case/case?number=1", "data": {"thing1": {"value": "申领"}}})
    _message(far, openid, "subscribe", {"page": "http://127.0.0.1/cases/1", "data": {"thing1": {"value": "补换"}}})
    chat = _state(far, f"sandbox_user={openid}")["chat"]
    assert [(one["lines"][0]["value"], one["url"]) for one in chat] == [
        ("申领", None),
        ("补换", "http://127.0.0.1/cases/1"),
    ]

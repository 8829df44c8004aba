"""The phone's page: its state, whose hands it is in, and the way through it in a browser."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.sandbox.conftest import Answer, Far, Received, StandIn, call, until
from tests.sandbox.test_identity import _ask
from tests.sandbox.test_push import HELLO, _encrypted_reply


def _state(far: Far, cookie: str = "") -> Any:
    return far.get("/phone/state.json", {"Cookie": cookie} if cookie else None).json


def _hand(far: Far, openid: str, cookie: str = "") -> Answer:
    headers = {"Cookie": cookie} if cookie else {}
    return call("POST", f"{far.url}/phone/holder", json.dumps({"openid": openid}).encode(), headers)


def test_the_state_tells_the_holder_the_menu_of_the_config_and_the_time(far: Far, stand_in: StandIn) -> None:
    far.control("time", {"set": "2026-11-26T10:00:00+08:00"})
    state = _state(far)
    assert (state["now"], state["weekday"], state["moved"]) == ("2026-11-26 10:00", "周四", True)
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


def test_notices_appear_in_the_chat(far: Far) -> None:
    person = far.person()
    with far.world.database.write() as connection:
        document = {"template_id": "T", "url": "http://127.0.0.1/", "data": {"thing1": {"value": "已受理"}}}
        connection.execute(
            "INSERT INTO message (app_id, openid, kind, document, sent, at) VALUES ('a', ?, 'template', ?, 0, ?)",
            (person["openid"], json.dumps(document), far.world.clock.text()),
        )
    chat = _state(far, f"sandbox_user={person['openid']}")["chat"]
    assert [(one["side"], one["lines"], one["url"]) for one in chat] == [("notice", ["已受理"], "http://127.0.0.1/")]


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


def _site(one: Received) -> tuple[str, int]:
    if one.path == "/favicon.ico":
        return "", 204
    if one.path.endswith("/push"):
        return _encrypted_reply(HELLO, nonce=one.args["nonce"]), 200
    return f'<!doctype html><link rel="icon" href="data:,"><h1>{one.path}</h1><a href="/two">two</a>', 200


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
    page.get_by_role("button", name="后退").click()
    expect(frame.get_by_role("heading")).to_have_text("/")

    face = _ask(far, stand_in).json["url"]
    page.evaluate("url => { document.getElementById('frame').src = url; }", face)
    frame.get_by_label("我同意用人脸核对本人身份").check()
    frame.get_by_role("button", name="下一步").click()
    frame.get_by_role("button", name="通过", exact=True).click()
    expect(frame.get_by_role("heading")).to_have_text("/identity/signed/return")
    page.get_by_role("button", name="关闭").click()

    page.get_by_role("button", name="微动态").click()
    page.get_by_role("button", name="怎么办").click()
    expect(page.locator("#talk")).to_contain_text("您好")
    page.get_by_role("button", name="打字").click()
    page.get_by_label("给揭阳人社发消息").fill("<b>社保卡</b>")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".said.me .bubble")).to_have_text("<b>社保卡</b>")

    page.get_by_role("button", name="断线").click()
    expect(page.get_by_role("button", name="断线，还剩 1 次")).to_be_visible()
    page.get_by_role("button", name="全部取消").click()
    expect(page.get_by_role("button", name="断线", exact=True)).to_be_visible()

    person = far.person()
    body = {"kind": "apply", "reference": "JY-1", "name": person["name"]} | far.holder(person)
    far.signed("POST", "/registry/productions", body, key="k")
    page.locator("#productions").get_by_role("button", name="已寄出").click()
    expect(page.locator("#trace")).to_contain_text("告知：卡已寄出")

    page.get_by_label("换一个人").select_option(label="黄美珍")
    expect(page.locator("#name")).to_have_text("黄美珍")
    expect(page.locator("#about")).to_contain_text("正式挂失")
    page.get_by_role("button", name="前进 1 天").click()
    expect(page.get_by_role("button", name="回到真实时间")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="清空重来").click()
    expect(page.locator("#productions")).to_contain_text("还没有制卡")


def test_the_page_fits_a_narrow_window(page: Page) -> None:
    for width in (1280, 900, 375):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width

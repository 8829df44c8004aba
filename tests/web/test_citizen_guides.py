"""Guides, help, privacy and refusals: each page is complete, and none is a dead end."""

from __future__ import annotations

import html as entities
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.pages import APPLY, CHANGE, page, send, signed_in
from tests.web.world import BUNDLE, NAME, NUMBER, Town
from wxserver.settings import Outlet
from wxserver.usecases import drafting, sessions, tidying
from wxserver.web.citizen.problems import error_page

GUIDE = f"/bundles/{BUNDLE}"
ITEMS = ("apply", "activate", "loss", "replace", "change-information", "production-progress", "card-status")
AT_THE_WINDOW: dict[str, Any] = {
    "channels": ["window"],
    "limits": {"window": {"unit": "working_days", "amount": 3}},
    "hours": {"window": "工作日 8:30–17:30"},
    "materials": [
        {"code": "own", "name": "本人身份证", "kind": "identity_document", "channels": ["window"], "form": "original"},
        {"code": "copy", "name": "户口簿", "kind": "other", "channels": ["window"], "form": "copy", "copies": 2},
    ],
}

Publish = Callable[..., None]


def shipped() -> dict[str, Any]:
    return tomllib.loads((resources.files("bundles") / "definitions" / "jieyang.toml").read_text("utf-8"))


@pytest.fixture
def publish(jieyang: Town) -> Iterator[Publish]:
    """Publish Jieyang's bundle with a changed item, and more about the whole; afterwards the shipped one again."""
    publishing = jieyang.app.extensions["usecases"].publishing

    def put(item: str, changes: dict[str, Any], **more: Any) -> None:
        made = shipped() | more
        made["items"] = [each | (changes if each["code"] == item else {}) for each in made["items"]]
        publishing.import_document(made, origin="command", by="test", comment="test")

    yield put
    publishing.import_document(shipped(), origin="command", by="test", comment="as shipped")


@contextmanager
def served_as(town: Town, **changes: Any) -> Iterator[None]:
    """The bureau's own words, changed for a while."""
    before = town.app.extensions["service"]
    town.app.extensions["service"] = replace(before, **changes)
    try:
        yield
    finally:
        town.app.extensions["service"] = before


def said(html: str) -> str:
    """What the body of a page says, without tags and blanks."""
    return unspaced(entities.unescape(re.sub(r"<[^>]+>", "", re.split(r"<main[^>]*>|<footer", html)[1])))


def unspaced(text: str) -> str:
    return "".join(text.split())


# ----------------------------------------------------------------------------------------------------------- guides


@pytest.mark.parametrize("item", ITEMS)
def test_a_guide_says_everything_the_definition_knows(jieyang: Town, item: str) -> None:
    (wanted,) = (each for each in shipped()["items"] if each["code"] == item)
    words = said(page(jieyang.client(), f"{GUIDE}/{item}"))

    guide = wanted["guide"]
    lines = [guide["served"], *guide["conditions"], guide["result"], *guide["flow"]["online"], "全天可办", "不收费"]
    asked = [text for each in wanted.get("questions", ()) for text in (each["question"], each["answer"])]
    told = [text for each in wanted.get("materials", ()) for text in (each["name"], each["note"])]
    for line in [*lines, guide["window"], *wanted["before_you_start"], *asked, *told]:
        assert unspaced(line) in words, line
    assert "打电话问" in words or "咨询电话" in words


def test_a_guide_says_how_each_material_is_given(jieyang: Town, publish: Publish) -> None:
    words = said(page(jieyang.client(), APPLY))

    assert words.count("在手机上拍照上传") == 4
    assert "有效身份证件在手机上拍照上传" in words
    assert "监护人代办，另外要的" in words
    assert "申领人的居民户口簿在手机上拍照上传" in words
    assert "代办目前不能在网上办" not in words

    publish("apply", {"acting": ["self"]})
    words = said(page(jieyang.client(), APPLY))
    assert words.count("在手机上拍照上传") == 2
    assert "申领人的居民户口簿带原件" in words
    assert "代办目前不能在网上办" in words


def test_a_guide_names_the_promised_and_the_lawful_limit_the_law_and_who_watches(
    jieyang: Town, publish: Publish
) -> None:
    watching = {"kind": "supervision", "label": "市局监督", "value": "0663-876 8123", "hours": "工作日"}
    limit = {"legal_limit": {"unit": "working_days", "amount": 30}}
    publish("apply", limit, legal_basis=["某部法律第五条"], contacts=[*shipped()["contacts"], watching])
    html = page(jieyang.client(), APPLY)
    words = said(html)

    assert re.search(r"承诺时限25个工作日今天申请，预计(\d+年)?\d+月\d+日前办结", words)
    assert "法定时限30个工作日" in words
    assert "某部法律第五条" in words
    assert "监督投诉电话：市局监督" in words
    assert 'href="tel:06638768123"' in html
    assert html.count('href="tel:12333"') == 1


def test_every_question_can_be_linked_to(jieyang: Town) -> None:
    html = page(jieyang.client(), APPLY)

    for each in next(item for item in shipped()["items"] if item["code"] == "apply")["questions"]:
        assert f'<details class="fold" id="q-{each["code"]}">' in html


@pytest.mark.parametrize("item", ITEMS)
def test_the_printed_guide_is_unfolded_and_names_organiser_phone_and_day(jieyang: Town, item: str) -> None:
    client = jieyang.client()
    assert f'href="{GUIDE}/{item}?print=1"' in page(client, f"{GUIDE}/{item}")
    html = page(client, f"{GUIDE}/{item}?print=1")

    assert "<details" not in html
    assert "data-print" in html
    assert "/static/steps.js" in html
    assert "开始办理" not in html
    assert re.search(r"揭阳市人力资源和社会保障局电话12333打印日期\d{4}年\d+月\d+日", said(html))
    assert "（示例）" in html


def test_a_printed_guide_holds_no_draft(jieyang: Town) -> None:
    client = signed_in(jieyang, "printing")
    send(client, f"{APPLY}/form", **{"form.phone": "138"})
    assert "的草稿" in page(client, APPLY)

    assert "草稿" not in said(page(client, f"{APPLY}?print=1"))


def test_an_item_of_the_window_says_where_and_what_to_bring_instead_of_beginning(
    jieyang: Town, publish: Publish
) -> None:
    publish("card-status", AT_THE_WINDOW)
    client = jieyang.client()
    chosen = client.get(f"{GUIDE}?go=1&item=card-status")
    html = page(client, chosen.location)
    words = said(html)

    assert "这一项要到窗口办" in words
    assert "开始办理" not in html
    assert "/card-status/c" not in html
    assert "本人身份证带原件" in words
    assert "户口簿复印件2份" in words
    assert "3个工作日" in words
    assert "窗口：工作日8:30–17:30" in words
    assert 'id="outlets"' in html
    assert 'href="#outlets"' in html
    assert "榕城区社保卡服务窗口（示例）" in words
    assert 'href="tel:12333"' in html


def test_an_item_of_the_window_is_listed_with_its_own_date_and_can_not_be_begun_by_its_address(
    jieyang: Town, publish: Publish
) -> None:
    publish("card-status", AT_THE_WINDOW)
    client = signed_in(jieyang, "at-the-window")

    listed = said(page(client, GUIDE))
    assert "3个工作日内" in listed[listed.index("社保卡应用状态查询") :]
    assert "这一项要到窗口办" in said(page(client, f"{GUIDE}/card-status/card", 404))


def test_an_item_of_both_ways_begins_online_and_keeps_the_materials_apart(jieyang: Town, publish: Publish) -> None:
    both = {"channels": ["window", "online"], "limits": {"online": {"unit": "instant"}} | AT_THE_WINDOW["limits"]}
    publish("card-status", AT_THE_WINDOW | both)
    html = page(jieyang.client(), f"{GUIDE}/card-status")
    words = said(html)

    assert "开始办理" in html
    assert "这一项要到窗口办" not in words
    assert words.index("网上办要的材料不用交材料") < words.index("窗口办要的材料1本人身份证带原件")


# ------------------------------------------------------------------------------------------------------------- help


def test_help_leads_to_phone_windows_and_every_guide(jieyang: Town) -> None:
    html = page(jieyang.client(), "/help")

    assert 'id="phone"' in html
    assert 'id="window"' in html
    for item in ITEMS:
        assert f'href="{GUIDE}/{item}"' in html
    words = said(html)
    for each in jieyang.app.extensions["service"].outlets:
        assert unspaced(f"{each.name}{each.address}{each.hours}打{each.phone}") in words
    for line in ("夜里也能办", "人脸核验总不通过", "替孩子办", "请带双方身份证件原件，到窗口办。", "点右上角的“大字”"):
        assert line in words, line


def test_help_shows_an_outlet_s_phone_as_it_is_dialled_and_does_without_outlets(jieyang: Town) -> None:
    outlet = Outlet("东门窗口", "东门路 8 号", "工作日 9:00–12:00", "+86 0663-8888 888", "惠来县")
    with served_as(jieyang, outlets=(outlet,)):
        html = page(jieyang.client(), "/help")
        assert 'href="tel:+8606638888888"' in html
        assert "东门窗口惠来县东门路8号工作日9:00–12:00" in said(html)
    with served_as(jieyang, outlets=()):
        assert "各县（市、区）社保卡服务窗口" in said(page(jieyang.client(), "/help"))


def test_help_follows_the_definition_in_what_relatives_can_do(jieyang: Town, publish: Publish) -> None:
    publish("apply", {"acting": ["self", "guardian"]})

    assert "监护人可以在网上办：申领。别的请到窗口办。" in said(page(jieyang.client(), "/help"))


# ---------------------------------------------------------------------------------------------------------- privacy


def test_how_long_things_are_kept_is_what_the_code_does(jieyang: Town) -> None:
    html = page(jieyang.client(), "/privacy")
    kept = dict(re.findall(r'data-kept="(\w+)">(\d+) 天<', html))

    assert {name: int(days) for name, days in kept.items()} == {
        "drafts": drafting.LIFETIME.days,
        "pictures": tidying.ORPHANS_KEPT.days,
        "sessions": sessions.LIFETIME.days,
        "states": tidying.STATES_KEPT.days,
    }
    assert 'id="identity_verification"' in html
    assert 'href="tel:12333"' in html


# ----------------------------------------------------------------------------------------------------------- footer


@pytest.mark.parametrize("path", ["/", "/help", "/privacy", APPLY, "/login", "/nothing"])
def test_every_page_ends_with_who_runs_it_help_and_privacy(jieyang: Town, path: str) -> None:
    html = jieyang.client().get(path).text
    (footer,) = re.findall(r"<footer.*?</footer>", html, re.DOTALL)

    assert "揭阳市人力资源和社会保障局" in footer
    assert 'href="/help"' in footer
    assert 'href="/privacy"' in footer
    assert "beian" not in footer


def test_the_record_number_is_a_link_once_there_is_one(jieyang: Town) -> None:
    with served_as(jieyang, icp="粤ICP备00000000号-1"):
        html = page(jieyang.client(), "/")

    assert '<a href="https://beian.miit.gov.cn/" rel="noreferrer">粤ICP备00000000号-1</a>' in html


# --------------------------------------------------------------------------------------------------------- refusals


def has_a_way_on(html: str) -> None:
    """A link home, the phone, and the window, in words."""
    assert 'href="/"' in html
    assert 'href="tel:12333"' in html
    assert "窗口" in said(html)
    assert not re.search(r"[a-z]+-[a-z]+-?[a-z]*(?=。)|Traceback|请勿|系统异常|！", said(html))


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/bundles/nothing",
        f"{GUIDE}/nothing",
        f"{APPLY}/card",
        f"{APPLY}/materials/nothing",
        "/cases/JY20990101-0001",
        "/cases/JY20990101-0001/receipt",
        "/uploads/nothing",
        "/login/face/nothing",
    ],
)
def test_what_is_not_there_names_a_next_step(jieyang: Town, path: str) -> None:
    has_a_way_on(page(signed_in(jieyang, "looking"), path, 404))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, 503])
def test_every_refusal_names_a_next_step(jieyang: Town, status: int) -> None:
    with jieyang.app.test_request_context("/help"):
        answer = jieyang.app.make_response(error_page(status))

    assert answer.status_code == status
    has_a_way_on(answer.get_data(as_text=True))


def test_a_wrong_way_to_ask_and_a_stale_form_name_a_next_step(jieyang: Town) -> None:
    client = signed_in(jieyang, "stale")
    refused = client.post("/help", data={"csrf_token": "none"})
    assert refused.status_code in (400, 405)
    has_a_way_on(refused.text)
    stale = client.post(f"{APPLY}/draft", data={"csrf_token": "old"})
    assert stale.status_code == 400
    has_a_way_on(stale.text)


def test_a_far_side_that_is_away_names_a_next_step(jieyang: Town) -> None:
    client = signed_in(jieyang, "patient")
    jieyang.registry.away = True
    try:
        answer = client.get(f"{CHANGE}/card")
    finally:
        jieyang.registry.away = False

    if answer.status_code >= 400:
        has_a_way_on(answer.text)


def test_a_face_sign_in_that_was_not_finished_names_a_next_step(jieyang: Town) -> None:
    client: FlaskClient = jieyang.browser("unfinished")
    consent = re.search(r'name="consent" value="([^"]+)"', page(client, "/login"))
    assert consent
    typed = {"provider": "signed", "name": NAME, "id_type": "resident_id", "id_number": NUMBER}
    send(client, "/login", consent=consent.group(1), **typed)
    back = list(jieyang.provider.started.values())[-1].return_url.partition("8000")[2]
    waiting = client.get(back).location
    assert "再看一次" in page(client, waiting)

    jieyang.provider.decide("failed")
    jieyang.later(2)
    has_a_way_on(page(client, waiting))


def test_who_has_no_card_of_use_is_told_what_to_do(jieyang: Town) -> None:
    html = page(signed_in(jieyang, "nothing-to-activate"), f"{GUIDE}/activate/card")

    assert "没有能办这一项的社保卡" in html
    for address in (GUIDE, "/", "/help", "tel:12333"):
        assert f'href="{address}"' in html


def test_a_draft_that_ran_out_leads_to_an_empty_form_not_to_a_fault(jieyang: Town) -> None:
    client = signed_in(jieyang, "late")
    send(client, f"{APPLY}/form", **{"form.phone": "13800005620"})
    jieyang.later(31 * 86_400)

    html = page(jieyang.client(), APPLY)
    assert "开始办理" in html
    has_a_way_on(html)
    assert client.get(f"{APPLY}/form").location.startswith("/login?")


def test_the_service_phone_stands_in_a_guide_without_contacts(jieyang: Town, publish: Publish) -> None:
    publish("apply", {}, contacts=[])

    assert page(jieyang.client(), APPLY).count('href="tel:12333"') == 1

"""The way from the guide to the receipt: drafts, photos, what is on top, and what a second press meets."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from bundles.application import Fault
from bundles.clock import ClockEvent
from bundles.definition import Field, Guide, Item
from tests.web.pages import APPLY, CHANGE, SAMPLES, hand_in, hidden, page, send, signed_in, upload
from tests.web.world import BUNDLE, Town
from wxserver.store import cases
from wxserver.web.citizen.cases import by_date
from wxserver.web.citizen.typed import date_parts, said_in_boxes, typed_form

IDENTITY, PHOTO = f"{APPLY}/materials/identity", f"{APPLY}/materials/photo"
PROGRESS = f"/bundles/{BUNDLE}/production-progress"
SOMEBODY_ELSE = "445202198503151238"


@pytest.fixture
def lin(jieyang: Town) -> FlaskClient:
    """Signed in, with no draft of an application."""
    client = signed_in(jieyang, "lin-on-her-way")
    client.post(f"{APPLY}/draft", data={"csrf_token": hidden(page(client, "/me"), "csrf_token")})
    return client


def pictures(html: str) -> list[str]:
    """The ids of the pictures on a page."""
    return re.findall(r'src="/uploads/([0-9a-f]{32})"', html)


# ---------------------------------------------------------------------------------------------------------- drafts


def test_the_form_is_kept_when_the_page_is_left_right_or_wrong(lin: FlaskClient) -> None:
    token = hidden(page(lin, f"{APPLY}/form"), "csrf_token")
    left = lin.post(f"{APPLY}/form", data={"csrf_token": token, "leaving": "1", "form.phone": "1380"})

    assert (left.status_code, left.data) == (204, b"")
    assert 'value="1380"' in page(lin, f"{APPLY}/form")


def test_who_leaves_with_a_strange_token_keeps_nothing_and_sees_nothing(lin: FlaskClient) -> None:
    left = lin.post(f"{APPLY}/form", data={"csrf_token": "old", "leaving": "1", "form.phone": "1380"})

    assert (left.status_code, left.data) == (400, b"")
    assert "1380" not in page(lin, f"{APPLY}/form")


def test_a_draft_goes_on_where_it_stopped(lin: FlaskClient) -> None:
    send(lin, f"{APPLY}/form", **{"form.phone": "1380"})
    assert f'class="draft-go" href="{APPLY}/form"' in page(lin, APPLY)

    send(lin, f"{APPLY}/form", **{"form.phone": "13800005620"})
    assert f'class="draft-go" href="{IDENTITY}"' in page(lin, APPLY)

    upload(lin, "identity", "id-front.jpg")
    html = page(lin, APPLY)
    assert f'class="draft-go" href="{PHOTO}"' in html
    assert (html.count(">已完成<"), html.count(">未完成<")) == (2, 1)

    upload(lin, "photo", "portrait-white.jpg")
    assert f'class="draft-go" href="{APPLY}/check"' in page(lin, APPLY)


def test_a_draft_can_be_deleted_from_the_guide(lin: FlaskClient) -> None:
    send(lin, f"{APPLY}/form", **{"form.phone": "13800005620"})
    html = page(lin, APPLY)
    assert f'action="{APPLY}/draft"' in html

    gone = lin.post(f"{APPLY}/draft", data={"csrf_token": hidden(html, "csrf_token")})
    assert (gone.status_code, gone.location) == (303, APPLY)
    assert "的草稿" not in page(lin, APPLY)
    assert "13800005620" not in page(lin, f"{APPLY}/form")


# ---------------------------------------------------------------------------------------------------------- photos


def test_a_photo_step_shows_samples_then_the_picture_then_leads_on(lin: FlaskClient) -> None:
    send(lin, f"{APPLY}/form", **{"form.phone": "13800005620"})
    html = page(lin, IDENTITY)
    assert "第 3 步，共 5 步" in html
    assert html.count("不可以") == 2

    assert upload(lin, "identity", "id-front.jpg").location == IDENTITY
    html = page(lin, IDENTITY)
    (shown,) = pictures(html)
    assert "还可以传 1 张" in html
    picture = lin.get(f"/uploads/{shown}")
    assert (picture.mimetype, picture.headers["Cache-Control"]) == ("image/jpeg", "private, no-store")
    assert picture.data.startswith(b"\xff\xd8\xff")

    typed = {"csrf_token": hidden(html, "csrf_token"), "do": "next"}
    assert lin.post(IDENTITY, data=typed).location == PHOTO
    assert lin.post(f"{IDENTITY}?from=check", data=typed).location == f"{APPLY}/check"


def test_going_on_without_a_needed_photo_says_so(lin: FlaskClient) -> None:
    token = hidden(page(lin, PHOTO), "csrf_token")
    refused = lin.post(PHOTO, data={"csrf_token": token, "do": "next"})

    assert refused.status_code == 422
    assert refused.text.count("请先上传电子证件照，再点下一步。") == 2
    assert "<title>错误：" in refused.text
    assert "请先选一张照片" in lin.post(PHOTO, data={"csrf_token": token, "do": "add"}).text


def test_a_photo_that_is_refused_says_why_at_the_field_and_nothing_is_kept(lin: FlaskClient) -> None:
    refused = upload(lin, "photo", "portrait-bluish.jpg")

    assert refused.status_code == 422
    assert refused.text.count("偏蓝") >= 2
    assert pictures(page(lin, PHOTO)) == []


def test_a_picture_can_be_replaced_in_its_place_and_taken_away(lin: FlaskClient) -> None:
    upload(lin, "identity", "id-front.jpg")
    upload(lin, "identity", "id-back.jpg")
    front, back = pictures(page(lin, IDENTITY))
    assert "上传这张" not in page(lin, IDENTITY)
    assert "换第 1 张" in page(lin, f"{IDENTITY}?replace={front}")

    assert upload(lin, "identity", "portrait-white.jpg", replace=front).status_code == 303
    new, same = pictures(page(lin, IDENTITY))
    assert (new != front, same) == (True, back)

    token = hidden(page(lin, IDENTITY), "csrf_token")
    assert lin.post(IDENTITY, data={"csrf_token": token, "do": "delete", "upload": new}).location == IDENTITY
    assert pictures(page(lin, IDENTITY)) == [back]


def test_a_program_is_answered_as_one_and_the_same_key_adds_nothing(lin: FlaskClient) -> None:
    token = hidden(page(lin, IDENTITY), "csrf_token")
    headers = {"Accept": "application/json", "Idempotency-Key": "one-chosen-file"}

    def sent(sample: str) -> Any:
        with (SAMPLES / sample).open("rb") as file:
            return lin.post(
                IDENTITY,
                data={"csrf_token": token, "do": "add", "file": (file, sample)},
                headers=headers,
                content_type="multipart/form-data",
            )

    first, second, other = sent("id-front.jpg"), sent("id-front.jpg"), sent("id-back.jpg")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert pictures(page(lin, IDENTITY)) == [first.json["id"]]
    assert (other.status_code, other.json["code"]) == (409, "idempotency-mismatch")


def test_a_file_beyond_all_measure_is_answered_with_a_way_to_choose_another(lin: FlaskClient) -> None:
    token = hidden(page(lin, PHOTO), "csrf_token")
    name = "Content-Disposition: form-data; name="
    head = f'--b\r\n{name}"csrf_token"\r\n\r\n{token}\r\n--b\r\n{name}"file"; filename="huge.jpg"\r\n\r\n'
    body = head.encode() + bytes(22 * 1024 * 1024) + b"\r\n--b--\r\n"
    refused = lin.post(PHOTO, data=body, content_type="multipart/form-data; boundary=b")

    assert refused.status_code == 413
    assert "最多 20 MB" in refused.text
    assert f'href="{PHOTO}">重新选一张' in refused.text


def test_somebody_elses_picture_does_not_exist(jieyang: Town, lin: FlaskClient) -> None:
    upload(lin, "identity", "id-front.jpg")
    (mine,) = pictures(page(lin, IDENTITY))
    stranger = signed_in(jieyang, "curious", SOMEBODY_ELSE)

    page(stranger, f"/uploads/{mine}", 404)


def test_an_item_without_such_a_material_has_no_such_step(lin: FlaskClient) -> None:
    page(lin, f"{CHANGE}/materials/photo", 404)
    page(lin, f"{APPLY}/materials/household-register", 404)


def test_a_picture_changed_in_another_tab_is_checked_again(lin: FlaskClient) -> None:
    send(lin, f"{APPLY}/form", **{"form.phone": "13800005620"})
    hand_in(lin)
    before = page(lin, f"{APPLY}/check")
    assert len(pictures(before)) == 2
    token = hidden(before, "csrf_token")
    lin.post(PHOTO, data={"csrf_token": token, "do": "delete", "upload": pictures(before)[1]})
    upload(lin, "photo", "portrait-white.jpg")

    kept = {name: hidden(before, name) for name in ("csrf_token", "submission_key", "seen")}
    assert lin.post(f"{APPLY}/check", data=kept).status_code == 409


# ------------------------------------------------------------------------------------------------- after submitting


def test_back_after_submitting_leads_to_the_case_and_the_receipt_opens_it(jieyang: Town) -> None:
    client = signed_in(jieyang, "going-back")
    cards = re.search(r'name="card_id" value="([^"]+)"', page(client, f"{CHANGE}/card"))
    assert cards
    send(client, f"{CHANGE}/card", card_id=cards.group(1))
    send(client, f"{CHANGE}/form", **{"form.phone": "13800005620"})
    case = send(client, f"{CHANGE}/check").location.partition("?")[0]

    assert client.get(f"{CHANGE}/check").location == case
    html = page(client, f"{case}/receipt")
    assert case.rpartition("/")[2] in html
    assert "data:image/svg+xml" in html
    assert "138****5620" in html
    assert "13800005620" not in html


def test_an_item_that_asks_nothing_is_not_offered_again_by_going_back(jieyang: Town) -> None:
    client = signed_in(jieyang, "only-looking")
    assert f'href="{PROGRESS}/check?begin=1"' in page(client, PROGRESS)
    assert client.get(f"{PROGRESS}/check?begin=1").location == f"{PROGRESS}/check"
    case = send(client, f"{PROGRESS}/check").location.partition("?")[0]

    assert client.get(f"{PROGRESS}/check").location == case


def test_a_paused_case_stands_on_top_and_says_since_when_what_is_left_and_what_would_follow(jieyang: Town) -> None:
    client = signed_in(jieyang, "asked-to-mend", "445202196001010014")
    send(client, f"{APPLY}/form", **{"form.phone": "13800005620"})
    hand_in(client)
    number = send(client, f"{APPLY}/check").location.partition("?")[0].rpartition("/")[2]
    casework = jieyang.app.extensions["usecases"].casework
    with casework.database.write() as unit:
        row = unit.connection.execute(text("SELECT id FROM 'case' WHERE number = :n"), {"n": number}).scalar_one()
        case, now = cases.by_id(unit, row), casework.clock.now()
        casework.turn_clock(unit, case, ClockEvent("suspend", now, word="补正"), "asked")
        casework.settle(unit, case, correcting_since=now)

    first = page(client, "/cases").partition('class="section"')[0]
    assert "需要您操作" in first
    assert number in first
    html = page(client, f"/cases/{number}")
    assert "办理时间已暂停计算" in html
    assert re.search(r"起暂停，<span class=\"nowrap\">还剩 25 个工作日</span>", html)
    assert re.search(r"今天补好，预计 .*月\d+日前办结", html)
    assert "预计办结</p>" not in html


def test_what_is_due_first_stands_on_top_and_what_has_no_date_below() -> None:
    found: Any = [SimpleNamespace(due_on=due) for due in (None, date(2026, 12, 31), date(2026, 12, 8))]

    assert [each.due_on for each in by_date(found)] == [date(2026, 12, 8), date(2026, 12, 31), None]


# ----------------------------------------------------------------------------------------------------- signing in


def test_the_login_says_that_what_was_typed_is_safe_and_returns_to_the_step(jieyang: Town) -> None:
    client = jieyang.browser("session-ended")
    sent = client.post(f"{APPLY}/form", data={"form.phone": "13800005620", "csrf_token": "x"})
    assert sent.status_code in (303, 400)
    html = page(client, f"/login?next={APPLY}/form")

    assert "您填过的都存在草稿里" in html
    assert f'name="next" value="{APPLY}/form"' in html


def test_the_form_says_until_when_the_sign_in_lasts(jieyang: Town) -> None:
    client = signed_in(jieyang, "slow-typist")
    jieyang.later(27 * 60)
    found = re.search(r'data-left="(\d+)"', page(client, f"{APPLY}/form"))

    assert found
    assert 0 < int(found.group(1)) < 200


# ---------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("boxes", "composed"),
    [
        ({"year": "1956", "month": "3", "day": "12"}, "1956-03-12"),
        ({"year": "1956", "month": "", "day": "12"}, "1956--12"),
        ({"year": "", "month": "", "day": ""}, ""),
    ],
)
def test_a_date_comes_in_three_boxes_and_goes_back_into_them(
    jieyang: Town, boxes: dict[str, str], composed: str
) -> None:
    item = replace(Item("x", "x", "x", "x", "profile", {}, Guide("x")), fields=(Field("born", "date", "出生日期"),))
    sent = {f"form.born.{part}": value for part, value in boxes.items()}
    with jieyang.app.test_request_context(method="POST", data=sent):
        assert typed_form(item) == {"born": composed}

    again = date_parts(composed)
    assert {part: value.lstrip("0") for part, value in again.items()} == boxes


def test_an_incomplete_date_is_asked_for_in_boxes() -> None:
    item = replace(Item("x", "x", "x", "x", "profile", {}, Guide("x")), fields=(Field("born", "date", "出生日期"),))
    fault = Fault("form.born", "bad-date", "出生日期请写成 2026-01-31 这样的年、月、日。")

    (said,) = said_in_boxes(item, {"born": "1956--12"}, [fault])
    assert said.message == "出生日期的年、月、日都要填数字，例如 1956 年 3 月 12 日。"
    assert said_in_boxes(item, {"born": "1956-02-30"}, [fault]) == (fault,)

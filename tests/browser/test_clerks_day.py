"""A clerk's day: a new item from nothing to a citizen's date, by pressing buttons, with and without JavaScript.

Two app processes serve the town; what one publishes the other offers, without a restart.
"""

from __future__ import annotations

import re
from datetime import date, timedelta, timezone
from functools import partial
from typing import Any

import chinese_calendar
import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.hands import editor_anew
from tests.far_sides import free_port, running_app
from tests.town import BUNDLE, wait_for

SHANGHAI = timezone(timedelta(hours=8))
FIELDS = ("社区名称", "楼栋", "门牌", "行动情况", "轮椅宽度", "联系人")
MATERIALS = ("身份证照片", "家门口照片")
QUESTIONS = ("谁会上门？", "要等多久？")


class Clerk:
    """Works in the editor: fields by the path that they write to, buttons by what they do."""

    def __init__(self, page: Page, place: str, *, scripts: bool) -> None:
        self.page, self.place, self.scripts = page, place, scripts

    def open(self, section: str) -> None:
        self.page.goto(f"{self.place}/{section}")

    def type(self, path: str, words: str) -> None:
        self.page.locator(f'[name="doc.items[7].{path}"]').first.fill(words)

    def choose(self, path: str, value: str) -> None:
        self.page.locator(f'select[name="doc.items[7].{path}"]').select_option(value)

    def tick(self, path: str, value: str = "") -> None:
        box = f'input[name="doc.items[7].{path}"]' + (f'[value="{value}"]' if value else "")
        self.page.locator(box).check()

    def press(self, action: str) -> None:
        """A button of the form; its answer is there afterwards."""
        button = self.page.locator(f'button.btn[name="action"][value="{action}"]').first
        with editor_anew(self.page):
            button.click()

    def save(self) -> None:
        self.press("save")

    def faults(self) -> list[str]:
        """What is listed on top of the page."""
        return self.page.locator("#wrongs li").all_inner_texts()


def fifteen_working_days_after(start: date) -> date:
    day, left = start, 15
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    return day


def make_the_item(clerk: Clerk) -> None:
    """Six questions of which one shows only sometimes, two materials, fifteen working days, two questions answered."""
    clerk.open("items")
    clerk.press("add:items")
    clerk.open("items/item-8")
    clerk.type("name", "老年人上门服务")
    clerk.type("short_name", "上门服务")
    clerk.type("summary", "行动不便的老人，由工作人员上门办理")
    clerk.save()
    clerk.open("items/item-8/limits")
    clerk.type("limits.online.amount", "15")
    clerk.save()
    for number, label in enumerate(FIELDS):
        clerk.open("items/item-8/fields")
        clerk.press("add:items[7].fields")
        clerk.open(f"items/item-8/fields/field-{number + 1}")
        clerk.type(f"fields[{number}].label", label)
        clerk.save()
    clerk.open("items/item-8/fields/field-4")
    clerk.choose("fields[3].kind", "choice")
    clerk.tick("fields[3].required")
    clerk.save()
    for number, label in enumerate(("能走动", "坐轮椅")):
        clerk.press("add:items[7].fields[3].choices")
        clerk.type(f"fields[3].choices[{number}].label", label)
    clerk.save()
    clerk.open("items/item-8/fields/field-5")
    clerk.press("add:items[7].fields[4].visible_when:condition")
    clerk.choose("fields[4].visible_when.kind", "field")
    clerk.press("retype:items[7].fields[4].visible_when")
    clerk.choose("fields[4].visible_when.field", "field-4")
    clerk.save()
    clerk.tick("fields[4].visible_when.values", "choice-2")
    clerk.save()
    for number, (name, kind) in enumerate(zip(MATERIALS, ("identity_document", "scene"), strict=True)):
        clerk.open("items/item-8/materials")
        clerk.press("add:items[7].materials")
        clerk.open(f"items/item-8/materials/material-{number + 1}")
        clerk.type(f"materials[{number}].name", name)
        clerk.choose(f"materials[{number}].kind", kind)
        clerk.save()
    for number, question in enumerate(QUESTIONS):
        clerk.open("items/item-8/questions")
        clerk.press("add:items[7].questions")
        clerk.open(f"items/item-8/questions/question-{number + 1}")
        clerk.type(f"questions[{number}].question", question)
        clerk.type(f"questions[{number}].answer", "提交后会有人打电话约时间。")
        clerk.save()


def plant_and_mend(clerk: Clerk) -> None:
    """Three mistakes: a limit that is no number, a question without words, a condition on a question that is gone."""
    clerk.open("items/item-8/limits")
    clerk.type("limits.online.amount", "十五")
    clerk.save()
    expect(clerk.page.locator('[id="f-doc.items[7].limits.online.amount-error"]')).to_contain_text("整数")
    clerk.open("items/item-8/fields/field-1")
    clerk.type("fields[0].label", "")
    clerk.save()
    expect(clerk.page.locator('[id="f-doc.items[7].fields[0].label-error"]')).to_contain_text("不能空着")
    clerk.open("items/item-8/fields")
    clerk.page.get_by_label("删除“行动情况”").click()
    clerk.press("del:items[7].fields[3]")
    clerk.open("items/item-8/fields/field-5")
    assert clerk.page.locator("option.gone", has_text="已删除").count() == 1
    faults = clerk.faults()
    assert len(faults) == 3, faults
    with editor_anew(clerk.page):
        clerk.page.get_by_role("button", name=re.compile("^撤销")).click()
    assert len(clerk.faults()) == 2
    clerk.page.locator("#wrongs a", has_text="整数").click()
    expect(clerk.page).to_have_url(re.compile(r"/items/item-8/limits"))
    clerk.type("limits.online.amount", "15")
    clerk.save()
    clerk.open("items/item-8/fields/field-1")
    clerk.type("fields[0].label", FIELDS[0])
    clerk.save()
    assert clerk.faults() == []


def look_at_the_preview(clerk: Clerk) -> None:
    clerk.page.goto(f"{clerk.place}/preview")
    phone = clerk.page.frame_locator("iframe").first
    expect(phone.get_by_text("老年人上门服务").first).to_be_visible()
    expect(phone.get_by_text(re.compile("不会提交")).first).to_be_visible()


@pytest.mark.parametrize(("scripts", "ahead"), [(True, 2), (False, 3)], ids=["with-scripts", "without-scripts"])
def test_a_clerk_makes_an_eighth_item_and_a_citizen_gets_its_date(
    town: Any, desks: Any, scripts: bool, ahead: int
) -> None:
    day = (town.desk.publishing.clock.now() + timedelta(days=ahead)).astimezone(SHANGHAI).date()
    town.sandbox.control("time", {"set": f"{day}T10:00:00+08:00"})
    page, editor = desks.sit("editor", scripts=scripts, regions=("445200",))
    page.goto(f"/admin/bundles/{BUNDLE}")
    begun = town.desk.editing.begin(editor, BUNDLE)
    clerk = Clerk(page, f"/admin/bundles/{BUNDLE}/drafts/{begun.number}", scripts=scripts)
    make_the_item(clerk)
    plant_and_mend(clerk)
    look_at_the_preview(clerk)
    page.goto(f"{clerk.place}/submission")
    page.locator("#f-comment").fill("局务会 11月24日 同意")
    page.locator("#submission-form button[type=submit]").click()

    second, _ = desks.sit("publisher", scripts=scripts)
    second.goto(f"{clerk.place}/review")
    expect(second.get_by_text("老年人上门服务").first).to_be_visible()
    expect(second.get_by_text("件在办", exact=False).first).to_be_visible()
    second.locator('input[name="when"][value="at"]').check()
    second.locator("#f-date").fill(f"{day}")
    second.locator("#f-time").fill("10:20")
    second.locator("#f-seen").check()
    second.get_by_role("button", name=re.compile("^发布第")).click()
    expect(second.get_by_text(re.compile("10:20")).first).to_be_visible()

    port = free_port()
    with running_app(town.sandbox.config, port, town.sandbox.var_dir, set_up=False) as other:

        def is_offered(url: str) -> bool:
            return "item-8" in offered(url)

        def offered(url: str) -> list[str]:
            with requests.Session() as plain:
                plain.trust_env = False
                return [each["code"] for each in plain.get(f"{url}/api/v1/bundles/{BUNDLE}").json()["items"]]

        assert "item-8" not in offered(other.url)
        assert "item-8" not in offered(town.url)
        town.sandbox.control("time", {"set": f"{day}T10:21:00+08:00"})
        for url in (town.url, other.url):
            wait_for(partial(is_offered, url))
        citizen = town.citizen("active").sign_in()
        form = {"field-1": "东门社区", "field-2": "3 栋", "field-3": "501", "field-4": "choice-2", "field-6": "陈小明"}
        uploads = [citizen.uploaded("identity_document"), citizen.uploaded("scene")]
        answer = citizen.submit("item-8", form=form, uploads=uploads)
        assert answer.status_code == 201, answer.text
        assert answer.json()["due_on"] == fifteen_working_days_after(day).isoformat()
        there = citizen.http.get(f"{other.url}/api/v1/cases/{answer.json()['number']}")
        assert there.json()["due_on"] == answer.json()["due_on"]

    now = town.desk.publishing.versions(BUNDLE)
    town.desk.publishing.rollback(BUNDLE, 1, by="cleaner")
    assert now[-1].number == begun.number

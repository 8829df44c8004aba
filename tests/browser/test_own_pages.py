"""A guardian's pages and one's own, in both text sizes: no barrier, no pale or small text, nothing cut off."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import scenes_of_identity, scenes_of_wards, sight
from tests.browser.scenes_of_wards import child_of
from tests.browser.visiting import visit

GROUPS = scenes_of_wards.GROUPS | scenes_of_identity.GROUPS


@pytest.mark.parametrize("group", GROUPS)
def test_pages_of_one_s_own_have_no_barrier_and_nothing_is_cut_off(street, town, group):
    prepared = GROUPS[group](town)
    faults = [
        f"{scene.name}: {check}: {each}"
        for scene, page in visit(street, prepared)
        for check, found in sight.everything(page).items()
        for each in found
    ]
    assert not faults, "\n".join(faults)


def told(page: Page) -> list[list[str]]:
    """What a page says goes, and what it says stays, row by row, but messages: more may come at any moment."""
    lists = [each.locator(".answer").all_inner_texts() for each in page.locator("main dl").all()]
    rows = [[re.sub(r"\s+", "", row) for row in each] for each in lists]
    return [[row for row in each if not row.startswith("给您的消息")] for each in rows]


@pytest.mark.parametrize("big", [False, True])
def test_what_is_announced_before_deleting_oneself_is_what_is_said_to_be_done(street, town, big):
    citizen = town.citizen("active").sign_in()
    child_of(town, citizen, proven=False)
    number = citizen.apply().json()["number"]
    citizen.uploaded("photo")
    citizen.cards()
    page = street.phone(citizen, big=big)
    page.goto(town.url + "/me/data/erase")
    goes, stays = announced = told(page)
    assert "没有提交的材料和照片1项" in goes
    assert any(each.startswith("从社保卡系统查到的卡和信息") for each in goes)
    assert "您的同意2项全部收回；什么时候同意、什么时候收回，留作凭证。" in goes
    assert any(re.fullmatch("核对身份时填的姓名和号码[1-9]项核对的结果和时间留着。", each) for each in goes)
    assert f"办件记录和交过的材料1项{number}法律要求保存办事记录。" in stays
    page.get_by_role("button", name="删除，并退出登录").click()
    expect(page.get_by_role("heading", name="已经删了")).to_be_visible()
    assert told(page) == announced
    assert not [each for found in sight.everything(page).values() for each in found]
    expect(page.get_by_text(number)).to_have_count(2)
    expect(page.locator("main .nowrap", has_text=number)).to_have_count(2)

"""Choosing place, bank and region on a phone: at once with the script, round by round without it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import sight
from tests.browser.street import next_page
from tests.web.test_places import BANK, CITY, CODE, FROM, HOME, STREET, definition

STEP = f"/bundles/{CODE}/apply"


@pytest.fixture
def phone(town, street):
    """A phone of somebody signed in, in front of a bundle that is open in a few cities."""
    document = definition([CITY, BANK, HOME, STREET, FROM])
    town.desk.publishing.import_document(document, origin="command", by="test", comment="test")
    citizen = town.citizen("active").open().sign_in()
    return lambda **more: street.phone(citizen, **more)


def test_banks_and_the_next_list_of_a_region_come_at_once(town, phone, picture):
    page = phone()
    page.goto(f"{town.url}{STEP}/place")
    expect(page.get_by_role("radio")).to_have_count(0)
    page.get_by_label("办卡城市").select_option("广州市")
    expect(page.get_by_role("radio")).to_have_count(2)
    page.get_by_text("工商银行").click()
    page.get_by_label("办卡城市").select_option("深圳市")
    expect(page.get_by_role("radio", name="邮储银行")).to_be_checked()
    picture(page, "place")
    next_page(page)

    expect(page.get_by_role("heading", name="填写信息")).to_be_visible()
    page.get_by_label("居住地区，选省").select_option("广东省")
    page.get_by_label("居住地区，选市").select_option("揭阳市")
    page.get_by_label("居住地区，选区县").select_option("榕城区")
    picture(page, "region")
    page.get_by_label("居住地区，选省").select_option("北京市")
    expect(page.get_by_label("居住地区，选市")).to_have_count(0)
    page.get_by_label("居住地区，选区县").select_option("东城区")
    page.get_by_label("户口所在地，选市").select_option("石河子市")
    expect(page.locator("select")).to_have_count(3)
    next_page(page)

    expect(page.get_by_role("heading", level=1, name=re.compile("上传"))).to_be_visible()
    page.goto(f"{town.url}{STEP}/check")
    for answer in ("深圳市", "邮储银行", "北京市东城区", "新疆维吾尔自治区石河子市"):
        expect(page.get_by_text(answer)).to_be_visible()


def test_without_javascript_it_takes_a_round_more(town, phone, picture):
    page = phone(scripts=False, width=320)
    page.goto(f"{town.url}{STEP}/place")
    page.get_by_label("办卡城市").select_option("广州市")
    next_page(page)
    page.get_by_text("工商银行").click()
    next_page(page)
    for word, name in (("省", "广东省"), ("市", "揭阳市"), ("区县", "榕城区")):
        expect(page.get_by_role("heading", name="填写信息")).to_be_visible()
        page.get_by_label(f"居住地区，选{word}").select_option(name)
        picture(page, f"region-round-{name}")
        next_page(page)
    expect(page.get_by_role("heading", name="填写信息")).to_have_count(0)


def test_a_region_half_chosen_is_there_again_after_signing_in_once_more(town, phone):
    page = phone()
    page.goto(f"{town.url}{STEP}/form")
    page.get_by_label("居住地区，选省").select_option("广东省")
    page.get_by_label("居住地区，选市").select_option("揭阳市")
    expect(page.get_by_label("居住地区，选区县")).to_be_visible()
    kept = page.evaluate(
        """() => { const kept = {};
        document.querySelectorAll("#fill [name^='form.']").forEach(each => { kept[each.name] = each.value; });
        kept["form.home"] = "445202";
        sessionStorage.setItem("typed " + location.pathname, JSON.stringify(kept)); }"""
    )
    assert kept is None
    page.goto(f"{town.url}{STEP}/form?again")
    expect(page.get_by_label("居住地区，选区县")).to_have_value("445202")


def test_the_pages_are_easy_to_see_and_to_touch(town, phone, picture):
    for big in (False, True):
        page = phone(big=big)
        said = "-big" if big else ""
        page.goto(f"{town.url}/bundles/{CODE}/places")
        picture(page, f"places{said}")
        page.goto(f"{town.url}{STEP}/place")
        picture(page, f"place-empty{said}")
        page.get_by_label("办卡城市").select_option("广州市")
        page.get_by_text("还不能选的地方").click()
        picture(page, f"place{said}")
        page.goto(f"{town.url}{STEP}/form")
        page.get_by_label("居住地区，选省").select_option("广东省")
        page.get_by_label("居住地区，选市").select_option("揭阳市")
        expect(page.get_by_label("居住地区，选区县")).to_be_visible()
        picture(page, f"region{said}")
        next_page(page)
        picture(page, f"region-wrong{said}")
    faults = []
    page = phone()
    for path in (f"/bundles/{CODE}/places", f"{STEP}/place", f"{STEP}/form"):
        page.goto(f"{town.url}{path}")
        if path.endswith("/place"):
            page.get_by_label("办卡城市").select_option("广州市")
            page.get_by_text("还不能选的地方").click()
        faults += [f"{path}: {check}: {each}" for check, found in sight.everything(page).items() for each in found]
    assert not faults, "\n".join(faults)

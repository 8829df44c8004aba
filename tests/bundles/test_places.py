"""Which item and which bank is open where, and how a closed one is refused (KS-8)."""

from dataclasses import replace
from typing import Any

import pytest

from bundles import places
from bundles.definition import Bank, Bundle, Field, Item, Place
from bundles.forms import clean
from bundles.places import Offer, banks_at, fault_of_card, open_places
from tests.bundles.making import item, jieyang

PLACE = Field("city", "place", "办卡城市", required=True)
BANK = Field("bank", "bank", "发卡银行", required=True)
BUNDLE: Bundle = replace(
    jieyang(),
    selection="many",
    banks=(Bank("abc", "中国农业银行"), Bank("icbc", "中国工商银行"), Bank("post", "邮政储蓄银行")),
    places=(
        Place("440100", "广州市", ("apply", "loss", "replace"), ("abc", "icbc")),
        Place("440300", "深圳市", ("loss",), ("abc",)),
        Place("445200", "揭阳市", (), ()),
        Place("445281", "普宁市", ("loss",), ()),
        Place("650000", "新疆维吾尔自治区", ("apply",), ("post",)),
    ),
)


def cleaned(field: Field, value: object, code: str, place: str | None = None) -> Any:
    return clean(field, value, Offer(BUNDLE, code, place))


def both() -> Item:
    found = BUNDLE.item("loss+replace")
    assert found is not None
    return found


@pytest.mark.rule("KS-8")
def test_an_item_is_open_in_the_places_that_name_it():
    assert [each.name for each in open_places(BUNDLE, item("loss"))] == ["广州市", "深圳市", "普宁市"]
    assert [each.name for each in open_places(BUNDLE, item("apply"))] == ["广州市", "新疆维吾尔自治区"]


def test_items_chosen_together_are_open_where_all_of_them_are():
    assert [each.name for each in open_places(BUNDLE, both())] == ["广州市"]
    assert cleaned(PLACE, "440100", "loss+replace") == ("440100", None)
    assert cleaned(PLACE, "440300", "loss+replace")[1].code == "place-closed"


@pytest.mark.rule("KS-8")
def test_the_banks_are_those_of_the_place():
    assert [each.code for each in banks_at(BUNDLE, "440100")] == ["abc", "icbc"]
    assert banks_at(BUNDLE, "445200") == banks_at(BUNDLE, "999999") == ()
    assert banks_at(BUNDLE, None) == BUNDLE.banks


def test_a_place_and_a_bank_that_are_open_are_taken():
    assert cleaned(PLACE, "440100", "apply") == ("440100", None)
    assert cleaned(PLACE, "４４０１００", "apply") == ("440100", None)
    assert cleaned(BANK, "icbc", "apply", "440100") == ("icbc", None)
    assert cleaned(BANK, "post", "apply") == ("post", None)


@pytest.mark.rule("KS-8")
@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "440300",
            "深圳市还没有开通“社会保障卡申领”。那里现在能办：挂失/解除挂失。别的城市开通了什么，请看“哪里能办”这一页。",
        ),
        ("445200", "揭阳市还没有开通“社会保障卡申领”。别的城市开通了什么，请看“哪里能办”这一页。"),
        ("441900", "广东省东莞市还没有开通“社会保障卡申领”。别的城市开通了什么，请看“哪里能办”这一页。"),
        ("nowhere", "您选的地方还没有开通“社会保障卡申领”。别的城市开通了什么，请看“哪里能办”这一页。"),
    ],
)
def test_a_closed_place_says_what_is_open_there_instead(code, message):
    answer, fault = cleaned(PLACE, code, "apply")
    assert answer is None
    assert (fault.path, fault.code) == ("form.city", "place-closed")
    assert fault.message == message.replace("挂失/解除挂失", item("loss").short_name)


def test_an_item_that_the_bundle_does_not_have_is_open_nowhere():
    assert "还没有开通这一项" in cleaned(PLACE, "440100", "gone")[1].message


@pytest.mark.rule("KS-8")
@pytest.mark.parametrize(
    ("code", "place", "message"),
    [
        ("post", "440100", "广州市不能选“邮政储蓄银行”。能选的银行有：中国农业银行、中国工商银行。"),
        ("nobody", "440100", "广州市不能选这家银行。"),
        ("post", "445281", "普宁市还没有银行开通办卡，请换一个城市。别的城市开通了什么，请看“哪里能办”这一页。"),
        ("nobody", None, "这里不能选这家银行。"),
    ],
)
def test_a_closed_bank_names_those_that_are_open_there(code, place, message):
    answer, fault = cleaned(BANK, code, "apply", place)
    assert answer is None
    assert (fault.path, fault.code) == ("form.bank", "bank-closed")
    assert fault.message.startswith(message)


@pytest.mark.rule("KS-8")
@pytest.mark.parametrize(
    ("code", "region", "closed"),
    [
        ("loss", "440305", False),
        ("loss", "深圳市", False),
        ("replace", "广东省深圳市南山区", True),
        ("loss", "445281", False),
        ("loss", "445202", True),
        ("loss", "441900", True),
        ("loss", "440000", False),
        ("activate", "440000", True),
        ("loss", "990000", False),
        ("loss", "朝阳区", False),
        ("apply", "乌鲁木齐市", False),
        ("replace", "659001", True),
    ],
)
def test_a_card_is_refused_where_its_place_has_not_opened_the_item(code, region, closed):
    fault = fault_of_card(BUNDLE, item(code), region)
    assert (fault is not None) is closed
    if fault is not None:
        assert (fault.path, fault.code) == ("card_id", "place-closed")
        assert f"还没有开通“{item(code).name}”" in fault.message


def test_a_card_of_a_closed_place_says_where_it_is_from_and_what_is_open_there():
    fault = fault_of_card(BUNDLE, item("replace"), "440305")
    assert fault is not None
    assert fault.message.startswith("这张卡是深圳市发的。深圳市还没有开通")
    assert f"那里现在能办：{item('loss').short_name}。" in fault.message
    elsewhere = fault_of_card(BUNDLE, item("replace"), "441900")
    assert elsewhere is not None
    assert elsewhere.message.startswith("这张卡是广东省东莞市发的。")


def test_a_bundle_without_places_refuses_no_card():
    assert fault_of_card(jieyang(), item("replace"), "650100") is None


def test_a_place_is_found_by_its_code_alone():
    found = places.place_at(BUNDLE, "440300")
    assert found is not None
    assert found.name == "深圳市"
    assert places.place_at(BUNDLE, "440305") is None

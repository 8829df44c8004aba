"""Where a bundle is open, choosing place and bank before the form, and choosing a region in the form (KS-8)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from bundles.definition import Place
from tests.web.expectations import conforms
from tests.web.pages import hidden, page, signed_in
from tests.web.world import Town
from wxserver.web.citizen.places import by_province

CODE = "open-cities"
LIST = f"/bundles/{CODE}/places"
PLACE = f"/bundles/{CODE}/apply/place"
FORM = f"/bundles/{CODE}/apply/form"
SOMEBODY = "445202197503120015"

CITY = {"code": "city", "kind": "place", "label": "办卡城市", "required": True}
BANK = {"code": "bank", "kind": "bank", "label": "发卡银行", "required": True}
HOME = {"code": "home", "kind": "region", "label": "居住地区", "required": True}
STREET = {"code": "address", "kind": "address", "label": "详细地址", "region_field": "home"}
FROM = {"code": "from", "kind": "region", "label": "户口所在地", "within": "650000", "level": "city"}
BANKS = [
    {"code": "abc", "name": "农业银行"},
    {"code": "icbc", "name": "工商银行"},
    {"code": "post", "name": "邮储银行"},
]
PLACES = [
    {"code": "440100", "name": "广州市", "items": ["apply", "loss"], "banks": ["abc", "icbc"]},
    {"code": "440300", "name": "深圳市", "items": ["apply"], "banks": ["post"]},
    {"code": "445200", "name": "揭阳市", "items": ["loss"], "banks": ["abc"]},
    {"code": "350200", "name": "厦门市", "items": ["apply"], "banks": []},
    {"code": "650000", "name": "新疆", "items": [], "banks": []},
]


def definition(fields: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Jieyang's bundle under another name, opened in a few cities, with these questions for its first item."""
    text = (resources.files("bundles") / "definitions" / "jieyang.toml").read_text("utf-8")
    made = tomllib.loads(text) | {"code": CODE, "number_prefix": "OC", "banks": BANKS, "places": PLACES} | more
    made["items"] = [each | {"fields": fields} if each["code"] == "apply" else each for each in made["items"]]
    return made


def publish(town: Town, fields: list[dict[str, Any]], **more: Any) -> None:
    publishing = town.app.extensions["usecases"].publishing
    publishing.import_document(definition(fields, **more), origin="command", by="test", comment="test")


@pytest.fixture(scope="module")
def person(jieyang: Town) -> FlaskClient:
    return signed_in(jieyang, "place-chooser", SOMEBODY)


@pytest.fixture
def client(jieyang: Town, person: FlaskClient) -> Iterator[FlaskClient]:
    """Somebody signed in, without a draft, in front of the whole form."""
    publish(jieyang, [CITY, BANK, HOME, STREET, FROM])
    yield person
    dropped = {"csrf_token": hidden(page(person, "/me"), "csrf_token")}
    person.post(f"/bundles/{CODE}/apply/draft", data=dropped)


def choose(client: FlaskClient, **chosen: str) -> TestResponse:
    """Send the page as a browser without JavaScript does: what is disabled is not sent."""
    html = re.sub(r"<fieldset[^>]* disabled.*?</fieldset>", "", page(client, PLACE), flags=re.DOTALL)
    return again(client, PLACE, html, chosen)


def again(client: FlaskClient, path: str, html: str, chosen: dict[str, str]) -> TestResponse:
    """Send a page that came as an answer, with these choices."""
    kept = MultiDict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html))
    return client.post(path, data=MultiDict([*kept.items(multi=True), *((f"form.{k}", v) for k, v in chosen.items())]))


def kept(client: FlaskClient) -> str:
    """The check page, where what the draft holds is read back."""
    return page(client, f"/bundles/{CODE}/apply/check")


def fill(client: FlaskClient, **typed: str) -> TestResponse:
    return again(client, FORM, page(client, FORM), {name.replace("__", "."): text for name, text in typed.items()})


@pytest.mark.rule("KS-8.1", "KS-8.2")
def test_which_city_has_which_item_and_bank_open_is_told_to_everybody(jieyang: Town) -> None:
    publish(jieyang, [CITY, BANK])
    html = page(jieyang.client(), LIST)

    names = ("福建省", "厦门市", "广东省", "广州市", "深圳市", "揭阳市", "新疆维吾尔自治区")
    found = [html.index(name) for name in names]
    assert found == sorted(found)
    guangzhou = html[html.index("广州市") : html.index("深圳市")]
    assert all(words in guangzhou for words in ("申领", "挂失", "农业银行", "工商银行"))
    assert "邮储银行" not in guangzhou
    assert "还没有" in html[html.index("厦门市") : html.index("广东省")]
    assert "还没有开通" in html[html.rindex(">新疆<") :]


def test_a_bundle_without_places_says_that_it_is_open_everywhere(jieyang: Town) -> None:
    html = page(jieyang.client(), "/bundles/social-security-card/places")
    assert "广东省揭阳市都能办" in html


def test_a_place_of_no_known_region_stands_at_the_end() -> None:
    (first, last) = by_province([Place("000000", "别处"), Place("445200", "揭阳市")])
    assert (first[0], last[0]) == ("广东省", "其他地区")


@pytest.mark.rule("KS-8.1")
def test_a_guide_leads_to_the_list_where_a_place_is_to_be_chosen(jieyang: Town) -> None:
    publish(jieyang, [CITY, BANK])
    assert f'href="{LIST}"' in page(jieyang.client(), f"/bundles/{CODE}/apply")


@pytest.mark.rule("KS-8.3")
def test_only_open_places_can_be_chosen_and_the_closed_ones_say_why(client: FlaskClient) -> None:
    html = page(client, PLACE)
    select, _, closed = html.partition("</select>")

    assert "广州市" in select
    assert "深圳市" in select
    assert not any(name in select for name in ("揭阳市", "厦门市"))
    assert "那里现在能办：挂失" in closed[closed.index("揭阳市") :]
    assert "还没有银行开通办卡" in closed[closed.index("厦门市") :]


@pytest.mark.rule("KS-8.1")
def test_without_javascript_the_banks_come_in_a_second_round(client: FlaskClient) -> None:
    assert not re.search(r'data-bank="abc">', page(client, PLACE))

    second = choose(client, city="440100")
    assert second.status_code == 200
    shown = re.findall(r'data-bank="(\w+)">', second.text)
    assert shown == ["abc", "icbc"]

    done = again(client, PLACE, second.text, {"city": "440100", "bank": "icbc"})
    assert (done.status_code, done.location) == (303, FORM)
    answers = kept(client)
    assert "广州市" in answers
    assert "工商银行" in answers
    assert f"{PLACE}?from=check#form-city" in answers


def test_with_javascript_place_and_bank_come_together(client: FlaskClient) -> None:
    html = page(client, PLACE)
    done = again(client, PLACE, html, {"city": "440300", "bank": "post"})
    assert (done.status_code, done.location) == (303, FORM)
    assert 'value="440300" data-banks="post" selected' in page(client, PLACE)


def test_the_only_bank_of_a_place_is_chosen_already(client: FlaskClient) -> None:
    assert re.search(r'value="post" id="form-bank" checked', choose(client, city="440300").text)


@pytest.mark.rule("KS-8.3")
@pytest.mark.parametrize(
    ("chosen", "path", "words"),
    [
        ({}, "city", "请选择办卡城市"),
        ({"city": "445200"}, "city", "揭阳市还没有开通“社会保障卡申领”。那里现在能办：挂失"),
        ({"city": "119999"}, "city", "您选的地方还没有开通“社会保障卡申领”"),
        ({"city": "440100"}, "bank", "请选择发卡银行"),
        ({"city": "440100", "bank": "post"}, "bank", "广州市不能选“邮储银行”。能选的银行有：农业银行、工商银行"),
    ],
)
def test_what_is_closed_is_refused_before_any_form(
    client: FlaskClient, chosen: dict[str, str], path: str, words: str
) -> None:
    refused = again(client, PLACE, page(client, PLACE), chosen)
    assert refused.status_code == 422
    assert words in refused.text.replace('<span class="nowrap">', "").replace("</span>", "")
    assert f'id="form-{path}-error"' in refused.text


def test_a_bank_of_another_city_is_refused_and_those_of_the_new_one_are_shown(client: FlaskClient) -> None:
    again(client, PLACE, page(client, PLACE), {"city": "440100", "bank": "icbc"})

    second = choose(client, city="440300", bank="icbc")

    assert second.status_code == 422
    assert re.findall(r'data-bank="(\w+)">', second.text) == ["post"]
    assert "工商银行" in kept(client)


def test_a_bank_that_may_be_left_out_does_not_keep_anybody(jieyang: Town, client: FlaskClient) -> None:
    publish(jieyang, [CITY, BANK | {"required": False}, HOME])
    assert choose(client, city="350200").location == FORM
    second = choose(client, city="440100")
    assert "不选银行" in second.text
    assert again(client, PLACE, second.text, {"city": "440100", "bank": ""}).location == FORM


def test_a_city_that_may_be_left_out_leaves_all_banks(jieyang: Town, client: FlaskClient) -> None:
    publish(jieyang, [CITY | {"required": False}, BANK, HOME])
    html = page(client, PLACE)
    assert re.findall(r'data-bank="(\w+)">', html) == ["abc", "icbc", "post"]
    assert again(client, PLACE, html, {"city": "", "bank": "post"}).location == FORM


def test_where_nothing_is_open_the_page_says_so_and_leads_on(jieyang: Town, client: FlaskClient) -> None:
    publish(jieyang, [CITY, BANK, HOME], places=PLACES[2:])
    html = page(client, PLACE)
    assert "哪里都还没有开通" in html
    assert "下一步</button>" not in html


def test_a_page_left_open_too_long_keeps_what_was_chosen(client: FlaskClient) -> None:
    stale = client.post(PLACE, data={"csrf_token": "old", "asked": ["city", "bank"], "form.city": "440300"})
    assert stale.status_code == 400
    assert 'value="440300" data-banks="post" selected' in stale.text


def test_who_came_from_the_check_page_returns_there(client: FlaskClient) -> None:
    done = again(client, f"{PLACE}?from=check", page(client, PLACE), {"city": "440300", "bank": "post"})
    assert done.location == f"/bundles/{CODE}/apply/check"


def test_the_step_is_404_where_no_place_is_asked_for(client: FlaskClient) -> None:
    assert client.get("/bundles/social-security-card/apply/place").status_code == 404


def test_a_region_is_chosen_step_by_step_without_javascript(client: FlaskClient) -> None:
    html = page(client, FORM)
    assert re.findall(r'name="form\.home\.(\d)"', html) == ["1"]

    second = fill(client, home__1="440000")
    assert second.status_code == 422
    assert "居住地区还没有选完：在广东省下面，请再选市" in second.text
    assert re.findall(r'name="form\.home\.(\d)"', second.text) == ["1", "2"]

    third = again(client, FORM, second.text, {"home.1": "440000", "home.2": "445200"})
    assert re.findall(r'name="form\.home\.(\d)"', third.text) == ["1", "2", "3"]
    assert 'value="445200" selected' in third.text

    done = again(client, FORM, third.text, {"home.1": "440000", "home.2": "445200", "home.3": "445202"})
    assert done.status_code == 303
    assert "广东省揭阳市榕城区" in kept(client)


def test_a_city_of_another_province_than_the_one_chosen_now_does_not_count(client: FlaskClient) -> None:
    changed = fill(client, home__1="350000", home__2="445200", home__3="445202")
    assert changed.status_code == 422
    assert "居住地区还没有选完：在福建省下面，请再选市" in changed.text
    assert "厦门市" in changed.text


def test_a_region_where_nothing_lies_below_is_enough(client: FlaskClient) -> None:
    assert fill(client, home__1="440000", home__2="441900").status_code == 303
    assert "广东省东莞市" in kept(client)


def test_a_municipality_has_its_districts_next(client: FlaskClient) -> None:
    second = fill(client, home__1="110000")
    assert "在北京市下面，请再选区县" in second.text
    assert fill(client, home__1="110000", home__2="110101").status_code == 303


def test_a_region_may_come_whole_from_a_client_without_lists(client: FlaskClient) -> None:
    token = hidden(page(client, FORM), "csrf_token")
    sent = client.post(FORM, data={"csrf_token": token, "asked": "home,address,from", "form.home": "445202"})
    assert sent.status_code == 303


def test_a_region_within_another_begins_there_and_ends_at_its_level(client: FlaskClient) -> None:
    html = page(client, FORM)
    own = html[html.index('name="form.from.1"') :]
    assert "乌鲁木齐市" in own
    assert "石河子市" in own
    assert "广东省" not in own
    done = fill(client, home__1="440000", home__2="441900", from__1="659001")
    assert done.status_code == 303
    assert "新疆维吾尔自治区石河子市" in kept(client)


def test_the_form_leaves_place_and_bank_alone(client: FlaskClient) -> None:
    again(client, PLACE, page(client, PLACE), {"city": "440100", "bank": "icbc"})
    fill(client, home__1="440000", home__2="441900")
    answers = kept(client)
    assert "工商银行" in answers
    assert "广州市" in answers


def test_the_api_tells_places_and_banks_and_region_fields(jieyang: Town, document: dict[str, Any]) -> None:
    publish(jieyang, [CITY, BANK, HOME, STREET, FROM])
    bundle = conforms(document, jieyang.client().get(f"/api/v1/bundles/{CODE}"), "Bundle")
    assert bundle["places"] == PLACES
    assert bundle["banks"] == BANKS
    item = conforms(document, jieyang.client().get(f"/api/v1/bundles/{CODE}/items/apply"), "Item")
    assert [(each["kind"], each["within"], each["level"], each["region_field"]) for each in item["fields"]] == [
        ("place", "", "county", ""),
        ("bank", "", "county", ""),
        ("region", "", "county", ""),
        ("address", "", "county", "home"),
        ("region", "650000", "city", ""),
    ]

"""The menu in the settings: every limit of WeChat's, each fault with its path; and no shape that breaks the reading."""

import copy
import datetime
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.far_sides import EXAMPLE
from wxserver.sandbox.wechat_menu import TYPES, fault_of
from wxserver.settings import SettingsFault, parse
from wxserver.settings.menus import insecure, read_menu
from wxserver.settings.tables import Table

PATH = "wechat.accounts.jieyang."
VIEW = {"type": "view", "name": "办事", "url": "https://example.gov.cn/"}
CLICK = {"type": "click", "name": "帮助", "key": "HELP"}
MINI = {
    "type": "miniprogram",
    "name": "办卡",
    "appid": "wx5f9c79f933ccc393",
    "pagepath": "pages/index?x=1",
    "url": "https://example.gov.cn/",
}


def read(menu, **more):
    """The menu as read, and the faults, those of unknown keys included."""
    faults: list[str] = []
    table = Table({"menu": menu, **more}, PATH, faults)
    table.asked.update(more)
    found = read_menu(table)
    table.refuse_unknown()
    return found, [fault.removeprefix(PATH) for fault in faults]


def faults(menu, **more):
    return read(menu, **more)[1]


def without(button, *keys):
    return {key: value for key, value in button.items() if key not in keys}


def test_the_menu_of_the_example_is_taken_as_it_stands():
    document = tomllib.loads(EXAMPLE.read_text("utf-8"))
    menu: Any = parse(document, "example", {}).wechat.accounts["jieyang"].menu
    assert [button["name"] for button in menu["button"]] == ["微动态", "办事", "我的"]
    assert menu["button"][0]["sub_button"] == [{"type": "view", "name": "智慧人社", "url": "http://127.0.0.1:8000/"}]
    assert fault_of(menu) is None


def test_a_button_of_every_type_is_taken():
    more = {
        "media_id": {"media_id": "M1"},
        "article_id": {"article_id": "A1"},
        "article_view_limited": {"article_id": "A"},
    }
    for kind in TYPES:
        button = {"view": VIEW, "miniprogram": MINI}.get(kind) or {"name": "一", "type": kind} | more.get(
            kind, {"key": "K"}
        )
        menu, found = read([button, {"name": "更多", "sub_button": [button]}])
        assert (menu, found) == ({"button": [button, {"name": "更多", "sub_button": [button]}]}, [])


@pytest.mark.parametrize(
    ("menu", "fault"),
    [
        (5, "menu: must be a list of buttons, each a table"),
        ({"name": "办事"}, "menu: must be a list of buttons, each a table"),
        ([VIEW] * 4, "menu: has 4 buttons, WeChat takes 1 to 3"),
        ([VIEW, "办事"], "menu[1]: must be a table"),
        (
            [VIEW | {"name": "办" * 6}],
            "menu[0].name: has 18 bytes, WeChat takes at most 16, that is 5 Chinese characters",
        ),
        ([VIEW | {"name": []}], "menu[0].name: must be a str"),
        ([VIEW | {"name": ""}], "menu[0].name: must not be empty"),
        ([VIEW | {"name": "  "}], "menu[0].name: must be visible, on one line"),
        ([without(VIEW, "name")], "menu[0].name: is missing"),
        ([VIEW, without(CLICK, "type")], "menu[1].type: is missing"),
        ([CLICK | {"key": "k" * 129}], "menu[0].key: has 129 bytes, WeChat takes at most 128"),
        ([without(CLICK, "key")], "menu[0].key: is missing"),
        ([CLICK | {"url": "https://a.cn/"}], "menu[0].url: a button of type click has none"),
        ([without(VIEW, "url")], "menu[0].url: is missing"),
        ([VIEW | {"url": "ftp://a.cn/"}], "menu[0].url: must be an http or https address"),
        ([VIEW | {"url": "https://[/"}], "menu[0].url: must be an http or https address"),
        ([VIEW | {"url": "https://a.cn/ b"}], "menu[0].url: must be an http or https address"),
        ([VIEW | {"url": f"https://a.cn/{'x' * 1012}"}], "menu[0].url: has 1025 bytes, WeChat takes at most 1024"),
        ([without(MINI, "pagepath")], "menu[0].pagepath: is missing"),
        ([without(MINI, "url")], "menu[0].url: is missing"),
        ([without(MINI, "appid")], "menu[0].appid: is missing"),
        ([MINI | {"appid": "gh_1"}], "menu[0].appid: begins with wx, letters and digits follow"),
        ([MINI | {"pagepath": "/pages/a"}], "menu[0].pagepath: must not begin with a slash: pages/index?x=1"),
        ([{"name": "一", "type": "media_id"}], "menu[0].media_id: is missing"),
        ([{"name": "一", "type": "article_id"}], "menu[0].article_id: is missing"),
        ([VIEW | {"colour": "red"}], "menu[0].colour: is not a known key"),
        ([{"name": "更多", "sub_button": []}], "menu[0].sub_button: has 0 buttons, WeChat takes 1 to 5"),
        ([{"name": "更多", "sub_button": [VIEW] * 6}], "menu[0].sub_button: has 6 buttons, WeChat takes 1 to 5"),
        ([{"name": "更多", "sub_button": "x"}], "menu[0].sub_button: must be a list of buttons, each a table"),
        ([{"name": "更多", "sub_button": [VIEW, 7]}], "menu[0].sub_button[1]: must be a table"),
        (
            [{"name": "更多", "sub_button": [VIEW | {"name": "办" * 21}]}],
            "menu[0].sub_button[0].name: has 63 bytes, WeChat takes at most 60, that is 20 Chinese characters",
        ),
        (
            [{"name": "更多", "sub_button": [VIEW | {"sub_button": [VIEW]}]}],
            "menu[0].sub_button[0].sub_button: there is no third level",
        ),
        (
            [{"name": "更多", "type": "click", "sub_button": [VIEW]}],
            "menu[0].type: a button that opens a list of others has none",
        ),
        ([{"name": "更多", "sub_button": [VIEW | {"colour": 1}]}], "menu[0].sub_button[0].colour: is not a known key"),
    ],
)
def test_what_wechat_would_not_take_is_named_with_its_path(menu, fault):
    assert faults(menu) == [fault]


def test_an_unknown_type_is_one_fault_and_names_the_known_ones():
    (fault,) = faults([VIEW | {"type": "link"}])
    start, _, known = fault.partition("must be one of ")
    assert start == "menu[0].type: "
    assert set(known.split(", ")) == set(TYPES)


def test_all_faults_are_named_at_once():
    menu = [
        VIEW | {"name": "x" * 17, "key": "K"},
        {"name": "更多", "sub_button": [without(CLICK, "key"), VIEW | {"url": 1}]},
    ]
    assert [fault.partition(":")[0] for fault in faults(menu)] == [
        "menu[0].name",
        "menu[0].key",
        "menu[1].sub_button[0].key",
        "menu[1].sub_button[1].url",
    ]


def test_names_that_phones_cut_off_and_the_same_key_twice_are_no_fault():
    assert faults([{"name": "更多", "sub_button": [CLICK | {"name": "怎么办理社会保障卡"}, CLICK]}]) == []


def test_an_account_without_a_menu_and_a_mini_program_have_none():
    assert read([]) == ({}, [])
    assert faults([VIEW], kind="miniprogram") == ["menu: a mini-program has no menu"]


def test_a_fault_in_the_menu_keeps_the_server_from_starting():
    document = copy.deepcopy(tomllib.loads(EXAMPLE.read_text("utf-8")))
    document["wechat"]["accounts"]["jieyang"]["menu"][1]["sub_button"][0]["name"] = ""
    with pytest.raises(SettingsFault) as caught:
        parse(document, "test", {})
    assert caught.value.faults == [f"{PATH}menu[1].sub_button[0].name: must not be empty"]


def test_addresses_without_tls_are_found_at_both_levels():
    plain = VIEW | {"url": "http://a.cn/"}
    menu, _ = read([plain, VIEW, {"name": "更多", "sub_button": [CLICK, plain]}])
    assert list(insecure(menu)) == ["menu[0].url", "menu[2].sub_button[1].url"]
    assert list(insecure({})) == []


# Whatever is written

ODD = st.one_of(
    st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just(datetime.date(2026, 11, 23)), st.just([])
)
KEYS = st.sampled_from(["name", "type", "key", "url", "appid", "pagepath", "media_id", "article_id", "sub_button", "x"])
TYPED = st.one_of(ODD, st.sampled_from([*TYPES, "https://a.cn/", "wx1", "pages/a"]))
TABLES = st.recursive(
    st.dictionaries(KEYS, TYPED, max_size=5),
    lambda inner: st.dictionaries(KEYS, st.one_of(TYPED, st.lists(st.one_of(inner, ODD), max_size=6)), max_size=5),
    max_leaves=8,
)


def text(most_bytes):
    letters = st.characters(min_codepoint=0x20, exclude_characters="\x7f", exclude_categories=["Cs"])
    return st.text(letters, min_size=1, max_size=most_bytes).filter(
        lambda found: found.strip() and len(found.encode()) <= most_bytes
    )


def leaf(longest_name):
    names, keys = text(longest_name), text(128)
    urls = st.from_regex(r"https?://[a-z]{1,20}\.cn(:[1-9][0-9]{0,3})?/[a-z?=&]{0,900}", fullmatch=True)
    pages = st.from_regex(r"pages/[a-z]{1,60}(\?[a-z]=[0-9]{1,9})?", fullmatch=True)
    app_ids = st.from_regex(r"wx[0-9a-f]{16}", fullmatch=True)
    return st.one_of(
        st.fixed_dictionaries({"type": st.sampled_from(["click", *TYPES[3:9]]), "name": names, "key": keys}),
        st.fixed_dictionaries({"type": st.just("view"), "name": names, "url": urls}),
        st.fixed_dictionaries(
            {"type": st.just("miniprogram"), "name": names, "url": urls, "appid": app_ids, "pagepath": pages}
        ),
        st.fixed_dictionaries({"type": st.just("media_id"), "name": names, "media_id": keys}),
        st.fixed_dictionaries({"type": st.sampled_from(TYPES[10:]), "name": names, "article_id": keys}),
    )


MENUS = st.lists(
    st.one_of(
        leaf(16),
        st.fixed_dictionaries({"name": text(16), "sub_button": st.lists(leaf(60), min_size=1, max_size=5)}),
    ),
    min_size=1,
    max_size=3,
)


@given(st.one_of(ODD, st.lists(st.one_of(TABLES, ODD), max_size=4)), st.sampled_from(["service", 5]))
def test_no_shape_breaks_the_reading_and_what_is_taken_wechat_takes_too(menu, kind):
    found, said = read(menu, kind=kind)
    if found and not said:
        assert fault_of(found) is None
    assert said or not menu or found


@given(MENUS)
def test_every_menu_within_the_limits_is_taken_by_us_and_by_wechat(menu):
    assert read(menu) == ({"button": menu}, [])
    assert fault_of({"button": menu}) is None


@given(MENUS, st.data())
def test_what_wechat_refuses_is_refused_by_us(menu, data):
    button = data.draw(st.sampled_from(menu))
    button = data.draw(st.sampled_from(button.get("sub_button", [button])))
    key = data.draw(st.sampled_from(sorted(button)))
    if data.draw(st.booleans()):
        del button[key]
    else:
        button[key] = data.draw(st.one_of(ODD, st.text(min_size=60, max_size=1500)))
    if fault_of({"button": menu}) is not None:
        assert faults(menu)

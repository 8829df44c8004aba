"""What citizens read in the chat: short, with links of ours alone, and nothing about anybody."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wxserver.ports import Push
from wxserver.usecases.addresses import Addresses
from wxserver.usecases.replying import LONGEST, Replying

LINK = re.compile(r'<a href="([^"<>]*)">([^<>]*)</a>')
TEXT = Push(from_user="oSOMEBODY", to_user="gh_x", create_time=1795658984, msg_type="text")
EVENT = replace(TEXT, msg_type="event")


@pytest.fixture
def replying(town):
    return town.desk.conversing.replying["jieyang"]


@pytest.fixture
def district(town, replying):
    """What a second official account of the same deployment says."""
    return Replying(
        replying.catalogue,
        replying.searching,
        account="district",
        addresses=Addresses(town.url, ["jieyang", "district"]),
        phone="12333",
        phone_hours="每天",
        scenes=replying.scenes,
        greeting=replying.greeting,
    )


def said(replying, words):
    return replying.reply(replace(TEXT, content=words))


def links(text):
    return [found[1] for found in LINK.finditer(text)]


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("社保卡丢了", "loss"),
        ("卡掉了", "loss"),
        ("换了电话号码怎么改", "change-information"),
        ("多久能拿到卡", "production-progress"),
        ("小孩办卡", "apply"),
        ("怎么激活", "activate"),
        ("卡坏了要换", "replace"),
        ("我换手机号了", "change-information"),
        ("卡能不能用", "card-status"),
    ],
)
def test_everyday_words_lead_to_the_item_with_one_link_to_tap_first(town, replying, words, item):
    assert links(said(replying, words))[0] == f"{town.url}/bundles/social-security-card/{item}"


def test_a_promise_of_days_is_told_as_the_date_it_means(town, replying):
    bundle = town.desk.catalogue.bundle("social-security-card").bundle
    promise = town.desk.catalogue.promise(bundle, bundle.item("apply"))
    day = promise.due.due_on
    assert f"{day.month}月{day.day}日" in said(replying, "办社保卡")
    assert "25 个工作日" in said(replying, "办社保卡")
    assert "当场办好" in said(replying, "社保卡丢了")


def test_a_question_is_answered_in_its_own_words(town, replying):
    bundle = town.desk.catalogue.bundle("social-security-card").bundle
    question = next(each for item in bundle.items for each in item.questions)
    assert question.answer[:20] in said(replying, question.question)


@pytest.mark.parametrize(
    "words",
    [
        "JY20261126-0382",
        "jy20261126 0382 办得怎么样了",
        "ＪＹ２０２６１１２６－０３８２",
        "JY 2026 1126 0382",
        "JY20261126–0382",
    ],
)
def test_a_case_number_leads_behind_the_sign_in_and_tells_nothing(town, replying, words):
    text = said(replying, words)
    assert links(text) == [f"{town.url}/cases/JY20261126-0382"]
    assert "登录" in text


@pytest.mark.parametrize(
    "words",
    ["人工", "转人工服务", "我要找客服", "电话", "你们电话多少？", "咨询电话", "我要打电话", "联系电话是多少"],
)
def test_asking_for_a_human_gives_phone_and_hours(replying, words):
    text = said(replying, words)
    assert "12333" in text
    assert "8:30" in text


def test_words_that_fit_nothing_are_answered_with_what_can_be_done_and_the_phone(town, replying):
    text = said(replying, "今天天气怎么样")
    assert len(links(text)) == 7
    assert "12333" in text


def test_words_that_are_near_something_are_asked_back_first(town, replying):
    told = said(replying, "银行那边说要去你们那里")
    asked, _, offered = told.partition("可以办：")
    assert asked.startswith("没有找到您说的事。")
    assert "您是不是想找：" in asked
    assert 1 <= len(links(asked)) <= 3
    assert len(links(offered)) >= 7
    assert "您是不是想找：" not in said(replying, "买火车票")


@pytest.mark.parametrize("words", ["你好", "您好！", "在吗？", "早上好呀", "谢谢您", "Hello"])
def test_a_greeting_is_answered_with_what_can_be_done(town, replying, words):
    assert said(replying, words).startswith("可以办：")


def test_an_empty_text_is_answered_with_what_can_be_done(replying):
    assert len(links(said(replying, " "))) == 7


def test_what_only_another_region_offers_is_said_to_be_elsewhere(town, replying):
    text = said(replying, "重置社保卡密码")
    assert "不在本市办" in text
    assert links(text)[0].startswith(f"{town.url}/bundles/chongqing")


def test_pictures_are_not_understood_and_spoken_words_are(replying):
    picture = replace(TEXT, msg_type="image")
    assert "只能看文字" in replying.reply(picture)
    spoken = replace(TEXT, msg_type="voice", fields={"Recognition": "社保卡丢了"})
    assert "挂失" in replying.reply(spoken)


def test_who_follows_is_greeted_with_what_can_be_done(replying):
    text = replying.reply(replace(EVENT, event="subscribe"))
    assert text.startswith("您好，这里是揭阳人社。")
    assert len(links(text)) == 7


def test_a_scene_leads_to_its_item_for_new_followers_and_old_ones(town, replying):
    new = replying.reply(replace(EVENT, event="subscribe", event_key="qrscene_lost-window"))
    old = replying.reply(replace(EVENT, event="SCAN", event_key="lost-window"))
    assert links(new)[0] == links(old)[0] == f"{town.url}/bundles/social-security-card/loss"
    assert "您好" in new
    assert "您好" not in old
    strange = replying.reply(replace(EVENT, event="SCAN", event_key="elsewhere"))
    assert len(links(strange)) == 7


@pytest.mark.parametrize(
    ("key", "first"), [("ITEM:social-security-card/replace", "replace"), ("HELP_CARD", "apply"), ("gone", "apply")]
)
def test_a_menu_key_names_an_item_or_gives_what_can_be_done(town, replying, key, first):
    text = replying.reply(replace(EVENT, event="CLICK", event_key=key))
    assert links(text)[0] == f"{town.url}/bundles/social-security-card/{first}"


@pytest.mark.parametrize("event", ["VIEW", "view_miniprogram", "TEMPLATESENDJOBFINISH", "unsubscribe", "anything"])
def test_events_that_ask_nothing_get_no_words(replying, event):
    assert replying.reply(replace(EVENT, event=event)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    kind=st.sampled_from(["text", "voice", "image", "event", "nonsense"]),
    event=st.sampled_from(["subscribe", "SCAN", "CLICK", "VIEW", ""]),
    words=st.text(max_size=400),
    key=st.text(max_size=80),
)
def test_whatever_comes_the_reply_fits_and_every_link_is_ours(town, replying, district, kind, event, words, key):
    push = replace(TEXT, msg_type=kind, event=event, content=words, event_key=key, fields={"Recognition": words})
    for account in (replying, district):
        text = account.reply(push)
        if text is None:
            return
        assert len(text.encode()) <= LONGEST
        assert all(each.startswith(f"{town.url}/") for each in links(text))
        assert "<" not in LINK.sub("", text)
        assert ">" not in LINK.sub("", text)


def test_links_of_a_second_account_lead_through_its_own_sign_in(town, replying, district):
    through = f"{town.url}/wechat/district/login?next="
    assert len(links(said(district, " "))) == 7
    for words in (" ", "社保卡丢了", "JY20261123-0001", "今天天气怎么样"):
        plain = [each.removeprefix(town.url) for each in links(said(replying, words))]
        assert links(said(district, words)) == [through + each for each in plain]


def test_who_writes_faster_than_allowed_is_asked_to_wait_and_nobody_else_is(town):
    fast, calm = town.citizen(), town.citizen()
    replies = [
        town.sandbox.control("push", {"openid": fast.openid, "text": f"社保卡丢了 {number}"})["reply"]["Content"]
        for number in range(22)
    ]
    assert "过一分钟" in replies[-1]
    assert "挂失" in replies[0]
    other = town.sandbox.control("push", {"openid": calm.openid, "text": "社保卡丢了"})["reply"]["Content"]
    assert "过一分钟" not in other

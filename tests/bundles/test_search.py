"""Finding an item or a question by a citizen's own words."""

from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundles import schema, search
from bundles.search import LONGEST, Index
from tests.bundles.making import jieyang

BUNDLE = schema.load_toml((resources.files("bundles") / "definitions" / "jieyang.toml").read_text("utf-8"))
INDEX = Index.build([BUNDLE])
ALL = Index.build(
    [
        schema.load_toml(each.read_text("utf-8"))
        for each in (resources.files("bundles") / "definitions").iterdir()
        if each.name.endswith(".toml")
    ]
)


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("社保卡丢了", "loss"),
        ("卡丢了怎么办", "loss"),
        ("我的卡找到了", "loss"),
        ("多久能拿到卡", "production-progress"),
        ("我的卡到哪里了", "production-progress"),
        ("换手机号", "change-information"),
        ("手机号换了怎么改", "change-information"),
        ("卡坏了", "replace"),
        ("补卡要多少钱", "replace"),
        ("小孩办卡", "apply"),
        ("怎么办社保卡", "apply"),
        ("激活", "activate"),
        ("ＪＩＨＵＯ 激 活", "activate"),
        ("卡能不能用", "card-status"),
    ],
)
def test_everyday_words_lead_to_the_item_first(words, item):
    assert INDEX.find(words)[0].item.code == item


def test_a_question_is_found_with_its_item():
    found = INDEX.find("25 个工作日从哪天算")[0]
    assert (found.item.code, found.question and found.question.code) == ("apply", "when")
    assert any(hit.question and hit.question.code == "documents" for hit in INDEX.find("护照"))


def test_the_best_find_comes_first_and_an_item_before_its_questions():
    scores = [hit.score for hit in INDEX.find("挂失")]
    assert scores == sorted(scores, reverse=True)
    assert INDEX.find("挂失")[0].question is None


@pytest.mark.parametrize("words", ["", " ", "怎么办理", "？？？", "今天天气", "买火车票", "🙂", "\x00", "а́"])
def test_what_fits_nothing_finds_nothing(words):
    assert INDEX.find(words) == ()


def test_at_most_so_many_are_found_and_only_the_beginning_of_a_long_text_counts():
    assert len(INDEX.find("社保卡", most=2)) == 2
    assert INDEX.find("囧" * LONGEST + "挂失") == ()


def test_an_index_of_nothing_finds_nothing_and_items_of_two_bundles_stand_apart():
    assert Index.build([]).find("挂失") == ()
    both = Index.build([BUNDLE, replace(BUNDLE, code="another")])
    assert {hit.bundle.code for hit in both.find("激活")} == {BUNDLE.code, "another"}


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(words):
    assert all(hit.score > 0 for hit in INDEX.find(words))


def test_what_belongs_to_another_region_comes_after_what_is_at_home():
    elsewhere = replace(jieyang(), code="elsewhere", region="500000")
    index = Index.build([elsewhere, jieyang()])
    assert [hit.bundle.region for hit in index.find("挂失", home="445200")][:2] == ["445200", "500000"]
    assert index.find("挂失")[0].bundle.region == "500000"


def compared_with_every_entry(index, text, home):
    """What `find` would say if it looked at every entry, one after another."""
    query = search._plain(text[:LONGEST])
    asked = {gram: share * index.rarity.get(gram, index.unknown) for gram, share in search._grams(query).items()}
    total = sum(asked.values())
    found = []
    for entry in index.entries if total else ():
        score = sum(weight * entry.grams.get(gram, 0.0) for gram, weight in asked.items()) / total
        if any(each in query or query in each for each in entry.whole):
            score += search._WHOLE
        if score >= search._ENOUGH:
            elsewhere = home and entry.bundle.region != home
            found.append((entry, score * search._ELSEWHERE if elsewhere else score))
    found.sort(key=lambda one: (-round(one[1], 12), one[0].question is not None))
    return [
        (entry.bundle.code, entry.item.code, entry.question)
        for entry, score in found[:8]
        if score >= search._BESIDE * found[0][1]
    ]


WORDS = [
    each for item in BUNDLE.items for each in (item.name, *item.synonyms, *(one.question for one in item.questions))
]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.one_of(st.sampled_from(WORDS), st.text("社保卡一ab丢补换jihuo密 ", max_size=6)), min_size=1, max_size=3
    ).map("".join)
)
def test_the_index_finds_what_comparing_every_entry_finds(text):
    found = ALL.find(text, home="445200")
    assert [(hit.bundle.code, hit.item.code, hit.question) for hit in found] == compared_with_every_entry(
        ALL, text, "445200"
    )

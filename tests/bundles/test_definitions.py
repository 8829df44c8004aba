"""All definitions that are shipped: each loads, comes back the same, and tells what its guides must tell."""

import dataclasses
import json
import tomllib
from collections.abc import Iterator

import pytest

from bundles import schema
from bundles.definition import Item
from bundles.search import Index
from tests.bundles.guides import FILES, shipped
from tests.bundles.making import DEFINITIONS

ITEMS = [(file, item.code) for file in FILES for item in shipped(file).items]
LONGEST = {
    "title": 20,
    "short_name": 12,
    "label": 24,
    "question": 40,
    "summary": 40,
    "hint": 60,
    "name": 40,
    "text": 70,
    "introduction": 120,
    "note": 120,
    "advice": 120,
    "answer": 200,
}
"""Characters of a text that a phone shows without anybody having to search in it."""
LONGEST_LINE = 80


@pytest.mark.parametrize("file", FILES)
def test_a_definition_comes_back_the_same_through_its_document(file):
    text = (DEFINITIONS / f"{file}.toml").read_text("utf-8")
    bundle = schema.load_toml(text)
    document = schema.dump_bundle(bundle)
    assert schema.load_bundle(document) == bundle
    assert schema.load_bundle(json.loads(json.dumps(document))) == bundle
    assert schema.load_bundle(tomllib.loads(text)) == bundle


def test_bundles_are_told_apart_by_code_and_by_the_prefix_of_their_numbers():
    bundles = [shipped(file) for file in FILES]
    for told in ("code", "number_prefix", "name"):
        assert len({getattr(each, told) for each in bundles}) == len(bundles), told


@pytest.mark.parametrize("file", FILES)
def test_no_text_is_longer_than_a_phone_shows_sensibly(file):
    too_long = [
        (path, len(text))
        for path, name, text in texts(shipped(file), file)
        if len(text) > LONGEST.get(name, LONGEST_LINE)
    ]
    assert too_long == []


def texts(value: object, path: str, name: str = "") -> Iterator[tuple[str, str, str]]:
    """All texts under a value: path, name of the attribute, text."""
    if isinstance(value, str):
        yield path, name, value
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from texts(getattr(value, each.name), f"{path}.{each.name}", each.name)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{path}[{index}]")
    elif hasattr(value, "items"):
        for key, inner in value.items():
            yield from texts(inner, f"{path}.{key}")


def item(file: str, code: str) -> Item:
    return next(each for each in shipped(file).items if each.code == code)


@pytest.mark.parametrize(("file", "code"), ITEMS)
def test_an_item_says_who_is_served_on_what_conditions_how_long_at_what_price_and_where(file, code):
    told = item(file, code)
    assert told.guide.served
    assert told.guide.conditions
    assert told.guide.result
    assert told.guide.window
    assert told.fee.text
    assert told.minutes > 0
    assert told.summary
    assert told.before_you_start
    assert told.questions or told.notifications
    assert shipped(file).contacts or told.contacts


@pytest.mark.parametrize(("file", "code"), ITEMS)
def test_an_item_has_limit_hours_and_flow_for_each_of_its_channels_and_no_other(file, code):
    told = item(file, code)
    for held in (told.limits, told.hours, told.guide.flow):
        assert set(held) == set(told.channels)
    assert all(told.guide.flow[channel] for channel in told.channels)


@pytest.mark.parametrize("file", FILES)
def test_every_item_is_found_by_its_own_names_and_words(file):
    index = Index.build([shipped(file)])
    for told in shipped(file).items:
        assert told.synonyms, told.code
        for words in (told.name, told.short_name):
            assert told.code in [hit.item.code for hit in index.find(words)], words

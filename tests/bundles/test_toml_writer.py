"""Definitions written as TOML: what is read back is the same, and it is a text that people can edit."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundles.schema import dump_bundle, load_toml
from bundles.toml_writer import LINE, written
from tests.bundles.making import DEFINITIONS
from tests.bundles.strategies import bundles

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=25,
)


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_definition_comes_back_identical_from_its_export(path):
    bundle = load_toml(path.read_text("utf-8"))
    text = written(dump_bundle(bundle))
    assert load_toml(text) == bundle
    assert written(dump_bundle(load_toml(text))) == text


@given(bundles())
@settings(max_examples=25, deadline=None)
def test_any_definition_comes_back_identical_from_its_export(bundle):
    assert load_toml(written(dump_bundle(bundle))) == bundle


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
@settings(max_examples=80, deadline=None)
def test_any_document_comes_back_as_it_was(document):
    assert tomllib.loads(written(document)) == document


def test_an_export_is_laid_out_as_an_editor_would_write_it():
    assert written(
        {
            "code": "tiny",
            "guide": {"flow": {"online": ["登录", "提交"]}, "served": "个人"},
            "limits": {"online": {"unit": "working_days", "amount": 25}},
            "choices": [{"code": "a", "label": "甲"}, {"code": "b", "label": "乙"}],
            "items": [{"code": "one", "needs": {"kind": "all", "of": [{"kind": "not", "of": [{"kind": "x"}]}]}}],
            "a b": 'x"\x7f\n',
            "none": [],
            "nothing": {},
        }
    ) == (
        'code = "tiny"\n'
        'choices = [\n    { code = "a", label = "甲" },\n    { code = "b", label = "乙" },\n]\n'
        '"a b" = "x\\"\\u007f\\n"\n'
        "none = []\nnothing = {}\n"
        '\n[guide]\nflow = { online = ["登录", "提交"] }\nserved = "个人"\n'
        '\n[limits]\nonline = { unit = "working_days", amount = 25 }\n'
        '\n[[items]]\ncode = "one"\n'
        '\n[items.needs]\nkind = "all"\n'
        '\n[[items.needs.of]]\nkind = "not"\nof = [\n    { kind = "x" },\n]\n'
    )


def test_long_lists_have_an_element_a_line():
    lines = written({"words": ["很长的说法" * 4] * 9, "short": ["a", "b"]}).splitlines()
    assert lines[0] == "words = ["
    assert len(lines) == 12
    assert lines[-1] == 'short = ["a", "b"]'
    assert all(len(line) <= LINE for line in lines)


def test_what_toml_has_no_word_for_is_refused():
    with pytest.raises(TypeError, match="NoneType"):
        written({"x": None})

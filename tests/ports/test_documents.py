"""Reading JSON that others wrote."""

import contextlib
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxserver.ports.documents import Document, Malformed

READERS = ("text", "text_or_none", "whole", "instant", "instant_or_none", "day_or_none", "object", "objects", "texts")

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"{}x",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b"\xff",
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":' * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_object_is_malformed(body):
    with pytest.raises(Malformed):
        Document.parse(body)


@given(st.binary())
def test_no_body_raises_anything_else(body):
    with contextlib.suppress(Malformed):
        Document.parse(body)


@given(values, st.sampled_from(READERS))
def test_no_value_raises_anything_else(value, reader):
    document = Document.parse(json.dumps({"a": value}).encode())
    with contextlib.suppress(Malformed):
        getattr(document, reader)("a")


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("text", ""),
        ("text", 1),
        ("text", None),
        ("text", "x" * 513),
        ("text", "a\x00b"),
        ("text", "\ud800"),
        ("whole", True),
        ("whole", 1.0),
        ("whole", "1"),
        ("whole", -1),
        ("whole", 2**53 + 1),
        ("instant", None),
        ("instant", "2026-11-26"),
        ("instant", "2026-11-26T10:00:00"),
        ("instant", "2026-W48-4T10:00:00Z"),
        ("instant", "2026-13-26T10:00:00Z"),
        ("instant", "0001-01-01T00:00:00+08:00"),
        ("day_or_none", "20261126"),
        ("day_or_none", "2026-02-30"),
        ("object", []),
        ("objects", {}),
        ("objects", [1]),
        ("texts", ["a", 1]),
        ("texts", ["\ud800"]),
    ],
)
def test_a_value_of_another_type_or_out_of_bounds_is_malformed(reader, value):
    document = Document.parse(json.dumps({"a": value}).encode())
    with pytest.raises(Malformed):
        getattr(document, reader)("a")


def test_values_are_read_as_what_they_are():
    document = Document.parse(
        json.dumps(
            {
                "text": "林",
                "whole": 7,
                "instant": "2026-11-26T10:00:00.1234567+08:00",
                "day": "2036-11-25",
                "inner": {"text": "x"},
                "list": [{"whole": 1}],
                "texts": ["a"],
                "none": None,
            }
        ).encode()
    )
    assert document.text("text") == "林"
    assert document.whole("whole") == 7
    assert document.instant("instant") == datetime(2026, 11, 26, 2, 0, 0, 123456, UTC)
    assert document.instant_or_none("none") is None
    assert document.day_or_none("day") == date(2036, 11, 25)
    assert document.day_or_none("none") is None
    assert document.text_or_none("none") is None
    assert document.object("inner").text("text") == "x"
    assert [entry.whole("whole") for entry in document.objects("list")] == [1]
    assert document.texts("texts") == ("a",)


def test_a_fault_names_the_whole_path_and_not_the_value():
    document = Document.parse(b'{"data":{"cards":[{},{"state":7007}]}}')
    with pytest.raises(Malformed, match=r"data\.cards\[1\]\.state") as caught:
        document.object("data").objects("cards")[1].text("state")
    assert "7007" not in str(caught.value)

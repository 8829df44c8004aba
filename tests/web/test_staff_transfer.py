"""Definitions as files: out as they are, in as drafts, and refused with a clear word where they are none."""

from __future__ import annotations

import io
import time

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from bundles import toml_writer
from tests.usecases.offering import document, item, text_field
from tests.web.staff import staff_client

CODE = "travelling"


@pytest.fixture(scope="module")
def desk(jieyang):
    return jieyang.app.extensions["usecases"]


@pytest.fixture(scope="module")
def hands(jieyang):
    return {role: staff_client(jieyang.app, role) for role in ("editor", "publisher", "clerk")}


@pytest.fixture
def code():
    return CODE


def test_a_version_goes_out_as_a_file_and_comes_in_as_a_draft(hands, desk, code):
    made = document(code, item("one", text_field("why")))
    desk.publishing.import_document(made, origin="command", by="setup", comment="test")
    out = hands["clerk"].get(f"/admin/bundles/{code}/versions/1/toml")
    assert out.headers["Content-Disposition"] == f'attachment; filename="{code}-v1.toml"'
    again = out.text.replace("amount = 5", "amount = 7")
    name = "../../etc/passwd\x00.toml"
    came = handed_in(hands["editor"], b"\xef\xbb\xbf" + again.replace("\n", "\r\n").encode(), name)
    assert (came.status_code, came.location) == (303, f"/admin/bundles/{code}/drafts/2/general")
    assert desk.catalogue.bundle(code).version == 1
    twice = hands["editor"].post_form("/admin/bundles/import", text=again)
    assert twice.status_code == 409
    assert "第 2 版还在改" in twice.text
    assert hands["publisher"].post_form("/admin/bundles/import", text=again).status_code == 403


def handed_in(client, raw, name="a.toml"):
    """The answer to a file chosen in the import form."""
    fields = {"file": FileStorage(io.BytesIO(raw), name), "comment": "按文件改", "csrf_token": client.csrf}
    boundary, body = encode_multipart(fields)
    form = f"multipart/form-data; boundary={boundary}"
    return client.post("/admin/bundles/import", data=body, content_type=form)


def many_fields(code, number):
    return toml_writer.written(document(code, item("one", *(text_field(f"f{each}") for each in range(number)))))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "请先选一个文件"),
        (b"a" * 5_000_000, "这份内容有 5.0 MB，最多 1 MB"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "文字编码不对"),
        ("name = '一件事'".encode("gb18030"), "另存为 UTF-8"),
        (b"name = 'a'\x00", "不是文本文件"),
        (b"a = " + b"[" * 3000, "套得太深了"),
        (b".".join([b"a"] * 200_000) + b" = 1", "套得太深了"),
        (b"a = " + b"{ a = " * 3000, "套得太深了"),
        (b"schema_version = 1\ncode = 'x y'\n", "第 2 行"),
        (b"schema_version = 1\ncode = '../../etc'\n", "代号只用小写字母"),
        (b"\xff\xfea\x00", "文字编码不对"),
    ],
    ids=["nothing", "large", "picture", "gbk", "binary", "lists", "dots", "tables", "code", "path", "utf-16"],
)
def test_what_is_no_good_definition_is_refused_with_a_clear_word(hands, raw, words):
    page = handed_in(hands["editor"], raw)
    assert page.status_code == 422
    assert words in page.text


def test_two_thousand_fields_are_refused_and_so_is_very_much_pasted_text(hands, code):
    raw = many_fields(code, 2000).encode()
    page = handed_in(hands["editor"], raw)
    assert page.status_code == 422
    assert "最多" in page.text
    long = hands["editor"].post_form("/admin/bundles/import", text="名" * 1_000_000)
    assert long.status_code in (413, 422)
    assert "最多" in long.text


def test_what_is_written_in_a_file_is_shown_and_never_run(hands):
    bad = f'schema_version = 1\ncode = "<script>alert(1)</script>"\n"{chr(60)}script>alert(2)" = 1\n'
    assert "<script>alert" not in handed_in(hands["editor"], bad.encode()).text


def test_a_file_of_endless_parts_is_refused_at_once(hands):
    for raw in (
        b"schema_version = 1\n" + b"[[items]]\n" * 90_000,
        b"".join(b"k%d = 1\n" % each for each in range(75_000)),
    ):
        begun = time.monotonic()
        page = handed_in(hands["editor"], raw)
        assert page.status_code == 422
        assert "太多了，最多" in page.text
        assert time.monotonic() - begun < 5
    deep = b"schema_version = 1\n" + b"".join(b"[[items]]\n" + b"[[items.fields]]\n" * 400 for _ in range(60))
    assert "这份内容太多了" in handed_in(hands["editor"], deep).text

"""Signatures, PDF files and what is there already, on the pages and through the JSON API."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from bundles.ports import IdentityDocument
from tests import drawn, papers
from tests.papers import CODE
from tests.web.expectations import conforms, refused
from tests.web.pages import hidden, page, signed_in
from tests.web.world import Citizen, Town

NAME, PROOF = f"/bundles/{CODE}/sign/materials/name", f"/bundles/{CODE}/sign/materials/proof"
PHOTO, IDENTITY = f"/bundles/{CODE}/again/materials/photo", f"/bundles/{CODE}/again/materials/identity"
LETTER, SCENE = f"/bundles/{CODE}/letter/materials/letter", f"/bundles/{CODE}/letter/materials/scene"
HELD = f"drafts/{CODE}/again/held"
VERSION = "2026-11-23"
NUMBERS = ("445202197503120015", "445202198503151238")


@pytest.fixture(scope="module", autouse=True)
def offered(jieyang: Town) -> None:
    publishing = jieyang.app.extensions["usecases"].publishing
    publishing.import_document(papers.definition(), origin="command", by="test", comment="test")


@pytest.fixture(scope="module")
def person(jieyang: Town) -> FlaskClient:
    return signed_in(jieyang, "paper-person", NUMBERS[0])


@pytest.fixture
def client(person: FlaskClient) -> Iterator[FlaskClient]:
    """Somebody signed in, with no draft of any item."""
    yield person
    token = hidden(page(person, "/me"), "csrf_token")
    for item in ("sign", "again", "letter"):
        person.post(f"/bundles/{CODE}/{item}/draft", data={"csrf_token": token})


@pytest.fixture(scope="module")
def veteran(jieyang: Town) -> Citizen:
    """Somebody who has handed in a photo and both sides of a document with a case."""
    citizen = jieyang.citizen("veteran", number=NUMBERS[1])
    ids = [citizen.upload(kind).json["id"] for kind in ("identity_document", "identity_document", "photo")]
    done = citizen.post("cases", {"bundle": CODE, "item": "first", "uploads": ids}, key="veteran")
    assert done.status_code == 201, done.text
    return citizen


def hand_in(client: FlaskClient, path: str, raw: bytes, name: str = "paper", **more: str) -> TestResponse:
    token = hidden(page(client, path), "csrf_token")
    typed = {"csrf_token": token, "do": "add", "file": (io.BytesIO(raw), name)}
    return client.post(path, data=typed | more, content_type="multipart/form-data")


def uploads_on(html: str) -> list[str]:
    return re.findall(r'(?:src|href)="/uploads/([0-9a-f]{32})"', html)


# ------------------------------------------------------------------------------------------------------ signatures


def test_one_signs_on_the_page_or_photographs_a_signature_where_there_is_no_script(client: FlaskClient) -> None:
    html = page(client, NAME)
    assert re.search(r"<div class=\"sign-here\" data-sign hidden>", html), "the canvas waits for its script"
    assert "<canvas" in html
    assert 'type="file" name="file"' in html
    assert html.count("不可以") == 2
    assert 'style="' not in html

    assert hand_in(client, NAME, papers.signed_on_paper()).status_code == 303
    html = page(client, NAME)
    assert "<canvas" not in html
    assert "签好了" in html
    (kept,) = uploads_on(html)
    picture = client.get(f"/uploads/{kept}")
    assert (picture.mimetype, picture.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")


def test_an_empty_canvas_is_refused_at_its_place_with_what_to_do(client: FlaskClient) -> None:
    token = hidden(page(client, NAME), "csrf_token")
    told = client.post(NAME, data={"csrf_token": token, "do": "next"})
    assert (told.status_code, told.text.count("请先写好签名，再点下一步。")) == (422, 2)
    empty = hand_in(client, NAME, drawn.png(papers.strokes(share=0.001)), "signature.png")
    assert empty.status_code == 422
    assert empty.text.count("还没有看到签名") == 2
    assert uploads_on(page(client, NAME)) == []


def test_what_the_script_sends_is_answered_as_to_a_program(client: FlaskClient) -> None:
    token = hidden(page(client, NAME), "csrf_token")
    sent = client.post(
        NAME,
        data={"csrf_token": token, "do": "add", "file": (io.BytesIO(papers.signature()), "signature.png")},
        headers={"Accept": "application/json", "Idempotency-Key": "signed-once"},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 201
    assert sent.json
    token = hidden(page(client, NAME), "csrf_token")
    assert client.post(NAME, data={"csrf_token": token, "do": "next"}).location == PROOF
    assert client.post(NAME, data={"csrf_token": token, "do": "delete", "upload": sent.json["id"]}).location == NAME
    assert uploads_on(page(client, NAME)) == []


# ------------------------------------------------------------------------------------------------------- PDF files


@pytest.mark.parametrize("path", [PROOF, LETTER])
def test_a_pdf_is_a_row_with_its_pages_and_given_back_as_an_attachment_only(client: FlaskClient, path: str) -> None:
    html = page(client, path)
    assert "application/pdf" in html
    assert "选 PDF 文件" in html
    assert hand_in(client, path, papers.pdf(3), "letter.pdf").status_code == 303

    html = page(client, path)
    assert "PDF，3 页" in html
    (kept,) = uploads_on(html)
    file = client.get(f"/uploads/{kept}")
    assert (file.mimetype, file.data) == ("application/pdf", papers.pdf(3))
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Content-Security-Policy"].startswith("sandbox")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Cache-Control"] == "private, no-store"
    assert hand_in(client, path, drawn.card_sample()).status_code == 303, "a picture is taken too"
    assert "PDF，" not in page(client, path)


def test_a_pdf_is_refused_where_pictures_are_asked_for_and_where_it_could_act(client: FlaskClient) -> None:
    assert "PDF" not in page(client, SCENE)
    for path in (SCENE, NAME):
        assert "这里不收 PDF 文件" in hand_in(client, path, papers.pdf()).text
    locked = papers.rewritten(lambda writer: writer.encrypt("x", algorithm="RC4-128"))
    for raw, words in ((locked, "加了密码"), (papers.pdf(21), "超过 20 页"), (papers.pdf()[:300], "不完整")):
        answer = hand_in(client, PROOF, raw)
        assert answer.status_code == 422
        assert answer.text.count(words) == 2
    assert uploads_on(page(client, PROOF)) == []


def test_the_api_takes_a_pdf_and_tells_its_pages(citizen: Citizen, document: dict[str, Any]) -> None:
    def sent(kind: str) -> Any:
        return citizen.upload(kind, file=FileStorage(io.BytesIO(papers.pdf(2)), "a.pdf"))

    made = conforms(document, sent("other"), "Upload")
    assert (made["media_type"], made["pages"], made["width"], made["height"]) == ("application/pdf", 2, None, None)
    assert made["size"] == len(papers.pdf(2))
    file = citizen.get(f"uploads/{made['id']}")
    assert (file.mimetype, file.data) == ("application/pdf", papers.pdf(2))
    assert file.headers["Content-Disposition"] == 'attachment; filename="other.pdf"'
    assert sent("introduction_letter").status_code == 201, "an item on offer takes it so"
    refused(sent("identity_document"), 422, "unsupported-format")
    assert conforms(document, citizen.upload("photo"), "Upload")["media_type"] == "image/jpeg"


# ---------------------------------------------------------------------------------------------- what is there already


def browser_of(town: Town, number: str) -> FlaskClient:
    return signed_in(town, f"browser-of-{number}", number)


def test_an_earlier_photo_is_shown_with_its_day_above_the_camera_and_used_by_one_tap(
    jieyang: Town, veteran: Citizen
) -> None:
    client = browser_of(jieyang, NUMBERS[1])
    html = page(client, PHOTO)
    assert re.search(r"您 <span class=\"nowrap\">\d{4}年\d+月\d+日</span>办“首次办理”时交过", html)
    assert html.index("同意，用这张") < html.index('id="add"'), "above the camera, which stays possible"
    assert '/privacy#reuse_materials"' in html
    (earlier,) = uploads_on(html)

    typed = {name: hidden(html, name) for name in ("csrf_token", "source", "consent")}
    assert client.post(f"{PHOTO}/held", data=typed).location == PHOTO
    html = page(client, PHOTO)
    assert uploads_on(html) == [earlier]
    assert "同意，用" not in html
    assert "同意，用这 2 张" in page(client, IDENTITY)
    typed["consent"] = "2020-01-01"
    told = client.post(f"{IDENTITY}/held?from=check", data=typed)
    assert (told.status_code, told.text.count("说明有更新")) == (422, 2)
    typed["consent"] = VERSION
    assert client.post(f"{IDENTITY}/held?from=check", data=typed).location == f"{IDENTITY}?from=check"
    assert client.post(f"{PHOTO}/held", data=typed | {"csrf_token": "old"}).status_code == 400


def test_the_registrys_photo_is_fetched_by_the_tap_and_its_absence_is_told(
    jieyang: Town, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = page(client, PHOTO)
    assert "同意，用卡上的照片" in html
    assert uploads_on(html) == []
    typed = {name: hidden(html, name) for name in ("csrf_token", "source", "consent")}

    told = client.post(f"{PHOTO}/held", data=typed)
    assert told.status_code == 404
    assert "社保卡系统里没有您的照片。请拍一张新的。" in told.text
    assert 'id="add"' in told.text
    assert "用卡上的照片" not in told.text
    jieyang.registry.away = True
    told = client.post(f"{PHOTO}/held", data=typed)
    jieyang.registry.away = False
    assert (told.status_code, told.text.count("社保卡系统暂时没有回音")) == (503, 2)

    def photo(_holder: IdentityDocument) -> bytes:
        return drawn.good_portrait()

    monkeypatch.setattr(jieyang.registry, "photo", photo)
    assert client.post(f"{PHOTO}/held", data=typed).location == PHOTO
    assert len(uploads_on(page(client, PHOTO))) == 1


def test_the_api_lists_what_is_there_and_takes_it_with_consent(veteran: Citizen, document: dict[str, Any]) -> None:
    veteran.call("DELETE", f"drafts/{CODE}/again")
    listed = conforms(document, veteran.get(HELD), "HeldMaterials")["items"]
    assert [(each["material"], each["source"], len(each["uploads"])) for each in listed] == [
        ("photo", "earlier_case", 1),
        ("identity", "earlier_case", 2),
    ]
    assert {each["consent"] for each in listed} == {VERSION}
    refused(veteran.get(f"drafts/{CODE}/again"), 404, "no-draft")

    asked = {"material": "identity", "source": "earlier_case", "consent": VERSION}
    draft = conforms(document, veteran.post(HELD, asked), "Draft")
    assert draft["uploads"] == [each["id"] for each in listed[1]["uploads"]]
    wrong = refused(veteran.post(HELD, asked | {"consent": "1", "source": "registry"}), 422, "invalid")
    assert set(wrong["errors"]) == {"consent", "source"}
    refused(veteran.post(HELD, {"material": "identity"}), 422, "invalid")
    refused(veteran.post(HELD, asked | {"material": "scene"}), 404, "unknown-material")
    refused(veteran.get(f"drafts/{CODE}/nothing/held"), 404, "unknown-item")
    assert veteran.get(f"drafts/{CODE}/sign/held").json["items"] == []


def test_what_is_there_is_nobody_elses_business(jieyang: Town, veteran: Citizen) -> None:
    refused(jieyang.wechat_only().get(HELD), 401, "sign-in-required")
    stranger = jieyang.citizen("stranger-to-papers", number="110101199003070214", name="陈桂英")
    asked = {"material": "identity", "source": "earlier_case", "consent": VERSION}
    refused(stranger.post(HELD, asked), 404, "nothing-held")
    assert [each["source"] for each in stranger.get(HELD).json["items"]] == ["registry"]
    assert jieyang.client().post(f"{PHOTO}/held").location.startswith("/login")

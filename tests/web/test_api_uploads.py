"""Pictures through the JSON API: handed in once, shown to their owner, refused with what to do."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from tests import drawn
from tests.web.expectations import OTHER, conforms, refused
from tests.web.world import BUNDLE, Citizen, Town
from wxserver.web import bodies
from wxserver.web.bodies import FILE_LIMIT, FILES_BODY_LIMIT


def test_a_picture_is_kept_as_we_made_it_and_shown_to_its_owner(citizen: Citizen, document: dict[str, Any]) -> None:
    response = citizen.upload("photo", key="kept-1")

    assert response.status_code == 201
    made = conforms(document, response, "Upload")
    assert (made["kind"], made["width"], made["height"]) == ("photo", 358, 441)
    assert response.headers["Location"] == f"/api/v1/uploads/{made['id']}"
    shown = citizen.get(f"uploads/{made['id']}")
    assert (shown.status_code, shown.content_type) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert (len(shown.data), hashlib.sha256(shown.data).hexdigest()) == (made["size"], made["sha256"])


def test_the_same_key_gives_the_same_upload_and_another_picture_409(citizen: Citizen) -> None:
    first = citizen.upload("photo", key="again-1")
    second = citizen.upload("photo", key="again-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json == first.json
    refused(citizen.upload("photo", drawn.portrait(noise=2), key="again-1"), 409, "idempotency-mismatch")
    refused(citizen.upload("scene", drawn.good_portrait(), key="again-1"), 409, "idempotency-mismatch")


def test_a_refused_picture_leaves_its_key_unused_and_says_how_to_mend_it(citizen: Citizen) -> None:
    content = refused(
        citizen.upload("photo", drawn.portrait(drawn.BLUISH), key="mended-1"), 422, "not-white-background"
    )
    assert content["detail"] == "背景偏蓝，请在白墙前重拍。别的不用改。"
    assert content["errors"] == {"file": [content["detail"]]}
    assert citizen.upload("photo", key="mended-1").status_code == 201


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"file": "a text"}, "invalid", "file"),
        ({"file": FileStorage(io.BytesIO(), "")}, "invalid", "file"),
        ({"kind": "sculpture"}, "invalid", "kind"),
        ({"kind": ""}, "invalid", "kind"),
        ({"file": FileStorage(io.BytesIO(), "empty.jpg")}, "empty", "file"),
        ({"file": FileStorage(io.BytesIO(drawn.pdf()), "photo.jpg")}, "unsupported-format", "file"),
    ],
)
def test_what_is_no_upload_is_told_all_at_once(citizen: Citizen, fields: dict[str, Any], code: str, path: str) -> None:
    assert set(refused(citizen.upload(**fields), 422, code)["errors"]) == {path}


def test_a_key_is_needed(citizen: Citizen) -> None:
    refused(citizen.call("POST", "uploads", data={"kind": "photo"}), 400, "idempotency-key-missing")
    refused(citizen.upload(key="with blank"), 400, "idempotency-key-invalid")


def test_a_body_that_is_no_form_is_415(citizen: Citizen) -> None:
    response = citizen.call("POST", "uploads", json={"kind": "photo"}, headers={"Idempotency-Key": "k"})
    refused(response, 415, "unsupported-media-type")


def test_a_form_that_breaks_off_is_no_fault_of_ours(citizen: Citizen) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "multipart/form-data; boundary=x"}
    for body in (
        b"",
        b"--x",
        b"--x\r\n",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nab',
    ):
        assert citizen.call("POST", "uploads", data=body, headers=headers).status_code in (400, 422)


def padded(raw: bytes, size: int) -> bytes:
    """A JPEG made larger by comments, as some cameras do it."""
    filling = b""
    while len(raw) + len(filling) < size:
        length = min(65_533, max(size - len(raw) - len(filling) - 4, 0))
        filling += b"\xff\xfe" + (length + 2).to_bytes(2, "big") + b"\0" * length
    return raw[:2] + filling + raw[2:]


def test_twenty_megabytes_are_taken_and_not_a_spoonful_more(citizen: Citizen) -> None:
    assert citizen.upload("photo", padded(drawn.good_portrait(), FILE_LIMIT - 8)).status_code == 201
    content = refused(citizen.upload("photo", b"\xff\xd8\xff" + bytes(FILE_LIMIT)), 413, "file-too-large")
    assert "最多 20 MB" in content["detail"]
    refused(citizen.upload("photo", bytes(FILES_BODY_LIMIT)), 413, "file-too-large")


def test_elsewhere_a_body_is_as_small_as_ever(citizen: Citizen) -> None:
    refused(citizen.call("POST", "cases", data=bytes(70_000), content_type="application/json"), 413, "body-too-large")


def test_large_bodies_wait_for_each_other_and_say_so(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_WAIT_SECONDS", 0.01)
    for _ in range(bodies.READ_AT_ONCE):
        assert bodies._reading.acquire(blocking=False)
    try:
        response = citizen.upload("photo", padded(drawn.good_portrait(), 300_000))
    finally:
        for _ in range(bodies.READ_AT_ONCE):
            bodies._reading.release()
    refused(response, 503, "busy")
    assert response.headers["Retry-After"] == "10"
    assert citizen.upload("photo", padded(drawn.good_portrait(), 300_000)).status_code == 201


def test_files_never_touch_the_disk_unsealed(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    def spooled(*_: object, **__: object) -> None:
        raise AssertionError("a file was spooled to the disk")

    for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile"):
        monkeypatch.setattr(tempfile, name, spooled)
    assert citizen.upload("photo", padded(drawn.good_portrait(), 2_000_000)).status_code == 201


def test_somebody_elses_picture_does_not_exist(jieyang: Town, citizen: Citizen) -> None:
    (mine,) = [citizen.upload("photo").json["id"]]
    other = jieyang.citizen(**OTHER)
    refused(other.get(f"uploads/{mine}"), 404, "unknown-upload")
    refused(other.call("DELETE", f"uploads/{mine}"), 404, "unknown-upload")
    put = other.call("PUT", f"drafts/{BUNDLE}/apply", json={"uploads": [mine]})
    assert set(refused(put, 422, "invalid")["errors"]) == {"uploads.0"}
    body = {"bundle": BUNDLE, "item": "apply", "form": {"phone": "13800005620"}, "uploads": [mine]}
    found = refused(other.post("cases", body, key="theirs"), 422, "invalid")
    assert {"uploads.0", "uploads.identity", "uploads.photo"} == set(found["errors"])
    assert citizen.get(f"uploads/{mine}").status_code == 200
    refused(jieyang.wechat_only().upload("photo"), 401, "sign-in-required")


def test_a_picture_goes_into_a_draft_and_out_again(citizen: Citizen, document: dict[str, Any]) -> None:
    path = f"drafts/{BUNDLE}/replace"
    one = citizen.upload("photo").json["id"]
    kept = conforms(document, citizen.call("PUT", path, json={"uploads": [one], "form": {}}), "Draft")
    assert kept["uploads"] == [one]
    kept = conforms(document, citizen.call("PUT", path, json={"form": {"reason": "lost"}}), "Draft")
    assert (kept["uploads"], kept["form"]) == ([one], {"reason": "lost"})
    assert citizen.call("PUT", path, json={"uploads": []}).json["uploads"] == []
    citizen.call("PUT", path, json={"uploads": [one, one]})
    assert citizen.call("DELETE", f"uploads/{one}").status_code == 204
    assert citizen.get(path).json["uploads"] == []
    refused(citizen.get(f"uploads/{one}"), 404, "unknown-upload")
    refused(citizen.call("DELETE", f"uploads/{one}"), 404, "unknown-upload")
    card, photos = citizen.upload("identity_document").json["id"], [citizen.upload().json["id"] for _ in range(2)]
    found = refused(citizen.call("PUT", path, json={"uploads": [card]}), 422, "invalid")
    assert set(found["errors"]) == {"uploads.0"}
    found = refused(citizen.call("PUT", path, json={"uploads": photos}), 422, "invalid")
    assert set(found["errors"]) == {"uploads.photo"}


def test_an_application_names_all_that_is_wrong_with_its_pictures(jieyang: Town) -> None:
    citizen = jieyang.citizen(name="周小满", number="110101199003075824")
    body = {"bundle": BUNDLE, "item": "apply", "form": {"phone": "13800005620"}}
    found = refused(citizen.post("cases", body, key="bare"), 422, "invalid")
    assert found["errors"] == {
        "uploads.identity": ["请先上传有效身份证件。"],
        "uploads.photo": ["请先上传电子证件照。"],
    }
    photos = [citizen.upload("photo").json["id"] for _ in range(2)]
    scene = citizen.upload("scene").json["id"]
    found = refused(citizen.post("cases", body | {"uploads": [*photos, scene]}, key="bare"), 422, "invalid")
    assert set(found["errors"]) == {"uploads.identity", "uploads.photo", "uploads"}


def test_what_was_submitted_stays_and_can_be_used_again(jieyang: Town) -> None:
    citizen = jieyang.citizen(name="周大满", number="110101199003072623")
    papers = citizen.papers()
    body = {"bundle": BUNDLE, "item": "apply", "form": {"phone": "13800005620"}, "uploads": papers}
    case = citizen.post("cases", body, key="papers")
    assert case.status_code == 201, case.text
    refused(citizen.call("DELETE", f"uploads/{papers[1]}"), 409, "upload-in-case")
    assert citizen.get(f"uploads/{papers[1]}").status_code == 200
    replaced = {"bundle": BUNDLE, "item": "replace", "card_id": citizen.get("cards").json["items"][0]["id"]}
    again = citizen.post("cases", replaced | {"uploads": papers[1:]}, key="photo again")
    assert again.status_code == 400, "a key has no blanks"
    assert citizen.post("cases", replaced | {"uploads": papers[1:]}, key="again").status_code == 201


def test_an_item_tells_how_many_pictures_it_takes(jieyang: Town) -> None:
    item = jieyang.client().get(f"/api/v1/bundles/{BUNDLE}/items/apply").json
    asked = {each["code"]: (each["upload"], each["most"]) for each in item["materials"]}
    assert asked["identity"] == (True, 2)
    assert asked["photo"] == (True, 1)


def test_a_kept_picture_is_a_plain_jpeg(citizen: Citizen) -> None:
    made = citizen.upload("identity_document", drawn.twelve_megapixels()).json
    image = Image.open(io.BytesIO(citizen.get(f"uploads/{made['id']}").data))
    assert (image.format, dict(image.getexif())) == ("JPEG", {})
    assert max(image.size) <= 2000

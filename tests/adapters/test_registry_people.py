"""What the card registry tells of a person beside cards: standing and picture, also where it is an older one."""

import base64
import hashlib
import json

import pytest

from bundles.ports import IdentityDocument, Standing
from tests.adapters.scripted import SECRET, StoppedClock, json_answer, plain_answer
from wxserver.adapters.registry import HttpCardRegistry
from wxserver.adapters.registry.reading import LARGEST_PHOTO
from wxserver.ports import Unavailable

HOLDER = IdentityDocument("resident_id", "11010519491231002X")
PERSON = {"id_type": "resident_id", "id_number": "11010519491231002X"}
KNOWN = {
    "insured": ["650000", "445202"],
    "lives_elsewhere": True,
    "batch": "data_ready",
    "profile": {"phone": "13800000000", "address": " ", "email": None, "occupation": "教师", "shoe_size": "42"},
}
JPEG = b"\xff\xd8\xffpixels"


def picture(jpeg=JPEG, **change):
    encoded = base64.b64encode(jpeg).decode()
    photo = {"media_type": "image/jpeg", "sha256": hashlib.sha256(jpeg).hexdigest(), "content": encoded}
    return json_answer({"photo": photo | change})


@pytest.fixture
def registry(side, http):
    return HttpCardRegistry(side.url + "/registry", SECRET, http, StoppedClock())


def test_what_is_known_of_a_person(registry, side):
    side.says(json_answer(KNOWN))
    found = registry.standing(HOLDER)
    profile = {"phone": "13800000000", "occupation": "教师"}
    assert found == Standing(("650000", "445202"), True, "data_ready", profile)
    assert (side.last.method, side.last.path, side.last.document) == ("POST", "/registry/people/standing", PERSON)
    assert "13800000000" not in repr(found)


def test_what_is_not_known_is_not_made_up(registry, side):
    side.says(json_answer({}))
    assert registry.standing(HOLDER) == Standing()
    side.says(json_answer({"insured": [], "lives_elsewhere": False, "batch": None, "profile": {}}))
    assert registry.standing(HOLDER) == Standing(insured=(), lives_elsewhere=False)


@pytest.mark.parametrize(
    "change",
    [
        {"insured": "650000"},
        {"insured": [650000]},
        {"insured": ["6500"]},
        {"insured": ["６５００００"]},
        {"insured": ["650000"] * 101},
        {"lives_elsewhere": 1},
        {"lives_elsewhere": "yes"},
        {"batch": "eaten"},
        {"batch": 3},
        {"profile": []},
        {"profile": {"phone": 13800000000}},
        {"profile": {"address": "x" * 201}},
        {"profile": {"address": "x\x00"}},
    ],
)
def test_a_standing_of_another_shape_is_no_answer(registry, side, change):
    side.says(json_answer(KNOWN | change))
    with pytest.raises(Unavailable):
        registry.standing(HOLDER)


def test_a_picture_arrives_whole(registry, side):
    side.says(picture())
    assert registry.photo(HOLDER) == JPEG
    assert (side.last.method, side.last.path, side.last.document) == ("POST", "/registry/people/photo", PERSON)
    side.says(json_answer({"photo": None}))
    assert registry.photo(HOLDER) is None
    side.says(json_answer({}))
    assert registry.photo(HOLDER) is None


@pytest.mark.parametrize(
    "answer",
    [
        json_answer({"photo": "pixels"}),
        picture(media_type="image/png"),
        picture(sha256="0" * 64),
        picture(sha256=None),
        picture(content="no base64!"),
        picture(b"GIF89a"),
        picture(b"\xff\xd8\xff" + b"x" * LARGEST_PHOTO),
    ],
    ids=["no object", "another type", "another digest", "no digest", "no base64", "no JPEG", "too large"],
)
def test_a_picture_that_is_not_what_it_says_is_no_answer(registry, side, answer):
    side.says(answer)
    with pytest.raises(Unavailable):
        registry.photo(HOLDER)


@pytest.mark.parametrize("status", [400, 404, 405, 410, 422])
def test_a_registry_that_does_not_know_the_question_knows_nothing_of_the_person(registry, side, status, caplog):
    for answer in (plain_answer(b"Not Found", status), json_answer({"code": "x", "detail": "没有。"}, status)):
        side.says(answer)
        assert registry.standing(HOLDER) == Standing()
        assert registry.photo(HOLDER) is None
    assert [each for each in caplog.records if each.name.startswith("wxserver")] == []


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_registry_that_takes_no_question_has_not_answered(registry, side, status):
    side.says(plain_answer(json.dumps({}).encode(), status))
    for ask in (registry.standing, registry.photo):
        with pytest.raises(Unavailable):
            ask(HOLDER)

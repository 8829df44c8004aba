"""Faces on a photo for a card, where the operator has put a model in place; elsewhere nothing is counted."""

from dataclasses import replace

import pytest

from bundles.definition import PhotoRule
from tests import drawn
from tests.far_sides import EXAMPLE
from wxserver.adapters.photos import FaceModelUnusable, PillowInspector, YuNetFaces
from wxserver.app import create_app
from wxserver.ports import PhotoRefused
from wxserver.settings import Photos, SettingsFault, load

RULE = PhotoRule(358, 441)


class Sees:
    """A counter that sees so many faces, and remembers how large the pictures were that it was shown."""

    def __init__(self, faces):
        self.faces = faces
        self.shown = []

    def count(self, pixels, width, height):
        self.shown.append((len(pixels), width, height))
        return self.faces


@pytest.mark.parametrize(("faces", "code", "words"), [(0, "no-face", "没有看到脸"), (2, "several-faces", "有 2 张脸")])
def test_none_or_several_are_refused_with_what_to_do(faces, code, words):
    with pytest.raises(PhotoRefused) as caught:
        PillowInspector(faces=Sees(faces)).inspect("photo", drawn.good_portrait(), RULE)
    assert caught.value.code == code
    assert words in caught.value.message
    assert "再拍一张" in caught.value.message


def test_one_is_right_and_the_finished_photo_is_what_is_looked_at():
    sees = Sees(1)
    assert PillowInspector(faces=sees).inspect("photo", drawn.good_portrait(), RULE).width == 358
    assert sees.shown == [(358 * 441 * 3, 358, 441)]


def test_nobody_counts_faces_on_documents_and_signatures():
    sees = Sees(0)
    PillowInspector(faces=sees).inspect("identity_document", drawn.card_sample(), None)
    assert sees.shown == []


def test_a_model_that_can_not_be_loaded_keeps_the_server_from_starting_and_says_why(tmp_path):
    with pytest.raises(FaceModelUnusable, match=r"^photos\.face_model: "):
        YuNetFaces(tmp_path / "absent.onnx")
    settings = load(EXAMPLE, {"VAR_DIR": str(tmp_path)})
    assert settings.photos.face_model is None
    with pytest.raises(SettingsFault, match=r"photos\.face_model") as caught:
        create_app(replace(settings, photos=Photos(tmp_path / "absent.onnx")))
    assert len(caught.value.faults) == 1


def test_the_path_of_the_model_is_read_from_the_settings(tmp_path):
    config = tmp_path / "config.toml"
    text = EXAMPLE.read_text("utf-8").replace('face_model = ""', 'face_model = "models/yunet.onnx"')
    config.write_text(text, "utf-8")
    model = load(config, {"VAR_DIR": str(tmp_path)}).photos.face_model
    assert model is not None
    assert model.name == "yunet.onnx"

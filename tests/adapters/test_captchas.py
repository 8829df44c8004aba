"""Captchas drawn and spoken: dark on white, different every time, small, and from recordings that are ours."""

from __future__ import annotations

import hashlib
import io
import itertools
import tomllib
import wave
from pathlib import Path

import pytest
from PIL import Image

import wxserver.adapters.captchas
from wxserver.adapters.captchas import DrawnCaptchas

VOICES = Path(wxserver.adapters.captchas.__file__).parent / "voices"


@pytest.fixture(scope="module")
def drawer():
    return DrawnCaptchas()


def opened(png):
    with Image.open(io.BytesIO(png)) as picture:
        picture.load()
        return picture


def lightness(colour):
    """Relative luminance as WCAG has it."""
    linear = [part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def samples(wav):
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 1, 8000)
        return file.readframes(file.getnframes())


@pytest.mark.parametrize("text", ["2222", "0984", "7777", "1111"])
def test_a_picture_is_large_and_its_ink_stands_out(drawer, text):
    picture = opened(drawer.draw(text))
    assert (picture.format, picture.size, picture.mode) == ("PNG", (240, 90), "RGB")
    colours = picture.getcolors(maxcolors=picture.width * picture.height)
    _, paper = max(colours)
    darkest = min((colour for _, colour in colours), key=lightness)
    assert (lightness(paper) + 0.05) / (lightness(darkest) + 0.05) > 7
    inked = sum(count for count, colour in colours if lightness(colour) < 0.18)
    assert inked > 0.04 * picture.width * picture.height


def test_the_same_digits_never_look_or_sound_the_same(drawer):
    assert len({drawer.draw("4096") for _ in range(5)}) == 5
    assert len({drawer.say("4096") for _ in range(5)}) == 5
    assert len({len(drawer.say("4096")) for _ in range(5)}) > 1


def test_every_digit_is_heard_for_itself(drawer):
    heard = samples(drawer.say("30869"))
    assert 3 < len(heard) / 8000 < 12
    loud = [index // 800 for index, sample in enumerate(heard) if abs(sample - 128) > 30]
    stretches = 1 + sum(after - before > 2 for before, after in itertools.pairwise(loud))
    assert stretches == 5


def test_sound_and_picture_are_small_enough_for_a_slow_phone(drawer):
    assert len(drawer.say("4096")) < 80_000
    assert len(drawer.draw("4096")) < 30_000


def test_nothing_but_digits_is_spoken(drawer):
    with pytest.raises(KeyError):
        drawer.say("四")


def test_the_recordings_are_those_that_are_listed():
    listed = {
        each["path"]: each["sha256"] for each in tomllib.loads((VOICES / "VENDOR.toml").read_text("utf-8"))["file"]
    }
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VOICES.glob("*.wav")}
    assert found == listed
    assert set(found) == {f"{digit}.wav" for digit in range(10)}
    assert len({*found.values()}) == 10

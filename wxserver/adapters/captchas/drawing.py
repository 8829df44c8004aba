"""Captchas by the package `captcha`, in ink that is easy to read, and by ten recorded digits.

The package takes the ink's lightness for its opacity, so dark ink comes out pale, at a contrast below 4.5:1; the table
here makes every ink opaque. Its sounds are English letters, so only its pictures are used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from captcha.image import ImageCaptcha

from wxserver.adapters.captchas.speaking import Speech

_WIDTH, _HEIGHT = 240, 90
_INK: Final = (24, 40, 92)
_PAPER: Final = (255, 255, 255)
_LIGHTNESS: Final = 41
"""Of the ink, as Pillow turns it into grey, and a little less."""


class _Picture(ImageCaptcha):
    """Four digits beside each other, neither upside down nor across each other: old eyes shall read them."""

    lookup_table = [min(255, grey * 255 // _LIGHTNESS) for grey in range(256)]  # noqa: RUF012 - the package's own way
    character_rotate = (-22, 22)
    word_offset_dx = 0.04
    word_space_probability = 0.8


class DrawnCaptchas:
    """Pictures of 240 by 90 pixels in dark blue on white, and speech from the recordings beside this file."""

    def __init__(self) -> None:
        self._picture = _Picture(_WIDTH, _HEIGHT, font_sizes=(60, 66, 72))
        self._speech = Speech(Path(__file__).parent / "voices")

    def draw(self, text: str) -> bytes:
        """A PNG of these digits."""
        return self._picture.generate(text, bg_color=_PAPER, fg_color=_INK).getvalue()

    def say(self, text: str) -> bytes:
        """The digits as a WAV of a few seconds."""
        return self._speech.say(text)

"""Riddles that a person solves and a simple program does not."""

from __future__ import annotations

from typing import Protocol


class CaptchaDrawer(Protocol):
    """Shows and says a few digits, each time in another way."""

    def draw(self, text: str) -> bytes:
        """A PNG of these digits (0 to 9)."""

    def say(self, text: str) -> bytes:
        """The digits spoken in Mandarin, one after another: WAV, mono, 8 kHz, 8 bits."""

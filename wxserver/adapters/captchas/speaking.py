"""Digits spoken: recordings mixed with pauses, speeds and a light noise that differ each time."""

from __future__ import annotations

import io
import secrets
import wave
from pathlib import Path
from typing import Final

RATE: Final = 8000
"""Samples a second; each is a byte, 128 is silence."""
_SILENCE: Final = 128
_NOISE: Final = 10
"""How loud the noise is, from its lowest to its highest; the voice reaches 115 to either side of silence."""
_HISS: Final = bytes(sample % (_NOISE + 1) for sample in range(256))
_CHANCE: Final = secrets.SystemRandom()


class Speech:
    """What the ten recordings `0.wav` … `9.wav` of a directory can say."""

    def __init__(self, voices: Path) -> None:
        self._digits = {str(digit): _samples(voices / f"{digit}.wav") for digit in range(10)}

    def say(self, text: str) -> bytes:
        """A WAV of the digits one after another. Raises KeyError for anything but digits."""
        spoken = bytearray(_pause(0.5, 0.9))
        for digit in text:
            spoken += _at_speed(self._digits[digit], _CHANCE.uniform(0.86, 1.1), _CHANCE.uniform(0.8, 1.0))
            spoken += _pause(0.45, 0.85)
        heard = _sum(bytes(spoken), _CHANCE.randbytes(len(spoken)).translate(_HISS))
        file = io.BytesIO()
        with wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(1)
            written.setframerate(RATE)
            written.writeframes(heard)
        return file.getvalue()


def _samples(path: Path) -> bytes:
    with wave.open(str(path), "rb") as recording:
        if (recording.getnchannels(), recording.getsampwidth(), recording.getframerate()) != (1, 1, RATE):
            raise ValueError(f"{path.name} is not mono, 8 bits, {RATE} Hz")
        return recording.readframes(recording.getnframes())


def _pause(shortest: float, longest: float) -> bytes:
    """Silence of so many seconds."""
    return bytes([_SILENCE]) * round(_CHANCE.uniform(shortest, longest) * RATE)


def _at_speed(samples: bytes, speed: float, loudness: float) -> bytes:
    """The samples played faster or slower, which lifts or lowers the voice."""
    quieter = bytes(round(_SILENCE + (sample - _SILENCE) * loudness) for sample in range(256))
    return bytes([samples[int(index * speed)] for index in range(int(len(samples) / speed))]).translate(quieter)


def _sum(voice: bytes, hiss: bytes) -> bytes:
    """Both sounds at once. Added as two whole numbers, because no byte of the sum passes 255: the voice leaves room."""
    total = int.from_bytes(voice, "little") + int.from_bytes(hiss, "little")
    return total.to_bytes(len(voice), "little")

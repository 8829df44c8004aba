"""A signature: drawn on the screen, or written on white paper and photographed. Only what it looks like is kept.

What counts as ink is darker than the paper round it, so that neither shadows nor a black screen pass for writing.
"""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageChops, ImageFilter

from wxserver.adapters.photos.opening import Opened, decoded
from wxserver.ports import PhotoRefused

SIDE: Final = 1200
"""The longer side of what is kept, in pixels."""
LEAST_SIDE: Final = 240
LEAST_HEIGHT: Final = 80
GLANCE: Final = 600
DARKER: Final = 40
"""How much darker than the paper round it ink is."""
PAPER: Final = 110
"""Least brightness of paper, in a lamp's light too."""
LEAST_INK: Final = 0.0015
SHADE: Final = 0.6
MOST_INK: Final = 0.2
"""At most this share may be darker than `SHADE` of the lightest places: a corner in shadow and the writing."""
LEAST_SPAN: Final = 0.12
"""How much of the longer side the writing must span."""

_AGAIN: Final = "请用手指在框里写上姓名，写大一点、完整一点。"
_PAPER: Final = "看不出这是签名。请用黑笔在白纸上写上姓名，在光线亮的地方对准拍，别的东西不要拍进去。"


def signature(picture: Opened) -> Image.Image:
    """The writing on white, in greys, not larger than `SIDE`. Raises `PhotoRefused`: too-small, no-ink, not-a-signature
    or a picture that can't be decoded."""
    if max(picture.width, picture.height) < LEAST_SIDE or min(picture.width, picture.height) < LEAST_HEIGHT:
        raise PhotoRefused("too-small", "签名的图片太小了，看不清。" + _AGAIN)
    image = decoded(picture, SIDE, SIDE).convert("L")
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    _check_ink(image)
    return image


def _check_ink(image: Image.Image) -> None:
    glance = image.copy()
    glance.thumbnail((GLANCE, GLANCE), Image.Resampling.BOX)
    light = _brighter_than(glance, 0.9)
    if _brighter_than(glance, 0.5) < PAPER or _darker_share(glance, round(light * SHADE)) > MOST_INK:
        raise PhotoRefused("not-a-signature", _PAPER)
    paper = glance.filter(ImageFilter.MedianFilter(3)).filter(ImageFilter.BoxBlur(GLANCE // 12))
    ink = ImageChops.subtract(paper, glance).point([255 if step > DARKER else 0 for step in range(256)])
    box = ink.filter(ImageFilter.MedianFilter(3)).getbbox()
    if box is None or ink.histogram()[255] < LEAST_INK * ink.width * ink.height:
        raise PhotoRefused("no-ink", "还没有看到签名，或者笔画太少。" + _AGAIN)
    if max(box[2] - box[0], box[3] - box[1]) < LEAST_SPAN * max(glance.size):
        raise PhotoRefused("too-small", "签名写得太小了，看不清。" + _AGAIN)


def _brighter_than(image: Image.Image, share: float) -> int:
    """The brightness that this share of the points does not pass."""
    counts = image.histogram()
    below, needed = 0, share * sum(counts)
    for value, count in enumerate(counts):
        below += count
        if below >= needed:
            return value
    return 255


def _darker_share(image: Image.Image, limit: int) -> float:
    counts = image.histogram()
    return sum(counts[:limit]) / sum(counts)

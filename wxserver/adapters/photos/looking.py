"""What a picture looks like: its background, its colours, its sharpness. Numbers first, sentences at the end.

The thresholds were tuned on drawn portraits: white walls with noise and vignetting, tinted walls, blurred ones.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterable
from statistics import median
from typing import Final

from PIL import Image, ImageFilter, ImageStat

from wxserver.ports import PhotoRefused

BRIGHT: Final = 235
"""Least brightness of a white wall, and how much darker its corners may be."""
VIGNETTE: Final = 20
TINT: Final = 14
"""How far apart the channels of a white wall may lie, and how much red may pass blue."""
WARMTH: Final = 8
SIDES_CLEAR: Final = 0.88
TOP_CLEAR: Final = 0.35
"""Share of the border that shows the wall. Above, hair may touch it; at the sides only the upper part is looked at."""
GREY: Final = 7
COLOURED: Final = 0.02
SHARP_PHOTO: Final = 26.0
"""Least variance of the Laplacian of a finished photo."""
EDGE_PAGE: Final = 24
EDGES: Final = 2e-4
"""How steep at least this share of a page's points must be, the page 800 pixels long: a few sharp words suffice."""

_LAPLACE: Final = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
_CALM: Final = ImageFilter.MedianFilter(3)
_TOP, _SIDE, _UPPER = 0.05, 0.06, 0.55

Pixel = tuple[int, int, int]


def check_colour(image: Image.Image) -> None:
    """Raises `PhotoRefused` for a picture without colours."""
    small = image.resize((90, 110), Image.Resampling.BOX).convert("YCbCr")
    _, blue, red = small.split()
    pairs = zip(blue.tobytes(), red.tobytes(), strict=True)
    coloured = sum(max(abs(b - 128), abs(r - 128)) > GREY for b, r in pairs)
    if coloured < COLOURED * 90 * 110:
        raise PhotoRefused("not-colour", "这张是黑白照片。请换一张彩色照片，要近 6 个月拍的。")


def check_background(image: Image.Image) -> None:
    """Raises `PhotoRefused` where the border is not a white wall, with the word for what it is instead."""
    width, height = image.width // 2, image.height // 2
    small = image.resize((width, height), Image.Resampling.BOX)
    side, upper, top = max(1, round(width * _SIDE)), round(height * _UPPER), max(1, round(height * _TOP))
    sides = [
        *_pixels(small, (0, 0, side, upper)),
        *_pixels(small, (width - side, 0, width, upper)),
    ]
    above = _pixels(small, (0, 0, width, top))
    wall = tuple(round(median(pixel[channel] for pixel in sides)) for channel in range(3))
    word = _cast(*wall)
    if word == "偏暗":
        raise _background("背景偏暗，请在白墙前、光线亮的地方重拍。别的不用改。")
    if word:
        raise _background(f"背景{word}，请在白墙前重拍。别的不用改。")
    if _clear(sides) < SIDES_CLEAR or _clear(above) < TOP_CLEAR:
        raise _background("背景里有阴影或别的东西，请站在一面干净的白墙前重拍。别的不用改。")


def check_sharpness(image: Image.Image, least: float, advice: str) -> None:
    """Raises `PhotoRefused` with the advice where hardly an edge is to be seen."""
    if sharpness(image) < least:
        raise PhotoRefused("blurred", advice)


def check_legible(image: Image.Image, advice: str) -> None:
    """Raises `PhotoRefused` with the advice where nothing on a page is sharp, however little may stand on it."""
    counts = _edges(image).histogram()
    needed, steep = EDGES * sum(counts), 0
    for distance in range(128, EDGE_PAGE - 1, -1):
        steep += counts[128 - distance] + (counts[128 + distance] if distance < 128 else 0)
        if steep >= needed:
            return
    raise PhotoRefused("blurred", advice)


def sharpness(image: Image.Image) -> float:
    """The variance of the Laplacian of the brightness."""
    return float(ImageStat.Stat(_edges(image)).var[0])


def _edges(image: Image.Image) -> Image.Image:
    """The Laplacian of the brightness about 128, without the outermost pixels. Grain is calmed before, because a noisy
    blur has as many edges as a sharp face."""
    edges = image.convert("L").filter(_CALM).filter(_LAPLACE)
    return edges.crop((1, 1, edges.width - 1, edges.height - 1))


def _pixels(image: Image.Image, box: tuple[int, int, int, int]) -> list[Pixel]:
    flat = image.crop(box).tobytes()
    return list(zip(flat[0::3], flat[1::3], flat[2::3], strict=True))


def _brightness(red: int, green: int, blue: int) -> float:
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _cast(red: int, green: int, blue: int) -> str:
    """What keeps a colour from being white, in a word; empty where nothing does."""
    spread = max(red, green, blue) - min(red, green, blue)
    if spread <= TINT and red - blue <= WARMTH:
        return "" if _brightness(red, green, blue) >= BRIGHT else "偏暗"
    hue = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)[0] * 360
    if spread <= TINT and _brightness(red, green, blue) < BRIGHT - 2 * VIGNETTE:
        return "偏暗"
    for limit, word in ((20, "偏红"), (70, "偏黄"), (165, "偏绿"), (285, "偏蓝")):
        if hue < limit:
            return word
    return "偏红"


def _clear(pixels: Iterable[Pixel]) -> float:
    """The share of pixels that may be a white wall."""
    every = list(pixels)
    clear = sum(_brightness(*each) >= BRIGHT - VIGNETTE and max(each) - min(each) <= 2 * TINT for each in every)
    return clear / len(every)


def _background(message: str) -> PhotoRefused:
    return PhotoRefused("not-white-background", message)

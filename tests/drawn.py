"""Pictures to hand in, drawn: nobody's face, nobody's papers. Each maker gives the bytes of a file."""

from __future__ import annotations

import io
import random
import struct
import zlib
from functools import cache
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WHITE = (250, 250, 249)
BLUE, RED = (67, 142, 219), (214, 62, 58)
BLUISH, BEIGE, GREENISH, PINKISH = (214, 226, 245), (250, 245, 230), (222, 240, 222), (246, 222, 226)
GREY, DARK = (215, 215, 215), (120, 118, 116)

SKIN, HAIR, CLOTHES, EYE = (222, 178, 150), (38, 32, 30), (44, 52, 72), (30, 26, 26)


def jpeg(image: Image.Image, quality: int = 90, **more: Any) -> bytes:
    return _saved(image, "JPEG", quality=quality, **more)


def png(image: Image.Image) -> bytes:
    return _saved(image, "PNG")


def webp(image: Image.Image) -> bytes:
    return _saved(image, "WEBP", quality=90)


def person(
    wall: tuple[int, int, int] = WHITE,
    size: tuple[int, int] = (1074, 1323),
    *,
    noise: float = 3,
    vignette: float = 0.03,
    tall_hair: bool = False,
    wide_clothes: bool = True,
    blur: float = 0,
) -> Image.Image:
    """A person from the front, drawn, as a phone would take them: with noise, and corners a little darker.

    `vignette`: by which share the corners are darker. `blur`: in pixels of the finished photo.
    """
    width, height = size
    image = Image.new("RGB", size, wall)
    draw = ImageDraw.Draw(image)

    def at(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        return left * width, top * height, right * width, bottom * height

    crown = -0.04 if tall_hair else 0.07
    reach = -0.08 if wide_clothes else 0.1
    draw.ellipse(at(reach, 0.72, 1 - reach, 1.5), CLOTHES)
    draw.rectangle(at(0.41, 0.6, 0.59, 0.78), (206, 160, 134))
    draw.polygon([(x * width, y * height) for x, y in ((0.38, 0.74), (0.5, 0.86), (0.62, 0.74))], (206, 160, 134))
    draw.ellipse(at(0.24, crown, 0.76, 0.56), HAIR)
    draw.ellipse(at(0.22, 0.36, 0.29, 0.48), SKIN)
    draw.ellipse(at(0.71, 0.36, 0.78, 0.48), SKIN)
    draw.ellipse(at(0.27, 0.17, 0.73, 0.7), SKIN)
    draw.pieslice(at(0.26, crown + 0.02, 0.74, 0.42), 180, 360, HAIR)
    for left in (0.35, 0.55):
        draw.arc(at(left - 0.02, 0.32, left + 0.12, 0.4), 200, 340, EYE, max(1, width // 90))
        draw.ellipse(at(left, 0.385, left + 0.1, 0.425), (245, 245, 242))
        draw.ellipse(at(left + 0.034, 0.387, left + 0.066, 0.423), EYE)
    draw.line(
        [(0.5 * width, 0.42 * height), (0.475 * width, 0.52 * height), (0.51 * width, 0.52 * height)],
        (180, 130, 108),
        max(1, width // 120),
    )
    draw.arc(at(0.42, 0.53, 0.58, 0.6), 20, 160, (160, 70, 70), max(1, width // 80))
    rng = random.Random(7)
    for _ in range(160):
        x, y = rng.uniform(0.26, 0.74), rng.uniform(crown + 0.02, crown + 0.16)
        draw.line(
            [(x * width, y * height), ((x + 0.01) * width, (y + 0.05) * height)], (70, 60, 54), max(1, width // 300)
        )
    if vignette:
        image = _vignetted(image, vignette)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur * width / 358))
    return _noisy(image, noise)


def portrait(wall: tuple[int, int, int] = WHITE, **more: Any) -> bytes:
    """A portrait as a JPEG; the good one unless told otherwise."""
    return jpeg(person(wall, **more))


@cache
def good_portrait() -> bytes:
    """The portrait that everybody hands in where nothing depends on it."""
    return portrait()


def black_and_white() -> bytes:
    return jpeg(person().convert("L"))


def landscape() -> bytes:
    """Somebody who held the phone across."""
    image = Image.new("RGB", (1600, 1200), WHITE)
    image.paste(person(size=(900, 1109)), (350, 91))
    return jpeg(image)


def room() -> bytes:
    """A white wall with a door frame and a shelf in it."""
    image = person()
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 40, 1323), (120, 84, 52))
    draw.rectangle((900, 120, 1074, 420), (96, 110, 90))
    return jpeg(image)


def page(size: tuple[int, int] = (1600, 1000), *, blur: float = 0, noise: float = 3) -> Image.Image:
    """An identity card lying on a table, drawn; the writing is strokes that say nothing."""
    width, height = size
    image = Image.new("RGB", size, (134, 112, 92))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((width * 0.06, height * 0.07, width * 0.94, height * 0.93), width * 0.03, (226, 236, 240))
    rng = random.Random(11)
    for line in range(7):
        y = height * (0.17 + 0.105 * line)
        for glyph in range(14 if line < 6 else 22):
            x = width * (0.12 + 0.032 * glyph)
            if line < 6 and x > width * 0.58:
                continue
            for _ in range(6):
                box = [(x + rng.uniform(0, 0.022) * width, y + rng.uniform(0, 0.05) * height) for _ in range(2)]
                draw.line(box, (48, 52, 60), max(1, width // 400))
    image.paste(person(size=(int(width * 0.26), int(height * 0.5)), noise=0), (int(width * 0.63), int(height * 0.18)))
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur * width / 800))
    return _noisy(image, noise)


@cache
def card_sample() -> bytes:
    """The identity document that everybody hands in where nothing depends on it."""
    return jpeg(page())


@cache
def twelve_megapixels() -> bytes:
    """A portrait as a phone stores it: lying on its side, with orientation, place and thumbnail in its EXIF."""
    big = person(size=(3000, 3696), noise=4).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    exif[0x9286] = "a comment"
    exif.get_ifd(0x8825).update({1: "N", 2: (23.0, 32.0, 11.0), 3: "E", 4: (116.0, 21.0, 30.0)})
    return jpeg(big, quality=93, exif=exif, comment=b"a comment")


def truncated() -> bytes:
    return good_portrait()[: len(good_portrait()) // 2]


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few hundred bytes whose header promises 900 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def webp_bomb() -> bytes:
    """A WebP whose header promises 16383 by 16383 pixels."""
    body = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (16382).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def gif() -> bytes:
    return _saved(Image.new("P", (400, 500)), "GIF")


def animated() -> bytes:
    """A WebP that moves."""
    frames = [Image.new("RGB", (400, 500), colour) for colour in (WHITE, RED)]
    return _saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100)


def heic() -> bytes:
    """The beginning of a file from an iPhone."""
    return struct.pack(">I", 24) + b"ftypheic" + b"\0\0\0\0mif1heic" + b"\0" * 200


def pdf() -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"


def _saved(image: Image.Image, format_: str, **more: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, format_, **more)
    return written.getvalue()


def _noisy(image: Image.Image, sigma: float) -> Image.Image:
    """What a sensor adds, after the phone has smoothed it."""
    if not sigma:
        return image
    grain = Image.effect_noise(image.size, sigma * 2).filter(ImageFilter.BoxBlur(1))
    layer = Image.merge("RGB", (grain, grain, grain))
    return ImageChops.add(image, layer, scale=1, offset=-128)


def _vignetted(image: Image.Image, share: float) -> Image.Image:
    """Darker towards the corners, by this share."""
    disc = Image.radial_gradient("L").resize(image.size, Image.Resampling.BILINEAR)
    shade = disc.point([round(255 * (1 - share * (value / 255) ** 2)) for value in range(256)])
    return ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))

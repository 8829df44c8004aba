"""The port `PhotoInspector` with Pillow: at most so many pictures at a time, because each takes room and a core.

PDF files are read by whoever answers `PdfReader`, faces counted by whoever answers `FaceCounter`, if anybody does.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image

from bundles.definition import PhotoRule
from wxserver.adapters.photos.looking import (
    SHARP_PHOTO,
    check_background,
    check_colour,
    check_legible,
    check_sharpness,
)
from wxserver.adapters.photos.opening import Opened, decoded, opened
from wxserver.adapters.photos.signing import signature
from wxserver.ports import FaceCounter, InspectorBusy, PdfReader, PhotoRefused, Prepared

AT_ONCE: Final = 4
LARGE: Final = 16_000_000
"""Pixels; of larger pictures only one is decoded at a time."""
PHOTO_BYTES: Final = 40_000
PHOTO_DPI: Final = 350
PAGE_SIDE: Final = 2000
SHARE: Final = 0.75
"""A page that a JPEG gives at this share of `PAGE_SIDE` without being decoded whole is large enough."""
PAGE_LEAST: Final = 400
PAGE_BYTES: Final = 700_000
TOLERANCE: Final = 0.2
"""How far from the asked proportions a photo may be; what is too much is cut off. The one-inch photo of a studio
(25×35 mm, 295×413) and a phone's 3:4 lie within."""
ABOVE: Final = 0.25
"""Share of what is cut off a tall photo that goes above the head; the rest goes below."""

_BLURRED_PHOTO: Final = "照片太模糊了。请擦干净镜头，拿稳手机，对准脸点一下屏幕，再拍一张。"
_BLURRED_PAGE: Final = "字看不清楚，照片太模糊了。请把证件放平，拿稳手机，对准后再拍一张。"


class PillowInspector:
    """Answers the port `PhotoInspector`. `patience`: seconds to wait for a free place."""

    def __init__(
        self, patience: float = 20.0, *, pdfs: PdfReader | None = None, faces: FaceCounter | None = None
    ) -> None:
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._large = threading.BoundedSemaphore(1)
        self._patience = patience
        self._pdfs = pdfs
        self._faces = faces

    def inspect(
        self, kind: str, raw: bytes, rule: PhotoRule | None, accepted: Collection[str] = ("picture",)
    ) -> Prepared:
        """What to keep; raises `PhotoRefused` or `InspectorBusy`."""
        if self._pdfs is not None and "pdf" in accepted and raw.startswith(b"%PDF"):
            return Prepared(raw, "application/pdf", None, None, self._pdfs.pages(raw))
        picture = opened(raw)
        with self._place(self._places):
            if picture.pixels <= LARGE:
                return self._prepared(kind, picture, rule)
            with self._place(self._large):
                return self._prepared(kind, picture, rule)

    def _prepared(self, kind: str, picture: Opened, rule: PhotoRule | None) -> Prepared:
        if kind == "signature":
            return _written(signature(picture), range(90, 59, -10), PAGE_BYTES)
        if rule is None:
            return _page(picture)
        image = _photo(picture, rule)
        if self._faces is not None:
            _check_faces(self._faces.count(image.tobytes(), image.width, image.height))
        return _written(image, range(90, 49, -5), PHOTO_BYTES, dpi=(PHOTO_DPI, PHOTO_DPI))

    @contextmanager
    def _place(self, places: threading.BoundedSemaphore) -> Iterator[None]:
        if not places.acquire(timeout=self._patience):
            raise InspectorBusy
        try:
            yield
        finally:
            places.release()


def _check_faces(count: int) -> None:
    if count == 0:
        raise PhotoRefused("no-face", "照片里没有看到脸。请面对镜头，摘下帽子和口罩，脸占照片的一半，再拍一张。")
    if count > 1:
        sentence = f"照片里有 {count} 张脸。请一个人拍，身后不要有别人，也不要有画像，再拍一张。"
        raise PhotoRefused("several-faces", sentence)


def _photo(picture: Opened, rule: PhotoRule) -> Image.Image:
    if picture.width < rule.width // 2 or picture.height < rule.height // 2:
        raise PhotoRefused(
            "too-small",
            f"照片太小了，只有 {picture.width}×{picture.height}。请用手机重新拍一张，不要用截图或聊天里压缩过的。",
        )
    wanted, given = rule.width / rule.height, picture.width / picture.height
    if abs(given / wanted - 1) > TOLERANCE:
        shape = "太宽了" if given > wanted else "太窄了"
        raise PhotoRefused("wrong-shape", f"照片{shape}。请竖着拍，人像占中间，或在相册里按 1 寸照的比例裁一下，再传。")
    image = decoded(picture, 2 * rule.width, 2 * rule.height)
    image = image.resize((rule.width, rule.height), Image.Resampling.LANCZOS, _part(image, wanted), reducing_gap=2.0)
    check_colour(image)
    if rule.background == "white":
        check_background(image)
    check_sharpness(image, SHARP_PHOTO, _BLURRED_PHOTO)
    return image


def _page(picture: Opened) -> Prepared:
    longest = max(picture.width, picture.height)
    if longest < PAGE_LEAST:
        raise PhotoRefused("too-small", "照片太小了，字看不清。请离证件近一点，用手机重新拍一张。")
    scale = min(1.0, PAGE_SIDE / longest)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    image = decoded(picture, *(round(side * SHARE) for side in size))
    if image.size[0] > size[0]:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    glance = image.copy()
    glance.thumbnail((800, 800), Image.Resampling.BOX)
    check_legible(glance, _BLURRED_PAGE)
    return _written(image, range(82, 41, -8), PAGE_BYTES)


def _part(image: Image.Image, wanted: float) -> tuple[float, float, float, float]:
    """The largest part that has the wanted proportions: in the middle from left to right, rather high than low."""
    width = min(image.width, image.height * wanted)
    height = min(image.height, image.width / wanted)
    left, top = (image.width - width) / 2, (image.height - height) * ABOVE
    return left, top, left + width, top + height


def _written(image: Image.Image, qualities: range, most: int, **how: tuple[int, int]) -> Prepared:
    """A JPEG of at most so many bytes, as good as that allows; the last quality counts whatever its size."""
    image.info.clear()
    content = b""
    for quality in qualities:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, optimize=True, **how)
        content = written.getvalue()
        if len(content) <= most:
            break
    return Prepared(content, "image/jpeg", image.width, image.height)

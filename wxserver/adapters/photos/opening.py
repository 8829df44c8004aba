"""From the bytes of a phone to an upright RGB picture; what is no picture, or one to be afraid of, is refused.

What a file is, its first bytes tell; its name and its declared type are never looked at. Its size is known from the
header before anything is decoded.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from PIL import Image

from wxserver.ports import PhotoRefused

MOST_PIXELS: Final = 60_000_000
Image.MAX_IMAGE_PIXELS = None  # ours is stricter, says what to do, and knows no warning between yes and no

_UNREADABLE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for files that are not what they begin as."""

_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
_HEIC: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture whose header has been read. `width` and `height`: upright, before any reduction."""

    image: Image.Image
    turn: Image.Transpose | None
    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


def opened(raw: bytes) -> Opened:
    """Read the header. Raises `PhotoRefused`."""
    format_ = _format(raw)
    if format_ == "WEBP":
        _bounded(*_webp_size(raw))
    try:
        image = Image.open(io.BytesIO(raw), formats=(format_,))
        _bounded(*image.size)
        # A JPEG with several frames is a phone's picture with a preview; the first is the picture.
        if format_ != "JPEG" and getattr(image, "n_frames", 1) > 1:
            raise PhotoRefused("animated", "这是会动的图，不能用。请换一张普通照片。")
        turned = image.getexif().get(_ORIENTATION)
    except _UNREADABLE:
        raise _damaged() from None
    width, height = image.size
    if turned in _SIDEWAYS:
        width, height = height, width
    return Opened(image, _TURNS.get(turned) if isinstance(turned, int) else None, width, height)


def decoded(picture: Opened, width: int, height: int) -> Image.Image:
    """The pixels, upright, as RGB, nothing else of the file; not smaller than asked for, but perhaps much smaller than
    the original, because a JPEG can be decoded small. Raises `PhotoRefused`."""
    image = picture.image
    wanted = (height, width) if picture.turn is not None and picture.width != image.size[0] else (width, height)
    try:
        image.draft(None, wanted)
        image.load()
        image = _rgb(image)
    except (*_UNREADABLE, MemoryError):
        raise _damaged() from None
    if picture.turn is not None:
        image = image.transpose(picture.turn)
    image.info.clear()
    return image


def _format(raw: bytes) -> str:
    if not raw:
        raise PhotoRefused("empty", "这是一个空文件。请重新选一张照片。")
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        return "WEBP"
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIC:
        raise PhotoRefused(
            "unsupported-format",
            "这是苹果手机的 HEIC 格式，这里打不开。请在手机“设置”里的“相机”“格式”选“兼容性最佳”，再重拍一张。",
        )
    if raw.startswith(b"%PDF"):
        raise PhotoRefused("unsupported-format", "这里不收 PDF 文件。请把要交的那一页拍成照片，再上传。")
    if raw.startswith((b"GIF8", b"BM", b"II*\x00", b"MM\x00*")):
        raise PhotoRefused("unsupported-format", "这种格式的图片用不了。请用手机拍一张照片，再上传。")
    raise PhotoRefused("not-an-image", "这个文件不是照片。请选一张 JPG 或 PNG 格式的照片。")


def _webp_size(raw: bytes) -> tuple[int, int]:
    """Width and height as the header says, before the decoder makes room for them."""
    kind, head = raw[12:16], raw[20:30]
    if len(head) < 10:
        raise _damaged()
    if kind == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF


def _bounded(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise PhotoRefused("too-many-pixels", "这张图片的尺寸太大了。请用手机重新拍一张，或在相册里缩小后再传。")


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        image = _eight_bits(image)
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    elif image.mode != "RGB":
        image = image.convert("RGB")
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """A picture of 16-bit greys in 8 bits."""
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _damaged() -> PhotoRefused:
    return PhotoRefused("damaged", "这张照片不完整，打不开。请在相册里看看能不能打开，再传一次；或者重新拍一张。")

"""Draws the sample pictures of the sandbox's album: two portraits and the two sides of a card, all plainly drawings.

Usage: ``python tools/draw_samples.py [directory]``. Needs Pillow and the Noto CJK font; run by hand.
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SAMPLES = Path(__file__).resolve().parents[1] / "wxserver" / "sandbox" / "static" / "samples"
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
CHINESE = 2
FINE = 3
"""Drawn this many times larger and then made smaller, for smooth edges."""
PORTRAIT = (716, 882)
CARD = (856, 540)
WHITE, BLUISH = (255, 255, 255), (150, 186, 222)
SKIN, SHADE, HAIR, LINE = (246, 212, 184), (232, 186, 152), (48, 42, 40), (84, 58, 46)
COAT, SHIRT, BLUSH, LIP = (38, 92, 78), (236, 240, 238), (240, 176, 158), (188, 84, 76)

ROWS = (("姓名", "林秀兰"), ("性别", "女    民族  汉"), ("出生", "1956 年 3 月 12 日"), ("住址", "揭阳市榕城区"))

Colour = tuple[int, int, int]


def portrait(background: Colour) -> Image.Image:
    """A friendly drawn face, bareheaded, on a plain wall."""
    picture = Image.new("RGB", (PORTRAIT[0] * FINE, PORTRAIT[1] * FINE), background)
    pen = ImageDraw.Draw(picture)

    def box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        return left * FINE, top * FINE, right * FINE, bottom * FINE

    def points(*pairs: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x * FINE, y * FINE) for x, y in pairs]

    pen.ellipse(box(176, 128, 540, 560), fill=HAIR)
    pen.rounded_rectangle(box(176, 330, 540, 590), 90 * FINE, fill=HAIR)
    pen.rounded_rectangle(box(68, 700, 648, 1100), 150 * FINE, fill=COAT)
    pen.polygon(points((268, 690), (448, 690), (420, 882), (296, 882)), fill=SHIRT)
    pen.rounded_rectangle(box(292, 560, 424, 756), 56 * FINE, fill=SHADE)
    pen.polygon(points((236, 704), (292, 668), (358, 800), (300, 866)), fill=SHIRT, outline=LINE, width=2 * FINE)
    pen.polygon(points((480, 704), (424, 668), (358, 800), (416, 866)), fill=SHIRT, outline=LINE, width=2 * FINE)
    for left in (186, 486):
        pen.ellipse(box(left, 388, left + 44, 472), fill=SHADE)
    pen.ellipse(box(208, 196, 508, 640), fill=SKIN)
    pen.pieslice(box(200, 150, 516, 500), 182, 358, fill=HAIR)
    pen.pieslice(box(228, 262, 520, 470), 200, 330, fill=SKIN)
    for step in range(13):
        pen.arc(box(204 + step * 11, 146 + step * 3, 500 + step * 4, 470), 200, 300, fill=(86, 76, 72), width=2 * FINE)
    for middle in (292, 424):
        pen.arc(box(middle - 38, 352, middle + 38, 404), 205, 335, fill=HAIR, width=9 * FINE)
        pen.ellipse(box(middle - 30, 400, middle + 30, 438), fill=WHITE, outline=LINE, width=3 * FINE)
        pen.ellipse(box(middle - 16, 402, middle + 16, 436), fill=HAIR)
        pen.ellipse(box(middle - 2, 408, middle + 9, 419), fill=WHITE)
        pen.ellipse(box(middle - 44 + (middle - 358) * 0.3, 468, middle + 44 + (middle - 358) * 0.3, 516), fill=BLUSH)
    pen.arc(box(330, 430, 386, 506), 40, 140, fill=LINE, width=5 * FINE)
    pen.chord(box(302, 500, 414, 574), 18, 162, fill=LIP)
    pen.arc(box(292, 474, 424, 572), 25, 155, fill=LINE, width=4 * FINE)
    for place in (770, 830):
        pen.ellipse(box(349, place, 367, place + 18), fill=LINE)
    return picture.resize(PORTRAIT, Image.Resampling.LANCZOS)


def card(front: bool) -> Image.Image:
    """One side of a resident ID card that nobody could take for one: drawn, with 样张 across it."""
    picture = Image.new("RGB", CARD, (228, 238, 242) if front else (236, 240, 230))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((10, 10, CARD[0] - 11, CARD[1] - 11), 34, outline=(120, 150, 160), width=4)
    if front:
        rows = (
            ("姓名", "林秀兰"),
            ("性别", "女    民族  汉"),
            ("出生", "1956 年 3 月 12 日"),
            ("住址", "揭阳市榕城区"),
        )
        for number, (label, value) in enumerate(rows):
            pen.text((56, 62 + number * 78), label, font=_font(28), fill=(60, 110, 150))
            pen.text((148, 56 + number * 78), value, font=_font(36), fill=(30, 34, 32))
        pen.text((56, 446), "公民身份号码", font=_font(28), fill=(60, 110, 150))
        pen.text((268, 438), "445202195603120021", font=_font(38), fill=(30, 34, 32))
        face = portrait((228, 238, 242)).resize((232, 286), Image.Resampling.LANCZOS)
        picture.paste(face, (572, 92))
    else:
        pen.ellipse((64, 60, 200, 196), outline=(180, 90, 70), width=6)
        pen.text((96, 100), "样张", font=_font(36), fill=(180, 90, 70))
        pen.text((262, 72), "练习用的身份证", font=_font(52), fill=(30, 34, 32))
        pen.text((262, 146), "不是证件，只用来试上传", font=_font(32), fill=(80, 86, 82))
        pen.text((150, 372), "签发机关   揭阳市榕城区（样张）", font=_font(34), fill=(30, 34, 32))
        pen.text((150, 436), "有效期限   长期", font=_font(34), fill=(30, 34, 32))
    across = Image.new("RGBA", CARD, (0, 0, 0, 0))
    ImageDraw.Draw(across).text((190, 150), "样  张", font=_font(170), fill=(176, 48, 36, 96))
    turned = across.rotate(16, resample=Image.Resampling.BICUBIC)
    picture.paste(turned, (0, 0), turned)
    return picture


def draw() -> dict[str, Image.Image]:
    """Every sample under its file name."""
    return {
        "portrait-white.jpg": portrait(WHITE),
        "portrait-bluish.jpg": portrait(BLUISH),
        "id-front.jpg": card(front=True),
        "id-back.jpg": card(front=False),
    }


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size, index=CHINESE)


def main() -> None:
    """Write the files into the directory given, or into the sandbox's own."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    directory.mkdir(parents=True, exist_ok=True)
    for name, picture in draw().items():
        picture.save(directory / name, "JPEG", quality=82 if name.startswith("portrait") else 60, optimize=True)


if __name__ == "__main__":
    main()

"""Draws every page a citizen can see, in both text sizes, and one sheet of them all: `make pictures`.

Called as `python -m tests.browser.pictures [DIRECTORY]`; writes `<scene>.png`, `<scene>-big.png`, `sheet.png` and
`index.html`. Nothing is checked here; the pictures are for people to look at.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from html import escape
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, sync_playwright

from tests import town as towns
from tests.browser import scenes
from tests.browser.street import HEIGHT, Street
from tests.browser.visiting import visit
from tests.conftest import BROWSERS, QUIET
from tests.database import sqlite_url

_FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "NotoSansCJK-Regular.ttc", "DejaVuSans.ttf")
_WIDTH, _TALLEST, _COLUMNS, _GAP, _LABEL = 188, 900, 16, 12, 22
_WALL, _INK = (214, 218, 214), (27, 33, 30)


def draw(directory: Path) -> list[Path]:
    """Walk every scene in both text sizes; the pictures, in the order of the walk, normal beside big."""
    made: list[Path] = []
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*flags, *QUIET])
        with towns.town("sqlite", sqlite_url(Path(place)), Path(place)) as town, Street(town, browser) as street:
            for prepare in scenes.GROUPS.values():
                for big in (False, True):
                    for scene, page in visit(street, prepare(town), big=big):
                        made.append(directory / f"{scene.name}{'-big' if big else ''}.png")
                        _shoot(page, made[-1])
        browser.close()
    order = {path.stem.removesuffix("-big"): index for index, path in reversed(list(enumerate(made)))}
    return sorted(made, key=lambda path: (order[path.stem.removesuffix("-big")], path.stem.endswith("-big")))


def _shoot(page: Page, path: Path) -> None:
    """The whole page, in a window as tall as it is, so that a foot that sticks lies at its end."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": 375, "height": max(int(height), HEIGHT)})
    page.screenshot(path=path)
    page.set_viewport_size({"width": 375, "height": HEIGHT})


def sheet(pictures: list[Path]) -> Image.Image:
    """All pictures small, labelled, in rows."""
    font = _font()
    small = [_small(path) for path in pictures]
    rows = [range(start, min(start + _COLUMNS, len(small))) for start in range(0, len(small), _COLUMNS)]
    heights = [max(small[index].height for index in row) + _LABEL + _GAP for row in rows]
    whole = Image.new("RGB", (_GAP + _COLUMNS * (_WIDTH + _GAP), _GAP + sum(heights)), _WALL)
    pen = ImageDraw.Draw(whole)
    top = _GAP
    for row, height in zip(rows, heights, strict=True):
        for column, index in enumerate(row):
            left = _GAP + column * (_WIDTH + _GAP)
            pen.text((left, top), _label(pictures[index]), _INK, font)
            whole.paste(small[index], (left, top + _LABEL))
        top += height
    return whole


def index(pictures: list[Path]) -> str:
    """A page with every picture under its name."""
    shown = "\n".join(
        f'<figure><figcaption>{escape(each.stem)}</figcaption><img src="{each.name}" width="300" alt=""></figure>'
        for each in pictures
    )
    style = "body{background:#d6dad6;font:14px sans-serif}figure{display:inline-block;margin:8px;vertical-align:top}"
    return f'<!doctype html><meta charset="utf-8"><title>Every page</title><style>{style}</style>\n{shown}\n'


def _small(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        height = round(picture.height * _WIDTH / picture.width)
        small = picture.convert("RGB").resize((_WIDTH, height), Image.Resampling.LANCZOS)
        return small.crop((0, 0, _WIDTH, min(height, _TALLEST)))


def _label(path: Path) -> str:
    return path.stem if len(path.stem) < 28 else f"…{path.stem[-27:]}"


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, 13)
        except OSError:
            continue
    return ImageFont.load_default()


def main() -> None:
    """Into the directory given, or `var/pictures`."""
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else "var/pictures")
    directory.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for old in directory.glob("*.png"):
        old.unlink()
    pictures = draw(directory)
    sheet(pictures).save(directory / "sheet.png")
    (directory / "index.html").write_text(index(pictures), "utf-8")
    print(f"{len(pictures)} pictures: {directory / 'index.html'}, {directory / 'sheet.png'}")


if __name__ == "__main__":
    main()

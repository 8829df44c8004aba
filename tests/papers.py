"""A definition that asks for every kind of paper, and the papers themselves: signatures and PDF files, drawn here."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import pypdf
from PIL import Image, ImageDraw, ImageFilter

from tests import drawn

CODE = "all-papers"
PHOTO_RULE = {"width": 358, "height": 441, "background": "white"}


def _item(code: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "short_name": name,
        "summary": "试一试",
        "handler": "office",
        "limits": {"online": {"unit": "working_days", "amount": 5}},
        "guide": {"served": "个人"},
    } | more


def _material(code: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": name, "kind": kind, "upload": True} | more


def definition() -> dict[str, Any]:
    """`sign`: a signature, and a file that may be a PDF; `again`: a photo and an identity document that may be there
    already; `first`: the same, to be handed in anew; `letter`: a letter that may be a PDF, and a picture only."""
    held: dict[str, Any] = {"held": ["earlier_case", "registry"], "held_days": 180}
    photo, identity = ("photo", "证件照", "photo"), ("identity", "身份证件", "identity_document")
    signature = {"code": "name", "kind": "signature", "label": "申请人签名", "required": True}
    proof = {"code": "proof", "kind": "file", "label": "证明文件"}
    return {
        "schema_version": 1,
        "code": CODE,
        "name": "各种材料",
        "short_name": "材料",
        "number_prefix": "AP",
        "region": "445200",
        "organiser": "某局",
        "introduction": "试一试。",
        "items": [
            _item("sign", "签名办理", fields=[signature, proof]),
            _item(
                "first",
                "首次办理",
                materials=[_material(*photo, photo=PHOTO_RULE), _material(*identity, most=2)],
            ),
            _item(
                "again",
                "再次办理",
                materials=[
                    _material(*photo, photo=PHOTO_RULE, **held),
                    _material(*identity, most=2, held=["earlier_case"], held_days=180),
                ],
            ),
            _item(
                "letter",
                "介绍信办理",
                materials=[
                    _material("letter", "介绍信", "introduction_letter", accepted=["picture", "pdf"]),
                    _material("scene", "现场照片", "scene", necessity="optional"),
                ],
            ),
        ],
    }


def strokes(size: tuple[int, int] = (900, 600), *, share: float = 1.0, thick: int = 11) -> Image.Image:
    """A name as a finger writes it: black lines that say nothing; `share`: how much of the paper they span."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    lines = [
        [(140, 220), (360, 210)],
        [(250, 100), (250, 520)],
        [(250, 230), (120, 420)],
        [(250, 230), (380, 400)],
        [(480, 180), (800, 150)],
        [(620, 90), (590, 300), (470, 520)],
        [(640, 260), (700, 400), (820, 500)],
    ]
    scale = min(size[0] / 900, size[1] / 600) * share
    for line in lines:
        draw.line([(x * scale, y * scale) for x, y in line], "black", max(1, round(thick * scale)), joint="curve")
    return image


@cache
def signature() -> bytes:
    """A signature as the page sends it."""
    return drawn.png(strokes())


def signed_on_paper(*, paper: int = 205, blur: float = 0.0) -> bytes:
    """The same on a sheet of paper, photographed under a lamp: grey, darker to one side, with grain."""
    image = strokes((1600, 1200), thick=7)
    shade = Image.linear_gradient("L").resize(image.size).point([paper - round(value * 0.2) for value in range(256)])
    ink = Image.new("RGB", image.size, (50, 50, 60))
    image = Image.composite(Image.merge("RGB", (shade,) * 3), ink, image.convert("L"))
    return drawn.jpeg(drawn._noisy(image.filter(ImageFilter.GaussianBlur(blur or 0.8)), 4))


@cache
def pdf(pages: int = 1) -> bytes:
    """A plain PDF of scanned pages."""
    sheets = [Image.new("L", (300, 420), 250) for _ in range(pages)]
    written = io.BytesIO()
    sheets[0].save(written, "PDF", save_all=True, append_images=sheets[1:])
    return written.getvalue()


def rewritten(act: Any, pages: int = 1) -> bytes:
    """A plain PDF after `act` has had its way with it, by a `pypdf.PdfWriter`."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf(pages)))
    act(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()

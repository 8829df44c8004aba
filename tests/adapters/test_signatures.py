"""Signatures: drawn on the screen or photographed; what is no writing is refused with what to do."""

import io

import pytest
from PIL import Image, ImageDraw

from tests import drawn, papers
from wxserver.adapters.photos import PillowInspector
from wxserver.ports import PhotoRefused

INSPECTOR = PillowInspector()


def kept(raw):
    made = INSPECTOR.inspect("signature", raw, None)
    image = Image.open(io.BytesIO(made.content))
    assert (made.media_type, made.pages, made.width, made.height) == ("image/jpeg", 1, *image.size)
    return image


def refusal(raw):
    with pytest.raises(PhotoRefused) as caught:
        INSPECTOR.inspect("signature", raw, None)
    assert "请" in caught.value.message
    assert caught.value.message.endswith("。")
    return caught.value.code


def canvas(*lines, size=(900, 600)):
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for line in lines:
        draw.line(line, "black", 11)
    return drawn.png(image)


@pytest.mark.parametrize(
    "raw",
    [
        papers.signature(),
        papers.signed_on_paper(),
        papers.signed_on_paper(paper=160),
        drawn.png(papers.strokes((450, 300))),
        canvas([(100, 300), (800, 290)], [(120, 320), (160, 330)]),
        drawn.png(papers.strokes().rotate(90, expand=True)),
    ],
    ids=["on the screen", "on paper", "in a dim room", "a small screen", "hardly more than a line", "upright"],
)
def test_a_signature_is_kept_in_greys_without_metadata(raw):
    image = kept(raw)
    assert image.mode == "L"
    assert max(image.size) <= 1200
    assert dict(image.getexif()) == {}
    low, high = image.getextrema()
    assert low < 100 < 150 < high


def test_a_transparent_canvas_is_paper_too():
    clear = Image.new("RGBA", (900, 600), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=Image.eval(papers.strokes().convert("L"), lambda value: 255 - value))
    assert kept(drawn.png(clear)).getpixel((5, 5)) > 240


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (canvas(), "no-ink"),
        (canvas([(400, 300), (405, 300)]), "no-ink"),
        (drawn.png(papers.strokes(share=0.15, thick=30)), "too-small"),
        (drawn.png(papers.strokes((200, 133))), "too-small"),
        (drawn.png(Image.new("RGB", (900, 600), "black")), "not-a-signature"),
        (drawn.good_portrait(), "not-a-signature"),
        (drawn.room(), "not-a-signature"),
        (papers.signed_on_paper(paper=95), "not-a-signature"),
        (papers.pdf(), "unsupported-format"),
        (b"", "empty"),
        (papers.signature()[:900], "damaged"),
    ],
    ids=[
        *("an empty sheet", "a dot", "tiny writing", "a tiny picture", "all black", "a face", "a room", "in the dark"),
        *("a PDF", "nothing", "half of it"),
    ],
)
def test_what_is_no_signature_is_refused_with_what_to_do(raw, code):
    assert refusal(raw) == code

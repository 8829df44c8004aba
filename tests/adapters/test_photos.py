"""Pictures as they come from phones: what is taken and how it is kept, what is refused and what to do about it."""

import io
import threading
from typing import Any

import pytest
from PIL import Image, ImageDraw

from bundles.definition import PhotoRule
from tests import drawn
from wxserver.adapters.photos import PillowInspector
from wxserver.ports import InspectorBusy, PhotoInspector, PhotoRefused

RULE = PhotoRule(358, 441)
INSPECTOR: PhotoInspector = PillowInspector()
OFF_WHITE = [(240, 240, 240), (245, 245, 243), (250, 248, 244), (244, 246, 248), (255, 255, 255)]


def photo(raw: bytes) -> Image.Image:
    """What is kept of a photo for a card."""
    made = INSPECTOR.inspect("photo", raw, RULE)
    image: Any = Image.open(io.BytesIO(made.content))
    assert (made.media_type, made.width, made.height) == ("image/jpeg", *image.size)
    return image


def document(raw: bytes) -> Image.Image:
    """What is kept of another material."""
    made = INSPECTOR.inspect("identity_document", raw, None)
    image: Any = Image.open(io.BytesIO(made.content))
    assert (made.media_type, made.width, made.height) == ("image/jpeg", *image.size)
    return image


def refusal(raw: bytes, rule: PhotoRule | None = RULE) -> tuple[str, str]:
    with pytest.raises(PhotoRefused) as caught:
        INSPECTOR.inspect("photo" if rule else "identity_document", raw, rule)
    assert str(caught.value) == caught.value.code
    assert caught.value.message.endswith("。")
    assert "请" in caught.value.message
    return caught.value.code, caught.value.message


def test_a_good_portrait_becomes_a_photo_for_the_card():
    made = INSPECTOR.inspect("photo", drawn.good_portrait(), RULE)
    image = photo(drawn.good_portrait())
    assert (image.size, image.mode, image.format) == ((358, 441), "RGB", "JPEG")
    assert tuple(round(each) for each in image.info["dpi"]) == (350, 350)
    assert len(made.content) <= 40_000


@pytest.mark.parametrize(
    "raw",
    [
        *(drawn.portrait(wall) for wall in OFF_WHITE),
        drawn.portrait(vignette=0.08),
        drawn.portrait(noise=8),
        drawn.portrait(tall_hair=True),
        drawn.portrait(wide_clothes=False),
        drawn.portrait(blur=0.5),
        drawn.jpeg(drawn.person(), 40),
        drawn.png(drawn.person()),
        drawn.webp(drawn.person()),
        drawn.portrait(size=(190, 234)),
        drawn.portrait(size=(1000, 1333)),
        drawn.portrait(size=(1000, 1120)),
    ],
    ids=[
        *(f"wall {wall}" for wall in OFF_WHITE),
        "darker corners",
        "noise",
        "hair at the top",
        "narrow shoulders",
        "a little soft",
        "compressed",
        "PNG",
        "WebP",
        "small",
        "narrow",
        "wide",
    ],
)
def test_what_a_phone_takes_before_a_white_wall_passes(raw):
    assert photo(raw).size == (358, 441)


@pytest.mark.parametrize(
    ("wall", "word"),
    [
        (drawn.BLUE, "偏蓝"),
        (drawn.BLUISH, "偏蓝"),
        (drawn.BEIGE, "偏黄"),
        ((246, 236, 210), "偏黄"),
        (drawn.RED, "偏红"),
        (drawn.PINKISH, "偏红"),
        ((240, 225, 245), "偏红"),
        (drawn.GREENISH, "偏绿"),
        (drawn.GREY, "偏暗"),
        (drawn.DARK, "偏暗"),
        ((225, 225, 225), "偏暗"),
    ],
)
def test_another_wall_is_refused_by_the_name_of_its_colour(wall, word):
    code, message = refusal(drawn.portrait(wall))
    assert code == "not-white-background"
    assert message.startswith(f"背景{word}，请在白墙前")
    assert message.endswith("重拍。别的不用改。")


def test_things_on_the_wall_are_refused():
    assert refusal(drawn.room())[0] == "not-white-background"
    shelf = drawn.person()
    shelf.paste((96, 110, 90), (1010, 100, 1074, 330))
    code, message = refusal(drawn.jpeg(shelf))
    assert (code, "阴影或别的东西" in message) == ("not-white-background", True)


def test_a_rule_that_asks_for_no_background_lets_every_wall_pass():
    made = INSPECTOR.inspect("photo", drawn.portrait(drawn.BLUE), PhotoRule(358, 441, background="any"))
    assert (made.width, made.height) == (358, 441)


@pytest.mark.parametrize("noise", [0, 3, 6])
def test_a_blurred_portrait_is_refused_however_grainy_it_is(noise):
    for blur in (2, 4):
        code, message = refusal(drawn.portrait(blur=blur, noise=noise))
        assert (code, "拿稳手机" in message) == ("blurred", True)


def test_black_and_white_is_refused():
    assert refusal(drawn.black_and_white())[0] == "not-colour"
    assert refusal(drawn.jpeg(drawn.person().convert("L").convert("RGB"), 60))[0] == "not-colour"


@pytest.mark.parametrize("size", [(295, 413), (413, 579), (1080, 1440)])
def test_a_studio_s_one_inch_photo_and_a_phone_s_shape_are_cut_below_not_above(size):
    made = photo(drawn.jpeg(drawn.person(size=size)))
    assert made.size == (358, 441)
    column = list(made.convert("L").crop((179, 0, 180, 60)).tobytes())
    assert column[2] > 230, "there is wall above the head"
    assert min(column) < 100, "the crown of the head is still there"


def test_another_shape_is_refused_with_how_to_hold_the_phone():
    code, message = refusal(drawn.landscape())
    assert (code, "竖着拍" in message, "太宽" in message) == ("wrong-shape", True, True)
    assert "太窄" in refusal(drawn.portrait(size=(600, 1300)))[1]


def test_a_tiny_picture_is_refused():
    assert refusal(drawn.portrait(size=(170, 210)))[0] == "too-small"
    assert refusal(drawn.jpeg(drawn.page((380, 240))), None)[0] == "too-small"


@pytest.mark.parametrize(
    ("raw", "code", "advice"),
    [
        (b"", "empty", "重新选"),
        (b"hello, this is a text", "not-an-image", "JPG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not-an-image", "JPG"),
        (drawn.gif(), "unsupported-format", "手机拍"),
        (drawn.heic(), "unsupported-format", "兼容性最佳"),
        (drawn.pdf(), "unsupported-format", "拍成照片"),
        (drawn.animated(), "animated", "普通照片"),
        (drawn.truncated(), "damaged", "重新拍"),
        (drawn.good_portrait()[:100], "damaged", "重新拍"),
        (drawn.png(drawn.person())[:5000], "damaged", "重新拍"),
        (drawn.webp(drawn.person())[:5000], "damaged", "重新拍"),
        (b"RIFF\x00\x00\x00\x00WEBP", "damaged", "重新拍"),
        (b"\xff\xd8\xff" + b"\x00" * 50, "damaged", "重新拍"),
        (drawn.bomb(), "too-many-pixels", "缩小"),
        (drawn.bomb(7746, 7747), "too-many-pixels", "缩小"),
        (drawn.webp_bomb(), "too-many-pixels", "缩小"),
    ],
)
@pytest.mark.parametrize("rule", [RULE, None])
def test_what_is_no_picture_is_refused_with_what_to_do(raw, code, advice, rule):
    found, message = refusal(raw, rule)
    assert (found, advice in message) == (code, True)


def test_a_picture_of_a_phone_is_turned_upright_and_loses_all_it_tells():
    raw = drawn.twelve_megapixels()
    assert Image.open(io.BytesIO(raw)).size == (3696, 3000)
    for image in (photo(raw), document(raw)):
        assert image.width < image.height
        assert dict(image.getexif()) == {}
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(image.info)
        grey = image.convert("L").resize((1, 40), Image.Resampling.BOX).tobytes()
        assert grey[0] > 200 > grey[-1], "the wall is above, the clothes below"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_undone(orientation):
    upright = Image.new("RGB", (400, 600), (200, 200, 200))
    for box, colour in (((0, 0, 60, 60), (255, 0, 0)), ((340, 0, 400, 60), (0, 0, 255))):
        upright.paste(colour, box)
    for y in range(80, 600, 12):
        upright.paste((20, 20, 20), (0, y, 400, y + 6))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    lying = upright.transpose(Image.Transpose(undo[orientation])) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = document(drawn.jpeg(lying, exif=exif))
    assert found.size == (400, 600)
    red, blue = found.getpixel((20, 20)), found.getpixel((380, 20))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert (red[0] > 200 > red[2], blue[2] > 200 > blue[0]) == (True, True)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA", "CMYK", "L", "1", "I;16"])
def test_pictures_in_any_mode_are_taken(mode):
    page = drawn.page((800, 500))
    if mode == "CMYK":
        raw = drawn.jpeg(page.convert("CMYK"))
    elif mode == "I;16":
        raw = drawn.png(page.convert("L").convert("I").point(lambda value: value * 257).convert("I;16"))
    elif mode == "PA":
        raw = drawn.png(page.convert("P").convert("PA").convert("RGBA"))
    else:
        raw = drawn.png(page.convert(mode))
    image = document(raw)
    assert (image.mode, image.size) == ("RGB", (800, 500))
    middle = image.convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(middle, int | float)
    assert 90 < middle < 220


def test_what_is_transparent_becomes_white():
    person = drawn.person(noise=0, vignette=0)
    cut = person.convert("RGBA")
    wall = person.getpixel((5, 5))
    pixels: Any = person.get_flattened_data()
    cut.putdata([(0, 0, 0, 0) if pixel == wall else (*pixel, 255) for pixel in pixels])
    assert photo(drawn.png(cut)).getpixel((5, 5)) == (255, 255, 255)


def test_documents_are_kept_legible_and_not_too_large():
    made = INSPECTOR.inspect("identity_document", drawn.card_sample(), None)
    assert (made.width, made.height) == (1600, 1000)
    assert len(made.content) <= 700_000
    big = INSPECTOR.inspect("identity_document", drawn.jpeg(drawn.page((4000, 2500), noise=20), 95), None)
    assert 1500 <= max(big.width or 0, big.height or 0) <= 2000
    assert len(big.content) <= 700_000


def test_a_page_with_a_few_words_is_sharp_enough():
    page = Image.new("RGB", (1000, 630), (200, 220, 240))
    ImageDraw.Draw(page).text((100, 100), "4452 0219", fill="black")
    document(drawn.jpeg(page))


def test_only_a_document_that_nobody_can_read_is_blurred():
    assert document(drawn.jpeg(drawn.page(blur=1))).size == (1600, 1000)
    code, message = refusal(drawn.jpeg(drawn.page(blur=6)), None)
    assert (code, "字看不清楚" in message) == ("blurred", True)


def test_an_inspector_with_its_hands_full_says_so():
    busy = PillowInspector(patience=0.01)
    started, go_on = threading.Barrier(5), threading.Event()

    def hold():
        with busy._place(busy._places):
            started.wait()
            go_on.wait()

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for each in threads:
        each.start()
    started.wait()
    with pytest.raises(InspectorBusy):
        busy.inspect("photo", drawn.good_portrait(), RULE)
    go_on.set()
    for each in threads:
        each.join()
    assert busy.inspect("photo", drawn.good_portrait(), RULE).width == 358


def test_of_very_large_pictures_one_is_decoded_at_a_time():
    raw = drawn.jpeg(Image.new("RGB", (4100, 4100), "white"))
    busy = PillowInspector(patience=0.01)
    with busy._place(busy._large), pytest.raises(InspectorBusy):
        busy.inspect("scene", raw, None)
    with pytest.raises(PhotoRefused):
        busy.inspect("scene", raw, None)

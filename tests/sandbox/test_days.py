"""The sandbox's own table of days against the oracle of the requirements, and the album's pictures."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from tests.sandbox.conftest import Far
from wxserver.sandbox import days
from wxserver.sandbox.phone import SAMPLES

ORACLE = json.loads((Path(__file__).parents[1] / "bundles/data/working_days_cases.json").read_text("utf-8"))
DRAWN = Path(days.__file__).parent / "static/samples"
SIDE = 30


def test_the_table_holds_the_published_days_of_2026() -> None:
    def of_2026(name: str) -> set[date]:
        return {date.fromisoformat(day) for day in ORACLE["calendar"][name] if day.startswith("2026")}

    assert of_2026("weekday_off") == days.OFF
    assert of_2026("weekend_work") == days.WORKED
    assert all(day.weekday() < 5 for day in days.OFF)
    assert all(day.weekday() >= 5 for day in days.WORKED)


def test_it_counts_as_the_oracle_does_within_2026() -> None:
    cases = [case for case in ORACLE["cases"] if case["start"].startswith("2026")]
    assert len(cases) > 10
    for case in cases:
        counted = days.count(date.fromisoformat(case["start"]), case["working_days"])
        assert counted.isoformat() == case["deadline"], case


def test_twenty_five_working_days_from_the_pictures_thursday_end_on_the_last_of_december() -> None:
    assert days.count(date(2026, 11, 26), days.PRODUCTION_LIMIT) == date(2026, 12, 31)


def test_other_years_are_only_guessed() -> None:
    assert days.is_published(date(2026, 12, 31))
    assert not days.is_published(date(2027, 1, 1))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample[0])
def test_a_sample_is_a_light_jpeg_of_the_size_it_is_said_to_have_and_can_be_saved(
    far: Far, sample: tuple[str, str, str, int, int]
) -> None:
    name, what, _, width, height = sample
    served = far.get(f"/static/samples/{name}")
    assert served.body == (DRAWN / name).read_bytes()
    assert len(served.body) < 40 * 1024
    with Image.open(io.BytesIO(served.body)) as picture:
        picture.load()
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (width, height), "RGB")
    assert f'download="{what}.jpg"' in far.get("/").text


def _corners(name: str) -> list[tuple[float, ...]]:
    with Image.open(DRAWN / name) as picture:
        width, _ = picture.size
        boxes = ((0, 0, SIDE, SIDE), (width - SIDE, 0, width, SIDE), (0, 200, SIDE, 200 + SIDE))
        return [tuple(ImageStat.Stat(picture.crop(box)).mean) for box in boxes]


def test_the_good_portrait_stands_before_white_and_the_other_before_blue() -> None:
    assert all(min(colour) >= 250 for colour in _corners("portrait-white.jpg"))
    assert all(colour[2] - colour[0] > 40 for colour in _corners("portrait-bluish.jpg"))


def test_portraits_have_the_shape_that_the_registry_asks_for() -> None:
    for name in ("portrait-white.jpg", "portrait-bluish.jpg"):
        with Image.open(DRAWN / name) as picture:
            assert picture.width * 441 == picture.height * 358

"""The pictures of the staff's manual: how to come to each, and what it shows. `make manual` takes them anew.

Each is committed as `wxserver/static/manual/<name>.webp`; `words.toml` beside them holds the words that were on the
page then, without figures and names, so that a test finds a picture that the page has left behind.
"""

from __future__ import annotations

import io
import logging
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests import town as towns
from tests.browser.desks import Desks
from tests.browser.hands import editor_anew
from tests.browser.scenes_of_wards import child_of
from tests.conftest import BROWSERS, QUIET
from tests.database import sqlite_url
from tests.town import BUNDLE, Town

FOLDER: Final = Path(__file__).resolve().parents[2] / "wxserver" / "static" / "manual"
WORDS: Final = FOLDER / "words.toml"
_PAGING: Final = ("下一页", "上一页", "回到第一页")
_HERE: Final = f"/admin/bundles/{BUNDLE}"


class Studio:
    """A town with a draft that has something to show, and members of staff of each kind."""

    def __init__(self, town: Town, desks: Desks, suffix: str = "") -> None:
        self.town, self.desks, self._suffix = town, desks, suffix
        for _ in range(2):
            applied = town.citizen("active").sign_in().apply()
            assert applied.status_code == 201, applied.text
        self.ward = child_of(town, town.citizen().sign_in(), proven=False)
        self.editor, member = self._sit("huang", "editor")
        self.publisher, _ = self._sit("zheng", "publisher")
        self.supervisor, _ = self._sit("chen", "supervisor", "clerk")
        self.administrator, _ = self._sit("li", "administrator")
        self.nobody = desks.sit()[0]
        draft = town.desk.editing.begin(member, BUNDLE)
        document: dict[str, Any] = dict(draft.document)
        apply = {**document["items"][0], "limits": {"online": {"unit": "working_days", "amount": 20}}}
        changed = {**document, "items": [apply, *document["items"][1:]]}
        self.draft = town.desk.editing.save(member, BUNDLE, draft.number, draft.etag, changed, "改了申领的办理时限")
        self.member = member

    def _sit(self, username: str, *roles: str) -> tuple[Page, Any]:
        return self.desks.sit(*roles, username=username + self._suffix)

    @property
    def place(self) -> str:
        return f"{_HERE}/drafts/{self.draft.number}"

    def open(self, page: Page, path: str) -> Page:
        page.goto(path)
        return page

    def editing(self, section: str) -> Page:
        return self.open(self.editor, f"{self.place}/{section}")

    def faulty(self) -> Page:
        """A draft in which two things are wrong; put right again by `end`."""
        page = self.editing("items/apply")
        for name in ("name", "summary"):
            page.locator(f'[name="doc.items[0].{name}"]').fill("")
        with editor_anew(page):
            page.locator('button.btn-primary[value="save"]').click()
        return page

    def conflict(self) -> Page:
        """Two people have changed the same part."""
        page = self.editing("items/activate")
        now = self.town.desk.editing.draft(self.member, BUNDLE, self.draft.number)
        document: dict[str, Any] = dict(now.document)
        other = {**document["items"][1], "summary": "拿到新卡后，在手机上启用"}
        items = [document["items"][0], other, *document["items"][2:]]
        self.town.desk.editing.save(self.member, BUNDLE, now.number, now.etag, {**document, "items": items}, "改了启用")
        page.locator('[name="doc.items[1].summary"]').fill("新卡到手，先启用再用")
        with editor_anew(page):
            page.locator('button.btn-primary[value="save"]').click()
        return page

    def reviewed(self) -> Page:
        now = self.town.desk.editing.draft(self.member, BUNDLE, self.draft.number)
        document: dict[str, Any] = dict(now.document)
        before: dict[str, Any] = dict(now.in_force or {})
        first = {**document["items"][0], "name": before["items"][0]["name"], "summary": before["items"][0]["summary"]}
        whole = {**document, "items": [first, *document["items"][1:]]}
        saved = self.town.desk.editing.save(self.member, BUNDLE, now.number, now.etag, whole, "改回名称")
        self.town.desk.editing.submit(self.member, BUNDLE, now.number, saved.etag, "局务会 11月24日 同意")
        return self.open(self.publisher, f"{self.place}/review")


PICTURES: Final[Mapping[str, Callable[[Studio], Page]]] = {
    "signing-in": lambda studio: studio.open(studio.nobody, "/admin/login"),
    "editing": lambda studio: studio.editing("items/apply/limits"),
    "new-item": lambda studio: studio.editing("items/apply/fields"),
    "conditions": lambda studio: studio.editing("items/apply/who"),
    "preview": lambda studio: studio.open(studio.editor, f"{studio.place}/preview"),
    "faults": Studio.faulty,
    "conflict": Studio.conflict,
    "review": Studio.reviewed,
    "versions": lambda studio: studio.open(studio.editor, _HERE),
    "calendar": lambda studio: studio.open(studio.editor, "/admin/calendar?year=2026"),
    "cases": lambda studio: studio.open(studio.supervisor, "/admin/cases?view=all"),
    "accounts": lambda studio: studio.open(studio.supervisor, "/admin/accounts"),
    "guardianships": lambda studio: studio.open(studio.supervisor, f"/admin/guardianships/{studio.ward}"),
    "audit": lambda studio: studio.open(studio.supervisor, "/admin/audit"),
    "staff": lambda studio: studio.open(studio.administrator, "/admin/staff"),
}
"""Name of a picture -> how to come to it, in the order in which they are taken."""


def words_on(page: Page) -> str:
    """The labels of a page: what stands on buttons, headings and fields, without figures and what people typed."""
    found = page.locator("main :is(h1, h2, h3, legend, th, button, .field-label, .btn, .tree-link)").all_inner_texts()
    lines = [re.sub(r"[\dA-Za-z\s.:：·，（）“”-]+", "", text) for text in found]
    return "|".join(dict.fromkeys(line for line in lines if line and line not in _PAGING))


def picture(page: Page) -> bytes:
    """The upper part of a page, as WebP."""
    page.set_viewport_size({"width": 1280, "height": 860})
    with Image.open(io.BytesIO(page.screenshot())) as raw, io.BytesIO() as packed:
        raw.convert("RGB").resize((1120, round(raw.height * 1120 / raw.width))).save(packed, "WEBP", quality=80)
        return packed.getvalue()


def known_words() -> Mapping[str, str]:
    """Name of a picture -> the words that were on its page."""
    with WORDS.open("rb") as file:
        return {name: str(words) for name, words in tomllib.load(file).items()}


def take() -> None:
    """Take all pictures anew, with their words."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    words = {}
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*flags, *QUIET])
        with towns.town("sqlite", sqlite_url(Path(place)), Path(place)) as town, Desks(town, browser) as desks:
            studio = Studio(town, desks)
            for name, come in PICTURES.items():
                page = come(studio)
                words[name] = words_on(page)
                (FOLDER / f"{name}.webp").write_bytes(picture(page))
        browser.close()
    lines = [f'{name} = "{text}"\n' for name, text in sorted(words.items())]
    WORDS.write_text(
        "# The words on each page when its picture was taken. Written by `make manual`.\n" + "".join(lines)
    )
    print(f"{len(words)} pictures in {FOLDER}")


if __name__ == "__main__":
    take()

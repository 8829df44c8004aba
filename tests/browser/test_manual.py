"""The manual's pictures show what the pages are today, and its pages are readable."""

from __future__ import annotations

from typing import Any

from tests.browser import sight
from tests.browser.manual import FOLDER, PICTURES, Studio, known_words, words_on
from wxserver.web.admin.help import TOPICS

NEWER = "The page has changed since its picture was taken: run `make manual` and commit the pictures."


def test_every_picture_of_the_manual_still_shows_the_page_as_it_is(town: Any, desks: Any) -> None:
    studio = Studio(town, desks, suffix="-of-the-manual")
    known = known_words()
    assert known.keys() == PICTURES.keys()
    stale = [name for name, come in PICTURES.items() if words_on(come(studio)) != known[name]]
    assert stale == [], NEWER
    now = town.desk.editing.draft(studio.member, "social-security-card", studio.draft.number)
    back = town.desk.editing.send_back(studio.member, "social-security-card", now.number, "")
    town.desk.editing.discard(studio.member, "social-security-card", back.number, back.etag)


def test_every_page_of_the_manual_has_its_pictures_and_no_barrier(desks: Any) -> None:
    page, _ = desks.sit("clerk")
    shown = set()
    for topic in ("", *(f"/{each}" for each in TOPICS)):
        answer = page.goto(f"/admin/help{topic}")
        assert answer.status == 200, topic
        assert sight.barriers(page) == [], topic
        for source in page.locator("main img").evaluate_all("all => all.map(each => each.getAttribute('src'))"):
            shown.add(source.split("/manual/")[1].split(".webp")[0])
    assert shown == {each.stem for each in FOLDER.glob("*.webp")}

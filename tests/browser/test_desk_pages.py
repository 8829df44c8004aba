"""Every page of the desk beside the editor: no barrier, nothing cut off, at 1280 and at 200 per cent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import sight
from tests.town import BUNDLE

HERE = f"/admin/bundles/{BUNDLE}"
PAGES = (
    "/admin/calendar?year=2026",
    "/admin/calendar?year=2027",
    "/admin/calendar/import",
    "/admin/bundles",
    "/admin/bundles/import",
    f"{HERE}/difference?old=1&new=1",
    HERE,
    "/admin/cases",
    "/admin/audit",
    "/admin/staff",
    "/admin/me",
)


@pytest.mark.parametrize("width", [1280, 640])
def test_the_desks_pages_have_no_barrier_and_nothing_cut_off(desks: Any, width: int) -> None:
    page, _ = desks.sit("editor", "publisher", "clerk", "supervisor", "administrator", width=width)
    for path in PAGES:
        answer = page.goto(path)
        assert answer.status == 200, path
        assert sight.barriers(page) == [], path
        assert sight.clipped(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_a_proposal_for_the_calendar_has_no_barrier(town: Any, desks: Any) -> None:
    page, editor = desks.sit("editor")
    page.goto("/admin/calendar/import")
    for name, words in (("reason", "台风停工"), ("doc_no", "揭府办〔2026〕9号"), ("issuer", "市政府")):
        page.locator(f'[name="{name}"]').fill(words)
    page.locator('[name="scope"]').fill("4452")
    page.locator('[name="day"]').fill("2026-12-08")
    page.locator('form[action$="/calendar/day"] button[type="submit"]').click()
    page.wait_for_url("**/calendar/proposals/**")
    assert sight.barriers(page) == []
    assert sight.clipped(page) == []
    number = int(page.url.rpartition("/")[2])
    town.desk.calendar_desk.discard(editor, "4452", number)

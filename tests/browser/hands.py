"""How somebody uses a page: with a finger, or with the keys of a keyboard alone. Both count what is pressed.

Filling in a field is no press; a link, a button, a ring and choosing a file are one each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

_MOST_TABS = 150
_FOCUS_SHOWS = """element => {
    const places = [element, ...(element.labels || []), element.closest("label")].filter(Boolean);
    return places.some(each => {
        const style = getComputedStyle(each);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
            && parseFloat(style.opacity) > 0 && each.getBoundingClientRect().width > 2;
    });
}"""


class Finger:
    """Taps."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0
        page.on("filechooser", lambda _: None)  # caught from the start, or the first press comes too soon

    def press(self, button: Locator) -> None:
        """A link or a button that leads to another page, or to this one again."""
        with self.page.expect_navigation():
            self._press(button)
        self.presses += 1

    def choose(self, ring: Locator) -> None:
        """The ring or box of a row, by its row; nothing to do where it is chosen already."""
        if not ring.is_checked():
            self.edit(ring)
            self.presses += 1

    def edit(self, ring: Locator) -> None:
        """Answer a question of the form by its ring."""
        self.page.locator(f'label[for="{ring.get_attribute("id")}"]').first.click()

    def fill(self, field: Locator, words: str) -> None:
        """Type into a field."""
        field.fill(words)

    def hand_in(self, file: Path) -> None:
        """Choose a picture, by the first way that the page offers."""
        way = self.page.locator('label:has(input[type="file"])').first
        plain = self.page.locator('input[type="file"][name="file"]')
        with self.page.expect_file_chooser() as chosen:
            (plain if plain.is_visible() else way).click()
        chosen.value.set_files(file)
        self.presses += 1

    def _press(self, button: Locator) -> None:
        button.click()


class Keys(Finger):
    """Tab, Enter, Space and arrows; where the focus is must be seen at every stop."""

    def edit(self, ring: Locator) -> None:
        if ring.get_attribute("type") == "checkbox":
            self._reach(ring)
            self.page.keyboard.press("Space")
            return
        name = ring.get_attribute("name")
        group = self.page.locator(f'input[name="{name}"]')
        self._reach(group)
        for _ in range(group.count() + 1):
            if ring.is_checked():
                return
            focused = ring.evaluate("element => document.activeElement === element")
            self.page.keyboard.press("Space" if focused else "ArrowDown")
        raise AssertionError(f"{name} can't be chosen with the keys")

    def fill(self, field: Locator, words: str) -> None:
        self._reach(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(words)

    def hand_in(self, file: Path) -> None:
        self._reach(self.page.locator('input[type="file"]:not([disabled])'))
        with self.page.expect_file_chooser() as chosen:
            self.page.keyboard.press("Enter")
        chosen.value.set_files(file)
        self.presses += 1

    def _press(self, button: Locator) -> None:
        self._reach(button)
        self.page.keyboard.press("Enter")

    def _reach(self, wanted: Locator) -> None:
        """Tab on until the focus is on one of these."""
        for _ in range(_MOST_TABS):
            if wanted.evaluate_all("all => all.includes(document.activeElement)"):
                assert self.page.evaluate(f"({_FOCUS_SHOWS})(document.activeElement)"), f"focus not seen: {wanted}"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} can't be reached with the keys")


def hand(page: Page, *, keys: bool) -> Finger:
    """A finger, or keys."""
    return Keys(page) if keys else Finger(page)


@contextmanager
def editor_anew(page: Page) -> Iterator[None]:
    """Press a button of the staff's editor inside; the editor of the answer is there afterwards.

    Only a mark on the old editor tells the two apart: with a script the page stays, and is as idle before as after.
    """
    page.locator("#editor").evaluate("element => element.dataset.old = ''")
    yield
    page.locator("#editor:not([data-old]):not(.busy)").wait_for()


def step_of(page: Page) -> tuple[str, Any]:
    """The step that a page of a walk stands at, and the material's code on one of photos."""
    *_, before, last = page.url.split("?")[0].rstrip("/").split("/")
    return ("photo", last) if before == "materials" else (last, None)

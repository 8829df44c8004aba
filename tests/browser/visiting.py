"""Scenes: what a page looks like in one state, and how to come to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.browser.street import Street
from tests.town import BUNDLE, Citizen

HERE = f"/bundles/{BUNDLE}"

Act = Callable[[Page], Any]


@dataclass(frozen=True)
class Scene:
    """A page in one state. `act`: what to press there, may leave the page; `media`: print for the printed page."""

    name: str
    path: str
    act: Act | None = None
    media: str = "screen"


@dataclass(frozen=True)
class Group:
    """People who stand in the same spot: who carries the phone, and what they see."""

    citizen: Citizen | None
    scenes: tuple[Scene, ...]


def unfold(page: Page) -> None:
    """Open everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")


def visit(street: Street, group: Group, *, big: bool = False) -> Iterator[tuple[Scene, Page]]:
    """Open each scene of a group on one phone, in one text size."""
    page = street.phone(group.citizen, big=big)
    for scene in group.scenes:
        page.unroute_all()
        page.goto(street.town.url + scene.path)
        if scene.act:
            scene.act(page)
        page.emulate_media(media=scene.media)  # type: ignore[arg-type]
        yield scene, page
        page.emulate_media(media="screen")

"""Desks of staff: browser windows on a computer, signed in with the roles that a test asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from playwright.sync_api import Browser, BrowserContext, Page

from tests.town import Town
from tests.web.staff import sign_in
from wxserver.usecases.rights import Member
from wxserver.web.staff_guard import COOKIE

WIDTH, HEIGHT = 1280, 900


class Desks:
    """Opens windows of staff in a town, and closes them all when it ends. `watch`: what to do with each new page."""

    def __init__(self, town: Town, browser: Browser, watch: Callable[[Page], Page] = lambda page: page) -> None:
        self.town = town
        self._browser = browser
        self._watch = watch
        self._contexts: list[BrowserContext] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for context in self._contexts:
            context.close()

    def sit(
        self, *roles: str, width: int = WIDTH, scripts: bool = True, username: str = "", **scope: Any
    ) -> tuple[Page, Member]:
        """A window of a new member of staff, still empty, and who it is. Without roles nobody is signed in."""
        context = self._browser.new_context(
            viewport={"width": width, "height": HEIGHT}, java_script_enabled=scripts, base_url=self.town.url
        )
        self._contexts.append(context)
        token, member = sign_in(self.town.app, *roles, username=username, **scope)
        if roles:
            context.add_cookies([{"name": COOKIE, "value": token, "url": self.town.url}])
        return self._watch(context.new_page()), member

"""Phones in the hands of citizens: browser windows that a town's people carry, signed in or not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Self

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from sqlalchemy import text

from tests.town import Citizen, Town, wait_for

HEIGHT = 812


class Street:
    """Opens phones in a town, and closes them all when it ends. `watch`: what to do with each new page."""

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

    def phone(
        self, citizen: Citizen | None = None, *, width: int = 375, big: bool = False, scripts: bool = True
    ) -> Page:
        """A page on a new phone, still empty. A citizen who has been through WeChat or signed in by the API comes with
        that session; one who has not is known to the sandbox's WeChat only."""
        context = self._browser.new_context(
            viewport={"width": width, "height": HEIGHT}, java_script_enabled=scripts, has_touch=True, is_mobile=True
        )
        self._contexts.append(context)
        if citizen is not None:
            self.carry(context, citizen)
        if big:
            self.enlarge(context, True)
        return self._watch(context.new_page())

    def follow(self, page: Page) -> Page:
        """Another tab on the same phone."""
        return self._watch(page.context.new_page())

    def carry(self, context: BrowserContext, citizen: Citizen) -> None:
        """Give a phone this citizen's WeChat, and the session, if there is one."""
        context.add_cookies([{"name": "sandbox_user", "value": citizen.openid, "url": self.town.sandbox.url}])
        for cookie in citizen.http.cookies:
            if cookie.name == "wxserver_session":
                context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": self.town.url}])

    def enlarge(self, context: BrowserContext, big: bool) -> None:
        """Turn big text on or off, as the switch in the top bar does."""
        size = "big" if big else "normal"
        context.add_cookies([{"name": "display", "value": size, "url": self.town.url}])


def turn(page: Page, button: Locator) -> None:
    """Press what leads to another page, or to this one again, and be there."""
    with page.expect_navigation():
        button.click()


def next_button(page: Page) -> None:
    """Press 下一步, and stay on the page or leave it."""
    page.get_by_role("button", name="下一步").click()


def next_page(page: Page) -> None:
    """Press 下一步, and be on the page that follows, or on this one again with its faults."""
    turn(page, page.get_by_role("button", name="下一步"))


def pass_the_face_page(page: Page) -> None:
    """Consent on the identity provider's page and let the face be the right one."""
    expect(page.get_by_text("核验谁")).to_be_visible()
    if page.get_by_role("checkbox").count():
        page.get_by_role("checkbox").check()
    next_page(page)
    turn(page, page.get_by_role("button", name="通过", exact=True))


def name_oneself(page: Page, citizen: Citizen) -> None:
    """Type name and number, and consent."""
    page.get_by_label("姓名").fill(citizen.name)
    page.get_by_label(re.compile("证件号码")).fill(citizen.id_number)
    if page.get_by_role("checkbox").count():
        page.get_by_role("checkbox").check()


def sign_in(page: Page, citizen: Citizen) -> None:
    """From the home page all the way through the face page, and back."""
    turn(page, page.get_by_role("link", name=re.compile("点击登录")))
    name_oneself(page, citizen)
    turn(page, page.get_by_role("button", name=re.compile("开始人脸核验")))
    pass_the_face_page(page)
    expect(page.get_by_text("已登录")).to_be_visible()


def stored(town: Town, statement: str, **values: Any) -> list[Any]:
    """Rows of the town's database."""
    with town.database.engine.begin() as connection:
        done = connection.execute(text(statement), values)
        return list(done) if done.returns_rows else []


def hold_back(page: Page, pattern: str) -> Callable[[], None]:
    """What the page loads next from `pattern` comes only when the function that is returned is called."""
    kept: list[Route] = []

    def keep(route: Route) -> None:
        kept.append(route)

    def let_go() -> None:
        wait_for(lambda: page.evaluate("1") and kept)
        kept.pop().continue_()

    page.route(pattern, keep, times=1)
    return let_go

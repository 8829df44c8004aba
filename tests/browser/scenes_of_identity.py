"""Scenes of signing in by password and of what is one's own: account, bindings, consents, data, children."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.street import turn
from tests.browser.visiting import Group, Scene
from tests.town import Town
from wxserver.usecases.verifying import MISMATCHES


def by_password(town: Town) -> Group:
    """Somebody whom only WeChat knows, at the door."""
    return Group(
        town.citizen().open(),
        (
            Scene("login-password", "/login/password"),
            Scene("login-password-wrong", "/login/password", act=_wrong),
            Scene("login-password-other-digits", "/login/password", act=_other_digits),
            Scene("login-face-alone", "/login?next=/me/account&why=assurance&needs=face"),
        ),
    )


def whose_face_rests(town: Town) -> Group:
    """Somebody who was not the person they named, once too often."""
    citizen = town.citizen().open()
    begun = []
    for _ in range(MISMATCHES):
        begun.append(citizen.start().json())
        citizen.http.get(citizen.press(begun[-1]["url"], "failed"))
    return Group(
        citizen,
        (
            Scene("login-face-rests", "/login?next=/cases"),
            Scene("login-face-rests-alone", "/login?next=/me/account&why=assurance&needs=face"),
            Scene("face-failed-and-rests", f"/login/face/{begun[-1]['id']}"),
        ),
    )


def before_a_far_side_that_is_away(town: Town) -> Group:
    """Somebody known, and no answer from the identity provider."""
    citizen = town.citizen().sign_in()

    def away(page: Page) -> None:
        town.sandbox.mishap("identity", "error", 9)
        turn(page, page.get_by_role("button", name="开始人脸核验"))
        page.get_by_role("alert").wait_for()
        town.sandbox.control("mishaps", method="DELETE")

    def switched(page: Page) -> None:
        turn(page, page.get_by_role("button", name="换成“粤信签”核验"))
        expect(page.get_by_text("打开“粤信签”")).to_be_visible()

    return Group(
        citizen,
        (Scene("login-provider-away", "/login?by=signed", act=away), Scene("login-other-way", "/login", act=switched)),
    )


def ones_own(town: Town) -> Group:
    """Somebody signed in by face, and all that is theirs."""
    return Group(
        town.citizen("active").sign_in(),
        (
            Scene("me", "/me"),
            Scene("login-eid", "/login?by=eid&who=other"),
            Scene("signed-in", "/login/done"),
            Scene("account", "/me/account"),
            Scene("bindings", "/me/bindings"),
            Scene("notices", "/me/notices"),
            Scene("consents", "/me/consents"),
            Scene("my-data", "/me/data"),
            Scene("my-data-seen", "/me/data/seen"),
            Scene("my-data-erase", "/me/data/erase"),
            Scene("children", "/me/children"),
            Scene("child-new", "/me/children/new"),
            Scene("child-new-wrong", "/me/children/new", act=_empty),
        ),
    )


def _wrong(page: Page) -> None:
    turn(page, page.get_by_role("button", name="登录", exact=True))
    page.get_by_role("alert").wait_for()


def _other_digits(page: Page) -> None:
    page.get_by_label("密码", exact=True).fill("anything")
    turn(page, page.get_by_role("button", name="换一张"))
    page.get_by_role("status").wait_for()


def _empty(page: Page) -> None:
    turn(page, page.get_by_role("button", name="登记", exact=True))
    page.get_by_role("alert").wait_for()


GROUPS: dict[str, Callable[[Town], Group]] = {
    "by_password": by_password,
    "whose_face_rests": whose_face_rests,
    "before_a_far_side_that_is_away": before_a_far_side_that_is_away,
    "ones_own": ones_own,
}

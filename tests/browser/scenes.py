"""Every page a citizen can see, in every state it can be in: what is looked at, and what is drawn by `make pictures`.

A group prepares its people through the API and gives their scenes; a scene is an address, and what to press there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import FilePayload, Page, expect

from tests import drawn
from tests.browser import scenes_of_bundles
from tests.browser.scenes_of_cases import following, needed
from tests.browser.street import name_oneself, next_page, stored, turn
from tests.browser.visiting import HERE, Act, Group, Scene, unfold
from tests.town import Citizen, Town
from wxserver.web.citizen import error_page

ITEMS = ("apply", "activate", "loss", "replace", "change-information", "production-progress", "card-status")
FORMS = ("apply", "loss", "replace", "change-information")
CARD_STATES = ("sealed", "active", "temporarily_lost", "formally_lost", "locked", "cancelled")
_CARD = f"{HERE}/card-status/card"


def _press(name: str) -> Act:
    return lambda page: turn(page, page.get_by_role("button", name=re.compile(name)))


def _search(words: str) -> Act:
    def search(page: Page) -> None:
        page.get_by_role("searchbox").fill(words)
        turn(page, page.get_by_role("button", name="搜索"))
        expect(page).to_have_title(re.compile("^搜索"))

    return search


def _fault(street_town: Town, status: int) -> Act:
    """Show the page of an error which no address of a sound server gives."""

    def show(page: Page) -> None:
        with street_town.app.test_request_context("/broken"):
            answer = street_town.app.make_response(error_page(status))
        address = f"{street_town.url}/broken"
        page.route(address, lambda route: route.fulfill(status=status, content_type="text/html", body=answer.data))
        page.goto(address)
        page.unroute(address)

    return show


def passing_by(town: Town) -> Group:
    """Nobody in particular: what is open to everybody, and the pages of errors."""
    guides = [Scene(f"guide-{item}", f"{HERE}/{item}", unfold) for item in ITEMS]
    errors = [Scene(f"error-{status}", "/help", _fault(town, status)) for status in (400, 403, 413, 429, 500, 503)]
    return Group(
        None,
        (
            Scene("home", "/"),
            Scene("bundle", HERE),
            Scene("bundle-chosen", f"{HERE}?item=apply"),
            Scene("bundle-nothing-chosen", f"{HERE}?go=1"),
            *guides,
            Scene("search", "/", _search("卡丢了")),
            Scene("search-questions", "/", _search("激活")),
            Scene("search-nothing-found", "/", _search("钓鱼")),
            Scene("search-number-refused", "/", _search("445202195603120021")),
            Scene("help", "/help"),
            Scene("privacy", "/privacy"),
            Scene("login-by-wechat", "/login?next=/cases"),
            Scene("error-404", "/nowhere"),
            Scene("error-unknown-item", f"{HERE}/nothing"),
            *errors,
        ),
    )


def _start_face(citizen: Citizen, way: str = "开始人脸核验") -> Act:
    def start(page: Page) -> None:
        name_oneself(page, citizen)
        turn(page, page.get_by_role("button", name=way))

    return start


def _end_face(town: Town, citizen: Citizen, result: str) -> Act:
    def end(page: Page) -> None:
        _start_face(citizen)(page)
        expect(page.get_by_text("核验谁")).to_be_visible()
        page.get_by_role("checkbox").check()
        next_page(page)
        turn(page, page.get_by_role("button", name=result, exact=True))
        page.wait_for_url(re.compile("/login/face/"))
        expect(page.get_by_role("link", name="再试一次")).to_be_visible()

    return end


def _leave_face(town: Town, citizen: Citizen) -> Act:
    def leave(page: Page) -> None:
        _start_face(citizen)(page)
        expect(page.get_by_text("核验谁")).to_be_visible()
        [(verification,)] = stored(town, "SELECT id FROM verification ORDER BY created_at DESC LIMIT 1")
        page.goto(f"{town.url}/login/face/{verification}")

    return leave


def at_the_door(town: Town) -> Group:
    """Come through WeChat, not signed in."""
    citizen = town.citizen("active").open()
    return Group(
        citizen,
        (
            Scene("me-signed-out", "/me"),
            Scene("login", "/login"),
            Scene("login-with-faults", "/login?next=/cases", _press("开始人脸核验")),
            Scene("login-assurance", "/login?next=/cases&why=assurance"),
            Scene("login-stale", "/login?next=/cases&why=stale"),
            Scene("face-code", "/login", _start_face(citizen, "用二维码打开")),
            Scene("face-waiting", "/login", _leave_face(town, citizen)),
            Scene("face-failed", "/login", _end_face(town, citizen, "不通过")),
            Scene("face-cancelled", "/login", _end_face(town, citizen, "取消")),
        ),
    )


def coming_back(town: Town) -> Group:
    """Known from an earlier visit, signed out since."""
    citizen = town.citizen("active").sign_in()
    assert citizen.api("DELETE", "/sessions/current").status_code == 204
    citizen.open()
    return Group(citizen, (Scene("login-known", "/login"), Scene("login-other", "/login?who=other")))


def with_nothing(town: Town) -> Group:
    """Signed in, without a card, a draft or a case."""
    citizen = town.citizen().sign_in()
    return Group(
        citizen,
        (
            Scene("home-signed-in", "/"),
            Scene("cases-empty", "/cases"),
            Scene("messages-empty", "/messages"),
            Scene("me-without-cards", "/me"),
            Scene("card-none", f"{HERE}/card-status/card"),
            Scene("error-unknown-case", "/cases/JY20200101-0001"),
            Scene("check-nothing-asked", f"{HERE}/production-progress/check"),
            Scene("check-refused", f"{HERE}/production-progress/check", _press("提交申请")),
        ),
    )


def _choose_card(page: Page) -> None:
    page.locator("label.pick-row").first.click()
    next_page(page)


def filling_in(town: Town) -> Group:
    """Signed in, with a card of every state: cards, forms, faults, drafts, answers to check."""
    citizen = town.citizen(*CARD_STATES).sign_in()
    empty = [Scene(f"form-{item}", f"{HERE}/{item}/form") for item in FORMS]
    wrong = [Scene(f"form-{item}-faults", f"{HERE}/{item}/form", _type_wrong) for item in FORMS]
    return Group(
        citizen,
        (
            Scene("me", "/me"),
            Scene("card", f"{HERE}/change-information/card"),
            Scene("card-nothing-chosen", f"{HERE}/change-information/card", next_page),
            *empty,
            *wrong,
            Scene("guide-with-draft", f"{HERE}/apply"),
            Scene("check-faults", f"{HERE}/apply/check"),
            Scene("check-change-information", f"{HERE}/change-information/card", _fill_change),
            Scene("check-card-status", f"{HERE}/card-status/card", _choose_card),
        ),
    )


def _type_wrong(page: Page) -> None:
    for name, words in {"form.phone": "1380000562", "form.email": "nobody", "form.address": "短"}.items():
        for field in page.locator(f'[name="{name}"]').all():
            field.fill(words)
    next_page(page)


def _fill_change(page: Page) -> None:
    _choose_card(page)
    page.get_by_label(re.compile("手机号码")).fill("13800005620")
    page.get_by_label(re.compile("通讯地址")).fill("揭阳市榕城区东兴街道望江北路 12 号江滨花园 3 栋 1801 室")
    page.get_by_label(re.compile("电子邮箱")).fill("a.long.name.that.does.not.break@post.example.cn")
    next_page(page)


def handing_in(town: Town) -> Group:
    """Signed in, handing in pictures: none yet, refused, handed in, replaced, all together on the page to check."""
    citizen = town.citizen("active").sign_in()
    identity, photo = (f"{HERE}/apply/materials/{each}" for each in ("identity", "photo"))
    return Group(
        citizen,
        (
            Scene("photo", photo),
            Scene("photo-nothing-chosen", photo, next_page),
            Scene("photo-refused", photo, _hand_in(drawn.portrait(drawn.BLUISH), "背景偏蓝")),
            Scene("photo-network-away", photo, _hand_in_offline),
            Scene("photo-handed-in", photo, _hand_in(drawn.good_portrait())),
            Scene("papers", identity),
            Scene("papers-handed-in", identity, _hand_in(drawn.card_sample())),
            Scene("papers-replacing", identity, lambda page: turn(page, page.get_by_role("link", name="换一张").first)),
            Scene("photo-optional", f"{HERE}/replace/materials/photo"),
            Scene("check-apply", f"{HERE}/apply/form", _fill_apply),
        ),
    )


def _hand_in(raw: bytes, refused: str | None = None) -> Act:
    def hand_in(page: Page) -> None:
        page.locator('input[type="file"]').last.set_input_files(_file(raw))
        arrived = page.locator("img.shot-picture").first
        expect(page.get_by_text(refused).first if refused else arrived).to_be_visible(timeout=30000)

    return hand_in


def _hand_in_offline(page: Page) -> None:
    page.route(
        re.compile("/materials/"), lambda each: each.abort() if each.request.method == "POST" else each.fallback()
    )
    page.locator('input[type="file"]').last.set_input_files(_file(drawn.good_portrait()))
    expect(page.get_by_text("正在重试")).to_be_visible(timeout=30000)


def _file(raw: bytes) -> FilePayload:
    return {"name": "picture.jpg", "mimeType": "image/jpeg", "buffer": raw}


def _fill_apply(page: Page) -> None:
    page.get_by_label(re.compile("手机号码")).fill("13800005620")
    next_page(page)
    page.goto(page.url.partition("/materials/")[0] + "/check")


def far_side_away(town: Town) -> Group:
    """Signed in, while the registry doesn't answer."""
    citizen = town.citizen("active").sign_in()

    def away(page: Page) -> None:
        town.sandbox.mishap("registry", "error", 9)
        page.reload()
        town.sandbox.control("mishaps", method="DELETE")

    return Group(citizen, (Scene("me-registry-away", "/me", away), Scene("card-registry-away", _CARD, away)))


GROUPS: dict[str, Callable[[Town], Group]] = {
    "passing_by": passing_by,
    "at_the_door": at_the_door,
    "coming_back": coming_back,
    "with_nothing": with_nothing,
    "filling_in": filling_in,
    "handing_in": handing_in,
    "far_side_away": far_side_away,
    "needed": needed,
    "following": following,
    **scenes_of_bundles.GROUPS,
}

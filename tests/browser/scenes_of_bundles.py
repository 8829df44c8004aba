"""Scenes of the other bundles: several items at once, places and banks, kinds of field that Jieyang's does not have."""

from __future__ import annotations

import re
import uuid

from playwright.sync_api import Page

from tests.browser.street import next_page
from tests.browser.visiting import Group, Scene, unfold
from tests.town import Citizen, Town

LOST = "/bundles/lost-card"
RETIREMENT = "/bundles/retirement"
ACROSS = "/bundles/cross-province-social-security-card"
CHONGQING = "/bundles/chongqing-social-security-card"
XINJIANG = "/bundles/xinjiang-social-security-card"
BOTH = f"{LOST}/loss+replace"


def offered_elsewhere(town: Town) -> Group:
    """Nobody in particular: bundles of other places, items that are done at a window, what is open where."""
    return Group(
        None,
        (
            Scene("many-bundle", LOST),
            Scene("many-ticked", LOST, _tick_all),
            Scene("many-nothing-ticked", f"{LOST}?go=1"),
            Scene("many-guide", BOTH, unfold),
            Scene("retirement", RETIREMENT),
            Scene("guide-pension", f"{RETIREMENT}/pension", unfold),
            Scene("guide-window-only", f"{CHONGQING}/unlock", unfold),
            Scene("guide-batch", f"{CHONGQING}/batch-apply", unfold),
            Scene("guide-channels", f"{CHONGQING}/apply", unfold),
            Scene("guide-two-limits", f"{XINJIANG}/replace", unfold),
            Scene("guide-delivery", f"{ACROSS}/apply", unfold),
            Scene("places", f"{ACROSS}/places"),
        ),
    )


def several_at_once(town: Town) -> Group:
    """Somebody who has lost their card: both items in one application, from card to cases."""
    citizen = town.citizen("active", phone="13822905620", address="揭阳市榕城区进贤门大道 18 号").sign_in()
    return Group(
        citizen,
        (
            Scene("many-card", f"{BOTH}/card"),
            Scene("many-card-not-reported", f"{LOST}/replace/card", _choose),
            Scene("many-form", f"{BOTH}/form"),
            Scene("many-check", f"{BOTH}/card", _fill_both),
        ),
    )


def after_several(town: Town) -> Group:
    """The two cases of one application."""
    citizen = town.citizen("active").sign_in()
    return Group(citizen, (Scene("many-case", _case_of(citizen)),))


def across_provinces(town: Town) -> Group:
    """Somebody without a card chooses place and bank first; somebody with one is told before any form."""
    newcomer = town.citizen().sign_in()
    return Group(
        newcomer,
        (
            Scene("place", f"{ACROSS}/apply/place"),
            Scene("place-nothing-chosen", f"{ACROSS}/apply/place", next_page),
            Scene("form-region", f"{RETIREMENT}/pension/form"),
            Scene("form-region-faults", f"{RETIREMENT}/pension/form", next_page),
            Scene("signature", f"{RETIREMENT}/pension/materials/pledge"),
            Scene("signature-missing", f"{RETIREMENT}/pension/materials/pledge", next_page),
            Scene("file", f"{RETIREMENT}/pension/form", _retire_early),
        ),
    )


def not_eligible(town: Town) -> Group:
    """Somebody who is told what keeps them from it before any form."""
    return Group(town.citizen("active").sign_in(), (Scene("not-eligible", f"{ACROSS}/apply/place"),))


def _retire_early(page: Page) -> None:
    page.locator('label[for="form-why-hard_work"]').click()
    next_page(page)
    page.goto(page.url.rpartition("/")[0] + "/materials/proof")


def _tick_all(page: Page) -> None:
    for label in page.locator("label.pick-row").all():
        label.click()


def _choose(page: Page) -> None:
    page.locator("label.pick-row").first.click()
    next_page(page)


def _fill_both(page: Page) -> None:
    _choose(page)
    page.get_by_label(re.compile("手机号码")).fill("13800005620")
    page.get_by_label(re.compile("收件地址")).fill("揭阳市榕城区进贤门大道 18 号")
    next_page(page)
    page.goto(page.url.partition("/materials/")[0] + "/check")


def _case_of(citizen: Citizen) -> str:
    answer = citizen.api(
        "POST",
        "/applications",
        {
            "bundle": "lost-card",
            "items": ["loss", "replace"],
            "card_id": citizen.cards()[0]["id"],
            "form": {"phone": "13800005620", "address": "揭阳市榕城区进贤门大道 18 号"},
            "uploads": [citizen.uploaded("identity_document")],
        },
        **{"Idempotency-Key": uuid.uuid4().hex},
    )
    assert answer.status_code == 201, answer.text
    return f"/cases/{answer.json()['cases'][1]['number']}"


GROUPS = {
    "offered_elsewhere": offered_elsewhere,
    "several_at_once": several_at_once,
    "after_several": after_several,
    "across_provinces": across_provinces,
    "not_eligible": not_eligible,
}

"""Scenes of a guardian's pages: for whom, the papers, what is read back, the case."""

from __future__ import annotations

import uuid

from playwright.sync_api import FilePayload, Page

from tests import drawn
from tests.browser.street import turn
from tests.browser.visiting import Act, Group, Scene, unfold
from tests.town import BUNDLE, Citizen, Town
from tests.usecases.family import aged, consent, number_of

APPLY = f"/bundles/{BUNDLE}/apply"
PAPERS = ("household_register", "guardianship_proof", "photo")


def without_children(town: Town) -> Group:
    """Somebody who has claimed nobody yet."""
    return Group(town.citizen().sign_in(), (Scene("for-whom-nobody", f"{APPLY}/for"),))


def with_children(town: Town) -> Group:
    """A mother of two: one proven, one only claimed; the draft is for the one."""
    mother = town.citizen().sign_in()
    proven, _ = child_of(town, mother, proven=True), child_of(town, mother, proven=False)
    _draft(mother, proven, {"phone": "13800005620"})
    return Group(
        mother,
        (
            Scene("for-whom", f"{APPLY}/for"),
            Scene("guide-for-a-child", APPLY),
            Scene("photo-instead", f"{APPLY}/materials/identity"),
            Scene("check-for-a-child", f"{APPLY}/check"),
        ),
    )


def at_the_case(town: Town) -> Group:
    """A mother whose papers are being looked at."""
    mother = town.citizen().sign_in()
    ward = child_of(town, mother, proven=False)
    uploads = [mother.uploaded(kind) for kind in PAPERS]
    acting = {"as": "guardian", "ward": ward}
    answer = mother.submit("apply", uuid.uuid4().hex, form={"phone": "13800005620"}, uploads=uploads, acting=acting)
    assert answer.status_code == 201, answer.text
    number = answer.json()["number"]
    return Group(mother, (Scene("case-of-a-child", f"/cases/{number}"), Scene("cases-of-a-child", "/cases")))


def child_of(town: Town, mother: Citizen, *cards: str, proven: bool) -> str:
    number = number_of(aged(town, 8))
    guardians = [{"id_type": "resident_id", "id_number": mother.id_number}] if proven else []
    town.sandbox.person(*cards, name="陈小雨", id_number=number, guardians=guardians)
    said = {"name": "陈小雨", "id_type": "resident_id", "id_number": number, "relation": "parent"}
    answer = mother.api("POST", "/wards", said | {"consent": consent(town)})
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


def _draft(mother: Citizen, ward: str, form: dict[str, str]) -> None:
    body = {"acting": {"as": "guardian", "ward": ward}, "form": form}
    answer = mother.api("PUT", f"/drafts/{BUNDLE}/apply", body)
    assert answer.status_code == 200, answer.text


def at_the_papers(town: Town) -> Group:
    """A mother at the pages of her children: proven with a card and without one, nothing handed in yet, half of it, all
    of it, and what she would read where something is wrong."""
    mother = town.citizen().sign_in()
    carded, bare = child_of(town, mother, "active", proven=True), child_of(town, mother, proven=True)
    none, half, all_of_it = (child_of(town, mother, proven=False) for _ in range(3))
    answer = mother.api(
        "POST", f"/wards/{all_of_it}/proofs", {"uploads": [mother.uploaded(each) for each in PAPERS[:2]]}
    )
    assert answer.status_code == 200, answer.text
    return Group(
        mother,
        (
            Scene("children-some", "/me/children"),
            Scene("child-with-card", f"/me/children/{carded}"),
            Scene("child-without-card", f"/me/children/{bare}"),
            Scene("child-nothing-handed-in", f"/me/children/{none}", unfold),
            Scene("child-nothing-chosen", f"/me/children/{none}", _hand_in()),
            Scene("child-half-handed-in", f"/me/children/{half}", _hand_in("household_register")),
            Scene("child-handed-in", f"/me/children/{all_of_it}"),
        ),
    )


def _hand_in(*kinds: str) -> Act:
    def press(page: Page) -> None:
        for kind in kinds:
            picture: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": drawn.card_sample()}
            page.locator(f"#{kind}").set_input_files([picture])
        turn(page, page.get_by_role("button", name="交给窗口核对"))
        page.get_by_role("alert").wait_for()

    return press


GROUPS = {
    "without_children": without_children,
    "with_children": with_children,
    "at_the_case": at_the_case,
    "at_the_papers": at_the_papers,
}

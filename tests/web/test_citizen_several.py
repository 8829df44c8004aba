"""Pages of a bundle in which several items can be ticked; what keeps somebody from an item before any form; and answers
that the registry already holds."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from bundles.ports import Standing
from tests.web.pages import SAMPLES, hidden, page, send, signed_in
from tests.web.world import Town

LOST = "/bundles/lost-card"
BOTH = f"{LOST}/loss+replace"
JIEYANG_FORM = "/bundles/social-security-card/apply/form"
PHONE, ADDRESS = "13822905620", "揭阳市榕城区进贤门大道 18 号"


@pytest.fixture
def known(jieyang: Town) -> Iterator[Town]:
    """A town whose registry holds a phone and an address of everybody, for one test."""
    jieyang.registry.known = Standing(profile={"phone": PHONE, "address": ADDRESS})
    yield jieyang
    jieyang.registry.known = Standing()
    jieyang.later(600)


def person(town: Town, serial: int) -> FlaskClient:
    """Somebody new with a card of their own."""
    body = f"4452021985031{serial:04d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
    return signed_in(town, f"loser-{serial}", body + check)


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def token(client: FlaskClient) -> str:
    return hidden(page(client, "/me"), "csrf_token")


def through_to_check(client: FlaskClient, **typed: str) -> str:
    """Both items, from the card to the page to check."""
    card = hidden_card(page(client, f"{BOTH}/card"))
    assert send(client, f"{BOTH}/card", card_id=card).location == f"{BOTH}/form"
    assert send(client, f"{BOTH}/form", **typed).location == f"{BOTH}/materials/identity"
    picture = (io.BytesIO((SAMPLES / "id-front.jpg").read_bytes()), "id.jpg")
    sent = {"csrf_token": token(client), "do": "next", "file": picture}
    assert client.post(f"{BOTH}/materials/identity", data=sent, content_type="multipart/form-data").status_code == 303
    return page(client, f"{BOTH}/check")


def hidden_card(html: str) -> str:
    found = re.search(r'name="card_id" value="([0-9a-f]{32})"', html)
    assert found
    return found.group(1)


def test_items_are_ticked_and_lead_on_together_in_their_order(jieyang: Town) -> None:
    client = jieyang.client()
    html = page(client, LOST)

    assert html.count('type="checkbox" name="item"') == 2
    assert "可以选几项" in html
    assert client.get(f"{LOST}?go=1&item=replace&item=loss").location == BOTH
    assert client.get(f"{LOST}?go=1&item=loss").location == f"{LOST}/loss"
    assert "请先选要办的事项" in page(client, f"{LOST}?go=1", 422)


def test_the_guide_of_both_says_how_they_go_together(jieyang: Town) -> None:
    html = page(jieyang.client(), BOTH)

    assert "这次一起办" in html
    for item in ("loss", "replace"):
        assert f'href="{LOST}/{item}"' in html
    assert "前面一项没办成，后面等它的就不办" in plain(html)


def test_the_same_items_in_another_order_are_the_same_pages(jieyang: Town) -> None:
    assert "挂失、补卡" in page(jieyang.client(), f"{LOST}/replace+loss")
    assert jieyang.client().get(f"{LOST}/loss+hat").status_code == 404


def test_one_page_to_check_and_a_case_for_each(known: Town) -> None:
    client = person(known, 1)
    html = through_to_check(client, **{"form.phone": "13800005620", "form.address": ADDRESS})

    assert html.count("提交申请</button>") == 1
    assert "挂失：现在提交，<b>即时办结</b>" in html
    assert "补卡：现在提交" in html
    sent = send(client, f"{BOTH}/check")
    assert sent.status_code == 303, sent.text
    first = page(client, sent.location)
    assert "社会保障卡挂失" in first
    (other,) = re.findall(r'href="(/cases/DS[0-9-]+)"', first.partition("同一次申请的")[2])
    assert "社会保障卡补领" in page(client, other)
    assert page(client, "/cases").count("/cases/DS") == 2
    again = client.get(f"{BOTH}/check")
    assert again.location.startswith("/cases/DS"), "who goes back is led to the case"


def test_what_the_registry_holds_is_shown_masked_and_an_empty_box_means_it(known: Town) -> None:
    client = person(known, 2)
    form = page(client, f"{BOTH}/form")
    assert "138****5620" in form
    assert PHONE not in form

    html = through_to_check(client, **{"form.phone": "", "form.address": ""})
    assert "138****5620（社保卡系统里留的）" in html
    assert PHONE not in html
    sent = send(client, f"{BOTH}/check")
    number = sent.location.partition("?")[0].rpartition("/")[2]
    assert "138****5620" in page(client, f"/cases/{number}")


def test_what_is_typed_is_used_instead(known: Town) -> None:
    client = person(known, 3)
    html = through_to_check(client, **{"form.phone": "13900001111", "form.address": ""})

    assert "139****1111" in html
    assert "138****5620" not in html


def test_while_the_registry_is_away_the_form_asks_as_ever_and_no_page_waits_twice(jieyang: Town) -> None:
    client = person(jieyang, 4)
    jieyang.registry.away = True
    try:
        assert "社保卡系统里留的" not in page(client, JIEYANG_FORM)
        refused = send(client, JIEYANG_FORM, **{"form.phone": ""})
    finally:
        jieyang.registry.away = False
    assert refused.status_code == 422
    assert "请填写手机号码" in refused.text
    assert "社保卡系统里留的" not in page(client, JIEYANG_FORM), "it is not asked again within half a minute"
    jieyang.later(60)


def test_who_can_not_apply_is_told_before_any_form_with_the_reason_and_what_to_do(jieyang: Town) -> None:
    client = person(jieyang, 5)
    html = page(client, f"{LOST}/replace/card")
    refused = send(client, f"{LOST}/replace/card", card_id=hidden_card(html))

    assert refused.status_code == 422
    assert "卡要先办正式挂失" in plain(refused.text)
    assert "请把“挂失”也勾上" in plain(refused.text)
    across = client.get("/bundles/cross-province-social-security-card/apply/place")
    assert across.status_code == 422
    assert "现在还不能办这一项" in across.text
    assert "第一次申领" in plain(across.text)
    assert "<form" not in across.text.partition("<main")[2].partition("</main>")[0]


def test_a_draft_of_two_items_is_one_of_its_own(known: Town) -> None:
    client = person(known, 6)
    send(client, f"{BOTH}/form", **{"form.phone": "13900001111", "form.address": ADDRESS})

    assert "接着办" in page(client, BOTH)
    assert "接着办" not in page(client, f"{LOST}/replace")
    client.post(f"{BOTH}/draft", data={"csrf_token": token(client)})
    assert "接着办" not in page(client, BOTH)

"""A guardian at the pages: for whom, which pictures, what is read back, what the case says; and the clerk's page."""

from __future__ import annotations

import io
import re
import uuid

import pytest
from flask.testing import FlaskClient

from bundles.people import check_digit
from tests.web.pages import APPLY, SAMPLES, hidden, page, send, signed_in
from tests.web.staff import part, staff_client
from tests.web.world import BUNDLE, NUMBER, Town
from wxserver.usecases.claims import Claim

CHILD = "陈小雨"
FOR = f"{APPLY}/for"


def number(born: str = "20180508") -> str:
    body = f"445202{born}{uuid.uuid4().int % 1000:03d}"
    return body + check_digit(body)


def claimed(town: Town, client: FlaskClient, born: str = "20180508", *, proven: bool) -> str:
    """The id of a child that this visitor has claimed."""
    document = number(born)
    if proven:
        town.registry.guardians.add((NUMBER, document))
    desk = town.app.extensions["usecases"]
    cookie = client.get_cookie("wxserver_session")
    assert cookie is not None
    session = desk.sessions.find(cookie.value)
    consent = desk.consenting.text("child_data").version
    found: str = desk.guardianships.claim(session, Claim(CHILD, "resident_id", document, "parent", consent)).id
    return found


@pytest.fixture
def mother(jieyang: Town) -> FlaskClient:
    client = signed_in(jieyang, f"mother-{uuid.uuid4().hex[:10]}")
    client.post(f"{APPLY}/draft", data={"csrf_token": hidden(page(client, "/me"), "csrf_token")})
    return client


def hand_in(client: FlaskClient, path: str, sample: str) -> None:
    token = hidden(page(client, path), "csrf_token")
    file = (io.BytesIO((SAMPLES / sample).read_bytes()), sample)
    answer = client.post(
        path, data={"csrf_token": token, "do": "next", "file": file}, content_type="multipart/form-data"
    )
    assert answer.status_code == 303, answer.text


def test_the_guide_leads_to_the_question_for_whom(mother: FlaskClient) -> None:
    html = page(mother, APPLY)
    assert f'href="{FOR}"' in html
    assert "给我照看的孩子办" in html
    assert f'href="{FOR}"' not in page(mother, f"/bundles/{BUNDLE}/activate")
    page(mother, f"/bundles/{BUNDLE}/activate/for", 404)


def test_a_visitor_is_asked_to_sign_in_before_children_are_shown(jieyang: Town) -> None:
    stranger = jieyang.client()
    assert stranger.get(FOR).status_code in (302, 303)


def test_oneself_stays_the_first_choice_and_nothing_chosen_is_said(mother: FlaskClient) -> None:
    html = page(mother, FOR)
    assert "登记我照看的孩子" in html
    answer = mother.post(FOR, data={"csrf_token": hidden(html, "csrf_token")})
    assert answer.status_code == 422
    assert "请先选给谁办" in answer.text
    assert send(mother, FOR, who="self").location == f"{APPLY}/form"
    assert "没有找到这个孩子" in send(mother, FOR, who="forged").text


def test_a_form_that_waited_too_long_is_shown_again(mother: FlaskClient) -> None:
    answer = mother.post(FOR, data={"csrf_token": "old", "who": "self"})
    assert answer.status_code == 400
    assert "给谁办" in answer.text


def test_a_mother_of_a_proven_child_goes_from_the_question_to_the_case(jieyang: Town, mother: FlaskClient) -> None:
    ward = claimed(jieyang, mother, proven=True)
    assert "陈*雨" in page(mother, FOR)
    assert send(mother, FOR, who=ward).location == f"{APPLY}/form"
    assert "现在填的是给 陈*雨 办" in page(mother, APPLY)
    send(mother, f"{APPLY}/form", **{"form.phone": "13800005620"})
    identity = page(mother, f"{APPLY}/materials/identity")
    instead = part(r'href="([^"]+/household-register)"', identity)
    assert instead == f"{APPLY}/materials/household-register"
    assert "共 5 步" in identity
    register = page(mother, instead)
    assert "共 6 步" in register
    hand_in(mother, instead, "id-front.jpg")
    hand_in(mother, f"{APPLY}/materials/guardianship", "id-front.jpg")
    hand_in(mother, f"{APPLY}/materials/photo", "portrait-white.jpg")
    page(mother, f"{APPLY}/materials/identity")

    check = page(mother, f"{APPLY}/check")
    assert "您照看的孩子" in check
    assert "陈*雨" in check
    assert "有效身份证件" not in check
    sent = send(mother, f"{APPLY}/check")
    assert sent.status_code == 303, sent.text
    case = page(mother, sent.location)
    assert "由监护人代为提交；监护关系由社保卡系统证明。" in re.sub(r"<[^>]+>", "", case)
    assert "给 陈*雨 办" in re.sub(r"<[^>]+>", "", page(mother, "/cases"))
    assert CHILD not in case


def test_who_is_only_claimed_is_led_to_the_papers_that_prove_it(jieyang: Town, mother: FlaskClient) -> None:
    ward = claimed(jieyang, mother, proven=False)
    assert "核对好以前" in page(mother, FOR)
    send(mother, FOR, who=ward)
    send(mother, f"{APPLY}/form", **{"form.phone": "13800005620"})
    first = page(mother, f"{APPLY}/materials/household-register")
    assert "改交：" not in first
    hand_in(mother, f"{APPLY}/materials/household-register", "id-front.jpg")
    hand_in(mother, f"{APPLY}/materials/guardianship", "id-front.jpg")
    hand_in(mother, f"{APPLY}/materials/photo", "portrait-white.jpg")
    case = page(mother, send(mother, f"{APPLY}/check").location)
    assert "工作人员正在审核" in re.sub(r"<[^>]+>", "", case)
    assert "监护关系正在核对" in re.sub(r"<[^>]+>", "", case)


def test_at_seventeen_it_is_said_before_anything_is_filled_in(jieyang: Town, mother: FlaskClient) -> None:
    today = jieyang.app.extensions["world"].clock.now().date()
    ward = claimed(jieyang, mother, f"{today.year - 17}0102", proven=False)
    send(mother, FOR, who=ward)
    assert "请先在“我照看的孩子”里交户口簿和监护关系证明" in re.sub(r"<[^>]+>", "", page(mother, f"{APPLY}/form", 422))


def test_a_clerk_looks_at_a_claim_and_decides(jieyang: Town, mother: FlaskClient) -> None:
    first, second = (claimed(jieyang, mother, proven=False) for _ in range(2))
    clerk = staff_client(jieyang.app, "clerk")
    html = page(clerk, "/admin/guardianships")
    assert f"/admin/guardianships/{first}" in html
    assert "/admin/guardianships" in page(clerk, "/admin/cases")
    assert CHILD not in html
    at = f"/admin/guardianships/{first}"
    assert CHILD not in page(clerk, at)
    assert clerk.post_form(f"{at}/unmask", why="", note="").status_code == 422
    shown = clerk.post_form(f"{at}/unmask", why="check", note="核对户口簿和证明")
    assert CHILD in shown.text
    assert CHILD not in page(clerk, at)

    assert "done=confirm" in clerk.post_form(f"{at}/confirm", originals="yes").location
    assert "核对通过了" in page(clerk, f"{at}?done=confirm")
    assert clerk.post_form(f"{at}/confirm").status_code == 409
    assert clerk.post(f"{at}/confirm", data={"csrf_token": "old"}).status_code == 422
    other = f"/admin/guardianships/{second}"
    assert clerk.post_form(f"{other}/refuse", text="").status_code == 422
    assert clerk.post(f"{other}/refuse", data={"csrf_token": "old", "text": "x"}).status_code == 422
    assert "done=refuse" in clerk.post_form(f"{other}/refuse", text="证明不全，请补齐。").location
    assert "证明不全" in page(clerk, other)
    assert clerk.post_form(f"{other}/refuse", text="再说").status_code == 409
    assert first not in page(clerk, "/admin/guardianships")


def test_only_clerks_come_to_the_claims(jieyang: Town) -> None:
    editor = staff_client(jieyang.app, "editor")
    for path in ("/admin/guardianships", f"/admin/guardianships/{'0' * 32}"):
        assert editor.get(path).status_code == 403
    clerk = staff_client(jieyang.app, "clerk")
    assert clerk.get(f"/admin/guardianships/{'0' * 32}").status_code == 404

"""我照看的孩子 without JavaScript: papers that stay whatever is still missing, the child's cards, what can be done."""

from __future__ import annotations

import io
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests import papers
from tests.web.letters import id_number
from tests.web.pages import APPLY, SAMPLES, hidden, page, send, signed_in, upload
from tests.web.staff import StaffClient, staff_client
from tests.web.test_citizen_for_whom import claimed
from tests.web.test_citizen_for_whom import number as born
from tests.web.world import BUNDLE, Town, town
from wxserver.usecases.claims import Claim

REGISTER, PROOF = "household_register", "guardianship_proof"
ONE, OTHER, THIRD = ((SAMPLES / each).read_bytes() for each in ("id-front.jpg", "id-back.jpg", "portrait-white.jpg"))


@dataclass(frozen=True)
class Mother:
    """Somebody signed in by face, and her number."""

    town: Town
    phone: FlaskClient
    number: str

    def child(self, *, proven: bool) -> str:
        """The id of a child that she has claimed; `proven`: the registry knows that it is hers."""
        minor = born("20180508")
        if proven:
            self.town.registry.guardians.add((self.number, minor))
        desk, cookie = self.town.app.extensions["usecases"], self.phone.get_cookie("wxserver_session")
        assert cookie is not None
        consent = desk.consenting.text("child_data").version
        claim = Claim("陈小雨", "resident_id", minor, "parent", consent)
        found: str = desk.guardianships.claim(desk.sessions.find(cookie.value), claim).id
        return found


@pytest.fixture
def mother(jieyang: Town) -> Mother:
    number = id_number()
    return Mother(jieyang, signed_in(jieyang, f"mother-{uuid.uuid4().hex[:10]}", number), number)


@pytest.fixture
def clerk(jieyang: Town) -> StaffClient:
    return staff_client(jieyang.app, "clerk")


def press(client: FlaskClient, ward: str, *chosen: tuple[str, bytes], **more: str) -> TestResponse:
    """Choose files, each for its kind, and press the button."""
    path = f"/me/children/{ward}"
    data: dict[str, object] = {"csrf_token": hidden(page(client, path), "csrf_token"), **more}
    for kind, raw in chosen:
        files = data.setdefault(kind, [])
        assert isinstance(files, list)
        files.append((io.BytesIO(raw), f"{len(files)}.jpg"))
    return client.post(path, data=data, content_type="multipart/form-data")


def field(html: str, kind: str) -> str:
    """The part of the page about one kind of paper."""
    found = re.search(
        rf'<div class="field[^>]* id="at-{kind}">(.*?)(?=<div class="field|<p class="form-note)', html, re.DOTALL
    )
    assert found, f"no field for {kind}"
    return found.group(1)


def words(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def test_what_arrived_stays_and_what_is_missing_is_said_at_its_own_field(mother: Mother) -> None:
    ward = mother.child(proven=False)
    half = press(mother.phone, ward, (REGISTER, ONE))
    assert half.status_code == 422
    assert "户口簿已收到，还差监护关系证明。" in words(field(half.text, PROOF))
    assert "错误" not in field(half.text, REGISTER)
    assert f'href="#{PROOF}"' in half.text
    assert f'href="#{REGISTER}"' not in half.text
    assert field(half.text, REGISTER).count("<img") == 1

    again = page(mother.phone, f"/me/children/{ward}")
    assert field(again, REGISTER).count("<img") == 1
    assert "材料还没有交齐" in again
    assert "正在核对" not in again
    assert press(mother.phone, ward, (PROOF, ONE)).status_code == 303
    done = page(mother.phone, f"/me/children/{ward}")
    assert (field(done, REGISTER).count("<img"), field(done, PROOF).count("<img")) == (1, 1)
    assert "监护关系正在核对" in done


def test_a_file_that_is_refused_loses_none_of_the_others(mother: Mother) -> None:
    ward = mother.child(proven=False)
    answer = press(mother.phone, ward, (REGISTER, b"not a picture"), (PROOF, ONE))
    assert answer.status_code == 422
    assert "错误" in field(answer.text, REGISTER)
    assert "错误" not in field(answer.text, PROOF)
    assert field(answer.text, PROOF).count("<img") == 1
    assert answer.text.count(f'id="{REGISTER}-error"') == 1


def test_nothing_chosen_is_said_at_both_papers(mother: Mother) -> None:
    ward = mother.child(proven=False)
    html = page(mother.phone, f"/me/children/{ward}")
    assert "还没有交材料" in html
    assert "正在核对" not in html
    empty = press(mother.phone, ward)
    assert empty.status_code == 422
    assert all("错误" in field(empty.text, kind) for kind in (REGISTER, PROOF))


def test_each_paper_says_what_it_is_and_which_pages_are_wanted(mother: Mother) -> None:
    html = page(mother.phone, f"/me/children/{mother.child(proven=False)}")
    assert "户主那一页和孩子那一页" in words(field(html, REGISTER))
    assert "出生医学证明" in words(field(html, PROOF))
    assert "请带证件到窗口" in words(field(html, PROOF))
    for kind in (REGISTER, PROOF):
        box = re.search(rf'<input[^>]*id="{kind}"[^>]*>', html)
        assert box
        assert " multiple" in box.group()
        assert f'aria-describedby="{kind}-hint"' in box.group()


def test_two_pages_of_a_paper_come_together_or_one_after_the_other_and_a_third_is_refused(mother: Mother) -> None:
    ward = mother.child(proven=False)
    press(mother.phone, ward, (REGISTER, ONE), (REGISTER, OTHER))
    assert press(mother.phone, ward, (PROOF, ONE)).status_code == 303
    assert press(mother.phone, ward, (PROOF, papers.pdf())).status_code == 303
    html = page(mother.phone, f"/me/children/{ward}")
    assert field(html, REGISTER).count("已上传") == field(html, PROOF).count("已上传") == 2
    assert 'type="file"' not in field(html, REGISTER)
    third = press(mother.phone, ward, (REGISTER, THIRD))
    assert third.status_code == 422
    assert "先删除" in words(field(third.text, REGISTER))
    assert field(third.text, REGISTER).count("已上传") == 2


def test_the_same_file_sent_twice_is_kept_once(mother: Mother) -> None:
    ward = mother.child(proven=False)
    for _ in range(2):
        press(mother.phone, ward, (REGISTER, ONE))
    assert field(page(mother.phone, f"/me/children/{ward}"), REGISTER).count("已上传") == 1


def test_a_paper_is_taken_back_and_another_put_in_its_place(mother: Mother) -> None:
    ward = mother.child(proven=False)
    assert press(mother.phone, ward, (REGISTER, ONE), (PROOF, ONE)).status_code == 303
    html = page(mother.phone, f"/me/children/{ward}")
    assert "换材料，再交一次" in html
    assert "交给窗口核对" not in html
    assert "不用再操作" not in html
    empty = press(mother.phone, ward)
    assert empty.status_code == 422
    assert "还没有选新的材料" in empty.text
    upload = re.search(r'name="drop" value="([^"]+)"', field(html, REGISTER))
    assert upload
    assert press(mother.phone, ward, drop=upload.group(1)).status_code == 303
    html = page(mother.phone, f"/me/children/{ward}")
    assert "监护关系证明已收到，还差户口簿" in words(html)
    assert "已上传" not in field(html, REGISTER)
    assert press(mother.phone, ward, drop="forged").status_code == 404
    assert press(mother.phone, ward, (REGISTER, OTHER)).status_code == 303


def test_nobody_else_adds_or_takes_back_papers(jieyang: Town, mother: Mother) -> None:
    ward = mother.child(proven=False)
    stranger = signed_in(jieyang, f"no-kin-{uuid.uuid4().hex[:10]}", id_number())
    data = {"csrf_token": hidden(page(stranger, "/me/children/new"), "csrf_token"), "drop": "x"}
    assert stranger.post(f"/me/children/{ward}", data=data).status_code == 404


def test_a_proven_child_shows_its_cards_and_leads_to_what_can_be_done_for_it(mother: Mother) -> None:
    ward = mother.child(proven=True)
    html = page(mother.phone, f"/me/children/{ward}")
    assert "孩子的社保卡" in html
    assert "中国建设银行" in html
    assert "X0000019" not in html
    assert "X00000019" not in html
    goes = re.findall(rf'href="(/bundles/{BUNDLE}/[^"]+/for[^"]*)"', html)
    assert goes == [f"{APPLY}/for?ward={ward}"]
    asked = page(mother.phone, goes[0])
    assert re.search(rf'value="{ward}"[^>]* checked', asked)
    assert not re.search(r'value="self"[^>]* checked', asked)
    assert send(mother.phone, f"{APPLY}/for", who=ward).location == f"{APPLY}/form"
    assert "看孩子的社保卡" in words(page(mother.phone, "/me/children"))


def test_somebody_elses_child_in_the_address_is_chosen_for_nobody(mother: Mother) -> None:
    mother.child(proven=True)
    asked = page(mother.phone, f"{APPLY}/for?ward=forged")
    assert re.search(r'value="self"[^>]* checked', asked)


def test_while_the_registry_is_away_a_proven_child_is_shown_all_the_same(jieyang: Town, mother: Mother) -> None:
    ward = mother.child(proven=True)
    jieyang.registry.away = True
    try:
        html = page(mother.phone, f"/me/children/{ward}")
    finally:
        jieyang.registry.away = False
    assert "社保卡系统暂时没有回音" in html
    assert f'href="{APPLY}/for?ward={ward}"' in html


def test_a_child_that_is_only_claimed_shows_no_card(mother: Mother) -> None:
    html = page(mother.phone, f"/me/children/{mother.child(proven=False)}")
    assert "还没有交材料" in page(mother.phone, f"{APPLY}/for")
    assert "孩子的社保卡</h2>" not in html
    assert "中国建设银行" not in html


def test_every_button_says_what_it_does(mother: Mother) -> None:
    html = page(mother.phone, f"/me/children/{mother.child(proven=True)}")
    assert "确定</button>" not in html
    assert "不再登记这个孩子</button>" in html


def test_who_was_refused_reads_why_and_is_led_to_claim_again(mother: Mother, clerk: StaffClient) -> None:
    ward = mother.child(proven=False)
    clerk.post_form(f"/admin/guardianships/{ward}/refuse", text="户口簿看不清，请重新拍一张。")
    html = page(mother.phone, f"/me/children/{ward}")
    assert "户口簿看不清，请重新拍一张。" in words(html)
    assert 'href="/me/children/new"' in html
    assert press(mother.phone, ward, (REGISTER, ONE)).status_code == 409


def test_with_one_of_two_papers_a_clerk_confirms_only_after_seeing_the_originals(
    mother: Mother, clerk: StaffClient
) -> None:
    ward = mother.child(proven=False)
    press(mother.phone, ward, (REGISTER, ONE))
    at = f"/admin/guardianships/{ward}"
    assert "还没有交齐" in page(clerk, at)
    refused = clerk.post_form(f"{at}/confirm", data={})
    assert refused.status_code == 422
    assert 'href="#f-originals"' in refused.text
    assert "done=confirm" in clerk.post_form(f"{at}/confirm", originals="yes").location


def test_papers_that_came_with_an_application_are_not_asked_for_again(mother: Mother) -> None:
    ward = mother.child(proven=False)
    send(mother.phone, f"{APPLY}/for", who=ward)
    send(mother.phone, f"{APPLY}/form", **{"form.phone": "13800005620"})
    for code, sample in (
        ("household-register", "id-front.jpg"),
        ("guardianship", "id-front.jpg"),
        ("photo", "portrait-white.jpg"),
    ):
        assert upload(mother.phone, code, sample).status_code == 303
    sent = send(mother.phone, f"{APPLY}/check")
    assert sent.status_code == 303, sent.text
    html = page(mother.phone, f"/me/children/{ward}")
    assert "材料随申请" in words(html)
    assert f'href="{sent.location.partition("?")[0]}"' in html
    assert 'type="file"' not in html
    assert "还没有交材料" not in html


def test_photos_that_are_too_large_together_are_told_to_come_one_by_one(mother: Mother) -> None:
    ward = mother.child(proven=False)
    press(mother.phone, ward, (REGISTER, ONE))
    files = [FileStorage(io.BytesIO(bytes(11 << 20)), f"{kind}.jpg", kind) for kind in (REGISTER, PROOF)]
    boundary, body = encode_multipart({each.name or "": each for each in files})
    sent = mother.phone.post(
        f"/me/children/{ward}",
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type=f"multipart/form-data; boundary={boundary}",
    )
    assert sent.status_code == 413
    assert "请一次选一份" in words(sent.text)
    assert f'href="/me/children/{ward}"' in sent.text
    assert field(page(mother.phone, f"/me/children/{ward}"), REGISTER).count("已上传") == 1


def test_a_new_text_on_a_childs_data_is_agreed_to_on_the_way_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    with town(tmp_path) as place:
        phone = signed_in(place, "reads-what-is-new")
        phone.post(f"{APPLY}/draft", data={"csrf_token": hidden(page(phone, "/me"), "csrf_token")})
        ward = claimed(place, phone, proven=True)
        child = f"/me/children/{ward}"
        assert send(phone, f"{APPLY}/for", who=ward).location == f"{APPLY}/form"
        send(phone, f"{APPLY}/form", **{"form.phone": "13800005620"})
        text = {"purpose": "child_data", "version": "9999", "title": "孩子的信息", "text": "新的说明"}
        place.app.extensions["usecases"].consenting.publish([text])

        assert send(phone, f"{APPLY}/for", who=ward).location == f"{child}?next={APPLY}/for"
        led = phone.get(f"{APPLY}/check")
        assert (led.status_code, led.location) == (303, f"{child}?next={APPLY}/check")
        html = page(phone, led.location)
        assert "孩子信息的使用说明有更新" in html
        token = hidden(html, "csrf_token")
        unticked = phone.post(f"{child}/consent", data={"csrf_token": token, "next": f"{APPLY}/check"})
        assert unticked.status_code == 422
        assert "请先看过说明，勾选同意" in unticked.text
        assert hidden(unticked.text, "next") == f"{APPLY}/check"
        typed = {"csrf_token": token, "next": f"{APPLY}/check", "consent": "9999"}
        assert phone.post(f"{child}/consent", data=typed | {"csrf_token": "forged"}).status_code in (400, 403)
        assert phone.post(f"{child}/consent", data=typed).location == f"{APPLY}/check"
        assert "13800005620" in page(phone, f"{APPLY}/form")
        assert "使用说明有更新" not in page(phone, child)
        elsewhere = phone.post(f"{child}/consent", data=typed | {"next": "https://evil.example/"})
        assert "evil" not in elsewhere.location

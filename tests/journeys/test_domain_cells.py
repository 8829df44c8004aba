"""Every cell of Jieyang's table through the API: item, state of the card, who acts, how surely they are signed in."""

from typing import Any

import pytest
import requests
from sqlalchemy import select, update

from tests.town import API, BUNDLE
from wxserver.sandbox.people import resident_id
from wxserver.store.tables.identity import SignedSession, WeChatUser

STATES = ("sealed", "active", "temporarily_lost", "formally_lost", "locked", "cancelled")
BUT_CANCELLED = STATES[:-1]
FORMS = {
    "apply": {"phone": "13800005620"},
    "activate": {},
    "loss": {"action": "report"},
    "replace": {"reason": "damaged"},
    "change-information": {"occupation": "教师"},
    "production-progress": {},
    "card-status": {},
}
CELLS: tuple[Any, ...] = (
    # item, form, states that allow it, which of the person's two cards; what changes a card comes last
    ("card-status", {}, STATES, 0),
    ("change-information", FORMS["change-information"], BUT_CANCELLED, 0),
    ("activate", {}, ("sealed",), 0),
    ("loss", {"action": "lift"}, ("temporarily_lost", "formally_lost"), 0),
    ("loss", {"action": "report"}, ("active", "sealed", "temporarily_lost"), 1),
    ("replace", FORMS["replace"], BUT_CANCELLED, 1),
)
WITH_CARD = ("activate", "loss", "replace", "change-information", "card-status")


def papers(citizen, item):
    """The pictures that an item demands."""
    return {"uploads": citizen.papers()} if item == "apply" else {}


def problem(answer, status):
    """A refusal as the contract has it: a sentence that says what to do."""
    assert answer.status_code == status, answer.text
    found = answer.json()
    assert found["detail"].endswith("。")
    return found


@pytest.mark.parametrize("state", STATES)
def test_every_item_takes_the_card_states_of_the_table_and_says_else_what_to_do(town, state):
    citizen = town.citizen(state, state).sign_in()
    cards = [each["id"] for each in citizen.cards()]
    for item, form, allowed, which in CELLS:
        answer = citizen.submit(item, card_id=cards[which], form=form)
        if state in allowed:
            assert answer.status_code == 201, (item, state, answer.text)
            assert answer.json()["status"] == ("accepted" if item == "replace" else "completed"), (item, state)
            continue
        found = problem(answer, 422)
        assert list(found["errors"]) == ["card_id"], (item, state)
        (sentence,) = found["errors"]["card_id"]
        assert "请" in sentence or "不用" in sentence, (item, state, sentence)
    expected = {"sealed": "active", "temporarily_lost": "active", "formally_lost": "active"}.get(state, state)
    after = {each["id"]: each["state"] for each in citizen.cards()}
    assert after[cards[0]] == expected
    reported = state in ("active", "sealed", "temporarily_lost")
    assert after[cards[1]] == ("formally_lost" if reported else state)


def test_items_about_a_card_want_one_of_the_person_s_own_and_the_others_want_none(town):
    citizen, other = town.citizen("active").sign_in(), town.citizen("active").sign_in()
    card = citizen.cards()[0]["id"]
    for item in WITH_CARD:
        assert "要先选一张社保卡" in problem(citizen.submit(item, form=FORMS[item]), 422)["errors"]["card_id"][0]
        found = problem(other.submit(item, card_id=card, form=FORMS[item]), 422)
        assert found["errors"]["card_id"] == ["没有找到这张卡，请重新选一张。"]
    for item in ("apply", "production-progress"):
        found = problem(citizen.submit(item, card_id=card, form=FORMS[item]), 422)
        assert "不用选卡" in found["errors"]["card_id"][0]
        assert citizen.submit(item, form=FORMS[item], **papers(citizen, item)).status_code == 201
    assert [each["effect"] for each in town.effects(other)] == []


@pytest.mark.parametrize("acting_as", ["guardian", "proxy", "unit_agent"])
def test_every_item_is_done_in_person_and_says_so_to_others(town, acting_as):
    citizen = town.citizen("active").sign_in()
    card = citizen.cards()[0]["id"]
    for item, form in FORMS.items():
        more = {"card_id": card} if item in WITH_CARD else {}
        found = problem(citizen.submit(item, form=form, acting={"as": acting_as}, **more), 422)
        if (item, acting_as) == ("apply", "guardian"):
            assert "acting.ward" in found["errors"], "a guardian says for which child"
            continue
        (sentence,) = found["errors"]["acting.as"]
        assert "请由本人" in sentence
        assert "窗口" in sentence or "网点" in sentence
    assert town.effects(citizen) == []


def as_sure_as(town, citizen, assurance):
    """The citizen's session, with another assurance."""
    with town.database.write() as unit:
        user = select(WeChatUser.id).where(WeChatUser.openid == citizen.openid).scalar_subquery()
        unit.session.execute(
            update(SignedSession).where(SignedSession.wechat_user_id == user).values(assurance=assurance)
        )


def test_every_item_wants_a_password_or_better_of_the_last_half_hour(town):
    citizen = town.citizen("active", "sealed").sign_in()
    active, sealed = (next(c["id"] for c in citizen.cards() if c["state"] == state) for state in ("active", "sealed"))

    def submit(item):
        card = {"card_id": sealed if item == "activate" else active} if item in WITH_CARD else {}
        return citizen.submit(item, form=FORMS[item], **card, **papers(citizen, item))

    citizen.papers()
    as_sure_as(town, citizen, "wechat")
    for item in FORMS:
        found = problem(submit(item), 403)
        assert (found["code"], found["needs"]) == ("assurance-required", {"assurance": "password", "fresh_minutes": 30})
        assert found["how"] == {"verification": "/api/v1/verifications", "page": "/login"}
    as_sure_as(town, citizen, "password")
    for item in FORMS:
        assert submit(item).status_code == 201, item
    town.sandbox.control("time", {"advance": "PT31M"})
    for item in FORMS:
        found = problem(submit(item), 403)
        assert "超过 30 分钟" in found["detail"]
    stranger = town.citizen("active").open()
    for item in FORMS:
        assert problem(stranger.submit(item, form=FORMS[item]), 403)["code"] == "assurance-required"


@pytest.mark.rule("JY-1.1")
def test_the_api_offers_exactly_the_seven_items(town):
    found = requests.get(f"{town.url}{API}/bundles/{BUNDLE}", timeout=10).json()
    assert [each["code"] for each in found["items"]] == list(FORMS)


@pytest.mark.rule("JY-1.2")
@pytest.mark.parametrize(
    "item", [None, "", [], ["apply", "card-status"], "apply,card-status", "fly", {"code": "apply"}], ids=str
)
def test_an_application_for_none_two_or_an_unknown_item_is_refused(town, item):
    citizen = town.citizen().sign_in()
    answer = citizen.submit(item, form=FORMS["apply"])
    found = problem(answer, answer.status_code)
    assert answer.status_code in (400, 422)
    assert found["errors"] or answer.status_code == 400
    assert citizen.api("GET", "/cases").json()["items"] == []
    assert town.effects(citizen) == []


DOCUMENTS = [
    pytest.param(kind, number, marks=pytest.mark.rule(rule), id=kind)
    for kind, number, rule in [
        ("resident_id", None, "JY-3.1"),
        ("passport", "E12345678", "JY-3.4"),
        ("hk_macao_permit", "H12345678", "JY-3.5"),
        ("taiwan_permit", "12345678", "JY-3.6"),
        ("permanent_residence", "ABC123456789012", "JY-3.7"),
    ]
]


@pytest.mark.parametrize(("document", "number"), DOCUMENTS)
def test_who_is_verified_by_an_accepted_document_can_apply(town, document, number):
    more = {"id_type": document} | ({"id_number": number} if number else {})
    citizen = town.citizen(**more).sign_in()
    answer = citizen.apply()
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "accepted"


@pytest.mark.parametrize(("document", "number"), [("officer_card", "军字第0012345号"), ("hmt_residence_permit", "")])
def test_who_is_verified_by_another_document_is_told_which_ones_do(town, document, number):
    citizen = town.citizen(id_type=document, id_number=number or resident_id("81000019900101001")).sign_in()
    found = problem(citizen.apply(), 422)
    (sentence,) = found["errors"]["item"]
    assert "居民身份证或" in sentence
    assert "请换一种证件重新登录" in sentence
    assert town.effects(citizen) == []

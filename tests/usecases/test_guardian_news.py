"""What staff decide about a claim to stand for a child reaches who made it: in the inbox, and by WeChat."""

import json
from functools import partial

import pytest
from sqlalchemy import select

from tests.town import wait_for
from tests.usecases.family import Guardian
from tests.usecases.test_notifying import PROGRESS, messages, settled
from tests.web.staff import member_of
from wxserver.ports import IdentityDocument
from wxserver.store.tables.accounts import Guardianship
from wxserver.store.tables.messages import Notice, Sending


@pytest.fixture
def citizen(town):
    """Somebody who follows the account, signed in."""
    return town.citizen("active").sign_in()


@pytest.fixture
def session(town, citizen):
    found = town.desk.sessions.find(citizen.http.cookies["wxserver_session"])
    assert found is not None
    return found


@pytest.fixture
def mother(town, citizen, session):
    document = IdentityDocument("resident_id", citizen.id_number)
    return Guardian(town, citizen.name, document, session.person_id, session.wechat_user_id)


@pytest.fixture
def clerk(town):
    return member_of(town.app, "clerk")


@pytest.mark.parametrize(
    ("decided", "title", "status"),
    [
        (("confirm",), "孩子的登记核对好了", "已核对"),
        (("refuse",), "孩子的登记没有通过", "没有通过"),
        (("confirm", "refuse"), "孩子的登记已经撤销", "已撤销"),
    ],
)
def test_a_guardian_is_told_what_was_decided_and_nothing_personal(
    town, citizen, session, mother, clerk, decided, title, status
):
    def has_come(number):
        return len(messages(town, citizen)) == number

    child = mother.child()
    ward = mother.claim(child)
    for number, act in enumerate(decided, 1):
        if act == "confirm":
            town.desk.staff_guardianships.confirm(clerk, ward.id, originals=True)
        else:
            town.desk.staff_guardianships.refuse(clerk, ward.id, "户口簿看不清，请重新拍一张。")
        wait_for(partial(has_come, number))
    letter, *_ = town.desk.inbox.list(session).items
    assert (letter.title, letter.case_number, letter.ward_id) == (title, None, ward.id)
    message = next(each for each in messages(town, citizen) if each["data"]["phrase2"]["value"] == status)
    assert message["template_id"] == PROGRESS
    assert message["url"] == f"{town.url}/me/children/{ward.id}"
    told = json.dumps(messages(town, citizen), ensure_ascii=False) + letter.title + letter.text
    for personal in (citizen.name, child.name, child.number, citizen.id_number, "户口簿"):
        assert personal not in told


def test_the_message_leads_to_the_child(town, citizen, mother, clerk):
    ward = mother.claim(mother.child())
    town.desk.staff_guardianships.confirm(clerk, ward.id, originals=True)
    listed = citizen.api("GET", "/messages").json()["items"]
    assert [(each["case"], each["ward"]) for each in listed] == [(None, ward.id)]
    page = citizen.get("/messages").text
    assert "孩子的登记核对好了" in page
    assert f'href="/me/children/{ward.id}"' in page
    assert citizen.get(f"/me/children/{ward.id}").status_code == 200
    assert town.desk.holding.export(town.desk.sessions.find(citizen.http.cookies["wxserver_session"]))


def test_who_erases_themself_takes_what_they_were_told_of_a_child_along(town, citizen, session, mother, clerk):
    ward = mother.claim(mother.child())
    town.desk.staff_guardianships.refuse(clerk, ward.id, "户口簿看不清，请重新拍一张。")
    settled(town, citizen)
    town.desk.holding.erase(session)
    with town.database.read() as unit:
        assert unit.session.scalar(select(Guardianship.id).where(Guardianship.id == ward.id)) is None
        told = select(Notice.id).where(Notice.guardianship_id == ward.id)
        assert unit.session.scalars(told).all() == []
        ways = select(Sending.id).where(Sending.wechat_user_id == mother.wechat_user_id)
        assert unit.session.scalars(ways).all() == []

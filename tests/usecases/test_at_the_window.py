"""Applications that a clerk takes, and what staff decide about cases that wait for them."""

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.town import wait_for
from wxserver.store.tables.applications import Case, CaseEvent
from wxserver.store.tables.records import AuditRecord
from wxserver.usecases.faults import BadRequest, Conflict, Invalid, NotFound
from wxserver.usecases.submissions import Filing, Person, Submission

CHONGQING = "chongqing-social-security-card"
CLERK = "clerk-0041"


def person(citizen) -> Person:
    return Person("resident_id", citizen.id_number, citizen.name)


class Window:
    """A counter where a clerk files what people bring."""

    def __init__(self, town) -> None:
        self.town = town

    def item(self, code):
        return self.town.desk.catalogue.bundle(CHONGQING).bundle.item(code)

    def file(self, citizen, item, *, acting="self", actor=None, shown=None, key=None, channel="window", **body):
        if shown is None:
            shown = [each.code for each in self.item(item).materials_for(channel, acting)]
        if self.item(item).needs_card:
            body.setdefault("card_id", self.town.desk.applying.cards_of(person(citizen))[0].id)
        filing = Filing(person(citizen), channel, CLERK, "渝中区窗口", tuple(shown), actor and person(actor))
        submission = Submission(bundle=CHONGQING, item=item, acting={"as": acting}, **body)
        return self.town.desk.applying.file(filing, key or uuid.uuid4().hex, submission)

    def refusal(self, *args, **more) -> dict[str, str]:
        with pytest.raises(Invalid) as raised:
            self.file(*args, **more)
        return {fault.path: fault.message for fault in raised.value.faults}


@pytest.fixture
def window(town):
    return Window(town)


@pytest.mark.rule("CQ-3.1", "CQ-7.4")
def test_a_card_is_made_and_handed_over_while_one_waits(town, window):
    citizen = town.citizen()
    case = window.file(citizen, "apply", form={"phone": "13800005620"}).case

    assert case.status == "completed"
    assert [each.node for each in case.timeline][-1] == "completed"
    assert [each["effect"] for each in town.effects(citizen)] == ["productions"]
    assert [each.state for each in town.desk.applying.cards_of(person(citizen))] == ["active"]


def test_the_history_says_who_took_it_and_which_originals_were_seen(town, window):
    citizen = town.citizen("locked")
    case = window.file(citizen, "unlock").case

    assert case.status == "completed"
    assert "窗口已收到" in case.timeline[0].text
    assert "已看过原件" in case.timeline[0].text
    assert case.timeline[0].actor == "staff"
    with town.database.read() as unit:
        row = unit.session.execute(select(Case.id, Case.channel, Case.office).where(Case.number == case.number)).one()
        event = unit.session.scalars(
            select(CaseEvent).where(CaseEvent.case_id == row.id).order_by(CaseEvent.at)
        ).first()
    assert (row.channel, row.office, event.actor_id) == ("window", "渝中区窗口", CLERK)


def test_what_was_not_shown_keeps_the_case_from_being_opened(town, window):
    faults = window.refusal(town.citizen(), "apply", shown=["photo"], form={"phone": "13800005620"})

    assert faults["materials.identity"].startswith("请先核对原件：")


def test_a_paper_that_nobody_asks_for_is_a_slip_of_the_clerk(town, window):
    faults = window.refusal(town.citizen("locked"), "unlock", shown=["no-such-paper"])

    assert "没有这种材料" in faults["materials"]


@pytest.mark.rule("CQ-10.1", "CQ-10.2")
@pytest.mark.parametrize(("action", "acting", "allowed"), [("change", "proxy", False), ("reset", "proxy", True)])
def test_a_proxy_may_reset_a_pin_and_not_change_it(town, window, action, acting, allowed):
    citizen, proxy = town.citizen("active"), town.citizen()

    if allowed:
        case = window.file(citizen, "pin", acting=acting, actor=proxy, form={"action": action}).case
        assert case.status == "completed"
        with town.database.read() as unit:
            row = unit.session.execute(select(Case).where(Case.number == case.number)).scalar_one()
        assert row.acting_as == "proxy"
        assert row.actor_id != row.cardholder_id
    else:
        refused = window.refusal(citizen, "pin", acting=acting, actor=proxy, form={"action": action})
        assert "本人" in " ".join(refused.values())


def test_who_came_and_who_acts_must_agree(town, window):
    citizen, other = town.citizen("locked"), town.citizen()

    assert "acting.as" in window.refusal(citizen, "unlock", acting="proxy", actor=None)
    assert "acting.as" in window.refusal(citizen, "unlock", acting="self", actor=other)


def test_online_a_guardian_names_the_child_and_a_proxy_is_sent_to_the_window(town):
    citizen = town.citizen().sign_in()

    def errors(acting):
        body = {"bundle": CHONGQING, "item": "apply", "form": {}, "acting": {"as": acting}}
        answer = citizen.api("POST", "/cases", body, **{"Idempotency-Key": uuid.uuid4().hex})
        assert answer.status_code == 422
        return answer.json()["errors"]

    assert "请写明替哪个孩子办" in errors("guardian")["acting.ward"][0]
    assert "请带双方的证件原件" in errors("proxy")["acting.as"][0]


def test_a_repeated_filing_meets_the_same_case(town, window):
    citizen, key = town.citizen("locked"), uuid.uuid4().hex
    card = town.desk.applying.cards_of(person(citizen))[0].id
    first = window.file(citizen, "unlock", key=key, card_id=card)
    again = window.file(citizen, "unlock", key=key, card_id=card)

    assert (first.created, again.created) == (True, False)
    assert first.case.number == again.case.number
    assert len(town.effects(citizen)) == 1


def test_a_slip_in_number_or_name_is_told_and_a_known_person_is_not_renamed(town, window):
    citizen = town.citizen("locked")
    window.town.desk.applying.cards_of(person(citizen))

    with pytest.raises(Conflict) as raised:
        town.desk.applying.cards_of(replace(person(citizen), name="林小明"))
    assert raised.value.code == "other-name"
    with pytest.raises(Invalid):
        town.desk.applying.cards_of(replace(person(citizen), number="445202199001010000"))


def test_an_online_application_is_not_a_clerks_to_file(town, window):
    with pytest.raises(BadRequest):
        window.file(town.citizen("locked"), "unlock", channel="online", shown=[])


@pytest.mark.rule("CQ-1b.3")
def test_a_reviewed_application_orders_nothing_until_a_clerk_accepts_it(town):
    citizen = town.citizen().sign_in()
    number = _apply_online(citizen)
    case = citizen.case(number)
    assert case["status"] == "submitted"
    assert case["due_on"] is not None, "the clock of this source starts with the submission"
    assert "正在审核" in case["waiting"]
    assert town.effects(citizen) == []
    assert number in [each.number for each in town.desk.deciding.awaiting()]

    due = case["due_on"]
    town.desk.deciding.accept(number, CLERK)
    wait_for(lambda: [each["effect"] for each in town.effects(citizen)] == ["productions"])
    case = citizen.case(number)
    assert (case["status"], case["due_on"]) == ("accepted", due), "the clock has run since the submission"
    assert [each["node"] for each in case["timeline"]][:3] == ["submitted", "reviewed", "accepted"]
    with town.database.read() as unit:
        decided = unit.session.scalars(select(AuditRecord.actor_id).where(AuditRecord.subject_id == number)).all()
    assert decided == [CLERK]


def test_a_refused_review_says_why_and_stays_refused(town):
    citizen = town.citizen().sign_in()
    number = _apply_online(citizen)
    town.desk.deciding.refuse(number, CLERK, "照片和证件不是同一个人，请换一张再申请。")

    case = citizen.case(number)
    assert (case["status"], case["refusal"]) == ("refused", "照片和证件不是同一个人，请换一张再申请。")
    for decide in (
        lambda: town.desk.deciding.accept(number, CLERK),
        lambda: town.desk.deciding.refuse(number, CLERK, "再来一次"),
        lambda: town.desk.deciding.complete(number, CLERK, "办好了"),
    ):
        with pytest.raises(Conflict):
            decide()
    with pytest.raises(NotFound):
        town.desk.deciding.accept("CQ20260101-0000", CLERK)
    assert town.desk.casework.reconciliation()["stuck"] == 0


def _apply_online(citizen) -> str:
    uploads = [citizen.uploaded("identity_document"), citizen.uploaded("photo")]
    answer = citizen.api(
        "POST",
        "/cases",
        {
            "bundle": CHONGQING,
            "item": "apply",
            "form": {"phone": "13800005620", "delivery": "pickup", "pickup_region": "500103"},
            "uploads": uploads,
        },
        **{"Idempotency-Key": uuid.uuid4().hex},
    )
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["number"]
    return number

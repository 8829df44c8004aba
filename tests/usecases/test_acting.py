"""Applying for somebody else from a phone: what is allowed, whose it is, who sees it, and what nobody is shown."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.town import BUNDLE, wait_for
from tests.usecases import family
from tests.usecases.family import CODE, guardian
from tests.usecases.offering import item, somebody
from tests.web.staff import member_of
from wxserver.store import cases, guardianships, people
from wxserver.store.tables.accounts import Organisation
from wxserver.store.tables.applications import Application, Case
from wxserver.store.tables.messages import Notice
from wxserver.usecases.faults import Conflict, Invalid, NotFound
from wxserver.usecases.parties import applicant_of
from wxserver.usecases.sessions import UnitView
from wxserver.usecases.staff_guardianships import StaffGuardianships
from wxserver.usecases.submissions import Submission

PAPERS = ("household_register", "guardianship_proof", "photo")


@pytest.fixture
def offered(town):
    """Items that guardians may do online, on offer for one test."""
    agents = item("batch", acting=["unit_agent"])
    other = item("batch-too", acting=["unit_agent"])
    town.desk.publishing.import_document(family.definition(agents, other), origin="command", by="test", comment="test")
    yield CODE
    town.sandbox.control("time", {"real": True})
    town.desk.publishing.retire(CODE, by="test")


@pytest.fixture
def mother(town):
    return guardian(town, "林秀英")


@pytest.fixture
def office(town):
    """Decides about claims as a clerk."""
    world = town.app.extensions["world"]
    desk, clerk = (
        StaffGuardianships(town.database, world.clock, town.desk.rights, world.files, town.desk.notifying),
        member_of(town.app, "clerk"),
    )
    return desk, clerk


def faults(act):
    with pytest.raises(Invalid) as raised:
        act()
    return {each.path: each.code for each in raised.value.faults}


def row(town, number):
    with town.database.read() as unit:
        return unit.session.execute(select(Case).where(Case.number == number)).scalar_one()


def numbers(guardian):
    return [each.number for each in guardian.town.desk.casework.list(guardian.session).items]


# ------------------------------------------------------------------------------------------------ confirmed


def test_a_mother_applies_for_her_child_and_the_case_says_so(town, mother):
    child = mother.child(proven=True)
    ward = mother.claim(child)
    submitted = mother.apply(ward.id)
    case, stored = submitted.case, row(town, submitted.case.number)

    assert case.status == "accepted"
    assert (case.acting.capacity, case.acting.person, case.acting.holder) == ("guardian", "林*英", "林*雨")
    assert case.acting.proof == "由社保卡系统证明"
    assert "由监护人代为提交；监护关系由社保卡系统证明。" in case.timeline[0].text
    assert (stored.acting_as, stored.acting_proof, stored.guardianship_id) == ("guardian", "registry", ward.id)
    assert stored.actor_id == mother.person_id
    assert stored.applicant_id == stored.cardholder_id != mother.person_id
    with town.database.read() as unit:
        owner = unit.connection.scalar(select(Application.person_id).where(Application.id == stored.application_id))
    assert owner == mother.person_id
    assert not {child.name, child.number, mother.name} & set("".join(each.text for each in case.timeline).split())


def test_the_registry_gets_the_child_s_document(town, mother):
    child = mother.child(proven=True)
    papers = (*mother.papers("household_register", "guardianship_proof"), mother.photo())
    number = mother.apply(mother.claim(child).id, uploads=papers).case.number
    wait_for(lambda: row(town, number).production)
    assert [each["person"] for each in town.sandbox.effects() if each["key"].startswith(number)] == [child.number]


def test_the_guardian_hears_of_it_and_the_child_does_not(town, mother):
    number = mother.apply(mother.claim(mother.child(proven=True)).id).case.number
    with town.database.read() as unit:
        told = unit.connection.scalars(select(Notice.person_id).where(Notice.case_id == row(town, number).id)).all()
    assert set(told) == {mother.person_id}


def test_the_child_s_cards_are_listed_under_the_guardian_once_it_is_proven(town, mother, offered):
    proven, claimed = mother.child(proven=True, cards=("active",)), mother.child(cards=("active",), name="林小虎")
    wards = [mother.claim(each).id for each in (proven, claimed)]
    (card,) = town.desk.cards.list(mother.session, wards[0])

    assert card.state == "active"
    assert town.desk.cards.known(mother.session, wards[0]) == (card,)
    assert card not in town.desk.cards.list(mother.session)
    with pytest.raises(NotFound):
        town.desk.cards.list(mother.session, wards[1])
    case = mother.submit("with-card", wards[0], card_id=card.id).case
    assert row(town, case.number).card_id == card.id


def test_her_own_card_does_not_do_for_the_child_nor_the_child_s_for_her(town, mother, offered):
    town.sandbox.person("active", id_number=mother.document.number, name=mother.name)
    ward = mother.claim(mother.child(proven=True, cards=("active",))).id
    own, theirs = town.desk.cards.list(mother.session)[0], town.desk.cards.list(mother.session, ward)[0]

    assert faults(lambda: mother.submit("with-card", ward, card_id=own.id))["card_id"] == "unknown-card"
    assert faults(lambda: mother.submit("with-card", None, card_id=theirs.id))["card_id"] == "unknown-card"


def test_two_children_and_oneself_are_three_cases_of_the_same_item(mother):
    wards = [mother.claim(mother.child(proven=True, name=each)).id for each in ("林小雨", "林小虎")]
    cases = [mother.apply(each).case for each in (None, *wards)]

    assert len({each.number for each in cases}) == 3
    assert set(numbers(mother)) >= {each.number for each in cases}
    assert [each.acting and each.acting.holder for each in cases] == [None, "林*雨", "林*虎"]


def test_a_second_submission_under_the_same_key_is_the_same_case_and_another_child_s_is_not(mother):
    wards = [mother.claim(mother.child(proven=True)).id for _ in range(2)]
    key, papers = uuid.uuid4().hex, mother.papers(*PAPERS)
    first = mother.apply(wards[0], key, uploads=papers)
    again = mother.apply(wards[0], key, uploads=papers)

    assert (first.created, again.created) == (True, False)
    assert first.case.number == again.case.number
    with pytest.raises(Conflict) as raised:
        mother.apply(wards[1], key, uploads=papers)
    assert raised.value.code == "idempotency-mismatch"


def test_both_parents_at_once_open_one_case(town, mother):
    child = mother.child()
    father = guardian(town, "林大明")
    wards = []
    for parent in (mother, father):
        ward = parent.claim(child)
        with town.database.write() as unit:
            guardianships.change(unit, ward.id, state="confirmed", proof="staff")
        wards.append((parent, ward.id))

    def apply(each):
        parent, ward = each
        try:
            return parent.apply(ward).case.number
        except Conflict as problem:
            return problem

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(apply, wards))
    (number,) = [each for each in found if isinstance(each, str)]
    (problem,) = [each for each in found if not isinstance(each, str)]
    assert (problem.code, "number" in problem.extra) == ("already-open", False), "it stands in the other one's list"
    assert "别的监护人或窗口已经替孩子申请了" in problem.detail
    assert number not in problem.detail


@pytest.mark.rule("JY-3")
@pytest.mark.parametrize(
    ("years", "kinds", "refused"),
    [
        (8, ("household_register", "guardianship_proof", "photo"), {}),
        (16, ("household_register", "guardianship_proof", "photo"), {}),
        (16, ("identity_document", "photo"), {}),
        (17, ("identity_document", "photo"), {}),
        (17, ("household_register", "guardianship_proof", "photo"), {"uploads", "uploads.identity"}),
        (8, ("household_register", "photo"), {"uploads.guardianship"}),
    ],
)
def test_a_confirmed_guardian_hands_in_what_the_child_s_age_asks_for(mother, years, kinds, refused):
    ward = mother.claim(mother.child(years, proven=True)).id
    if not refused:
        assert mother.apply(ward, uploads=mother.papers(*kinds)).case.status == "accepted"
    else:
        assert set(faults(lambda: mother.apply(ward, uploads=mother.papers(*kinds)))) == refused


def test_answers_from_the_registry_are_the_child_s(town, mother, offered):
    child = mother.child(proven=True)
    ward = mother.claim(child).id
    definition = town.desk.catalogue.bundle(CODE).bundle.item("profile")
    acting = {"as": "guardian", "ward": ward}

    assert town.desk.applying.held(mother.session, definition, acting) == {"phone": "139****5678"}
    assert town.desk.applying.held(mother.session, definition) == {}
    case = mother.submit("profile", ward, form={"phone": "@registry"}).case
    assert case.answers[0][1] == "139****5678"


# ------------------------------------------------------------------------------------------------ not allowed


def test_a_forged_ward_is_no_ward(town, mother):
    other = guardian(town)
    theirs = other.claim(other.child(proven=True)).id
    for ward in (theirs, uuid.uuid4().hex, "", "x" * 200):
        assert faults(lambda ward=ward: mother.apply(ward))["acting.ward"] == "unknown-ward"
    submission = Submission(bundle=BUNDLE, item="apply", acting={"as": "guardian", "ward": ["x"]})
    assert faults(lambda: town.desk.applying.submit(mother.session, uuid.uuid4().hex, submission))["acting.ward"]
    assert (
        town.desk.applying.held(
            mother.session, town.desk.catalogue.bundle(BUNDLE).bundle.item("apply"), {"as": "guardian", "ward": theirs}
        )
        == {}
    )


def test_the_parent_s_uploads_are_wanted_not_the_child_s_nor_a_stranger_s(town, mother):
    ward = mother.claim(mother.child(proven=True)).id
    strangers = guardian(town).papers(*PAPERS)
    assert set(faults(lambda: mother.apply(ward, uploads=strangers))) >= {"uploads.0", "uploads.1", "uploads.2"}


def test_a_child_that_comes_of_age_between_draft_and_submission_applies_itself(town, mother):
    child = family.Child("林小雨", family.number_of(family.aged(town, 18, days=0)))
    ward = mother.claim(child).id
    draft = town.desk.drafting.save(mother.session, BUNDLE, "apply", acting={"as": "guardian", "ward": ward})
    town.sandbox.control("time", {"advance": "P1D"})

    assert faults(lambda: mother.apply(ward, draft.submission_key)) == {"acting.ward": "unknown-ward"}
    assert "acting.ward" in {
        each.path
        for each in town.desk.applying.preview(
            mother.session, Submission(bundle=BUNDLE, item="apply", acting=draft.acting)
        )
    }


def test_one_who_was_refused_or_has_ended_it_applies_for_nobody(town, mother, office):
    desk, clerk = office
    refused, ended = (mother.claim(mother.child()).id for _ in range(2))
    desk.refuse(clerk, refused, "证明不全，请补齐。")
    town.desk.guardianships.remove(mother.session, ended)
    for ward in (refused, ended):
        assert faults(lambda ward=ward: mother.apply(ward))["acting.ward"] == "unknown-ward"


def test_a_proxy_is_sent_to_the_window_in_the_definition_s_words(town, mother, offered):
    def submit(code, bundle):
        submission = Submission(bundle=bundle, item=code, acting={"as": "proxy"})
        with pytest.raises(Invalid) as raised:
            town.desk.applying.submit(mother.session, uuid.uuid4().hex, submission)
        return next(each for each in raised.value.faults if each.path == "acting.as")

    ours, chongqing = submit("proxied", CODE), submit("apply", "chongqing-social-security-card")
    assert ours.message == "成年人代办目前不能在网上办，请带双方证件原件到窗口。请到幸福路的窗口办。"
    assert chongqing.code == "condition-online-adult"
    assert submit("alone", CODE).code == "capacity-not-allowed"


# ------------------------------------------------------------------------------------------------ only claimed


def test_a_claim_alone_does_only_what_asks_for_the_papers_and_waits_for_a_clerk(town, mother, offered):
    ward = mother.claim(mother.child(cards=("active",))).id

    assert faults(lambda: mother.submit("plain", ward)) == {"acting.ward": "guardianship-unproven"}
    assert set(faults(lambda: mother.apply(ward, uploads=mother.papers("identity_document", "photo")))) == {
        "uploads.household-register",
        "uploads.guardianship",
    }
    case = mother.apply(ward).case
    assert (case.status, row(town, case.number).awaits, case.due_on) == ("submitted", "review", None)
    assert (row(town, case.number).acting_proof, case.acting.proof) == ("materials", "正在核对")
    assert "监护关系正在核对" in case.timeline[0].text
    assert "工作人员正在审核" in case.waiting_text


def test_at_seventeen_a_claim_has_to_be_confirmed_first(mother):
    ward = mother.claim(mother.child(17)).id
    papers = mother.papers("identity_document", "photo")
    assert faults(lambda: mother.apply(ward, uploads=papers)) == {"acting.ward": "guardianship-unproven"}


def test_an_accepted_review_proves_the_guardianship(town, mother, offered):
    ward = mother.claim(mother.child()).id
    number = mother.apply(ward).case.number
    town.desk.deciding.accept(number, "clerk")

    (view,) = town.desk.guardianships.mine(mother.session)
    assert (view.state, view.proof, view.id) == ("confirmed", "case", ward)
    assert row(town, number).acting_proof == "case"
    assert row(town, number).accepted_at is not None
    assert mother.submit("plain", ward).case.acting.proof == "已由窗口核对"


def test_a_refused_review_proves_nothing(town, mother):
    ward = mother.claim(mother.child()).id
    town.desk.deciding.refuse(mother.apply(ward).case.number, "clerk", "照片不清楚，请换一张再来。")
    (view,) = town.desk.guardianships.mine(mother.session)
    assert view.state == "claimed"


def test_a_case_is_not_accepted_for_somebody_whom_a_clerk_refused(town, mother, office):
    desk, clerk = office
    ward = mother.claim(mother.child()).id
    number = mother.apply(ward).case.number
    desk.refuse(clerk, ward, "不是监护人，请监护人来办。")

    with pytest.raises(Conflict) as raised:
        town.desk.deciding.accept(number, "clerk")
    assert raised.value.code == "guardianship-refused"
    assert row(town, number).status == "submitted"


def test_a_claim_shows_nothing_of_what_is_held_of_the_child(town, mother, offered):
    child = mother.child(cards=("active",))
    ward = mother.claim(child).id
    definition = town.desk.catalogue.bundle(BUNDLE).bundle.item("apply")
    acting = {"as": "guardian", "ward": ward}

    assert town.desk.applying.held(mother.session, definition, acting) == {}
    answers = {"phone": "@registry"}
    assert faults(lambda: mother.apply(ward, form=answers)) == {"form.phone": "nothing-held"}
    assert "139" not in repr(
        town.desk.applying.preview(mother.session, Submission(bundle=BUNDLE, item="apply", acting=acting, form=answers))
    )
    with town.database.write() as unit:
        people.remember(unit, "林真名", child.document(), town.desk.drafting.clock.now())
    asked = town.desk.applying.judging.request(
        town.desk.catalogue.bundle(BUNDLE),
        definition,
        applicant_of(mother.session),
        Submission(bundle=BUNDLE, item="apply", acting=acting),
        town.desk.drafting.clock.now(),
    )
    assert asked.holder.name == "林小雨"
    assert mother.apply(ward).case.acting.holder == "林*雨"


def test_a_claim_is_not_told_the_number_of_a_case_that_is_not_its_own(town, mother):
    child, stranger = mother.child(proven=True), guardian(town, "王五")
    number = mother.apply(mother.claim(child).id).case.number
    theirs = stranger.claim(child).id
    with pytest.raises(Conflict) as raised:
        stranger.apply(theirs)

    assert raised.value.code == "already-open"
    assert number not in repr((raised.value.detail, raised.value.extra))


def test_its_own_case_it_is_told(mother):
    ward = mother.claim(mother.child()).id
    number = mother.apply(ward).case.number
    with pytest.raises(Conflict) as raised:
        mother.apply(ward)
    assert raised.value.extra["number"] == number


def test_a_guardianship_is_not_ended_while_its_case_is_open(town, mother):
    ward = mother.claim(mother.child()).id
    number = mother.apply(ward).case.number
    with pytest.raises(Conflict) as raised:
        town.desk.guardianships.remove(mother.session, ward)
    assert raised.value.extra["number"] == number

    town.desk.deciding.refuse(number, "clerk", "照片不清楚，请换一张再来。")
    town.desk.guardianships.remove(mother.session, ward)
    assert number not in numbers(mother)


# ------------------------------------------------------------------------------------------------ who sees what


def test_a_case_is_seen_by_the_child_and_by_the_guardian_who_filed_it(town, mother):
    child = mother.child(proven=True)
    father = guardian(town, "林大明")
    ward, number = mother.claim(child).id, None
    father.claim(child)
    number = mother.apply(ward).case.number
    with town.database.write() as unit:
        own = replace(father, person_id=people.remember(unit, child.name, child.document(), family.at(2026, 1, 1)))

    assert number in numbers(mother)
    assert number in numbers(own)
    assert number not in numbers(father)
    seen = town.desk.casework.case(own.session, number)
    assert (seen.acting.person, seen.uploads) == ("林*英", ())
    assert len(town.desk.casework.case(mother.session, number).uploads) == 3
    with pytest.raises(NotFound):
        town.desk.casework.case(father.session, number)
    application = town.desk.casework.case(mother.session, number).application_id
    assert town.desk.casework.application(mother.session, application)[0].number == number
    with pytest.raises(NotFound):
        town.desk.casework.application(father.session, application)
    assert number in [each.number for each in town.desk.casework.open_cases(mother.session)]


def whom_news_reach(town, number):
    """The person who is told when this case goes on."""
    with town.database.write() as unit:
        case = cases.by_number(unit, number)
        assert case is not None
        item = town.desk.catalogue.pinned_item(case.bundle_version_id, case.item_code)
        node, origin = item.notifications[0].node, uuid.uuid4().hex
        town.desk.notifying.told(unit, case, item, node, case.submitted_at, origin)
        return unit.session.scalars(select(Notice.person_id).where(Notice.origin == origin)).one()


def test_what_was_filed_for_a_minor_is_followed_by_its_guardian_to_the_end_and_nothing_new_is(town, mother):
    child = family.Child("林小雨", family.number_of(family.aged(town, 18, days=0)))
    ward = mother.claim(child).id
    with town.database.write() as unit:
        guardianships.change(unit, ward, state="confirmed", proof="staff")
    number = mother.apply(ward, uploads=mother.papers("identity_document", "photo")).case.number
    town.sandbox.control("time", {"advance": "P1D"})
    for _ in range(2):
        assert number in numbers(mother)
        assert town.desk.casework.case(mother.session, number).number == number
        assert whom_news_reach(town, number) == mother.person_id
        assert faults(lambda: mother.apply(ward)) == {"acting.ward": "unknown-ward"}
        town.desk.guardianships.tidy()


@pytest.mark.parametrize("proven", [True, False])
def test_a_guardian_who_was_refused_neither_sees_nor_hears_how_it_goes_on(town, mother, office, proven):
    desk, clerk = office
    child = mother.child(proven=proven)
    ward = mother.claim(child).id
    number = mother.apply(ward).case.number
    assert whom_news_reach(town, number) == mother.person_id
    desk.refuse(clerk, ward, "不是监护人，请监护人来办。")
    assert number not in numbers(mother)
    with pytest.raises(NotFound):
        town.desk.casework.case(mother.session, number)
    assert whom_news_reach(town, number) == row(town, number).applicant_id
    if proven:
        return  # the registry would prove it again
    assert mother.claim(child).id == ward
    assert number not in numbers(mother)
    assert number not in [each.number for each in town.desk.casework.open_cases(mother.session)]
    assert whom_news_reach(town, number) == row(town, number).applicant_id
    desk.confirm(clerk, ward, originals=True)
    assert number in numbers(mother)
    assert whom_news_reach(town, number) == mother.person_id


def test_the_list_is_paged_without_a_gap_over_one_s_own_and_two_children_s(town, mother, offered):
    wards = [mother.claim(mother.child(proven=True)).id for _ in range(2)]
    opened = []
    for round_ in range(3):
        for ward in (None, *wards):
            submitted = mother.submit("plain", ward, form={"wish": str(round_)})
            opened.append(submitted.case.number)
            town.desk.deciding.complete(submitted.case.number, "clerk", "办好了。")
    read, after = [], None
    while True:
        page = town.desk.casework.list(mother.session, after, 2)
        read += [each.number for each in page.items]
        after = page.next
        if after is None:
            break
    assert read == opened[::-1]


# ------------------------------------------------------------------------------------------------ drafts


def test_a_draft_turned_to_a_child_keeps_answers_and_loses_what_was_one_s_own(town, mother):
    wards = [mother.claim(mother.child(proven=True, name=each)).id for each in ("林小雨", "林小虎")]
    drafting = town.desk.drafting
    form = {"phone": "@registry", "bank": "ccb"}
    papers = mother.papers("identity_document", "photo")
    begun = drafting.save(mother.session, BUNDLE, "apply", form=form, uploads=papers)
    assert (begun.acting, begun.ward_name) == ({"as": "self"}, None)

    turned = drafting.save(mother.session, BUNDLE, "apply", acting={"as": "guardian", "ward": wards[0]})
    assert (turned.form, turned.uploads, turned.ward_name) == ({"bank": "ccb"}, (), "林*雨")
    assert turned.submission_key == begun.submission_key
    filled = drafting.save(mother.session, BUNDLE, "apply", form={"phone": "13800005620"}, uploads=papers)
    assert (filled.ward, len(filled.uploads)) == (wards[0], 2)
    same = drafting.save(mother.session, BUNDLE, "apply", acting={"as": "guardian", "ward": wards[0]})
    assert len(same.uploads) == 2

    other = drafting.save(mother.session, BUNDLE, "apply", acting={"as": "guardian", "ward": wards[1]})
    assert (other.form["phone"], other.uploads) == ("13800005620", ())
    assert drafting.save(mother.session, BUNDLE, "apply", acting={"as": "self"}).ward is None


def test_a_draft_keeps_the_guardian_s_own_document_when_it_turns_from_child_to_child(town, mother):
    bundle = "chongqing-social-security-card"
    wards = [mother.claim(mother.child(proven=True)).id for _ in range(2)]
    drafting = town.desk.drafting
    drafting.save(mother.session, bundle, "apply", acting={"as": "guardian", "ward": wards[0]})
    papers = mother.papers("household_register", "proxy_document")
    drafting.save(mother.session, bundle, "apply", uploads=papers)
    turned = drafting.save(mother.session, bundle, "apply", acting={"as": "guardian", "ward": wards[1]})
    assert [each.kind for each in turned.uploads] == ["proxy_document"]


def test_a_draft_takes_no_card_but_the_child_s(town, mother, offered):
    town.sandbox.person("active", id_number=mother.document.number, name=mother.name)
    ward = mother.claim(mother.child(proven=True, cards=("active",))).id
    claimed = mother.claim(mother.child(cards=("active",))).id
    own, theirs = town.desk.cards.list(mother.session)[0], town.desk.cards.list(mother.session, ward)[0]
    acting, drafting = {"as": "guardian", "ward": ward}, town.desk.drafting

    saved = drafting.save(mother.session, CODE, "with-card", acting=acting, card_id=theirs.id)
    assert saved.card_id == theirs.id
    for card, who in ((own.id, acting), (theirs.id, {"as": "self"}), (theirs.id, {"as": "guardian", "ward": claimed})):
        assert faults(
            lambda card=card, who=who: drafting.save(mother.session, CODE, "with-card", acting=who, card_id=card)
        ) == {"card_id": "unknown-card"}
    assert drafting.get(mother.session, CODE, "with-card").card_id == theirs.id
    assert drafting.save(mother.session, CODE, "with-card", acting={"as": "self"}).card_id is None


def test_a_draft_for_a_forged_ward_is_not_begun(town, mother):
    theirs = guardian(town)
    ward = theirs.claim(theirs.child(proven=True)).id
    for acting, path in (
        ({"as": "guardian", "ward": ward}, "acting.ward"),
        ({"as": "guardian"}, "acting.ward"),
        ({"as": "king"}, "acting.as"),
        ({"as": 1}, "acting.as"),
    ):
        assert set(
            faults(lambda acting=acting: town.desk.drafting.save(mother.session, BUNDLE, "apply", acting=acting))
        ) == {path}
    assert town.desk.drafting.get(mother.session, BUNDLE, "apply") is None


def test_a_guardianship_that_ends_takes_its_drafts_along(town, mother):
    ward = mother.claim(mother.child()).id
    town.desk.drafting.save(mother.session, BUNDLE, "apply", acting={"as": "guardian", "ward": ward})
    town.desk.guardianships.remove(mother.session, ward)
    assert town.desk.drafting.get(mother.session, BUNDLE, "apply") is None


# ------------------------------------------------------------------------------------------------ for an organisation


@pytest.fixture
def agent(town):
    """Somebody who is signed in with an organisation's account, for a month."""
    found = guardian(town, "赵经办")
    organisation = uuid.uuid4().hex
    now = town.desk.drafting.clock.now()
    with town.database.write() as unit:
        unit.session.add(
            Organisation(
                id=organisation,
                code=uuid.uuid4().hex[:18].upper(),
                name="某厂",
                region="445200",
                created_at=now,
                created_by="t",
            )
        )
        unit.session.flush()
    found.unit = UnitView("a", organisation, "某厂", "X", (), (now + timedelta(days=30)).date())
    return found


def batch(agent, code="batch"):
    submission = Submission(bundle=CODE, item=code, acting={"as": "unit_agent"})
    return agent.town.desk.applying.submit(agent.session, uuid.uuid4().hex, submission).case


def test_an_agent_files_for_the_organisation_and_only_through_its_account_it_is_seen(town, agent, offered):
    case = batch(agent)
    assert row(town, case.number).organisation_id == agent.unit.organisation_id
    assert "由单位经办人提交。" in case.timeline[0].text
    assert (case.acting.capacity, case.acting.proof) == ("unit_agent", "单位账号已登录")

    assert case.number in numbers(agent)
    alone = replace(agent, unit=None)
    assert case.number not in numbers(alone)
    with pytest.raises(NotFound):
        town.desk.casework.case(alone.session, case.number)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [((), True), ((CODE,), True), ((f"{CODE}/batch",), True), ((f"{CODE}/batch-too",), False), (("other",), False)],
)
def test_an_agent_keeps_to_their_scope(agent, offered, scope, allowed):
    agent.unit = replace(agent.unit, scope=scope)
    if allowed:
        assert batch(agent).number
    else:
        assert faults(lambda: batch(agent)) == {"acting.as": "beyond-mandate"}


def test_an_agent_whose_time_is_over_or_who_has_no_account_files_nothing(agent, offered):
    agent.unit = replace(agent.unit, ends_on=agent.town.desk.drafting.clock.now().date() - timedelta(days=2))
    assert faults(lambda: batch(agent)) == {"acting.as": "beyond-mandate"}
    agent.unit = None
    assert faults(lambda: batch(agent)) == {"acting.as": "not-an-agent"}


def test_an_item_that_names_no_agent_takes_none(agent, offered):
    assert faults(lambda: batch(agent, "alone"))["acting.as"] == "capacity-not-allowed"


def test_nobody_else_is_bothered_by_all_this(town):
    with town.database.write() as unit:
        person = somebody(town, unit, 977)
    assert town.desk.casework.list(person.session).items == ()
    assert town.desk.guardianships.mine(person.session) == ()

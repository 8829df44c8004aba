"""Saying that one stands for a minor, having it proven, ending it; and what it shows meanwhile."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from tests.papers import pdf
from tests.usecases import family
from tests.usecases.family import guardian
from tests.web.staff import member_of
from wxserver.store import people
from wxserver.store.tables.accounts import Guardianship
from wxserver.store.tables.identity import Consent
from wxserver.store.tables.identity import Person as Row
from wxserver.store.tables.records import AccessRecord, AuditRecord
from wxserver.store.tables.uploads import Upload
from wxserver.usecases.account_desk import Seen
from wxserver.usecases.claims import Claim
from wxserver.usecases.consenting import CHILD_DATA
from wxserver.usecases.faults import AssuranceRequired, Conflict, Forbidden, Invalid, NotFound
from wxserver.usecases.staff_guardianships import StaffGuardianships
from wxserver.usecases.submissions import Person

PROOFS = ("household_register", "guardianship_proof")


@pytest.fixture
def mother(town):
    return guardian(town, "林秀英")


@pytest.fixture
def desk(town):
    world = town.app.extensions["world"]
    return StaffGuardianships(town.database, world.clock, town.desk.rights, world.files, town.desk.notifying)


@pytest.fixture
def clerk(town):
    return member_of(town.app, "clerk")


def faults(claim):
    with pytest.raises(Invalid) as raised:
        claim()
    return {each.path: each.code for each in raised.value.faults}


def consents(town, mother):
    with town.database.read() as unit:
        where = (Consent.person_id == mother.person_id, Consent.withdrawn_at.is_(None), Consent.about_id.is_not(None))
        return unit.connection.scalar(select(func.count()).select_from(Consent).where(*where))


def known_name(town, child):
    with town.database.read() as unit:
        index = people.document_index(unit, child.document())
        found = unit.connection.scalar(select(Row.id).where(Row.document_index == index))
        return people.person(unit, found).name


def test_a_claim_waits_for_papers_and_shows_only_what_was_typed(town, mother):
    child = mother.child(cards=("active",))
    ward = mother.claim(child)

    assert (ward.state, ward.needs_proof, ward.proof, ward.proofs) == ("claimed", True, None, ())
    assert ward.name == "林*雨"
    assert child.number not in repr(ward)
    assert "户口簿" in ward.next_step
    assert consents(town, mother) == 1
    assert [each.id for each in town.desk.guardianships.mine(mother.session)] == [ward.id]


def test_what_the_registry_proves_is_confirmed_at_once_and_the_ledger_says_that_it_was_asked(town, mother):
    ward = mother.claim(mother.child(proven=True))

    assert (ward.state, ward.proof, ward.proof_text) == ("confirmed", "registry", "由社保卡系统证明")
    with town.database.read() as unit:
        asked = select(AccessRecord.reason).where(AccessRecord.subject_id == mother.person_id)
        assert "guardianship" in unit.connection.scalars(asked).all()


def test_a_registry_that_is_away_leaves_the_claim_to_the_papers_and_is_asked_again(town, mother):
    child = mother.child(proven=True)
    town.sandbox.mishap("registry", "error", at="guardianships")
    first = mother.claim(child)
    again = mother.claim(child)

    assert (first.state, again.state, first.id) == ("claimed", "confirmed", again.id)


@pytest.mark.parametrize(
    ("said", "path", "code"),
    [
        ({"name": "林1"}, "name", "invalid"),
        ({"id_number": "44520219900101001"}, "id_number", "invalid"),
        ({"id_type": "licence"}, "id_type", "invalid"),
        ({"relation": "friend"}, "relation", "invalid"),
        ({"consent": ""}, "consent", "required"),
        ({"consent": "1999-01-01"}, "consent", "outdated"),
        ({"id_type": "passport", "id_number": "E12345678"}, "born_on", "required"),
        ({"id_type": "passport", "id_number": "E12345678", "born_on": date(2190, 1, 1)}, "born_on", "future"),
        ({"id_type": "passport", "id_number": "E12345678", "born_on": date(1990, 1, 1)}, "born_on", "of-age"),
    ],
)
def test_every_slip_in_a_claim_is_told_at_its_place(mother, said, path, code):
    child = mother.child()
    assert faults(lambda: mother.claim(child, **said)).get(path) == code


def test_all_slips_are_told_at_once(mother):
    assert set(faults(lambda: mother.claim(family.Child("", ""), relation="", consent=None))) == {
        "name",
        "id_number",
        "relation",
        "consent",
    }


def test_nobody_claims_a_grown_up_or_themself(town, mother):
    adult = family.Child("林小雨", family.number_of(family.aged(town, 18)))
    on_the_birthday = family.Child("林小雨", family.number_of(family.aged(town, 18, days=0)))
    itself = family.Child(mother.name, mother.document.number)

    assert faults(lambda: mother.claim(adult)) == {"id_number": "of-age"}
    assert faults(lambda: mother.claim(itself)) == {"id_number": "oneself"}
    assert faults(lambda: mother.claim(itself, id_type="household_register")) == {"id_number": "oneself"}
    assert mother.claim(on_the_birthday).state == "claimed"


def test_a_minor_is_nobodys_guardian(town):
    boy = guardian(town, "林小刚", years=17)
    assert faults(lambda: boy.claim(boy.child())) == {"relation": "guardian-minor"}


def test_a_passport_child_is_claimed_with_its_day_of_birth_which_the_clerk_sees(town, mother, desk, clerk):
    child = family.Child("安娜", "E7654321")
    ward = mother.claim(child, id_type="passport", born_on=family.aged(town, 5))
    assert ward.born_on == family.aged(town, 5)
    assert desk.show(clerk, ward.id, "check", "核对护照原件").born_on == ward.born_on
    known = mother.claim(mother.child())
    assert desk.show(clerk, known.id, "check", "核对户口簿").born_on is None, "the number tells it"


def test_a_claim_needs_a_fresh_sign_in(town, mother):
    child, session = mother.child(), mother.session
    stale = replace(session, assured_at=session.assured_at - timedelta(minutes=31))
    for weak in (stale, replace(session, person_id=None, assurance="wechat")):
        with pytest.raises(AssuranceRequired):
            town.desk.guardianships.claim(weak, Claim(child.name, "resident_id", child.number, "parent", "x"))


def test_the_answer_tells_nothing_of_a_child_that_is_known(town, mother):
    known, unknown = mother.child(cards=("active",)), family.Child("林小雨", family.number_of(family.aged(town, 9)))
    other = guardian(town)
    with town.database.write() as unit:
        people.remember(unit, "林真名", known.document(), town.desk.drafting.clock.now())
    seen = [other.claim(each) for each in (known, unknown)]

    assert {(each.state, each.name, each.reason, each.needs_proof, each.next_step) for each in seen} == {
        ("claimed", "林*雨", None, True, seen[0].next_step)
    }
    assert known_name(town, known) == "林真名"


def test_the_same_child_again_is_the_same_guardianship(town, mother):
    child = mother.child()
    first, again = mother.claim(child), mother.claim(child)

    assert first.id == again.id
    assert consents(town, mother) == 1


def test_a_guardian_has_ten_children_at_most_however_fast_they_are_claimed(town, mother):
    children = [family.Child("林小雨", family.number_of(family.aged(town, 3, days=each + 1))) for each in range(14)]

    def claimed(child):
        try:
            return mother.claim(child).state
        except Conflict as problem:
            return problem.code

    with ThreadPoolExecutor(7) as threads:
        found = list(threads.map(claimed, children))
    assert (found.count("claimed"), found.count("too-many-wards")) == (10, 4)


def test_papers_are_both_wanted_and_are_one_s_own(town, mother):
    ward, guardianships = mother.claim(mother.child()), town.desk.guardianships
    strangers = guardian(town).papers(*PROOFS)
    both = mother.papers(*PROOFS)

    assert faults(lambda: guardianships.hand_in(mother.session, ward.id, strangers)) == {
        "uploads.0": "unknown-upload",
        "uploads.1": "unknown-upload",
    }
    assert faults(lambda: guardianships.hand_in(mother.session, ward.id, both[:1])) == {"uploads": "required"}
    photo = mother.upload("photo")
    assert faults(lambda: guardianships.hand_in(mother.session, ward.id, (*both, photo))) == {
        "uploads.2": "upload-not-asked"
    }
    told = guardianships.hand_in(mother.session, ward.id, both)
    assert [each.id for each in told.proofs] == list(both)
    assert not told.needs_proof
    assert "正在核对" in told.next_step


def test_papers_come_one_after_the_other_and_none_is_lost_however_fast_they_come(town, mother):
    ward, guardianships = mother.claim(mother.child()), town.desk.guardianships
    assert (ward.stage_text, ward.missing) == ("还没有交材料", PROOFS)
    half = guardianships.add_papers(mother.session, ward.id, mother.papers(PROOFS[0]))
    assert (half.stage_text, half.missing, half.needs_proof) == ("材料还没有交齐", PROOFS[1:], True)
    assert half.next_step.startswith("户口簿已收到，还差监护关系证明。")

    kinds = ("guardianship_proof", "identity_document")
    papers = [mother.papers(each) for each in kinds]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda each: guardianships.add_papers(mother.session, ward.id, each), papers))
    told = guardianships.one(mother.session, ward.id)
    assert {each.kind for each in told.proofs} == {PROOFS[0], *kinds}
    assert (told.needs_proof, told.stage_text) == (False, "正在核对")


def test_papers_beside_others_are_one_s_own_of_the_right_kind_and_two_of_each(town, mother):
    ward, guardianships = mother.claim(mother.child()), town.desk.guardianships
    add = lambda *ids: guardianships.add_papers(mother.session, ward.id, ids)  # noqa: E731
    [strangers] = guardian(town).papers(PROOFS[0])
    assert faults(lambda: add(strangers)) == {"uploads.0": "unknown-upload"}
    assert faults(lambda: add(mother.upload("photo"))) == {"uploads.0": "upload-not-asked"}
    first, same = mother.papers(PROOFS[0], PROOFS[0])
    assert [each.id for each in add(first, same).proofs] == [first], "the same file is kept once"
    pages = [
        town.desk.uploading.add(
            mother.session, kind=PROOFS[0], raw=pdf(each), key=uuid.uuid4().hex, accepted=("pdf",)
        ).view.id
        for each in (1, 2)
    ]
    assert faults(lambda: add(*pages)) == {PROOFS[0]: "too-many"}
    assert [each.id for each in add(pages[0]).proofs] == [first, pages[0]]


def test_a_paper_is_taken_back_as_long_as_nobody_has_decided(town, mother, desk, clerk):
    ward, guardianships = mother.claim(mother.child()), town.desk.guardianships
    register, proof = mother.papers(*PROOFS)
    guardianships.hand_in(mother.session, ward.id, (register, proof))
    assert desk.one(clerk, ward.id).complete
    assert guardianships.drop_paper(mother.session, ward.id, register).missing == PROOFS[:1]
    assert not desk.one(clerk, ward.id).complete
    for session, upload in ((mother.session, register), (guardian(town).session, proof)):
        with pytest.raises(NotFound):
            guardianships.drop_paper(session, ward.id, upload)
    desk.confirm(clerk, ward.id, originals=True)
    for act in (
        lambda: guardianships.drop_paper(mother.session, ward.id, proof),
        lambda: guardianships.add_papers(mother.session, ward.id, (register,)),
    ):
        with pytest.raises(Conflict):
            act()


def test_papers_stay_as_long_as_the_guardianship_does(town, mother):
    ward, both = mother.claim(mother.child()), mother.papers(*PROOFS)
    town.desk.guardianships.hand_in(mother.session, ward.id, both)
    with pytest.raises(Conflict):
        town.desk.uploading.delete(mother.session, both[0])
    with town.database.write() as unit:
        unit.connection.execute(update(Upload).where(Upload.id.in_(both)).values(created_at=family.at(2026, 1, 1)))
    town.desk.tidying.sweep()
    assert len(town.desk.guardianships.one(mother.session, ward.id).proofs) == 2

    town.desk.guardianships.remove(mother.session, ward.id)
    town.desk.tidying.sweep()
    with town.database.read() as unit:
        assert unit.connection.scalar(select(func.count()).where(Upload.id.in_(both))) == 0


def test_another_guardians_ward_does_not_exist(town, mother):
    ward, other = mother.claim(mother.child()), guardian(town)
    guardianships = town.desk.guardianships
    for act in (
        lambda: guardianships.one(other.session, ward.id),
        lambda: guardianships.hand_in(other.session, ward.id, ()),
        lambda: guardianships.remove(other.session, ward.id),
        lambda: town.desk.cards.list(other.session, ward.id),
    ):
        with pytest.raises(NotFound):
            act()


def test_ending_it_withdraws_the_consent_and_may_be_said_twice(town, mother):
    child = mother.child()
    ward = mother.claim(child)
    for _ in range(2):
        town.desk.guardianships.remove(mother.session, ward.id)

    assert town.desk.guardianships.mine(mother.session) == ()
    assert consents(town, mother) == 0
    assert mother.claim(child).state == "claimed"
    assert consents(town, mother) == 1


def test_it_ends_by_itself_the_day_after_the_eighteenth_birthday(town, mother):
    child = family.Child("林小雨", family.number_of(family.aged(town, 18, days=0)))
    ward = mother.claim(child)
    assert town.desk.guardianships.tidy() == 0
    town.sandbox.control("time", {"advance": "P1D"})

    assert town.desk.guardianships.mine(mother.session) == ()
    assert town.desk.guardianships.one(mother.session, ward.id).state == "ended"
    assert town.desk.guardianships.tidy() >= 1
    with town.database.read() as unit:
        assert unit.connection.scalar(select(Guardianship.state).where(Guardianship.id == ward.id)) == "ended"


def test_staff_see_who_waits_masked_and_the_papers_only_with_a_reason(town, mother, desk, clerk):
    child = mother.child()
    ward = mother.claim(child)
    page, waiting = desk.list(clerk), []
    while True:
        waiting += page.items
        if page.next is None:
            break
        page = desk.list(clerk, page.next)
    assert [each.minor for each in waiting if each.id == ward.id] == ["林*雨"]
    sheet = desk.one(clerk, ward.id)
    assert child.number not in repr(sheet)
    assert mother.name not in repr(sheet)

    assert faults(lambda: desk.show(clerk, ward.id, "", "看")) == {"why": "required", "note": "length"}
    assert faults(lambda: desk.show(clerk, ward.id, "check", f"核对 {child.number} 的材料")) == {"note": "personal"}
    shown = desk.show(clerk, ward.id, "check", "核对户口簿和证明")
    assert (shown.guardian, shown.minor, shown.registered) == (mother.name, child.name, "")
    assert child.number not in repr(shown)
    with town.database.read() as unit:
        looks = select(AccessRecord.actor_id).where(
            AccessRecord.action == "guardianship_unmasked", AccessRecord.subject_id == mother.person_id
        )
        assert unit.connection.scalars(looks).all() == [clerk.username]


def test_a_proof_on_paper_as_pdf_is_opened_with_a_reason_and_only_where_it_belongs(town, mother, desk, clerk):
    ward, elsewhere = mother.claim(mother.child()), mother.claim(mother.child())
    add = town.desk.uploading.add
    proof = add(mother.session, kind=PROOFS[1], raw=pdf(2), key=uuid.uuid4().hex, accepted=("pdf",)).view.id
    town.desk.guardianships.hand_in(mother.session, ward.id, (mother.upload(PROOFS[0]), proof))
    assert [(each.media_type, each.pages) for each in desk.one(clerk, ward.id).papers][1] == ("application/pdf", 2)

    why = ("check", "核对户口簿和证明")
    assert len(desk.show(clerk, ward.id, *why).pictures) == 0
    assert faults(lambda: desk.paper(clerk, ward.id, proof, "", "看")) == {"why": "required", "note": "length"}
    with pytest.raises(NotFound):
        desk.paper(clerk, elsewhere.id, proof, *why)
    paper, content = desk.paper(clerk, ward.id, proof, *why)
    assert (paper.name, content[:5]) == ("监护关系证明", b"%PDF-")
    with town.database.read() as unit:
        looks = select(AccessRecord.actor_id).where(
            AccessRecord.action == "guardianship_file_opened", AccessRecord.subject_id == mother.person_id
        )
        assert unit.connection.scalars(looks).all() == [clerk.username]


def test_staff_confirm_or_refuse_with_a_reason_once(town, mother, desk, clerk):
    first, second = mother.claim(mother.child()), mother.claim(mother.child(name="林小虎"))
    desk.confirm(clerk, first.id, originals=True)
    assert faults(lambda: desk.refuse(clerk, second.id, "")) == {"text": "required"}
    assert faults(lambda: desk.refuse(clerk, second.id, "林秀英的材料不清楚")) == {"text": "personal"}
    desk.refuse(clerk, second.id, "户口簿看不清，请重新拍一张。")

    confirmed, refused = town.desk.guardianships.mine(mother.session)
    assert (confirmed.state, confirmed.proof_text) == ("confirmed", "已由窗口核对")
    with town.database.read() as unit:
        why = select(AuditRecord.reason).where(
            AuditRecord.subject_id == first.id, AuditRecord.action == "guardianship_confirmed"
        )
        assert unit.connection.scalars(why).all() == ["originals"]
    assert (refused.state, refused.reason) == ("refused", "户口簿看不清，请重新拍一张。")
    for act in (
        lambda: desk.confirm(clerk, first.id, originals=True),
        lambda: desk.refuse(clerk, second.id, "再说一遍"),
    ):
        with pytest.raises(Conflict) as raised:
            act()
        assert raised.value.code == "not-claimed"


def test_a_refused_claim_may_be_made_again_with_new_papers(town, mother, desk, clerk):
    child = mother.child()
    ward = mother.claim(child)
    town.desk.guardianships.hand_in(mother.session, ward.id, mother.papers(*PROOFS))
    desk.refuse(clerk, ward.id, "证明不全，请补齐。")
    with pytest.raises(Conflict):
        town.desk.guardianships.hand_in(mother.session, ward.id, mother.papers(*PROOFS))

    again = mother.claim(child)
    assert (again.id, again.state, again.reason, again.proofs) == (ward.id, "claimed", None, ())


def test_only_clerks_decide(town, mother, desk):
    ward, editor = mother.claim(mother.child()), member_of(town.app, "editor")
    for act in (
        lambda: desk.list(editor),
        lambda: desk.one(editor, ward.id),
        lambda: desk.confirm(editor, ward.id, originals=True),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_name_that_only_a_guardian_typed_is_mended_by_whoever_proves_another(town, mother, desk, clerk):
    child = mother.child(name="林小雨")
    stranger = guardian(town, "王五")
    stranger.claim(family.Child("王乱写", child.number))
    assert known_name(town, child) == "王乱写"

    ward = mother.claim(child)
    desk.confirm(clerk, ward.id, originals=True)
    assert known_name(town, child) == "林小雨"


def test_a_clerk_who_has_seen_the_document_is_not_stopped_by_what_a_stranger_typed(town):
    stranger, child = guardian(town, "王五"), family.Child("林小雨", family.number_of(family.aged(town, 9)))
    stranger.claim(family.Child("王乱写", child.number))
    town.sandbox.person(id_number=child.number, name=child.name)
    shown = Person("resident_id", child.number, child.name)

    assert town.desk.applying.cards_of(shown) == ()
    assert known_name(town, child) == "林小雨"


def test_a_name_that_is_proven_is_changed_by_nobody_s_claim(town, mother, desk, clerk):
    child = mother.child(name="林小雨")
    desk.confirm(clerk, mother.claim(child).id, originals=True)
    stranger = guardian(town, "王五")
    ward = stranger.claim(family.Child("王乱写", child.number))

    assert desk.show(clerk, ward.id, "check", "核对户口簿和证明").registered == "林小雨"
    with pytest.raises(Conflict) as raised:
        desk.confirm(clerk, ward.id, originals=True)
    assert raised.value.code == "other-name"
    assert known_name(town, child) == "林小雨"


def test_a_child_of_two_parents_has_two_guardianships(town, mother):
    child, father = mother.child(), guardian(town, "林大明")
    assert mother.claim(child).id != father.claim(child).id


def test_the_document_s_number_is_one_however_it_was_written(town, mother):
    child = mother.child()
    spaced = " ".join((child.number[:6], child.number[6:14], child.number[14:].lower()))
    assert mother.claim(child).id == mother.claim(child, id_number=spaced).id


def test_what_was_confirmed_can_be_revoked_with_a_reason_and_the_child_is_out_of_sight(town, mother, desk, clerk):
    ward = mother.claim(mother.child(proven=True))
    assert town.desk.guardianships.mine(mother.session)[0].state == "confirmed"
    assert faults(lambda: desk.refuse(clerk, ward.id, "")) == {"text": "required"}
    assert desk.refuse(clerk, ward.id, "法院已改由别人监护，请带判决书到窗口。") == "revoked"
    (mine,) = town.desk.guardianships.mine(mother.session)
    assert (mine.state, mine.reason) == ("refused", "法院已改由别人监护，请带判决书到窗口。")
    with pytest.raises(NotFound):
        town.desk.cards.list(mother.session, ward.id)
    with pytest.raises(Conflict):
        desk.refuse(clerk, ward.id, "再说一遍")


def test_the_window_finds_the_guardianships_of_a_guardian_and_of_a_child(mother, desk, clerk):
    child = mother.child()
    ward = mother.claim(child)
    for who in (
        Seen("resident_id", mother.document.number, mother.name),
        Seen("resident_id", child.number, child.name),
    ):
        ((line, state),) = desk.about(clerk, who)
        assert (line.id, state) == (ward.id, "正在核对")


def test_a_new_text_on_a_childs_data_is_agreed_to_before_anything_more_is_done_for_the_child(own_town):
    mother = guardian(own_town, "林秀英")
    ward = mother.claim(mother.child(proven=True))
    assert not ward.consent_due
    text = {"purpose": CHILD_DATA, "version": "9999", "title": "孩子的信息", "text": "新的说明"}
    own_town.desk.consenting.publish([text])
    (due,) = own_town.desk.guardianships.mine(mother.session)
    assert due.consent_due
    assert faults(lambda: mother.apply(ward.id)) == {"acting.ward": "consent-due"}
    assert faults(lambda: own_town.desk.guardianships.agree(mother.session, ward.id, "")) == {"consent": "required"}
    assert faults(lambda: own_town.desk.guardianships.agree(mother.session, ward.id, "old")) == {"consent": "outdated"}
    with pytest.raises(NotFound):
        own_town.desk.guardianships.agree(guardian(own_town, "别人").session, ward.id, "9999")
    for _ in range(2):
        assert not own_town.desk.guardianships.agree(mother.session, ward.id, "9999").consent_due
    versions = [each.version for each in own_town.desk.consenting.given(mother.session) if each.about]
    assert versions == ["9999", versions[1]]
    assert mother.apply(ward.id).case.acting.proof == "由社保卡系统证明"


def test_claiming_a_child_again_agrees_to_the_new_text(own_town):
    mother = guardian(own_town, "林秀英")
    child = mother.child()
    ward = mother.claim(child)
    text = {"purpose": CHILD_DATA, "version": "9999", "title": "孩子的信息", "text": "新的说明"}
    own_town.desk.consenting.publish([text])
    again = mother.claim(child)
    assert (again.id, again.consent_due) == (ward.id, False)


def test_nobody_agrees_for_a_child_that_is_not_theirs_any_more(town, mother, desk, clerk):
    ward = mother.claim(mother.child())
    desk.refuse(clerk, ward.id, "户口簿看不清，请重新拍一张。")
    with pytest.raises(Conflict) as raised:
        town.desk.guardianships.agree(mother.session, ward.id, family.consent(town))
    assert raised.value.code == "over"

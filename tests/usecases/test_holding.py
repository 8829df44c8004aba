"""What is held about somebody: who they are bound and signed in as, who saw it, and that it goes when they wish it."""

import json
import secrets
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select, text

from bundles.ports import RegistryCard
from tests.usecases.account_door import GOOD, database_of
from tests.usecases.private_side import PrivateDoor
from wxserver.store import (
    accounts,
    cards,
    consents,
    guardianships,
    notices,
    organisations,
    people,
    records,
    registry_answers,
    uploads,
    verifications,
)
from wxserver.store import holding as stored
from wxserver.store.outbox import Work
from wxserver.store.tables import Base
from wxserver.store.tables.identity import Person, Verification, WeChatUser
from wxserver.store.tables.uploads import Upload
from wxserver.usecases.erasing import CLEAN_UP
from wxserver.usecases.faults import AssuranceRequired, Forbidden, NotFound, Unauthenticated
from wxserver.usecases.sessions import UnitView


@pytest.fixture(scope="module")
def database(kind, request, tmp_path_factory):
    server = request.getfixturevalue("postgres_server") if kind == "postgresql" else None
    with database_of(kind, tmp_path_factory.mktemp("holding"), server) as found:
        yield found


@pytest.fixture
def door(database):
    return PrivateDoor(database)


def upload(door, session, case=None):
    """A picture handed in and, with a case, submitted with it: its id."""
    name = uploads.new_name()
    with door.database.write() as unit:
        uploads.add(
            unit,
            name,
            person_id=session.person_id,
            kind="photo",
            key=name,
            raw_sha256="0" * 64,
            sha256="0" * 64,
            size=1,
            width=1,
            height=1,
            now=door.clock.now(),
        )
        if case is not None:
            asked = text('SELECT id FROM "case" WHERE number = :n')
            uploads.to_case(unit, unit.connection.execute(asked, {"n": case}).scalar_one(), [name])
    door.files.kept[name] = b"sealed"
    return name


def looked(door, subject_kind, subject, reason="核对申请内容和材料：看看照片", action="case_unmasked"):
    with door.database.write() as unit:
        records.looked_at(
            unit,
            by="clerk.jiang",
            action=action,
            subject_kind=subject_kind,
            subject_id=subject,
            reason=reason,
            fields=("name", "form"),
            now=door.clock.now(),
        )


def row_of(door, table, row_id):
    with door.database.read() as unit:
        return unit.session.get(table, row_id)


# Bindings


def test_all_wechats_of_a_person_are_listed_and_nobody_elses(door):
    who = door.somebody()
    mini = door.by_face(who.person_id, door.visitor("mini"))
    door.somebody("陈桂英")
    door.keep_profile(mini)
    found = {each.id: each for each in door.holding.bindings(mini)}
    assert set(found) == {who.wechat_user_id, mini.wechat_user_id}
    assert found[mini.wechat_user_id].here
    assert not found[who.wechat_user_id].here
    assert {each.account for each in found.values()} == {"揭阳人社", "揭阳人社小程序"}
    assert found[mini.wechat_user_id].nickname == "榕江月"
    assert "榕江月" not in repr(found)


def test_unbinding_ends_the_sessions_of_that_wechat_and_forgets_its_profile(door):
    who = door.somebody()
    mini = door.by_face(who.person_id, door.visitor("mini"))
    door.keep_profile(mini)
    assert door.holding.unbind(who, mini.wechat_user_id) is False
    assert (door.is_live(who), door.is_live(mini)) == (True, False)
    row = row_of(door, WeChatUser, mini.wechat_user_id)
    assert (row.person_id, row.nickname_sealed, row.avatar_sealed, row.session_key_sealed) == (None,) * 4
    assert [each.id for each in door.holding.bindings(who)] == [who.wechat_user_id]
    assert [each[2] for each in door.audited("wechat_unbound") if each[1] == who.person_id] == [mini.wechat_user_id]
    assert door.holding.unbind(who, who.wechat_user_id) is True
    assert not door.is_live(who)


def test_what_somebody_unbound_no_unionid_binds_again_and_a_new_proof_does(door):
    union = secrets.token_hex(8)
    who = door.somebody(unionid=union)
    mini = door.visitor("mini", unionid=union)
    with door.database.write() as unit:
        people.link(unit, mini.wechat_user_id, door.clock.now())
    assert len(door.holding.bindings(who)) == 2
    door.holding.unbind(who, mini.wechat_user_id)
    with door.database.write() as unit:
        people.learned(unit, mini.wechat_user_id, union)
        people.link(unit, mini.wechat_user_id, door.clock.now())
        people.bind(unit, who.wechat_user_id, who.person_id, door.clock.now(), by="face")
    assert [each.id for each in door.holding.bindings(who)] == [who.wechat_user_id]
    door.by_face(who.person_id, door.visitor("mini", unionid=union))
    with door.database.write() as unit:
        opened_again = door.sessions.begin(unit, kind="cookie", account="mini", wechat_user_id=mini.wechat_user_id)[1]
    again = door.by_face(who.person_id, opened_again)
    assert mini.wechat_user_id in {each.id for each in door.holding.bindings(again)}


# Sessions


def test_sessions_of_all_wechats_are_listed_with_device_and_proof(door):
    who = door.somebody()
    door.clock.later(minutes=10)
    mini = door.by_face(who.person_id, door.visitor("mini"))
    opened = door.visitor()
    with door.database.write() as unit:
        people.bind(unit, opened.wechat_user_id, who.person_id, door.clock.now(), by="face")
    door.somebody("陈桂英")
    found = {each.id: each for each in door.holding.sessions(mini)}
    assert set(found) == {who.id, mini.id, opened.id}
    assert found[mini.id].current
    assert (found[who.id].how, found[who.id].device) == ("人脸核验（粤信签）", "iPhone · 微信")
    assert found[opened.id].how == "只打开过，没有登录"


def test_one_session_ends_or_all_others_do(door):
    who = door.somebody()
    second, third = (door.by_face(who.person_id, door.visitor()) for _ in range(2))
    assert door.holding.end_session(who, second.id) is False
    assert [door.is_live(each) for each in (who, second, third)] == [True, False, True]
    assert door.holding.end_session(who, second.id) is False
    assert door.holding.end_others(who) == 1
    assert [door.is_live(each) for each in (who, third)] == [True, False]
    assert [each.id for each in door.holding.sessions(who)] == [who.id]
    assert door.holding.end_session(who, who.id) is True
    assert not door.is_live(who)


def test_of_somebody_else_nothing_is_unbound_ended_or_told(door):
    who, stranger = door.somebody(), door.somebody("陈桂英")
    for act, theirs in (
        (door.holding.unbind, who.wechat_user_id),
        (door.holding.end_session, who.id),
        (door.holding.unbind, "nothing"),
        (door.holding.end_session, "nothing"),
    ):
        with pytest.raises(NotFound):
            act(stranger, theirs)
    assert door.holding.end_others(stranger) == 0
    assert door.is_live(who)
    assert len(door.holding.bindings(who)) == 1


def test_who_has_not_signed_in_is_shown_nothing(door):
    guest = door.visitor()
    held = door.holding
    for act in (held.bindings, held.sessions, held.end_others, held.data, held.seen):
        with pytest.raises(Unauthenticated):
            act(guest)
    for act in (held.export, held.erase):
        with pytest.raises(AssuranceRequired):
            act(guest)


# Data, and who saw it


def test_what_is_held_is_counted_and_masked(door):
    who = door.somebody()
    door.draft(who)
    number = door.case(who)
    door.child(who)
    found = {each.code: each for each in door.holding.data(who)}
    assert {code: found[code].count for code in ("drafts", "cases", "guardianships", "bindings", "account")} == {
        "drafts": 1,
        "cases": 1,
        "guardianships": 1,
        "bindings": 1,
        "account": 0,
    }
    assert found["cases"].details == (number,)
    assert "林*雨" in found["guardianships"].details
    assert "林*兰" in found["identity"].details
    assert "林" not in repr(found)
    assert all(each.kept for each in found.values())


def test_who_saw_ones_data_is_told_by_office_kind_and_reason_newest_first(door):
    who, stranger = door.somebody(), door.somebody("陈桂英")
    number = door.case(who)
    looked(door, "case", number)
    door.clock.later(minutes=1)
    with door.database.write() as unit:
        records.handed_out(
            unit,
            to="registry",
            subject_kind="person",
            subject_id=who.person_id,
            reason="cards",
            fields=("document",),
            now=door.clock.now(),
        )
    registry, clerk = door.holding.seen(who).items
    assert (registry.who, registry.what, registry.why) == ("社保卡系统", ("证件号码",), "查您的社保卡")
    assert (clerk.who, clerk.what, clerk.case_number) == ("工作人员（办件员）", ("姓名", "填写的内容"), number)
    assert clerk.why == "核对申请内容和材料"
    assert "jiang" not in repr(door.holding.seen(who))
    assert "看看照片" not in repr(door.holding.seen(who))
    assert door.holding.seen(stranger).items == ()


def test_a_guardian_sees_who_saw_the_cases_they_filed(door):
    mother = door.somebody()
    ward, minor, _ = door.child(mother)
    number = door.case(mother, ward=ward, minor=minor)
    looked(door, "case", number)
    assert [each.case_number for each in door.holding.seen(mother).items] == [number]


def test_pages_of_accesses_follow_without_gap_or_double_also_in_one_instant(door):
    who = door.somebody()
    number = door.case(who)
    for kind, subject in [("case", number), ("person", who.person_id)] * 4:
        looked(door, kind, subject, action="guardianship_unmasked")
    whole = door.holding.seen(who, limit=50)
    seen, after = [], None
    while True:
        page = door.holding.seen(who, after, limit=3)
        seen += page.items
        after = page.next
        if after is None:
            break
    assert len(seen) == 8
    assert tuple(seen) == whole.items


def test_a_look_at_the_ledger_reads_no_more_of_it_than_the_persons_own(door, kind):
    who = door.somebody()
    looked(door, "case", door.case(who))
    with door.database.read() as unit:
        after = (door.clock.now() + timedelta(days=1), "f" * 32)
        for statement in stored.seen_statements(unit, who.person_id, after, 21):
            sql = str(cast("Any", statement).compile(unit.connection, compile_kwargs={"literal_binds": True}))
            if kind == "sqlite":
                plan = [row[3] for row in unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
                assert any("SEARCH access_ledger USING INDEX" in each for each in plan), plan
                assert not [each for each in plan if each.startswith("SCAN access_ledger")], plan
            else:
                unit.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the table is almost empty
                plan = [row[0] for row in unit.connection.exec_driver_sql(f"EXPLAIN {sql}")]
                assert not [each for each in plan if "Seq Scan on access_ledger" in each], plan


def exported(door, session):
    content = door.holding.export(session).content["sections"]
    return {code: section["items"] for code, section in content.items()}


def test_a_guardian_takes_along_of_the_child_what_they_typed_and_no_more(door):
    mother, father = door.somebody(), door.somebody("林大明")
    ward, minor, _ = door.child(mother)
    mine = door.case(mother, ward=ward, minor=minor, phone="13811110000")
    his = door.case(father, minor=minor, phone="13822220000")
    found = exported(door, mother)
    assert [each["name"] for each in found["guardianships"]] == ["林小雨"]
    assert [(each["number"], each["for"]) for each in found["cases"]] == [(mine, "林小雨")]
    assert {"label": "phone", "value": "13811110000"} in found["cases"][0]["answers"]
    whole = json.dumps(found, ensure_ascii=False)
    assert his not in whole
    assert "13822220000" not in whole
    assert "林大明" not in whole


def test_of_a_case_that_somebody_else_filed_for_them_a_person_does_not_get_what_that_one_typed(door):
    father, son = door.somebody("林大明"), door.somebody("林小山")
    number = door.case(father, minor=son.person_id, phone="13822220000")
    looked(door, "case", number)
    found = exported(door, son)
    assert [(each["number"], each["for"], each["answers"]) for each in found["cases"]] == [(number, None, [])]
    assert "13822220000" not in json.dumps(found)
    ward, minor, _ = door.child(father, "林小川")
    door.case(father, ward=ward, minor=minor)
    (theirs,) = exported(door, door.by_face(minor, door.visitor()))["cases"]
    assert (theirs["for"], theirs["answers"]) == (None, [])
    filed = {each["number"]: each["answers"] for each in exported(door, father)["cases"]}
    assert filed[number] == []
    assert "clerk.jiang" not in json.dumps(found, ensure_ascii=False)


def test_an_export_names_neither_ids_of_ours_nor_of_wechat(door):
    who, _ = full(door)
    number = door.case(who)
    content = door.holding.export(who).content
    whole = json.dumps(content, ensure_ascii=False)
    with door.database.read() as unit:
        openid = people.wechat_user(unit, who.wechat_user_id).openid
    assert number in whole
    assert not [each for each in (who.id, who.person_id, who.wechat_user_id, openid) if each in whole]
    assert number_of(door, who.person_id) in whole
    assert "林小兰" not in repr(door.holding.export(who))


# Erasing


def full(door, name="林小兰"):
    """Somebody of whom there is one of everything but a case: (session, name of their upload)."""
    who = door.somebody(name)
    door.accounts.set(who, door.named(secrets.token_hex(3)), new=GOOD, again=GOOD)
    door.keep_profile(who)
    door.draft(who)
    door.child(who)
    door.record(who, "face")
    with door.database.write() as unit:
        registry_answers.keep(unit, who.person_id, "photo", {"phone": "13800005620"}, door.clock.now())
    return who, upload(door, who)


def clean_up(door, session):
    door.erasing.clean_up(Work("w", CLEAN_UP, session.person_id, 0, 0))


def number_of(door, person_id):
    with door.database.read() as unit:
        return people.person(unit, person_id).document.number


def clear_texts(door):
    """Everything that stands readable in any text of any table."""
    with door.database.read() as unit:
        for table in Base.metadata.sorted_tables:
            for row in unit.connection.execute(select(table)):
                yield from (json.dumps(each, ensure_ascii=False, default=str) for each in row if each is not None)


def opened(door, person_id):
    """What of a person opens again, by place: sealed columns of rows that bear their id, and what hangs on these."""
    found = []
    with door.database.read() as unit:
        for table in Base.metadata.sorted_tables:
            sealed = [column.name for column in table.columns if column.name.endswith("_sealed")]
            owners = [each for each in ("person_id", "guardian_id", "applicant_id") if each in table.columns]
            if table.name == "person":
                owners = ["id"]
            for owner in owners:
                for row in unit.connection.execute(select(table).where(table.columns[owner] == person_id)):
                    found += [f"{table.name}.{name}" for name in sealed if getattr(row, name)]
    return found


def test_who_erases_themself_leaves_nothing_that_opens(door):
    who, picture = full(door)
    number, bound = number_of(door, who.person_id), who.wechat_user_id
    assert {"person.name_sealed", "draft.form_sealed", "guardianship.name_sealed"} <= set(opened(door, who.person_id))
    erased = door.holding.erase(who)
    assert opened(door, who.person_id) == []
    gone = {each.code: each.count for each in erased.gone}
    expected = {"sessions", "bindings", "profiles", "account", "drafts", "uploads", "registry", "consents", "identity"}
    assert expected | {"guardianships"} <= set(gone)
    assert erased.stays == ()
    assert picture not in door.files.kept
    assert row_of(door, Upload, picture) is None
    assert not door.is_live(who)
    user = row_of(door, WeChatUser, bound)
    assert (user.person_id, user.nickname_sealed) == (None, None)
    assert all(row.withdrawn_at is not None for row in door.consent_rows(who))
    everything = "\n".join(clear_texts(door))
    assert number not in everything
    assert "林小兰" not in everything


def asked_about(door, session, status="passed"):
    """A verification about the person, begun by their WeChat user: its id."""
    with door.database.write() as unit:
        person = people.person(unit, session.person_id)
        new = verifications.add(
            unit,
            provider="signed",
            reference=secrets.token_hex(16),
            session_id=session.id,
            wechat_user_id=session.wechat_user_id,
            purpose="sign-in",
            name=person.name,
            document=person.document,
            subject_digest="0" * 64,
            state_hash="0" * 64,
            next_path="/",
            content_digest=None,
            now=door.clock.now(),
            expires_at=door.clock.now(),
        )
        verifications.decide(unit, new, status=status, outcome=status, reason=None, level="face", now=door.clock.now())
    return new


def test_whom_verifications_were_about_is_forgotten_also_of_a_wechat_unbound_before(door):
    who, other = door.somebody(), door.somebody("陈桂英")
    mini = door.by_face(who.person_id, door.visitor("mini"))
    theirs, kept = [asked_about(door, who), asked_about(door, mini)], asked_about(door, other)
    door.holding.unbind(who, mini.wechat_user_id)
    assert {each.code: each.count for each in door.holding.data(who)}["verifications"] == 2
    door.holding.erase(who)
    for each in theirs:
        row = row_of(door, Verification, each)
        assert (row.name_sealed, row.document_sealed, row.url_sealed, row.ticket_sealed) == ("", "", None, None)
        assert row.consumed_at is not None
    assert row_of(door, Verification, kept).name_sealed != ""


def test_with_an_organisations_account_nobody_takes_or_erases_the_agents_own_data(door):
    who = door.somebody()
    unit_view = UnitView("a", "o", "榕城商行", "91445200MA4ULXXX0X", (), date(2099, 1, 1))
    for act in (door.holding.export, door.holding.erase):
        with pytest.raises(Forbidden) as raised:
            act(replace(who, unit=unit_view))
        assert raised.value.code == "own-account-needed"
    assert door.is_live(who)


def test_a_child_of_whom_nothing_else_is_known_is_forgotten_with_the_claim(door):
    who = door.somebody()
    _, minor, _ = door.child(who)
    other = door.somebody("林大明")
    shared, known, _ = door.child(who, "林小雪")
    with door.database.write() as unit:
        unit.connection.execute(
            text("UPDATE guardianship SET guardian_id = :g WHERE id = :w"), {"g": other.person_id, "w": shared}
        )
    door.holding.erase(who)
    assert row_of(door, Person, minor).name_sealed == ""
    assert row_of(door, Person, known).name_sealed != ""


def test_the_record_of_cases_is_kept_and_named_with_its_ground(door):
    who, _ = full(door)
    done, going = door.case(who, closed=True), door.case(who)
    submitted = upload(door, who, case=done)
    erased = door.holding.erase(who)
    stays = {each.code: each for each in erased.stays}
    assert set(stays) == {"identity", "cases"}
    assert (stays["cases"].count, stays["cases"].details) == (2, (going,))
    assert all("法律要求" in each.ground for each in erased.stays)
    assert any(going in each for each in erased.notes)
    assert set(opened(door, who.person_id)) == {"person.name_sealed", "person.document_sealed", "case.form_sealed"}
    assert row_of(door, Upload, submitted) is not None
    assert submitted in door.files.kept
    back = door.by_face(who.person_id, door.visitor())
    assert [each.code for each in door.holding.data(back) if each.code == "cases" and each.count == 2] == ["cases"]


def test_a_guardianship_under_which_a_case_is_open_goes_on_with_its_consent(door):
    who = door.somebody()
    ward, minor, consent = door.child(who)
    over, other, _ = door.child(who, "林小雪")
    number = door.case(who, ward=ward, minor=minor)
    door.case(who, ward=over, minor=other, closed=True)
    stays = {each.code: each for each in door.holding.erase(who).stays}
    assert (door.ward_state(ward), door.ward_state(over)) == ("claimed", "ended")
    assert stays["guardianships"].count == 1
    assert stays["cases"].details == (number,)
    rows = {row.id: row.withdrawn_at for row in door.consent_rows(who)}
    assert [each for each, at in rows.items() if at is None] == [consent]


def test_erasing_needs_a_fresh_proof_and_does_nothing_more_the_second_time(door):
    who, _ = full(door)
    door.clock.later(minutes=31)
    with pytest.raises(AssuranceRequired):
        door.holding.erase(who)
    assert door.is_live(who)
    fresh = door.by_face(who.person_id, who)
    door.holding.erase(fresh)
    assert door.holding.erase(fresh).gone == ()
    assert len([each for each in door.audited("person_erased") if each[1] == who.person_id]) == 2


def nothing(door):
    return door.somebody()


def everything_but_a_case(door):
    return full(door)[0]


def with_cases(door):
    who, _ = full(door)
    done = door.case(who, closed=True)
    door.case(who)
    upload(door, who, case=done)
    asked_about(door, who)
    return who


def with_a_childs_case(door):
    who = door.somebody()
    ward, minor, _ = door.child(who)
    door.case(who, ward=ward, minor=minor)
    return who


def with_a_child_once_served(door):
    who = door.somebody()
    ward, minor, _ = door.child(who)
    door.case(who, ward=ward, minor=minor, closed=True)
    return who


def with_cards_and_messages(door):
    """Of two cards a case names one; the case has told something, with an upload that nobody has submitted beside."""
    who, _ = full(door)
    number, now = door.case(who), door.clock.now()
    listed = [RegistryCard(secrets.token_hex(8), "4400", "建设银行", "445202", "active", None) for _ in range(2)]
    with door.database.write() as unit:
        used, _ = cards.refresh(unit, who.person_id, listed, now)
        case = unit.connection.execute(text('SELECT id FROM "case" WHERE number = :n'), {"n": number}).scalar_one()
        unit.connection.execute(text('UPDATE "case" SET card_id = :c WHERE id = :i'), {"c": used.id, "i": case})
        told = {"origin": "accept", "node": "accepted", "title": "受理了", "text": "您的申请受理了。", "at": now}
        notices.add(unit, person_id=who.person_id, case_id=case, now=now, **told)
    upload(door, who, case=number)
    return who


def as_an_agent(door):
    """Somebody who acts for an organisation, and has filed for it what is told to them."""
    who, now = door.somebody(), door.clock.now()
    number = door.case(who, minor=door.person("陈桂英")[0])
    known = {"code": secrets.token_hex(9), "name": "榕城商行", "region": "445202", "by": "clerk.jiang"}
    with door.database.write() as unit:
        unit_id = organisations.add(unit, now=now, **known)
        ends_on = date(2099, 1, 1)
        to = {"organisation_id": unit_id, "person_id": who.person_id, "scope": (), "ends_on": ends_on}
        organisations.add_agent(unit, by="clerk.jiang", now=now, **to)
        named = {"n": number, "o": unit_id}
        unit.connection.execute(text('UPDATE "case" SET organisation_id = :o WHERE number = :n'), named)
        case = unit.connection.execute(text('SELECT id FROM "case" WHERE number = :n'), {"n": number}).scalar_one()
        told = {"origin": "accept", "node": "accepted", "title": "受理了", "text": "申请受理了。", "at": now}
        notices.add(unit, person_id=who.person_id, case_id=case, now=now, **told)
    upload(door, who, case=number)
    return who


def consents_taken_back_before(door):
    who = door.somebody()
    door.record(who, "face")
    for each in door.consenting.given(who):
        door.consenting.withdraw(who, each.id)
    return who


def signed_in_long_ago_elsewhere(door):
    who = door.somebody()
    door.clock.later(minutes=60 * 24 * 400)
    return door.by_face(who.person_id, door.visitor())


HOLDINGS = (
    nothing,
    everything_but_a_case,
    with_cases,
    with_a_childs_case,
    with_a_child_once_served,
    with_cards_and_messages,
    as_an_agent,
    consents_taken_back_before,
    signed_in_long_ago_elsewhere,
)


@pytest.mark.parametrize("having", HOLDINGS)
def test_what_is_announced_is_what_is_done_and_announcing_does_nothing(door, having):
    who = having(door)
    before = sorted(clear_texts(door))
    foreseen = door.holding.foresee(who)
    assert sorted(clear_texts(door)) == before
    assert door.is_live(who)
    assert door.holding.erase(who) == foreseen


ALSO_TOLD_AS = {"cards": "registry", "guardianships": "guardianships_ended"}
ALWAYS_IN_A_NOTE = {"consents": "同意过什么", "verifications": "核对过"}


@pytest.mark.parametrize("having", HOLDINGS)
def test_every_kind_that_is_held_is_said_to_go_or_to_stay(door, having):
    who = having(door)
    foreseen = door.holding.foresee(who)
    told = {each.code for each in (*foreseen.gone, *foreseen.stays)}
    notes = "".join(foreseen.notes)
    untold = [
        each.code
        for each in door.holding.data(who)
        if each.count
        and not told & {each.code, ALSO_TOLD_AS.get(each.code)}
        and ALWAYS_IN_A_NOTE.get(each.code, each.code) not in notes
    ]
    assert untold == []


@pytest.mark.parametrize("having", HOLDINGS)
def test_what_is_said_to_stay_is_there_afterwards_and_what_is_said_to_go_is_not(door, having):
    who = having(door)
    before = {each.code: each.count for each in door.holding.data(who)}
    foreseen = door.holding.foresee(who)
    gone, stays = ({each.code: each.count for each in said} for said in (foreseen.gone, foreseen.stays))
    door.holding.erase(who)
    with door.database.read() as unit:
        left = stored.counted(unit, who.person_id)
        standing = [each for each in consents.of(unit, who.person_id, ()) if each.withdrawn_at is None]
        numbers = stored.case_numbers(unit, who.person_id)
    assert before["uploads"] - gone.get("uploads", 0) == left["uploads"]
    assert (left["drafts"], left["registry_answers"]) == (0, 0)
    assert before["sessions"] == gone["sessions"]
    assert len(numbers) == stays.get("cases", 0)
    assert left["uploads"] == 0 or stays.keys() & {"cases", "uploads"}
    assert {"messages": left["messages"], "cards": left["cards"], "account": left["accounts"]} == {
        code: stays.get(code, 0) for code in ("messages", "cards", "account")
    }
    assert left["guardianships"] == stays.get("guardianships", 0) + stays.get("guardianships_ended", 0)
    assert len(standing) == stays.get("consents", 0)


def test_it_is_said_that_all_consents_are_taken_back_only_where_they_are(door):
    def said(who):
        foreseen = door.holding.foresee(who)
        return next(each.note for each in foreseen.gone if each.code == "consents")

    assert said(everything_but_a_case(door)) == "全部收回；什么时候同意、什么时候收回，留作凭证。"
    who = with_a_childs_case(door)
    door.record(who, "face")
    assert said(who) == "收回；什么时候同意、什么时候收回，留作凭证。"


def test_the_name_of_an_organisations_agent_is_not_said_to_stay_only_until_they_delete_it(door):
    kinds = {each.code: each for each in door.holding.data(as_an_agent(door))}
    assert not kinds["identity"].erasable
    assert kinds["identity"].kept != "到您删除为止。"


def test_nothing_of_somebody_else_goes(door):
    who, _ = full(door)
    other, picture = full(door, "陈桂英")
    before = opened(door, other.person_id)
    door.holding.erase(who)
    assert opened(door, other.person_id) == before
    assert door.is_live(other)
    assert picture in door.files.kept
    assert door.profile(other)[0] == "榕江月"
    assert door.agreed(other, "face")


def test_what_a_request_in_flight_still_writes_is_thrown_away_by_the_work_that_was_ordered(door):
    who = door.somebody()
    door.case(who)
    door.holding.erase(who)
    door.draft(who)
    with door.database.read() as unit:
        asked = text("SELECT count(*) FROM outbox WHERE kind = :k AND subject_id = :s AND ended_at IS NULL")
        assert unit.connection.execute(asked, {"k": CLEAN_UP, "s": who.person_id}).scalar_one() == 1
    clean_up(door, who)
    assert "draft.form_sealed" not in opened(door, who.person_id)
    clean_up(door, who)


def test_a_crash_before_the_end_leaves_everything_as_it_was(door, monkeypatch):
    who, picture = full(door)
    before = opened(door, who.person_id)

    def dies(*_arguments, **_more):
        raise RuntimeError("died")

    monkeypatch.setattr(records, "audit", dies)
    with pytest.raises(RuntimeError, match="died"):
        door.holding.erase(who)
    assert opened(door, who.person_id) == before
    assert door.is_live(who)
    assert picture in door.files.kept
    monkeypatch.undo()
    door.holding.erase(who)
    assert opened(door, who.person_id) == []


def test_who_still_has_an_account_is_not_forgotten_when_their_wechat_leaves(door):
    who, _ = full(door)
    with door.database.write() as unit:
        people.unbind(unit, who.wechat_user_id)
    clean_up(door, who)
    assert {"person.name_sealed", "draft.form_sealed", "credential.name_sealed"} <= set(opened(door, who.person_id))


def test_every_table_that_names_a_person_is_looked_at_when_they_erase_themself():
    """A table added later is a decision: what of it stays when a person goes."""
    naming = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "person"
    }
    assert naming == {
        "application",
        "card",
        "case",
        "consent",
        "credential",
        "draft",
        "guardianship",
        "notice",
        "registry_answer",
        "session",
        "unit_agent",
        "upload",
        "wechat_user",
    }
    assert Person.__tablename__ == "person"


def test_who_turned_out_not_to_be_the_guardian_learns_nothing_of_how_it_went_on(door):
    mother = door.somebody()
    ward, minor, _ = door.child(mother)
    number = door.case(mother, ward=ward, minor=minor, closed=True)
    looked(door, "case", number)
    with door.database.write() as unit:
        guardianships.change(unit, ward, state="refused", reason="不是监护人")
    (case,) = exported(door, mother)["cases"]
    assert (case["number"], case["for"]) == (number, "林小雨")
    assert {"label": "phone", "value": "13800005620"} in case["answers"]
    assert "没有通过核对" in case["status_text"]
    assert (case["completed_at"], case["due_on"], case["refusal"], case["timeline"]) == (None, None, None, [])
    assert [each.case_number for each in door.holding.seen(mother).items] == [None], "only the download itself"


def test_an_agent_reads_for_whom_they_act_and_that_it_stays(door):
    who = as_an_agent(door)
    kinds = {each.code: each for each in door.holding.data(who)}
    assert (kinds["agencies"].count, kinds["agencies"].details) == (1, ("榕城商行",))
    stays = {each.code: each.ground for each in door.holding.foresee(who).stays}
    assert "当过单位经办人" in stays["identity"]


def test_erasing_oneself_brings_no_account_back_that_staff_had_stopped(door):
    who, _ = full(door)
    with door.database.write() as unit:
        account = accounts.of_person(unit, who.person_id)
        assert account is not None
        accounts.change(unit, account.id, disabled_at=door.clock.now())
    erased = door.holding.erase(who)
    assert "account" in {each.code for each in erased.stays}
    assert door.accounts.mine(door.by_face(who.person_id)).disabled

"""The case desk: whose cases a clerk sees, in which order, what is masked, and what a decision needs."""

import base64
import re
import secrets
import uuid

import pytest
from sqlalchemy import select

from bundles.clock import ClockEvent
from bundles.people import check_digit
from tests import papers
from tests.web.staff import staff_client
from wxserver.store import case_queue
from wxserver.store.tables.applications import CaseEvent
from wxserver.store.tables.records import AccessRecord, AuditRecord

CHONGQING, REGION = "chongqing-social-security-card", "500000"
NAME, PHONE = "欧阳晓月", "13800005620"
LOOK = {"why": "check", "note": "核对照片和证件是否同一人"}


def id_number(year=1990):
    body = f"500103{year}{secrets.randbelow(9) + 1:02d}{secrets.randbelow(27) + 1:02d}{secrets.randbelow(1000):03d}"
    return body + check_digit(body)


@pytest.fixture
def applied(jieyang):
    """Apply in Chongqing, where a clerk reviews; (number of the case, identity number)."""

    def apply():
        document = id_number()
        citizen = jieyang.citizen(f"wx-{uuid.uuid4().hex}", NAME, document)
        form = {"phone": PHONE, "delivery": "pickup", "pickup_region": "500103"}
        body = {"bundle": CHONGQING, "item": "apply", "form": form, "uploads": citizen.papers()}
        answer = citizen.post("cases", body, uuid.uuid4().hex)
        assert answer.status_code == 201, answer.data
        return answer.json["number"], document

    return apply


@pytest.fixture
def clerk(jieyang):
    return staff_client(jieyang.app, "clerk")


def rows(town, table, number, *, action=None):
    with town.app.extensions["world"].database.read() as unit:
        found = unit.session.scalars(select(table).where(table.subject_id == number)).all()
        return [each for each in found if action is None or each.action == action]


def test_what_waits_is_listed_masked_with_the_time_left_in_words(clerk, applied):
    number, document = applied()

    page = clerk.get("/admin/cases").text

    assert number in page
    assert "欧**月" in page
    assert re.search(r"还剩 \d+ 个工作日", page)
    for personal in (NAME, document, PHONE):
        assert personal not in page


def test_a_case_shows_its_answers_masked_and_no_picture(clerk, applied):
    number, document = applied()

    page = clerk.get(f"/admin/cases/{number}").text

    assert "138****5620" in page
    assert f"{document[:4]}**********{document[-4:]}" in page
    assert "<img" not in page
    assert "为什么是这一天" in page
    for personal in (NAME, document, PHONE):
        assert personal not in page


@pytest.mark.parametrize("scope", [{"regions": ["445200"]}, {"bundles": ["social-security-card"]}])
def test_a_case_of_another_region_or_bundle_does_not_exist_and_the_try_is_audited(jieyang, applied, scope):
    number, _ = applied()
    stranger = staff_client(jieyang.app, "clerk", **scope)

    assert number not in stranger.get("/admin/cases?view=all").text
    assert stranger.get(f"/admin/cases/{number}").status_code == 404
    for act in ("accept", "complete", "refuse", "unmask"):
        assert stranger.post_form(f"/admin/cases/{number}/{act}", confirmed="yes", **LOOK).status_code == 404
        sent = LOOK if act == "unmask" else {"text": "不符合条件。"}
        assert stranger.call("POST", f"cases/{number}/{act}", json=sent).status_code == 404
    refused = rows(jieyang, AuditRecord, number, action="refused")
    assert {each.actor_id for each in refused} == {stranger.member.username}
    assert len(refused) == 9
    assert rows(jieyang, AccessRecord, number, action="case_unmasked") == []


def test_a_clerk_of_the_region_sees_it(jieyang, applied):
    number, _ = applied()

    assert staff_client(jieyang.app, "clerk", regions=[REGION]).get(f"/admin/cases/{number}").status_code == 200


def test_a_supervisor_may_look_and_not_decide(jieyang, applied):
    number, _ = applied()
    supervisor = staff_client(jieyang.app, "supervisor")

    assert "审核通过…" not in supervisor.get(f"/admin/cases/{number}").text
    assert supervisor.post_form(f"/admin/cases/{number}/accept", confirmed="yes").status_code == 403
    assert supervisor.call("POST", f"cases/{number}/accept").status_code == 403


def test_a_review_is_passed_after_a_second_look_and_the_history_says_by_whom(jieyang, clerk, applied):
    number, _ = applied()

    asked = clerk.post_form(f"/admin/cases/{number}/accept")
    assert asked.status_code == 200
    assert "请再看一遍：审核通过" in asked.text
    assert rows(jieyang, AuditRecord, number) == []
    done = clerk.post_form(f"/admin/cases/{number}/accept", confirmed="yes")
    assert done.status_code == 303

    page = clerk.get(done.location).text
    assert "审核通过了" in page
    assert f"工作人员 {clerk.member.username}" in page
    (row,) = rows(jieyang, AuditRecord, number, action="case_accepted")
    assert (row.actor_id, row.bundle) == (clerk.member.username, CHONGQING)
    with jieyang.app.extensions["world"].database.read() as unit:
        actors = unit.session.scalars(select(CaseEvent.actor_id).where(CaseEvent.node == "reviewed")).all()
    assert clerk.member.username in actors


def test_two_clerks_who_decide_at_once_are_told_apart(jieyang, clerk, applied):
    number, _ = applied()
    other = staff_client(jieyang.app, "clerk")
    assert other.post_form(f"/admin/cases/{number}/accept", confirmed="yes").status_code == 303

    late = clerk.post_form(f"/admin/cases/{number}/refuse", reason="照片不清楚，请换一张。", confirmed="yes")

    assert late.status_code == 409
    assert "现在不等工作人员处理" in late.text


def test_a_refusal_needs_words_for_the_citizen_and_keeps_them_when_they_are_wrong(jieyang, clerk, applied):
    number, _ = applied()

    empty = clerk.post_form(f"/admin/cases/{number}/refuse", reason="  ")
    assert empty.status_code == 422
    assert "请写给申请人的话" in empty.text
    personal = clerk.post_form(f"/admin/cases/{number}/refuse", reason=f"{NAME} 的照片不清楚")
    assert personal.status_code == 422
    assert "请去掉姓名" in personal.text
    assert f"{NAME} 的照片不清楚" in personal.text
    asked = clerk.post_form(f"/admin/cases/{number}/refuse", reason="照片不清楚，请换一张。")
    assert "照片不清楚，请换一张。" in asked.text
    assert rows(jieyang, AuditRecord, number) == []
    assert (
        clerk.post_form(f"/admin/cases/{number}/refuse", reason="照片不清楚，请换一张。", confirmed="yes").status_code
        == 303
    )
    (row,) = rows(jieyang, AuditRecord, number, action="case_refused")
    assert row.reason == "照片不清楚，请换一张。"


def test_a_look_without_a_reason_shows_nothing(jieyang, clerk, applied):
    number, document = applied()

    for look in ({"why": "", "note": LOOK["note"]}, {"why": "check", "note": "看看"}, {"why": "x", "note": "  "}):
        answer = clerk.post_form(f"/admin/cases/{number}/unmask", **look)
        assert answer.status_code == 422
        assert document not in answer.text
        assert PHONE not in answer.text
    assert rows(jieyang, AccessRecord, number, action="case_unmasked") == []


@pytest.mark.parametrize("word", [NAME, PHONE, "document"])
def test_a_reason_that_names_the_person_is_sent_back(jieyang, clerk, applied, word):
    number, document = applied()
    note = f"核对 {document if word == 'document' else word} 的照片"

    answer = clerk.post_form(f"/admin/cases/{number}/unmask", why="check", note=note)

    assert answer.status_code == 422
    assert "原因会写进操作记录" in answer.text
    assert rows(jieyang, AccessRecord, number, action="case_unmasked") == []


def test_with_a_reason_everything_is_shown_once_and_both_ledgers_say_so(jieyang, clerk, applied):
    number, document = applied()

    shown = clerk.post_form(f"/admin/cases/{number}/unmask", **LOOK)

    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    for personal in (NAME, document, PHONE):
        assert personal in shown.text
    pictures = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', shown.text)
    assert [base64.b64decode(each)[:2] for each in pictures] == [b"\xff\xd8", b"\xff\xd8"]
    assert document not in clerk.get(f"/admin/cases/{number}").text
    (access,) = rows(jieyang, AccessRecord, number, action="case_unmasked")
    (audit,) = rows(jieyang, AuditRecord, number, action="case_unmasked")
    for row in (access, audit):
        assert (row.actor_kind, row.actor_id) == ("staff", clerk.member.username)
        assert row.reason == f"核对申请内容和材料：{LOOK['note']}"
        kept = f"{row.reason} {row.data}"
        assert not any(personal in kept for personal in (NAME, document, PHONE))


def test_a_file_is_opened_with_a_reason_and_only_if_it_is_the_cases_own(jieyang, clerk, applied):
    number, _ = applied()
    other, _ = applied()
    paper = clerk.call("GET", f"cases/{number}").json["papers"][0]["id"]

    assert clerk.call("POST", f"cases/{other}/papers/{paper}", json=LOOK).status_code == 404
    assert clerk.call("POST", f"cases/{number}/papers/{paper}", json=LOOK | {"note": "短"}).status_code == 422
    opened = clerk.call("POST", f"cases/{number}/papers/{paper}", json=LOOK)
    assert opened.data[:2] == b"\xff\xd8"
    assert opened.headers["Content-Disposition"].startswith("attachment")
    assert len(rows(jieyang, AccessRecord, number, action="case_file_opened")) == 1


def test_a_number_is_found_and_nothing_else_gets_into_an_address(clerk, applied):
    number, document = applied()

    assert clerk.post_form("/admin/cases/find", number=f" {number.lower()} ").location == f"/admin/cases/{number}"
    for typed in (document, NAME, PHONE, "", "JY2026-1\0"):
        answer = clerk.post_form("/admin/cases/find", number=typed)
        assert answer.status_code == 422
        assert "请填办件编号" in answer.text


def test_the_program_sees_the_same_and_decides_alike(jieyang, clerk, applied):
    number, document = applied()

    listed = clerk.call("GET", "cases?limit=50").json
    assert number in [each["number"] for each in listed["items"]]
    sheet = clerk.call("GET", f"cases/{number}").json
    assert (sheet["awaits"], sheet["applicant"]) == ("review", "欧**月")
    assert sheet["actions"] == ["accept", "refuse", "unmask"]
    assert document not in str(sheet)
    assert clerk.call("POST", f"cases/{number}/unmask", json=LOOK).json["document"].endswith(document)
    accepted = clerk.call("POST", f"cases/{number}/accept").json
    assert accepted["awaits"] is None
    assert clerk.call("POST", f"cases/{number}/accept").status_code == 409
    assert clerk.call("GET", "cases?view=other").status_code == 422
    assert clerk.call("GET", "cases?after=nonsense").status_code == 400


def test_the_list_is_paged_without_a_gap_the_soonest_first(clerk, applied):
    wanted = {applied()[0] for _ in range(3)}

    found, after = [], None
    while True:
        page = clerk.call("GET", f"cases?limit=1{'&after=' + after if after else ''}").json
        found += page["items"]
        after = page["next"]
        if after is None:
            break

    numbers = [each["number"] for each in found]
    assert wanted <= set(numbers)
    assert len(numbers) == len(set(numbers)) == page["counts"]["waiting"]
    dates = [each["due_on"] for each in found if each["due_on"]]
    assert dates == sorted(dates)


def test_a_paused_case_stands_last_and_says_how_much_is_left(jieyang, clerk, applied):
    number, _ = applied()
    later, _ = applied()
    world, desk = jieyang.app.extensions["world"], jieyang.app.extensions["usecases"]
    with world.database.write() as unit:
        now, row = world.clock.now(), case_queue.found(unit, number)
        desk.casework.settle(unit, row, correcting_since=now)
        desk.casework.turn_clock(unit, row, ClockEvent("suspend", now, "等申请人补正"), "correction:1")

    listed = clerk.call("GET", "cases?view=all&limit=50").json["items"]

    assert (listed[-1]["number"], listed[-1]["due_on"]) == (number, None)
    assert re.fullmatch(r"计时暂停，还剩 \d+ 个工作日", listed[-1]["time_left"])
    assert listed[-1]["time_left"] in clerk.get(f"/admin/cases/{number}").text
    assert later in [each["number"] for each in listed[:-1]]


def test_a_case_that_staff_carry_out_is_completed_with_words_for_the_citizen(jieyang, clerk):
    document = id_number(year=1961)
    citizen = jieyang.citizen(f"wx-{uuid.uuid4().hex}", NAME, document)
    uploads = [citizen.upload("identity_document").json["id"]]
    uploads.append(citizen.upload("signature", papers.signature()).json["id"])
    form = {
        "retire_on": "2026-12-31",
        "why": "age",
        "last_unit": "灵活就业",
        "live_in": "445202",
        "phone": PHONE,
        "true_answers": "yes",
    }
    body = {"bundle": "retirement", "item": "pension", "form": form, "uploads": uploads}
    answer = citizen.post("cases", body, uuid.uuid4().hex)
    assert answer.status_code == 201, answer.data
    number = answer.json["number"]

    assert "待办理" in clerk.get("/admin/cases").text
    page = clerk.get(f"/admin/cases/{number}").text
    assert "办结…" in page
    assert "审核通过…" not in page
    asked = clerk.post_form(f"/admin/cases/{number}/complete", text="养老金已经核定，\r\n下个月起发放。")
    assert "养老金已经核定， 下个月起发放。" in asked.text
    clerk.post_form(f"/admin/cases/{number}/complete", text="养老金已经核定，下个月起发放。", confirmed="yes")
    case = citizen.get(f"cases/{number}").json
    assert (case["status"], case["result"]["text"]) == ("completed", "养老金已经核定，下个月起发放。")
    assert number not in clerk.get("/admin/cases?view=all").text
    assert clerk.get(f"/admin/cases/{number}").status_code == 200, "a closed case is still found by its number"


def test_a_stale_form_keeps_what_was_typed(clerk, applied):
    number, _ = applied()

    answer = clerk.post(f"/admin/cases/{number}/refuse", data={"reason": "照片不清楚。", "csrf_token": "old"})

    assert answer.status_code == 422
    assert "照片不清楚。" in answer.text
    assert "再点一次" in answer.text

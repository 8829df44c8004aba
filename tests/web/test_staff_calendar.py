"""The calendar page: looked at, proposed by one person, put into force by another."""

from __future__ import annotations

import io
from datetime import date
from unittest.mock import patch

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.calendars import LOCAL, NOTICE_2027
from tests.web.staff import part, staff_client
from tests.web.world import BUNDLE
from wxserver.usecases.calendar_desk import CalendarDesk
from wxserver.usecases.calendars import RollOver


def propose(client, text):
    return client.post("/admin/calendar/import", data={"text": text, "csrf_token": client.csrf})


def seen(page):
    return part(r'name="seen" value="([^"]+)"', page.text)


def test_a_year_shows_days_off_make_ups_and_their_notices(jieyang):
    page = staff_client(jieyang.app, "clerk").get("/admin/calendar?year=2026")
    assert page.status_code == 200
    assert "<caption>12月</caption>" in page.text
    assert "国办发明电〔2025〕7号" in page.text
    assert "调休上班" in page.text


def test_a_year_that_is_not_published_is_called_provisional(jieyang):
    assert "暂定" in staff_client(jieyang.app, "clerk").get("/admin/calendar?year=2028").text


def test_years_and_places_that_do_not_exist_are_not_found(jieyang):
    client = staff_client(jieyang.app, "clerk")
    for query in ("year=1000", "year=x", "scope=../../etc", "scope=%00"):
        assert client.get(f"/admin/calendar?{query}").status_code == 404


def test_a_bad_file_is_refused_with_all_its_faults_and_kept(jieyang):
    client = staff_client(jieyang.app, "editor")
    answer = propose(client, NOTICE_2027.replace("work = [2027-01-09]", "work = [2027-01-08]") + "\n#kept")
    assert answer.status_code == 422
    assert "调休上班的只能是周六或周日" in answer.text
    assert "#kept" in answer.text


def test_a_file_of_five_megabytes_and_one_that_is_no_text_are_refused_with_what_to_do(jieyang):
    client = staff_client(jieyang.app, "editor")
    for raw, says in ((b"#" * 5_000_000, "最多 256 KB"), (b"\xff\xfe\x00", "不是 UTF-8")):
        file = FileStorage(io.BytesIO(raw), "../../../etc/passwd")
        boundary, body = encode_multipart({"file": file, "csrf_token": client.csrf})
        form = f"multipart/form-data; boundary={boundary}"
        answer = client.post("/admin/calendar/import", data=body, content_type=form)
        assert answer.status_code == 422
        assert says in answer.text


def test_a_proposal_takes_two_persons_and_its_author_is_refused(jieyang):
    both = staff_client(jieyang.app, "editor", "publisher")
    at = propose(both, LOCAL.replace("地方节日", "<script>alert(1)</script>")).location
    page = staff_client(jieyang.app, "publisher").get(at)
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;" in page.text
    assert both.post_form(f"{at}/activate", seen=seen(page)).status_code == 403
    other = staff_client(jieyang.app, "publisher")
    assert other.post_form(f"{at}/activate", seen="something else").status_code == 409
    assert other.post_form(f"{at}/activate", seen=seen(page)).status_code == 303
    shown = other.get("/admin/calendar?year=2026&scope=4452").text
    assert "窗口停办" in shown
    assert "<script>alert(1)" not in shown


def test_an_editor_puts_nothing_into_force_and_a_clerk_proposes_nothing(jieyang):
    editor, clerk = staff_client(jieyang.app, "editor"), staff_client(jieyang.app, "clerk")
    assert editor.post_form("/admin/calendar/proposals/CN/1/activate", seen="x").status_code == 403
    assert propose(clerk, NOTICE_2027).status_code == 403


def test_an_editor_of_one_city_touches_neither_the_country_nor_another_city(jieyang):
    client = staff_client(jieyang.app, "editor", regions=("445200",))
    assert propose(client, NOTICE_2027).status_code == 403
    assert propose(client, LOCAL.replace('"4452"', '"4401"')).status_code == 403


def test_one_day_is_added_without_a_file(jieyang):
    client = staff_client(jieyang.app, "editor")
    fields = {"scope": "4405", "day": "2026-12-18", "kind": "off", "reason": "台风停工", "doc_no": "汕府〔2026〕1号"}
    assert client.post_form("/admin/calendar/day", **fields | {"day": "soon"}).status_code == 422
    answer = client.post_form("/admin/calendar/day", **fields, issuer="汕头市人民政府")
    assert answer.status_code == 303
    assert "2026-12-18（周五）原来上班，现在休息" in client.get(answer.location).text


def test_a_day_added_to_the_country_keeps_every_other_day(jieyang):
    client = staff_client(jieyang.app, "editor")
    fields = {"scope": "CN", "day": "2026-05-06", "kind": "off", "reason": "劳动节", "doc_no": "国办发明电〔2026〕3号"}
    page = client.get(client.post_form("/admin/calendar/day", **fields).location).text
    differences = page.split("和现在的差别")[1].split("</section>")[0]
    assert differences.count("<li>") == 1
    assert "2026-05-06" in differences


def test_the_effect_on_open_cases_is_told_before_and_nothing_moves_until_it_is_put_into_force(jieyang):
    citizen = jieyang.citizen(number="445202199001010050")
    body = {"bundle": BUNDLE, "item": "apply", "form": {"phone": "13800005620"}, "uploads": citizen.papers()}
    case = citizen.post("cases", body, key="calendar-effect-1").json
    due = case["due_on"]
    editor, publisher = staff_client(jieyang.app, "editor"), staff_client(jieyang.app, "publisher")
    fields = {"scope": "445202", "day": due, "kind": "off", "reason": "台风停工", "doc_no": "揭府〔2026〕2号"}
    answer = editor.post_form("/admin/calendar/day", **fields, issuer="揭阳市人民政府")
    assert answer.status_code == 303, answer.text
    page = publisher.get(answer.location)
    assert case["number"] not in page.text
    told = editor.call("GET", f"calendar/{'/'.join(answer.location.split('/')[-3:])}").json
    assert told["effect"]["later"] == 0
    answer = editor.post_form("/admin/calendar/day", **fields | {"scope": "4452"}, issuer="揭阳市人民政府")
    page = publisher.get(answer.location)
    assert case["number"] in page.text
    assert "推后 1 件" in page.text
    assert citizen.get(f"cases/{case['number']}").json["due_on"] == due
    assert publisher.post_form(f"{answer.location}/activate", seen=seen(page)).status_code == 303
    assert citizen.get(f"cases/{case['number']}").json["due_on"] > due


def test_programs_propose_look_and_activate_by_the_same_rules(jieyang):
    editor, publisher = staff_client(jieyang.app, "editor"), staff_client(jieyang.app, "publisher")
    assert editor.call("GET", "calendar?year=2026").json["days"][0]["doc_no"]
    made = editor.call("POST", "calendar/proposals", json={"text": LOCAL.replace('"4452"', '"4451"')})
    assert made.status_code == 201, made.text
    at = f"calendar/proposals/{made.json['scope']}/{made.json['number']}"
    source = publisher.call("GET", at).json["source"]
    assert editor.call("POST", f"{at}/activation", json={"source": source}).status_code == 403
    assert publisher.call("POST", f"{at}/activation", json={"source": source}).json == {"moved": 0}
    assert any(each["scope"] == "4451" for each in editor.call("GET", "calendar/versions").json["items"])


def test_an_awaited_notice_is_told_on_every_page_of_the_desk(jieyang):
    client = staff_client(jieyang.app, "clerk")
    desk = jieyang.app.extensions["usecases"].calendar_desk
    late = desk.late()
    page = client.get("/admin/help").text
    assert ("放假安排只公布到" in page) is (late is not None)
    with patch.object(CalendarDesk, "late", lambda _: RollOver(date(2026, 12, 31), date(2026, 12, 10), "overdue")):
        assert "放假安排只公布到 2026-12-31" in client.get("/admin/help").text
    with patch.object(CalendarDesk, "late", lambda _: None):
        assert "放假安排只公布到" not in client.get("/admin/help").text


def test_a_proposal_is_discarded_and_an_outdated_one_is_not_put_into_force(jieyang):
    editor, publisher = staff_client(jieyang.app, "editor"), staff_client(jieyang.app, "publisher")
    days = {"scope": "44", "kind": "off", "reason": "台风", "doc_no": "粤防〔2026〕1号", "issuer": "省防总"}
    first = editor.post_form("/admin/calendar/day", **days, day="2026-12-02").location
    second = editor.post_form("/admin/calendar/day", **days, day="2026-12-03").location
    third = editor.post_form("/admin/calendar/day", **days, day="2026-12-04").location
    assert editor.post_form(f"{third}/discard").status_code == 303
    assert publisher.get(third).status_code == 409
    assert publisher.post_form(f"{second}/activate", seen=seen(publisher.get(second))).status_code == 303
    refused = publisher.post_form(f"{first}/activate", seen="")
    assert refused.status_code == 409

"""A calendar that knows 2026 and not 2027, and what happens to open cases when the notice for 2027 is brought in."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from tests.calendars import LOCAL, NOTICE_2027
from tests.town import wait_for
from wxserver.store.tables.applications import Case, DueChange
from wxserver.store.tables.definitions import CalendarDay, CalendarVersion


def flask(town, *arguments, expect=0):
    """What a command of the town's app prints."""
    with town.app.app_context():
        done = town.app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == expect, done.output
    return done.output


def accepted_on(town, day, name="陈桂英"):
    """Somebody applies at ten o'clock on a day; the person and the case."""
    town.sandbox.control("time", {"set": f"{day}T10:00:00+08:00"})
    citizen = town.citizen(name=name).sign_in()
    answer = citizen.apply()
    assert answer.status_code == 201, answer.text
    return citizen, answer.json()


def changes(town):
    """(case number, old date, new date, why) of every due date that moved with a calendar."""
    with town.database.read() as unit:
        rows = unit.session.execute(
            select(Case.number, DueChange.old_due_on, DueChange.new_due_on, DueChange.why)
            .join(Case, Case.id == DueChange.case_id)
            .where(DueChange.reason == "calendar")
            .order_by(DueChange.at, Case.number)
        )
        return [tuple(row) for row in rows]


def calendars_of(town):
    """Case number -> the version of the calendar it was computed with."""
    with town.database.read() as unit:
        rows = unit.session.execute(
            select(Case.number, CalendarVersion.scope, CalendarVersion.number).join(
                CalendarVersion, CalendarVersion.id == Case.calendar_id
            )
        )
        return {number: f"{scope}-{version}" for number, scope, version in rows}


def words(page):
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", page.text))


def notice_file(town, text, name="notice.toml"):
    path = town.config.parent / name
    path.write_text(text, "utf-8")
    return str(path)


def test_a_notice_moves_exactly_the_provisional_dates_each_with_old_date_new_date_and_why(own_town):
    town = own_town
    anna, final = accepted_on(town, "2026-11-26")
    assert (final["due_on"], final["due_provisional"]) == ("2026-12-31", False)
    assert not any("暂定" in sentence for sentence in final["due_explained"])

    berta, guessed = accepted_on(town, "2026-11-27")
    assert (guessed["due_on"], guessed["due_provisional"]) == ("2027-01-04", True)
    assert any(s.startswith("暂定（2027年放假安排未发布）") and "1月4日" in s for s in guessed["due_explained"])
    page = words(berta.get(f"/cases/{guessed['number']}"))
    assert "2027年1月4日" in page
    assert "暂定（2027年放假安排未发布）" in page

    carla, paused = accepted_on(town, "2026-11-30")
    production = wait_for(lambda: ordered(town, paused["number"]))
    town.sandbox.control(f"productions/{production}", {"node": "correction_requested"})
    wait_for(lambda: carla.case(paused["number"])["status"] == "correcting")

    dora, over = accepted_on(town, "2026-12-01")
    production = wait_for(lambda: ordered(town, over["number"]))
    for node in ("made", "sent", "received"):
        town.sandbox.control(f"productions/{production}", {"node": node})
    wait_for(lambda: dora.case(over["number"])["status"] == "completed")

    emma, later = accepted_on(town, "2026-12-20")
    assert later["due_provisional"]
    interval = next(sentence for sentence in later["due_explained"] if "最早" in sentence)
    assert "暂定（2027年放假安排未发布），最早" in interval
    assert "最晚" in interval

    file = notice_file(town, NOTICE_2027)
    told = flask(town, "calendar", "import", file, "--by", "王小明", "--second", file)
    assert "2027-01-04（周一）推算上班，现在休息（元旦，国办发明电〔2026〕8号）。" in told
    assert "calendar approve CN 2 --approved-by NAME" in told
    assert changes(town) == []
    assert "要由另一个人核对启用" in flask(town, "calendar", "approve", "CN", "2", "--approved-by", " 王小明", expect=1)
    assert "CN version 2 is in force" in flask(town, "calendar", "approve", "CN", "2", "--approved-by", "李建国")

    same = anna.case(final["number"])
    assert {**same, "timeline": final["timeline"]} == final
    moved = berta.case(guessed["number"])
    assert (moved["due_on"], moved["due_provisional"]) == ("2027-01-05", False)
    why = "2027年放假安排已公布（国办发明电〔2026〕8号）"
    assert moved["due_explained"][-1].endswith(f"：{why}，预计办结日期由 2027年1月4日改为 2027年1月5日。")
    assert "改为2027年1月5日。" in words(berta.get(f"/cases/{guessed['number']}"))
    sure = emma.case(later["number"])
    assert not sure["due_provisional"]
    assert changes(town) == [
        (guessed["number"], date(2027, 1, 4), date(2027, 1, 5), why),
        (later["number"], date.fromisoformat(later["due_on"]), date.fromisoformat(sure["due_on"]), why),
    ]
    assert dora.case(over["number"])["due_on"] == over["due_on"]
    assert calendars_of(town) == {
        final["number"]: "CN-1",
        guessed["number"]: "CN-2",
        paused["number"]: "CN-1",
        over["number"]: "CN-1",
        later["number"]: "CN-2",
    }
    town.desk.calendars.catch_up()
    assert len(changes(town)) == 2
    assert "holds the same days already" in flask(town, "calendar", "import", file, "--by", "王小明")
    flask(town, "setup")
    assert len(flask(town, "calendar", "list").splitlines()) == 2


def ordered(town, number):
    return next((each["production"] for each in town.sandbox.items("productions") if each["reference"] == number), None)


def test_a_city_s_own_days_lie_over_the_country_s_and_a_paused_case_takes_the_calendar_of_its_resumption(own_town):
    town = own_town
    anna, case = accepted_on(town, "2026-11-26")
    berta, paused = accepted_on(town, "2026-11-27")
    production = wait_for(lambda: ordered(town, paused["number"]))
    town.sandbox.control("time", {"set": "2026-12-01T10:00:00+08:00"})
    town.sandbox.control(f"productions/{production}", {"node": "correction_requested"})
    wait_for(lambda: berta.case(paused["number"])["status"] == "correcting")
    assert berta.case(paused["number"])["due_on"] is None

    local = notice_file(town, LOCAL)
    told = flask(town, "calendar", "import", local, "--by", "王小明", "--activate", "--approved-by", "李建国")
    assert "4452 version 1 is in force; due dates changed: 1" in told
    moved = anna.case(case["number"])
    assert (moved["due_on"], moved["due_provisional"]) == ("2027-01-04", True)
    assert "12月24日搬迁，窗口不办公，办结日期不变。" in moved["due_explained"]
    assert "其间 12月25日地方节日放假，不算。" in moved["due_explained"]
    last = moved["due_explained"][-1]
    assert last.endswith("工作日历有更正（粤府〔2026〕9号），预计办结日期由 12月31日改为 2027年1月4日。")

    with town.database.read() as unit:
        kinds = unit.session.execute(
            select(CalendarDay.kind, CalendarDay.issuer).where(CalendarDay.doc_no.like("%2026〕9号")).distinct()
        ).all()
    assert [tuple(row) for row in kinds] == [("legal", "广东省人民政府")]

    country = notice_file(town, NOTICE_2027, "country.toml")
    flask(town, "calendar", "import", country, "--by", "王小明", "--activate", "--approved-by", "李建国")
    again = anna.case(case["number"])
    assert (again["due_on"], again["due_provisional"]) == ("2027-01-05", False)
    assert [each[1:3] for each in changes(town)] == [
        (date(2026, 12, 31), date(2027, 1, 4)),
        (date(2027, 1, 4), date(2027, 1, 5)),
    ]
    town.sandbox.control("time", {"set": "2026-12-03T10:00:00+08:00"})
    town.sandbox.control(f"productions/{production}", {"node": "made"})
    wait_for(lambda: berta.case(paused["number"])["status"] == "accepted")
    resumed = berta.case(paused["number"])
    assert not resumed["due_provisional"]
    assert "其间 12月25日地方节日放假，不算。" in resumed["due_explained"]
    assert set(calendars_of(town).values()) == {"4452-2"}
    days = flask(town, "due", "2026-12-23", "3wd", "--days")
    assert "日历 CN-2+4452-2，暂停规则 primary" in days
    assert re.search(r"2026-12-25 周五 +休 地方节日 粤府〔2026〕9号", days)
    assert flask(town, "due", "2026-12-23", "2wd", "--region", "").splitlines()[0] == "2026-12-25"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("work = [2027-01-09]", "work = [2027-01-08]", "调休上班的只能是周六或周日"),
        ('notice = "国办发明电〔2026〕8号"', "", "缺少“notice”"),
        ("off = [2027-06-09]", "off = [2027-06-09, 2027-06-10]", "应当是 13"),
        ("[[holidays]]", "[[holiday]]", "缺少“[[holidays]]”"),
    ],
)
def test_a_faulty_notice_is_refused_with_its_faults_and_nothing_is_written(small_town, old, new, says):
    file = notice_file(small_town, NOTICE_2027.replace(old, new))
    before = flask(small_town, "calendar", "list")
    assert says in flask(small_town, "calendar", "import", file, "--by", "王小明", expect=1)
    assert flask(small_town, "calendar", "list") == before


def test_two_people_are_two_people_and_two_sources_agree(small_town):
    file = notice_file(small_town, NOTICE_2027)
    other = notice_file(small_town, NOTICE_2027.replace("work = [2027-01-09]", "work = [2027-01-10]"), "other.toml")
    alone = ("calendar", "import", file, "--by", "王小明", "--activate")
    assert "--approved-by" in flask(small_town, *alone, expect=2)
    assert "same person" in flask(small_town, *alone, "--approved-by", "王小明", expect=2)
    assert "两份来源不一样" in flask(small_town, "calendar", "import", file, "--by", "甲", "--second", other, expect=1)
    assert "没有第 9 版" in flask(small_town, "calendar", "approve", "CN", "9", "--approved-by", "乙", expect=1)
    assert len(flask(small_town, "calendar", "list").splitlines()) == 1


@pytest.mark.parametrize(
    ("today", "state", "code"), [("2026-10-17", "covered", 0), ("2026-12-09", "due", 0), ("2026-12-10", "overdue", 1)]
)
def test_the_year_s_end_is_watched(small_town, today, state, code):
    small_town.sandbox.control("time", {"set": f"{today}T10:00:00+08:00"})
    told = flask(small_town, "calendar", "status", expect=code)
    assert f"published through 2026-12-31, today {today}: {state}" in told
    assert ("bring in the coming year" in told) == (state != "covered")

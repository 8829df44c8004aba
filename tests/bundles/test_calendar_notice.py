"""A notice as a file: read with every fault, judged, merged, and what changes by it told in sentences."""

from datetime import date
from importlib import resources

import pytest

from bundles.calendar_notice import (
    NoticeFaults,
    changes,
    compare,
    faults_of,
    merged,
    read_notice,
    reason_of_change,
)
from bundles.holiday_rule import holidays_by_rule, roll_over
from bundles.working_days import Calendar, DayException, builtin_festivals, load_calendar, scopes_of
from tests.calendars import LOCAL, NOTICE_2027

CALENDAR = load_calendar()
BUILTIN = (resources.files("bundles") / "calendars" / "cn.toml").read_text("utf-8")
NUMBER = 'notice = "国办发明电〔2026〕8号"'


def faults(text, base=CALENDAR):
    return faults_of(read_notice(text), base)


def unreadable(text):
    with pytest.raises(NoticeFaults) as caught:
        read_notice(text)
    return caught.value.faults


def after(text, base=CALENDAR):
    notice = read_notice(text)
    own = [each for each in base.exceptions() if each.doc_no]
    return Calendar.build(notice.version, merged(own, notice), notice.published_through or base.published_through)


def test_the_product_s_own_calendar_has_no_fault_and_changes_nothing():
    assert faults(BUILTIN) == []
    assert changes(CALENDAR, after(BUILTIN)) == []


def test_a_new_year_s_notice_holds_that_year_alone_and_keeps_what_was_before():
    assert faults(NOTICE_2027) == []
    calendar = after(NOTICE_2027)
    assert calendar.published_through == date(2027, 12, 31)
    assert calendar.exception(date(2026, 10, 1)) == CALENDAR.exception(date(2026, 10, 1))
    told = changes(CALENDAR, calendar)
    assert "2027-01-04（周一）推算上班，现在休息（元旦，国办发明电〔2026〕8号）。" in told
    assert "2027-01-09（周六）推算休息，现在上班（元旦，国办发明电〔2026〕8号）。" in told
    assert told[-1] == "放假安排公布到 2027-12-31，原来到 2026-12-31。"
    assert reason_of_change(CALENDAR, calendar) == "2027年放假安排已公布（国办发明电〔2026〕8号）"


def test_a_correction_is_told_as_one():
    corrected = BUILTIN.replace("2026-10-06, 2026-10-07", "2026-10-06, 2026-10-07, 2026-10-08").replace(
        "2026-09-20, 2026-10-10", "2026-09-20, 2026-10-10, 2026-10-11"
    )
    assert faults(corrected) == []
    assert reason_of_change(CALENDAR, after(corrected)) == "工作日历有更正（国办发明电〔2025〕7号）"
    assert changes(CALENDAR, after(corrected))[0].startswith("2026-10-08（周四）原来上班，现在休息")
    assert reason_of_change(after(NOTICE_2027), CALENDAR) == "工作日历有更正"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("work = [2027-01-09]", "work = [2027-01-08]", "元旦：2027-01-08 是周五，调休上班的只能是周六或周日。"),
        ("off = [2027-01-01, 2027-01-04]", "off = [2027-01-01, 2027-01-05]", "2027-01-04 没有放假"),
        ("off = [2027-06-09]", "off = [2027-06-09, 2027-06-12]", "端午节：2027-06-12 本来就是周末"),
        ("off = [2027-06-09]", "off = [2027-06-09, 2027-06-10]", "是 14，应当是 13。"),
        ("off = [2027-06-09]", "off = [2027-06-09, 2027-06-09]", "2027-06-09 写了 2 次，请只留一次。"),
        ('reason = "端午节"', 'reason = "假日"', "2027 年缺少：端午。"),
        ('notice = "国办发明电〔2026〕8号"\noff = [2027-06-09]', "off = [2027-06-09]", "端午节：缺少“notice”"),
        (
            'notice = "国办发明电〔2026〕8号"\noff = [2027-06-09]',
            'notice = "口头"\noff = [2027-06-09]',
            "不像国务院办公厅",
        ),
        ("published_through = 2027-12-31", "", "缺少“published_through”"),
        ("published_through = 2027-12-31", "published_through = 2026-12-30", "不能退回到 2026-12-30"),
        ("published_through = 2027-12-31", "published_through = 2027-09-30", "2027-10-01 在 2027-09-30 以后"),
    ],
)
def test_each_fault_of_a_notice_is_found(old, new, says):
    assert old in NOTICE_2027
    assert any(says in fault for fault in faults(NOTICE_2027.replace(old, new)))


def test_all_faults_are_told_at_once():
    wrong = NOTICE_2027.replace("work = [2027-01-09]", "work = [2027-01-08]").replace(
        'reason = "端午节"', 'reason = "假"'
    )
    assert len(faults(wrong)) >= 2


def test_a_day_may_be_worked_for_nothing_but_then_the_year_does_not_add_up():
    worked = f'{NOTICE_2027}\n[[holidays]]\nreason = "补班"\n{NUMBER}\nwork = [2027-11-06]\n'
    assert faults(worked) == ["2027 年放假的工作日减去调休上班的天数是 12，应当是 13。"]


def test_a_year_may_have_more_days_off_where_the_file_says_so():
    more = NOTICE_2027.replace("off = [2027-06-09]", "off = [2027-06-09, 2027-06-10]") + "\n[days_off]\n2027 = 14\n"
    assert faults(more) == []


def as_notice(year):
    """A year made by rule, written as its notice might be; New Year may reach back into December."""
    blocks = [
        f'[[holidays]]\nreason = "{each.reason}"\nnotice = "国办发明电〔{year - 1}〕1号"\n'
        f"off = [{', '.join(str(day) for day in each.days() if day.weekday() < 5)}]\n"
        f"work = [{', '.join(map(str, each.guessed))}]\n"
        for each in holidays_by_rule([year], builtin_festivals())
        if any(day.weekday() < 5 for day in each.days())
    ]
    return f'version = "{year}"\npublished_through = {year}-12-31\n' + "\n".join(blocks)


@pytest.mark.parametrize("year", range(2027, 2036))
def test_a_year_made_by_rule_passes_every_check_of_a_notice(year):
    first = DayException(date(year - 1, 1, 1), False, "元旦", "国办发明电〔2020〕1号")
    base = Calendar.build("before", [first], date(year - 1, 12, 20))
    assert [each for each in faults(as_notice(year), base) if not each.startswith(str(year - 1))] == []


def test_a_make_up_day_can_be_taken_back_and_a_day_off_too():
    taken_back = """
version = "cn-2026.2"
published_through = 2026-12-31
[[holidays]]
reason = "国庆节"
notice = "国办发明电〔2026〕3号"
off = [2026-10-10]
work = [2026-10-07]
"""
    found = faults(taken_back)
    assert not any("本来就是周末" in each or "只能是周六或周日" in each for each in found)


def test_a_place_s_own_days_need_their_issuer_and_say_how_they_count():
    assert faults(LOCAL) == []
    assert any("缺少“issuer”" in each for each in faults(LOCAL.replace('issuer = "广东省人民政府"', "")))
    working = LOCAL.replace("off = [2026-12-24]", "off = [2026-12-24]\nwork = [2026-12-26]")
    assert any("窗口停办的，只写“off”" in each for each in faults(working))
    notice = read_notice(LOCAL)
    calendar = Calendar.build("x", [*CALENDAR.exceptions(), *notice.days()], CALENDAR.published_through)
    assert not calendar.is_working(date(2026, 12, 25))
    assert calendar.is_working(date(2026, 12, 24))
    assert changes(CALENDAR, calendar) == [
        "2026-12-25（周五）原来上班，现在休息（地方节日，粤府〔2026〕9号）。",
        "2026-12-24 搬迁，窗口不办公，不影响期限。",
    ]
    assert changes(calendar, CALENDAR)[-1] == "2026-12-24 搬迁，不再停办。"
    assert changes(calendar, CALENDAR)[0] == "2026-12-25（周五）原来休息，现在上班（地方节日，粤府〔2026〕9号）。"
    assert CALENDAR.first_difference(calendar) == date(2026, 12, 24)


def test_what_is_no_calendar_is_refused_with_every_fault():
    assert "不是合格的 TOML" in unreadable("x = ")[0]
    found = "\n".join(
        unreadable(
            """
versoin = "x"
scope = "china"
published_through = "soon"
days_off = { soon = 3 }
[[holidays]]
reason = 5
kind = "lasting"
days = []
off = ["2027-01-01"]
"""
        )
    )
    for says in (
        "没有“versoin”这一项",
        "缺少“version”",
        "“scope”要写",
        "“published_through”要写日期",
        "“days_off”要写年份和天数",
        "第 1 段：没有“days”这一项",
        "第 1 段：“reason”要写文字",
        "第 1 段：“kind”要写",
        "第 1 段：“off”要写一列日期",
        "第 1 段：没有写是哪几天",
    ):
        assert says in found, says
    assert any("缺少“[[holidays]]”" in each for each in unreadable('version = "x"'))
    assert any("缺少“reason”" in each for each in unreadable('version = "x"\n[[holidays]]\noff = [2027-01-01]'))


def test_a_second_source_must_say_the_same():
    notice = read_notice(NOTICE_2027)
    assert compare(notice, NOTICE_2027) == []
    assert compare(notice, BUILTIN + NOTICE_2027[NOTICE_2027.index("[[holidays]]") :].replace("reason", "reason")) == []
    days = ",".join(
        f'{{"name": "x", "date": "{each.day}", "isOffDay": {"false" if each.is_working else "true"}}}'
        for each in notice.days()
    )
    weekend = '{"name": "x", "date": "2027-01-02", "isOffDay": true}'
    assert compare(notice, f'{{"year": 2027, "days": [{days},{weekend}]}}') == []
    other = NOTICE_2027.replace("work = [2027-01-09]", "work = [2027-01-10]")
    assert compare(notice, other) == [
        "两份来源不一样：2027-01-09，这份写上班，第二份没有写。",
        "两份来源不一样：2027-01-10，这份没有写，第二份写上班。",
    ]
    assert compare(notice, '{"year": 2027, "days": []}') == ["第二份来源里一天也没有。"]
    for unread in ("{}", "{", "x = ", '{"days": [5]}'):
        assert compare(notice, unread) == ["第二份来源看不懂，要同样写法的文件，或 holiday-cn 的 JSON。"]


@pytest.mark.parametrize(
    ("region", "scopes"),
    [
        ("", ("CN",)),
        ("440000", ("CN", "44")),
        ("445200", ("CN", "44", "4452")),
        ("445203", ("CN", "44", "4452", "445203")),
    ],
)
def test_a_region_lies_under_its_province_and_city(region, scopes):
    assert scopes_of(region) == scopes


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2026, 10, 17), "covered"),
        (date(2026, 10, 18), "due"),
        (date(2026, 12, 9), "due"),
        (date(2026, 12, 10), "overdue"),
        (date(2027, 3, 1), "overdue"),
    ],
)
def test_the_coming_year_is_awaited_from_75_days_before_and_late_from_10_december(today, state):
    assert roll_over(date(2026, 12, 31), today) == state

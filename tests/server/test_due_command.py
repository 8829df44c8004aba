"""`flask due`: by the city's choices, before there is a database and after, for citizens and for lawyers."""

import copy
import json
import tomllib

import pytest

from tests.far_sides import EXAMPLE
from wxserver.app import create_app
from wxserver.settings import parse


@pytest.fixture
def due(tmp_path):
    """What `flask due` prints under settings of the clock, without a database."""
    apps = []

    def run(*arguments, stdin=None, expect=0, **rules):
        document = copy.deepcopy(tomllib.loads(EXAMPLE.read_text("utf-8")))
        document["clock"] |= rules
        app = create_app(parse(document, "test", {"VAR_DIR": str(tmp_path)}))
        apps.append(app)
        with app.app_context():
            done = app.test_cli_runner().invoke(args=["due", *arguments], input=stdin)
        assert done.exit_code == expect, done.output
        return done.output

    yield run
    for app in apps:
        app.extensions["world"].database.engine.dispose()


def first_line(text):
    return text.splitlines()[0]


def test_a_date_and_why(due):
    told = due("2026-11-26", "25wd")
    assert told.splitlines() == [
        "2026-12-31",
        "  从 11月26日 受理的次日起算 25 个工作日，到 12月31日（周四）为止。",
        "  周末不算。",
    ]
    assert first_line(due("2026-11-27", "25wd")) == "2027-01-04（暂定）"


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("primary", "2026-12-14"),
        ("half_open", "2026-12-11"),
        ("pause_day_counted", "2026-12-11"),
        ("both_counted", "2026-12-10"),
        ("restart", "2026-12-18"),
    ],
)
def test_a_pause_is_read_as_the_city_has_chosen(due, rule, day):
    assert first_line(due("2026-11-26", "10wd", "--suspend", "2026-12-03..2026-12-04", pause_rule=rule)) == day


def test_a_lawyer_sees_every_day_with_its_number_or_why_it_has_none(due):
    told = due("2026-09-23", "5wd", "--suspend", "2026-09-28..2026-09-29", "--days").splitlines()
    lines = told[told.index("  日历 cn-2026.1，暂停规则 primary") + 1 :]
    assert lines[0].split() == ["2026-09-23", "周三", "起"]
    assert lines[1].split() == ["2026-09-24", "周四", "1"]
    assert lines[2].split() == ["2026-09-25", "周五", "休", "中秋节", "国办发明电〔2025〕7号"]
    assert lines[5].split() == ["2026-09-28", "周一", "停"]
    assert [line.split()[-1] for line in lines if "国庆节" in line] == ["国办发明电〔2025〕7号"] * 6
    assert any(line.split()[1:4] == ["周六", "5", "班"] for line in lines)


def test_a_batch_answers_a_line_each_and_nothing_else(due):
    lines = [
        json.dumps({"start": "2026-11-20", "limit": "25wd", "suspensions": [["2026-12-01", "2026-12-05"]]}),
        "",
        "nonsense",
        json.dumps({"start": "2026-11-26", "limit": "96h"}),
    ]
    answers = [json.loads(line) for line in due("--batch", stdin="\n".join(lines)).splitlines()]
    assert len(answers) == 3
    assert set(answers[0]) == {"due_on", "provisional", "explained"}
    assert answers[0]["due_on"] == "2026-12-31"
    assert answers[1]["error"].startswith("line 3: ")
    assert answers[2]["due_on"] == "2026-11-30"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((), 2), (("2026-11-26",), 2), (("2026-11-26", "25"), 1), (("2026-11-26", "5wd", "--suspend", "x"), 2)],
)
def test_what_makes_no_sense_is_said_so(due, arguments, code):
    due(*arguments, expect=code)

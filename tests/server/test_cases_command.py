"""`flask cases`: what waits for a clerk, and what a clerk decides on the command line."""

import secrets

import pytest

from bundles.people import check_digit
from tests import papers
from tests.usecases.test_at_the_window import CLERK, _apply_online


@pytest.fixture
def run(town):
    runner = town.app.test_cli_runner()

    def invoke(*words):
        with town.app.app_context():
            return runner.invoke(args=["cases", *words])

    return invoke


def test_what_waits_is_listed_and_an_accepted_case_waits_no_longer(town, run):
    citizen = town.citizen().sign_in()
    number = _apply_online(citizen)
    listed = run("waiting").output
    assert f"{number}  due 20" in listed
    assert citizen.name not in listed
    assert run("accept", number, "--by", CLERK).output == f"{number} is accepted\n"
    assert number not in run("waiting").output


def test_a_case_of_a_bureau_is_completed_with_words_for_the_citizen(town, run):
    citizen = town.citizen("active", id_number=_born_in(1961)).sign_in()
    number = _retire(citizen)
    assert "staff carry it out" in run("waiting").output
    assert run("complete", number, "--by", CLERK, "--text", "电话已更新。").exit_code == 0
    case = citizen.case(number)
    assert (case["status"], case["result"]["text"]) == ("completed", "电话已更新。")


def _born_in(year):
    body = f"445202{year}0312{secrets.randbelow(1000):03d}"
    return body + check_digit(body)


def _retire(citizen):
    uploads = [citizen.uploaded("identity_document"), citizen.uploaded("signature", papers.signature())]
    form = {
        "retire_on": "2026-12-31",
        "why": "age",
        "last_unit": "灵活就业",
        "live_in": "445202",
        "phone": "13800005620",
        "true_answers": "yes",
    }
    answer = citizen.submit("pension", bundle="retirement", form=form, uploads=uploads)
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


@pytest.mark.parametrize("words", ["", "  ", "一行\n两行", "长" * 501])
def test_words_that_no_citizen_should_read_are_refused(town, run, words):
    answer = run("refuse", "JY20260101-0001", "--by", CLERK, "--reason", words)
    assert answer.exit_code == 1
    assert "one line" in answer.output


def test_a_number_that_nobody_bears_says_so(town, run):
    assert "没有这个办件编号" in run("accept", "JY20260101-9999", "--by", CLERK).output

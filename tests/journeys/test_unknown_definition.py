"""A definition of quite another subject, written by somebody else, works at once when it is imported: no code."""

from pathlib import Path

import pytest

from tests.usecases.offering import with_check_digit

FILE = Path(__file__).with_name("concession.toml")
CODE = "senior-concession"
FORM = {"phone": "13800005620", "alone": True, "visit": "yes"}


@pytest.fixture
def imported(small_town):
    """The definition, brought in by the command; afterwards it is on offer no more."""
    with small_town.app.app_context():
        done = small_town.app.test_cli_runner().invoke(args=["bundles", "import", str(FILE), "--by", "zhang"])
    assert done.exit_code == 0, done.output
    yield small_town
    small_town.desk.publishing.retire(CODE, by="zhang")


def applied(citizen, **form):
    return citizen.submit("issue", bundle=CODE, form=FORM | form)


def test_an_unknown_definition_is_listed_guided_applied_for_timed_and_completed(imported):
    town = imported
    old = town.citizen(id_number=with_check_digit("44520019500101101")).sign_in()
    assert CODE in [each["code"] for each in old.api("GET", "/bundles").json()["items"]]
    assert "老年人优待证" in old.get("/").text
    listed = old.api("GET", f"/bundles/{CODE}").json()["items"]
    assert [(each["code"], each["name"]) for each in listed] == [("issue", "老年人优待证申领")]
    page = old.get(f"/bundles/{CODE}/issue").text
    assert "满 60 周岁的老人" in page
    assert "坐公交要带身份证吗" in page
    assert "老年人优待证申领" in old.get("/?q=老年证").text

    faults = old.submit("issue", bundle=CODE, form={"alone": True}).json()["errors"]
    assert set(faults) == {"form.phone", "form.visit"}
    answer = applied(old)
    case = answer.json()
    assert answer.status_code == 201, case
    assert case["number"].startswith("LN")
    assert (case["limit"], case["due_explained"] != []) == ("10 个工作日", True)
    assert case["due_on"]
    assert old.case(case["number"])["item_name"] == "老年人优待证申领"

    town.desk.deciding.complete(case["number"], "clerk", "证做好了，社区会给您打电话。")
    done = old.case(case["number"])
    assert (done["status"], done["result"]["text"]) == ("completed", "证做好了，社区会给您打电话。")
    assert [entry["node"] for entry in done["timeline"]][-1] == "completed"
    assert "老年人优待证申领" in old.get(f"/cases/{case['number']}").text

    young = town.citizen(id_number=with_check_digit("44520020000101101")).sign_in()
    (sentence,) = applied(young).json()["errors"]["item"]
    assert sentence.startswith("办这一项，年龄要满 60 周岁")
    assert sentence.endswith("满 60 周岁以后再来办。")

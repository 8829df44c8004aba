"""Citizens who can't be reached, as clerks see them: who, since when, why, and no longer once they have looked."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.web.letters import CHONGQING, read_at, someone, tell
from tests.web.pages import page
from tests.web.staff import staff_client
from wxserver.store import case_queue
from wxserver.store.case_queue import Reach
from wxserver.usecases.staff_case_views import WHY_UNREACHED
from wxserver.web.api.presenting import moment

REGION = "500000"
LIST = "/admin/cases?unreached=1"


@pytest.fixture
def database(jieyang):
    return jieyang.app.extensions["world"].database


@pytest.fixture
def now(jieyang):
    return jieyang.app.extensions["world"].clock.now()


@pytest.fixture
def clerk(jieyang):
    return staff_client(jieyang.app, "clerk", regions=[REGION])


@pytest.fixture
def lin(jieyang):
    """Somebody who has applied, and their case."""
    who = someone(jieyang)
    return who, who.applied()


def row_of(clerk, case, query="unreached=1&limit=50"):
    """The line of a case in the list over the API; None where it is not there."""
    after = ""
    while True:
        found = clerk.call("GET", f"cases?{query}{after}").json
        line = next((each for each in found["items"] if each["number"] == case), None)
        if line is not None or found["next"] is None:
            return line
        after = f"&after={found['next']}"


def test_a_citizen_no_message_went_to_is_listed_with_since_when_and_why_until_they_look(clerk, database, now, lin):
    who, case = lin
    assert row_of(clerk, case) is None
    tell(database, case, now - timedelta(hours=2), state="inbox", reason="not_following")
    tell(database, case, now - timedelta(hours=1), state="inbox", reason="no_channel")

    line = row_of(clerk, case)
    assert line["unreached"]["since"] == moment(now - timedelta(hours=2))
    assert row_of(clerk, case, "view=all&limit=50")["unreached"] == line["unreached"]
    assert line["unreached"]["reason"] == "no_channel"
    assert "没有可用的微信通知" in clerk.get(LIST).text
    sheet = clerk.get(f"/admin/cases/{case}").text
    assert "联系不上申请人" in sheet
    assert "没有可用的微信通知" in sheet

    page(who.browser(), "/messages")

    assert row_of(clerk, case) is None
    assert "联系不上申请人" not in clerk.get(f"/admin/cases/{case}").text
    assert clerk.call("GET", f"cases/{case}").json["unreached"] is None


def test_reading_one_message_over_the_api_takes_the_case_off_too(clerk, database, now, lin):
    who, case = lin
    told = tell(database, case, now, state="inbox", reason="failed")
    assert row_of(clerk, case) is not None

    who.mini.post(f"messages/{told}/read", {})

    assert read_at(database, told) is not None
    assert row_of(clerk, case) is None


@pytest.mark.parametrize("state", ["waiting", "sent", "confirmed"])
def test_who_was_sent_a_message_is_not_listed(clerk, database, now, lin, state):
    _, case = lin
    tell(database, case, now, state=state)

    assert row_of(clerk, case) is None


def test_a_case_that_is_over_is_not_listed(clerk, jieyang, database, now, lin):
    _, case = lin
    tell(database, case, now, state="inbox", reason="no_channel")
    refused = clerk.post_form(f"/admin/cases/{case}/refuse", confirmed="yes", reason="材料不符合条件，请到窗口问。")
    assert refused.status_code == 303

    assert row_of(clerk, case) is None
    assert "联系不上申请人" not in clerk.get(f"/admin/cases/{case}").text


@pytest.mark.parametrize("scope", [{"regions": ["445200"]}, {"bundles": ["social-security-card"]}])
def test_the_list_ends_where_the_reach_of_its_reader_does(jieyang, database, now, lin, scope):
    _, case = lin
    tell(database, case, now, state="inbox", reason="erased")
    before = staff_client(jieyang.app, "clerk", **scope).call("GET", "cases").json["counts"]["unreached"]

    assert row_of(staff_client(jieyang.app, "clerk", **scope), case) is None
    assert before == 0
    assert row_of(staff_client(jieyang.app, "clerk", bundles=[CHONGQING]), case) is not None


def test_the_list_is_paged_and_counted(clerk, jieyang, database, now):
    cases = {someone(jieyang).applied() for _ in range(3)}
    for case in cases:
        tell(database, case, now, state="inbox", reason="gave_up")

    seen, after = [], ""
    while True:
        found = clerk.call("GET", f"cases?unreached=1&limit=1{after}").json
        seen += [each["number"] for each in found["items"]]
        if found["next"] is None:
            break
        after = f"&after={found['next']}"

    assert cases <= set(seen)
    assert len(seen) == len(set(seen)) == found["counts"]["unreached"]
    assert f"联系不上的 {len(seen)}" in clerk.get("/admin/cases").text


def test_the_way_to_the_next_page_stays_in_the_filter(clerk, jieyang, database, now, monkeypatch):
    for _ in range(2):
        tell(database, someone(jieyang).applied(), now, state="inbox", reason="gave_up")
    monkeypatch.setattr("wxserver.usecases.staff_cases.MOST", 1)

    assert "unreached=1&amp;after=" in clerk.get(LIST).text


def test_an_unknown_filter_is_refused_by_the_api(clerk):
    assert clerk.call("GET", "cases?unreached=yes").status_code == 422


def test_who_may_not_see_cases_does_not_see_these(jieyang):
    assert staff_client(jieyang.app, "auditor").get(LIST).status_code == 403


@pytest.mark.parametrize("reason", sorted(WHY_UNREACHED))
def test_every_reason_is_told_in_words(clerk, database, now, told_case, reason):
    tell(database, told_case, now + timedelta(seconds=next(_later)), state="inbox", reason=reason)

    found = clerk.call("GET", f"cases/{told_case}").json["unreached"]

    assert (found["reason"], found["reason_text"]) == (reason, WHY_UNREACHED[reason])


_later = itertools.count(1)


@pytest.fixture(scope="module")
def told_case(jieyang):
    return someone(jieyang).applied()


def test_no_page_of_the_filter_walks_through_closed_cases_or_read_messages(jieyang, database):
    asked = []
    with database.read() as unit:
        event.listen(database.engine, "before_cursor_execute", lambda *seen: asked.append((seen[2], seen[3])))
        case_queue.page(unit, Reach(("x",), (REGION,)), waiting=False, unreached=True, after=None, most=5)
        queries = [each for each in asked if each[0].startswith("SELECT")]
        plans = [
            " ".join(row[3] for row in unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values))
            for query, values in queries
        ]

    assert len(plans) == len(case_queue.BANDS)
    for plan in plans:
        assert "USING INDEX ix_case_due" in plan or "USING INDEX ix_case_open_version" in plan, plan
        assert "ix_notice_unreached" in plan, plan

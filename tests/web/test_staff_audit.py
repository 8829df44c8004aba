"""The pages and the API of the audit log: read by few, exported by fewer, with nothing personal in an address."""

import csv
import io
from datetime import timedelta

import pytest

from tests.web.staff import staff_client
from wxserver.store import records

SCRIPT = '"><script>alert(1)</script>{{7*7}}'


@pytest.fixture
def supervisor(jieyang):
    return staff_client(jieyang.app, "supervisor")


@pytest.fixture
def note(jieyang):
    """Add a row to the log."""
    world = jieyang.app.extensions["world"]

    def add(action="case_accepted", *, by="lin", subject="CQ20261122-0001", reason="", days=0, **data):
        with world.database.write() as unit:
            records.audit(
                unit,
                actor_kind="staff",
                actor_id=by,
                action=action,
                subject_kind="case",
                subject_id=subject,
                reason=reason,
                data=data,
                now=world.clock.now() + timedelta(days=days),
            )

    return add


def test_what_was_done_is_told_in_sentences(supervisor, note):
    note(reason="材料齐全")

    page = supervisor.get("/admin/audit").text

    assert "审核通过了办件 CQ20261122-0001" in page
    assert "材料齐全" in page


def test_a_search_leads_to_an_address_that_can_be_kept(supervisor, note):
    note(by="huang-audit", subject="CQ20261122-0007")
    note(by="other-audit", subject="CQ20261122-0008")

    sent = supervisor.post_form("/admin/audit/search", actor="huang-audit", action="", since="2020-01-01", until="")

    assert sent.status_code == 303
    assert sent.location == "/admin/audit?actor=huang-audit&since=2020-01-01"
    page = supervisor.get(sent.location).text
    assert "CQ20261122-0007" in page
    assert "CQ20261122-0008" not in page


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("subject", "445202199001010026", "请改用办件编号查"),
        ("actor", "13800005620", "请改用办件编号查"),
        ("subject", SCRIPT, "只用字母"),
        ("since", "26/11/2026", "日期要写成"),
        ("until", "9999-12-31", "日期要写成"),
    ],
)
def test_what_can_not_be_searched_for_is_said_at_its_field_and_kept(supervisor, field, typed, said):
    answer = supervisor.post_form("/admin/audit/search", **{field: typed})

    assert answer.status_code == 422
    assert said in answer.text
    assert f'id="f-{field}-error"' in answer.text
    assert "<script>alert" not in answer.text
    assert supervisor.get("/admin/audit", query_string={field: typed}).status_code == 422


def test_the_end_must_come_after_the_beginning(supervisor):
    answer = supervisor.post_form("/admin/audit/search", since="2026-11-22", until="2026-11-20")

    assert "结束日期要在开始日期之后" in answer.text


def test_a_script_in_the_log_is_shown_and_never_run(supervisor, note):
    note(action=SCRIPT[:64], by=SCRIPT, subject=SCRIPT, reason=SCRIPT)

    page = supervisor.get("/admin/audit").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{7*7}}" in page


def test_older_rows_stand_on_further_pages(supervisor, note):
    for number in range(60):
        note(by="busy-audit", subject=f"CQ20261122-{number:04d}")

    first = supervisor.get("/admin/audit?actor=busy-audit").text
    assert "CQ20261122-0059" in first
    assert "CQ20261122-0009" not in first
    more = first.partition("更早的")[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "CQ20261122-0009" in supervisor.get(more).text


def test_an_export_opens_in_a_spreadsheet_and_is_noted(supervisor, note):
    note(by="export-audit", reason="=HYPERLINK(1)")

    answer = supervisor.post_form("/admin/audit/export", actor="export-audit")

    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert "'=HYPERLINK(1)" in rows[1]
    newest = supervisor.call("GET", "audit?limit=1").json["items"][0]
    assert (newest["action"], newest["actor"]) == ("audit_exported", supervisor.member.username)


@pytest.mark.parametrize(
    ("role", "reads", "exports"),
    [("supervisor", 200, 200), ("administrator", 200, 403), ("clerk", 403, 403), ("editor", 403, 403)],
)
def test_only_some_may_read_and_fewer_export(jieyang, role, reads, exports):
    client = staff_client(jieyang.app, role)

    assert client.get("/admin/audit").status_code == reads
    assert client.call("GET", "audit").status_code == reads
    assert client.post_form("/admin/audit/export").status_code == exports
    assert client.call("POST", "audit/export", json={}).status_code == exports
    assert ("/admin/audit/export" in client.get("/admin/audit").text) == (role == "supervisor")


def test_a_program_searches_alike(supervisor, note):
    note(by="api-audit", bundle="card")

    (row,) = supervisor.call("GET", "audit?actor=api-audit&bundle=card").json["items"]

    assert (row["text"], row["bundle"]) == ("审核通过了办件 CQ20261122-0001", "card")
    assert supervisor.call("GET", "audit?actor=13800005620").status_code == 422
    assert supervisor.call("GET", "audit?after=x").status_code == 400
    assert supervisor.call("GET", "audit?colour=red").status_code == 422

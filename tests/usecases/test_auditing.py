"""The audit log: a chain that shows every break, found again by who, what and when, and written out without harm."""

import csv
import io
import shutil
import tomllib
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask_migrate import upgrade
from sqlalchemy import text

from tests.database import fresh_postgres, sqlite_url
from tests.far_sides import EXAMPLE
from tests.web.staff import member_of
from wxserver.app import create_app
from wxserver.settings import parse
from wxserver.store import records
from wxserver.usecases import auditing as module
from wxserver.usecases.audit_words import ACT_WORDS, harmless
from wxserver.usecases.auditing import AuditSearch
from wxserver.usecases.faults import BadRequest, Forbidden, Invalid
from wxserver.usecases.rights import ACTS

BEGIN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def over(url, directory):
    document = tomllib.loads(EXAMPLE.read_text("utf-8"))
    document["database"]["url"] = url
    return create_app(parse(document, "example", {"VAR_DIR": str(directory)}))


@contextmanager
def migrated(url, directory):
    made = over(url, directory)
    with made.app_context():
        upgrade()
    made.extensions["world"].database.engine.dispose()
    yield url


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory):
    directory = tmp_path_factory.mktemp("migrated")
    with migrated(sqlite_url(directory), directory):
        yield directory / "test.db"


@pytest.fixture(scope="module")
def on_postgresql(postgres_server, tmp_path_factory):
    with fresh_postgres(postgres_server) as url, migrated(url, tmp_path_factory.mktemp("migrated")):
        yield url


@pytest.fixture
def app(kind, request, tmp_path, monkeypatch):
    """The app over a migrated, empty database of each kind, reading three rows at a time."""
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    with ExitStack() as ends:
        if kind == "sqlite":
            shutil.copy(request.getfixturevalue("on_sqlite"), tmp_path / "test.db")
            url = sqlite_url(tmp_path)
        else:
            server, model = (request.getfixturevalue(each) for each in ("postgres_server", "on_postgresql"))
            url = ends.enter_context(fresh_postgres(server, like=model))
        made = over(url, tmp_path)
        ends.callback(made.extensions["world"].database.engine.dispose)
        with made.app_context():
            yield made


class Log:
    """The log of an app, and hands that write in it and break it."""

    def __init__(self, app):
        self.app = app
        self.database = app.extensions["world"].database
        self.desk = app.extensions["usecases"].auditing

    def add(self, action="bundle_published", *, by="huang", at=BEGIN, subject=("case", "CQ20261122-0001"), **data):
        reason = data.pop("reason", "换了电话，所以改")
        with self.database.write() as unit:
            records.audit(
                unit,
                actor_kind="staff",
                actor_id=by,
                action=action,
                subject_kind=subject[0],
                subject_id=subject[1],
                reason=reason,
                data=data,
                now=at,
            )

    def break_open(self, statement):
        """Change evidence, as somebody could who owns the database itself."""
        with self.database.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER ALL"))
            else:
                connection.execute(text("DROP TRIGGER audit_log_no_update"))
                connection.execute(text("DROP TRIGGER audit_log_no_delete"))
            connection.execute(text(statement))

    def run(self, *words):
        return self.app.test_cli_runner().invoke(args=["audit", *words])


@pytest.fixture
def log(app):
    return Log(app)


def test_a_whole_chain_is_whole_and_tells_its_head(log):
    for number in range(8):
        log.add(
            at=BEGIN + timedelta(microseconds=number), bundle="card", number=number, nested={"z": [1.5, None, "字"]}
        )

    found = log.desk.verify()

    assert (found.count, found.broken, found.whole) == (8, None, True)
    assert log.run("verify").output == f"8 rows fit  head {found.head}\n"
    assert log.run("verify", "--head", found.head).exit_code == 0


def test_an_empty_log_is_whole(log):
    assert log.run("verify").exit_code == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE audit_log SET reason = 'x' WHERE number = 5", "changed"),
        ("UPDATE audit_log SET actor_id = 'lin' WHERE number = 5", "changed"),
        ("UPDATE audit_log SET bundle = 'other' WHERE number = 5", "changed"),
        ("UPDATE audit_log SET at = '2026-11-22 08:00:01+00:00' WHERE number = 5", "changed"),
        ("UPDATE audit_log SET data = '{}' WHERE number = 5", "changed"),
        ("UPDATE audit_log SET previous_hash = hash WHERE number = 5", "does not follow"),
        ("DELETE FROM audit_log WHERE number = 4", "missing"),
    ],
)
def test_the_first_row_that_was_changed_or_taken_out_is_named(log, change, why):
    for number in range(8):
        log.add(bundle="card", number=number)
    log.break_open(change)

    answer = log.run("verify")

    assert answer.exit_code == 1
    assert "number 5" in answer.output
    assert why in answer.output
    assert log.desk.verify().count == (3 if why == "missing" else 4)


def test_a_chain_that_was_cut_at_its_end_is_found_out_by_a_head_that_was_kept(log):
    for _ in range(5):
        log.add()
    kept = log.desk.verify().head
    log.break_open("DELETE FROM audit_log WHERE number > 3")

    assert log.run("verify").exit_code == 0
    answer = log.run("verify", "--head", kept)
    assert answer.exit_code == 1
    assert "cut off" in answer.output


def test_what_is_too_long_or_unstorable_is_cut_and_the_chain_holds(log):
    log.add("a" * 90, by="b" * 90, subject=("case", "c" * 90), reason="长\0" * 300, bundle="d" * 90)

    assert log.desk.verify().whole


def test_it_is_found_by_who_what_which_and_when(app, log):
    log.add("bundle_published", by="huang", bundle="card", subject=("bundle_version", "1" * 32))
    log.add("case_accepted", by="lin", bundle="card", at=BEGIN + timedelta(days=1))
    log.add("case_refused", by="lin", subject=("case", "CQ20261122-0002"), at=BEGIN + timedelta(days=2))
    member = member_of(app, "supervisor")

    def numbers(**wanted):
        return [each.number for each in log.desk.search(member, AuditSearch(**wanted)).items]

    assert numbers() == [3, 2, 1]
    assert numbers(actor="lin") == [3, 2]
    assert numbers(action="case_accepted") == [2]
    assert numbers(subject="CQ20261122-0002") == [3]
    assert numbers(bundle="card") == [2, 1]
    assert numbers(since=BEGIN + timedelta(days=1), until=BEGIN + timedelta(days=2)) == [2]
    assert numbers(actor="lin", bundle="card") == [2]
    assert numbers(actor="nobody") == []


def test_it_is_paged_by_number_without_a_gap(app, log):
    for _ in range(7):
        log.add()
    member, found, after = member_of(app, "supervisor"), [], None
    while True:
        page = log.desk.search(member, AuditSearch(), after=after, limit=3)
        found += [each.number for each in page.items]
        after = page.next
        if after is None:
            break

    assert found == [7, 6, 5, 4, 3, 2, 1]
    with pytest.raises(BadRequest):
        log.desk.search(member, AuditSearch(), after="seven")


@pytest.mark.parametrize("typed", ["445202199001010026", "13800005620", "林小兰 445202199001010026", "a b", "x" * 65])
def test_nobody_is_looked_for_by_a_number_of_theirs(app, log, typed):
    with pytest.raises(Invalid):
        log.desk.search(member_of(app, "supervisor"), AuditSearch(subject=typed))


def test_rows_are_sentences_and_an_unknown_action_stands_as_it_is(app, log):
    log.add("case_accepted", by="lin")
    log.add("bundle_published", bundle="card", number=4, subject=("bundle_version", "1" * 32))
    log.add("something_new", subject=("case", "CQ20261122-0001"))
    log.add("refused", subject=("case", "CQ20261122-0001"), act="cases.unmask", reason="not-yours")

    said = [each.did for each in log.desk.search(member_of(app, "supervisor"), AuditSearch()).items]

    assert said == [
        "没有“查看完整信息”的权限，被拦下，办件 CQ20261122-0001",
        "something_new：办件 CQ20261122-0001",
        "发布了“card” v4",
        "审核通过了办件 CQ20261122-0001",
    ]
    assert set(ACT_WORDS) == set(ACTS)


def test_a_limited_supervisor_sees_only_what_is_theirs(app, log):
    log.add(bundle="card")
    log.add()
    member = member_of(app, "supervisor", bundles=["other"])
    log.add(by=member.username)

    assert [each.number for each in log.desk.search(member, AuditSearch()).items] == [3]


def test_an_export_is_itself_in_the_log_and_in_the_file(app, log):
    for number in range(5):
        log.add(bundle="card", number=number)
    member = member_of(app, "supervisor")

    lines = "".join(log.desk.export(member, AuditSearch(bundle="card")))

    assert lines.startswith("\ufeff")
    table = list(csv.reader(io.StringIO(lines.removeprefix("\ufeff"))))
    assert [row[0] for row in table[1:]] == ["5", "4", "3", "2", "1"]
    (newest, *_) = log.desk.search(member, AuditSearch()).items
    assert (newest.action, newest.actor, newest.data) == ("audit_exported", member.username, {"of_bundle": "card"})
    written = log.run("export", "--by", "ops", "--since", "2026-11-22").output
    assert written.startswith("\ufeff")
    assert [line.split(",")[0] for line in written.splitlines()[1:]] == [f'"{each}"' for each in range(7, 0, -1)]
    assert log.desk.verify().whole


def test_who_may_only_read_exports_nothing(app, log):
    with pytest.raises(Forbidden):
        log.desk.export(member_of(app, "administrator"), AuditSearch())
    with pytest.raises(Forbidden):
        log.desk.search(member_of(app, "editor"), AuditSearch())


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠a", " =1", "\u3000=1", "\n=1"]


@pytest.mark.parametrize("cell", DANGEROUS)
def test_no_cell_of_an_export_is_a_formula(app, log, cell):
    log.add(reason=cell, by=cell, action=cell, subject=(cell, cell))

    table = list(csv.reader(io.StringIO("".join(log.desk.export_all("ops", AuditSearch())), newline="")))

    mine = next(row for row in table if row[0] == "1")
    assert f"'{cell}" in mine
    assert not any(
        each[:1] and each.lstrip(" \n\u3000")[:1] in "=+-@＝＋－＠\t\r" for each in mine if each.strip(" \n")
    )


def test_an_ordinary_cell_stays_as_it_is():
    assert [harmless(each) for each in ("", "黄 1", "1-2", "a=b", "25 个工作日")] == [
        "",
        "黄 1",
        "1-2",
        "a=b",
        "25 个工作日",
    ]

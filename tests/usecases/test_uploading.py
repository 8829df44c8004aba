"""Pictures: kept once, sealed on the disk, carried to the registry, and thrown away when nobody uses them."""

import hashlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from bundles.ports import Unavailable
from tests import drawn, papers
from tests.town import BUNDLE, wait_for
from wxserver.store import uploads
from wxserver.store.tables.applications import Application, Case
from wxserver.store.tables.records import AccessRecord
from wxserver.store.tables.uploads import CaseUpload, DraftUpload, Upload


@pytest.fixture
def citizen(town):
    return town.citizen("active").sign_in()


def session(town, citizen):
    found = town.desk.sessions.find(citizen.http.cookies["wxserver_session"])
    assert found is not None
    return found


def folder(town):
    return town.config.parent / "var" / "uploads"


def file_of(town, upload_id):
    return folder(town) / upload_id[:2] / upload_id


def rows(town, table, *where):
    with town.database.read() as unit:
        return unit.session.scalar(select(func.count()).select_from(table).where(*where))


def test_a_picture_is_sealed_on_the_disk_and_opens_for_its_owner_only(town, citizen):
    upload = citizen.upload().json()
    kept = file_of(town, upload["id"]).read_bytes()
    assert b"JFIF" not in kept
    assert b"\xff\xd8\xff" not in kept[:200]
    _, content = town.desk.uploading.open(session(town, citizen), upload["id"])
    assert content[:3] == b"\xff\xd8\xff"
    assert hashlib.sha256(content).hexdigest() == upload["sha256"]
    other = town.citizen().sign_in()
    assert other.api("GET", f"/uploads/{upload['id']}").status_code == 404


def test_a_pdf_is_kept_as_it_came_sealed_on_the_disk_and_its_pages_are_known(town, citizen):
    upload = citizen.upload("other", papers.pdf(3)).json()
    assert b"%PDF" not in file_of(town, upload["id"]).read_bytes()
    view, content = town.desk.uploading.open(session(town, citizen), upload["id"])
    assert (view.media_type, view.pages, view.width, view.height) == ("application/pdf", 3, None, None)
    assert content == papers.pdf(3)
    assert view.sha256 == hashlib.sha256(content).hexdigest()
    refused = citizen.upload("other", papers.pdf(21))
    assert (refused.status_code, refused.json()["code"]) == (422, "too-many-pages")


def test_a_signature_is_kept_as_a_picture_and_nothing_else_of_it(town, citizen):
    upload = citizen.upload("signature", papers.signature()).json()
    _, content = town.desk.uploading.open(session(town, citizen), upload["id"])
    assert content[:3] == b"\xff\xd8\xff"
    assert b"PNG" not in content
    assert citizen.upload("signature", drawn.good_portrait()).json()["code"] == "not-a-signature"


def test_a_picture_swapped_on_the_disk_does_not_open(town, citizen):
    one, two = citizen.upload().json()["id"], citizen.upload("identity_document").json()["id"]
    file_of(town, one).write_bytes(file_of(town, two).read_bytes())
    with pytest.raises(Exception, match="does not open"):
        town.desk.uploading.open(session(town, citizen), one)


def test_twenty_threads_with_one_key_keep_one_picture(town, citizen):
    key, before = uuid.uuid4().hex, set(town.desk.uploading.files.names())
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: citizen.upload(key=key), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert rows(town, Upload, Upload.idempotency_key == key) == 1
    assert len(set(town.desk.uploading.files.names()) - before) == 1


def test_sixty_a_day_are_enough(town, citizen):
    citizen.upload(key="first")
    person, now = session(town, citizen).person_id, town.desk.uploading.clock.now()
    with town.database.write() as unit:
        for number in range(59):
            uploads.add(
                unit,
                uploads.new_name(),
                person_id=person,
                kind="scene",
                key=f"many-{number}",
                raw_sha256="0" * 64,
                sha256="0" * 64,
                size=1,
                width=1,
                height=1,
                now=now,
            )
    answer = citizen.upload()
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-uploads")
    assert "Retry-After" in answer.headers
    assert citizen.upload(key="first").status_code == 200, "what was handed in may be asked for again"
    town.sandbox.control("time", {"advance": "PT25H"})
    citizen.sign_in()
    assert citizen.upload().status_code == 201


def test_the_draft_keeps_pictures_in_order_and_a_new_photo_takes_the_place_of_the_old(town, citizen):
    drafting, who = town.desk.drafting, session(town, citizen)
    front, back, photo, other = (
        citizen.uploaded(kind) for kind in ("identity_document", "identity_document", "photo", "photo")
    )
    for each in (front, photo, back, back):
        drafting.attach(who, BUNDLE, "apply", each)
    assert [each.id for each in drafting.get(who, BUNDLE, "apply").uploads] == [front, photo, back]
    drafting.save(who, BUNDLE, "apply", form={"phone": "13800005620"})
    kept = drafting.attach(who, BUNDLE, "apply", other)
    assert [each.id for each in kept.uploads] == [front, back, other]
    assert kept.form == {"phone": "13800005620"}
    assert [each.id for each in drafting.detach(who, BUNDLE, "apply", front).uploads] == [back, other]
    assert [each.id for each in drafting.detach(who, BUNDLE, "apply", front).uploads] == [back, other]
    assert citizen.api("GET", f"/uploads/{photo}").status_code == 200, "it is swept later"


def problem_of(act):
    from wxserver.usecases.faults import Problem

    with pytest.raises(Problem) as caught:
        act()
    return caught.value


def test_a_draft_refuses_what_is_not_asked_too_much_or_somebody_elses(town, citizen):
    drafting, who = town.desk.drafting, session(town, citizen)
    for _ in range(2):
        drafting.attach(who, BUNDLE, "apply", citizen.uploaded("identity_document"))
    for upload, code in (
        (citizen.uploaded("identity_document"), "too-many"),
        (citizen.uploaded("scene"), "upload-not-asked"),
        (town.citizen().sign_in().uploaded("photo"), "unknown-upload"),
        ("0" * 32, "unknown-upload"),
    ):
        problem = problem_of(lambda each=upload: drafting.attach(who, BUNDLE, "apply", each))
        assert [fault.code for fault in problem.faults] == [code]
    assert len(drafting.get(who, BUNDLE, "apply").uploads) == 2
    assert problem_of(lambda: drafting.detach(who, BUNDLE, "replace", "0" * 32)).code == "no-draft"
    assert problem_of(lambda: drafting.attach(who, BUNDLE, "nothing", "0" * 32)).code == "unknown-item"


def test_two_tabs_that_add_pictures_at_once_lose_none(town, citizen):
    drafting, who = town.desk.drafting, session(town, citizen)
    drafting.save(who, BUNDLE, "apply", form={})
    papers = [citizen.uploaded("identity_document") for _ in range(2)] + [citizen.uploaded("photo")]
    together = threading.Barrier(3)

    def add(upload):
        together.wait()
        drafting.attach(who, BUNDLE, "apply", upload)

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(add, papers))
    assert {each.id for each in drafting.get(who, BUNDLE, "apply").uploads} == set(papers)


@pytest.mark.rule("JY-2.1")
def test_the_photo_reaches_the_registry_and_the_ledger_says_so(town, citizen):
    case = citizen.apply().json()
    made = town.desk.casework.case(session(town, citizen), case["number"])
    assert [name for name, _ in made.uploads] == ["有效身份证件", "电子证件照"]
    assert [view.id for _, view in made.uploads] == citizen.papers()
    wait_for(lambda: town.effects(citizen))
    found = registry_knows(town, case["number"])
    photo = made.uploads[1][1]
    assert found == {"sha256": photo.sha256, "size": photo.size}
    with town.database.read() as unit:
        fields = unit.session.scalars(select(AccessRecord.data).where(AccessRecord.subject_id == case["number"])).all()
    assert [each["fields"] for each in fields] == [["name", "document", "form", "photo"]]
    assert made.uploads == town.desk.casework.case(session(town, citizen), case["number"]).uploads
    assert citizen.api("GET", f"/cases/{case['number']}").status_code == 200


def registry_knows(town, number):
    """What the sandbox's registry has kept of the photo that came with this case."""
    import sqlite3

    with sqlite3.connect(town.config.parent / "var" / "sandbox.db") as connection:
        row = connection.execute(
            "SELECT photo_sha256, photo_size FROM production WHERE case_reference = ?", (number,)
        ).fetchone()
        kept = connection.execute("SELECT request FROM answer").fetchall()
    assert all(len(request) < 2000 for (request,) in kept), "the registry keeps the picture itself"
    return {"sha256": row[0], "size": row[1]}


def test_a_replacement_without_a_photo_sends_none(town, citizen):
    number = citizen.submit("replace", card_id=citizen.cards()[0]["id"], form={"reason": "damaged"}).json()["number"]
    wait_for(lambda: town.effects(citizen))
    assert registry_knows(town, number) == {"sha256": None, "size": None}


def test_an_application_that_is_open_already_rolls_everything_back(town, citizen):
    assert citizen.apply().status_code == 201
    handed_in, applications = rows(town, CaseUpload), rows(town, Application)
    assert citizen.apply().json()["code"] == "already-open"
    assert (rows(town, CaseUpload), rows(town, Application)) == (handed_in, applications)


def test_a_picture_deleted_while_it_is_being_submitted_opens_no_case(town, citizen, monkeypatch):
    papers, cases = citizen.papers(), rows(town, Case)
    known = uploads.own_many

    def known_just_now(unit, person_id, ids):
        found = known(unit, person_id, ids)
        with town.database.write() as other:
            uploads.drop(other, papers[1])
        return found

    monkeypatch.setattr(uploads, "own_many", known_just_now)
    answer = citizen.apply()
    assert (answer.status_code, answer.json()["errors"]) == (422, {"uploads": ["没有找到这张图片，请重新上传。"]})
    assert rows(town, Case) == cases


def test_the_draft_that_was_submitted_lets_go_of_its_pictures(town, citizen):
    drafting, who = town.desk.drafting, session(town, citizen)
    for each in citizen.papers():
        drafting.attach(who, BUNDLE, "apply", each)
    key = drafting.get(who, BUNDLE, "apply").submission_key
    assert citizen.apply(key).status_code == 201
    assert rows(town, DraftUpload, DraftUpload.upload_id.in_(citizen.papers())) == 0
    assert rows(town, CaseUpload, CaseUpload.upload_id.in_(citizen.papers())) == 2


def test_what_stands_nowhere_is_swept_after_a_day_and_nothing_else(town, citizen):
    lost, drafted = citizen.uploaded("scene"), citizen.uploaded("photo")
    town.desk.drafting.attach(session(town, citizen), BUNDLE, "replace", drafted)
    submitted = citizen.papers()
    assert citizen.apply().status_code == 201
    stray, fresh = uploads.new_name(), uploads.new_name()
    files, real = town.desk.uploading.files, datetime.now(UTC)
    files.write(stray, b"left by a crash", real)
    town.desk.tidying.sweep()
    assert file_of(town, lost).exists()
    assert file_of(town, stray).exists()
    town.sandbox.control("time", {"advance": "PT25H"})
    files.write(fresh, b"being written", town.desk.uploading.clock.now())
    town.desk.tidying.tidy()
    town.desk.tidying.sweep()
    there = {each.name for each in files.names()}
    assert not {lost, stray} & there
    assert {drafted, *submitted, fresh} <= there
    assert rows(town, Upload, Upload.id == lost) == 0
    files.delete(fresh)
    citizen.sign_in()
    assert citizen.api("GET", f"/uploads/{drafted}").status_code == 200
    town.sandbox.control("time", {"advance": f"PT{24 * 32}H"})
    town.desk.tidying.tidy()
    town.desk.tidying.sweep()
    assert not file_of(town, drafted).exists()
    assert all(file_of(town, each).exists() for each in submitted)


def test_a_lost_file_is_told_as_an_unknown_picture_and_written_to_the_log(town, citizen, caplog):
    upload = citizen.uploaded()
    file_of(town, upload).unlink()
    assert citizen.api("GET", f"/uploads/{upload}").status_code == 404
    assert "lost its file" in caplog.text


def test_a_registry_that_is_away_gets_the_photo_later(town, citizen, monkeypatch):
    registry = town.desk.carrying.registry
    away = threading.Event()
    start = type(registry).start_production

    def once(self, key, request):
        if not away.is_set():
            away.set()
            raise Unavailable
        return start(self, key, request)

    monkeypatch.setattr(type(registry), "start_production", once)
    number = citizen.apply().json()["number"]
    wait_for(lambda: town.effects(citizen))
    assert registry_knows(town, number)["size"] > 0
    assert drawn.good_portrait()

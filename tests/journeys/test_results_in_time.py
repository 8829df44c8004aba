"""A face result serves whom it is about, for a while, once; what the provider knows is asked for before it is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.journeys.test_providers import begin, eid_face, look
from tests.town import wait_for
from tests.usecases.offering import with_check_digit
from wxserver.ports import IdentityDocument
from wxserver.store import consents
from wxserver.store.tables.identity import Verification


@pytest.fixture
def citizen(town):
    return town.citizen().open()


def mistaken(citizen, times, **person):
    """So many results that say "not this person"."""
    for _ in range(times):
        started = begin(citizen, "eid", **person)
        eid_face(citizen, started["url"], "failed", err_code="2016")
        assert look(citizen, started)["reason"] == "face-mismatch"


def test_a_pass_that_is_not_collected_within_ten_minutes_signs_nobody_in(town, citizen):
    started = citizen.start().json()
    back = citizen.press(started["url"])
    wait_for(lambda: outcome(town, started) == "passed")
    town.sandbox.control("time", {"advance": "PT11M"})
    assert citizen.http.get(back).status_code == 200
    assert citizen.refresh()["assurance"] == "wechat"
    assert look(citizen, started)["status"] == "expired"


def test_a_session_is_as_fresh_as_the_result_and_no_fresher(town, citizen):
    started = citizen.start().json()
    back = citizen.press(started["url"])
    wait_for(lambda: outcome(town, started) == "passed")
    town.sandbox.control("time", {"advance": "PT9M"})
    citizen.http.get(back)
    citizen.refresh()
    session = town.desk.sessions.find(citizen.http.cookies["wxserver_session"])
    assert town.desk.sessions.clock.now() - session.assured_at >= timedelta(minutes=9)


def outcome(town, started):
    with town.database.read() as unit:
        return unit.connection.scalar(select(Verification.outcome).where(Verification.id == started["id"]))


def test_ones_own_pass_gives_no_new_tries_at_somebody_else(town, citizen):
    victim = town.sandbox.person(name="陈桂英")
    whose = {"name": victim["name"], "id_number": victim["id_number"]}
    mistaken(citizen, 4, **whose)
    own = begin(citizen, "eid")
    citizen.http.get(eid_face(citizen, own["url"]).headers["Location"])
    assert citizen.refresh()["assurance"] == "face"
    mistaken(citizen, 1, **whose)
    assert citizen.start(provider="eid", **whose).json()["code"] == "verification-rests"


def test_what_was_begun_before_the_fifth_mistake_passes_for_nothing_afterwards(town, citizen):
    early = begin(citizen, "eid")
    mistaken(citizen, 5)
    eid_face(citizen, early["url"])
    assert citizen.api("GET", f"/verifications/{early['id']}").json()["code"] == "verification-rests"
    assert citizen.refresh()["assurance"] == "wechat"


def test_mistakes_that_nobody_looked_at_are_asked_for_and_count(town, citizen):
    for _ in range(5):
        eid_face(citizen, begin(citizen, "eid")["url"], "failed", err_code="2016")
    town.sandbox.control("time", {"advance": "PT12M"})
    town.desk.verifying.verdicts.expire()
    assert citizen.start().json()["code"] == "verification-rests"


def test_starts_that_no_provider_took_cost_nothing(town, citizen):
    town.sandbox.mishap("identity", "error", 40)
    for _ in range(31):
        assert citizen.start().status_code == 503
    town.sandbox.control("mishaps", {}, "DELETE")
    assert citizen.start().status_code == 201


def test_nobody_agrees_for_anybody_else(town, citizen):
    citizen.start()
    citizen.http.get(citizen.press(citizen.start(consent=None).json()["url"]))
    citizen.refresh()
    other = town.sandbox.person(name="陈桂英")
    typed = {"name": other["name"], "id_number": other["id_number"]}
    page = citizen.get("/login?who=other").text
    assert 'name="consent"' in page
    refused = citizen.start(consent=None, **typed)
    assert (refused.status_code, set(refused.json()["errors"])) == (422, {"consent"})
    assert citizen.start(**typed).status_code == 201
    with town.database.read() as unit:
        session = town.desk.sessions.find(citizen.http.cookies["wxserver_session"])
        document = IdentityDocument("resident_id", other["id_number"])
        held = consents.standing_of(unit, session.wechat_user_id, document)
    assert {purpose for purpose, _ in held} == {"identity_verification"}


def test_whom_yesterdays_verifications_were_about_is_forgotten_and_what_they_proved_stays(town, citizen):
    citizen.http.get(citizen.press(citizen.start().json()["url"]))
    citizen.refresh()
    failed = begin(citizen, "eid", name="陈桂英", id_number=town.sandbox.person(name="陈桂英")["id_number"])
    eid_face(citizen, failed["url"], "failed", err_code="2016")
    look(citizen, failed)
    town.sandbox.control("time", {"advance": "P2D"})
    town.desk.tidying.tidy()
    with town.database.read() as unit:
        row = Verification.name_sealed, Verification.document_sealed, Verification.url_sealed, Verification.outcome
        found = unit.connection.execute(select(*row).where(Verification.id == failed["id"])).one()
        assert tuple(found) == ("", "", None, "mismatch")
    assert citizen.get(f"/login/face/{failed['id']}").status_code == 200


def test_fifteen_digits_are_asked_for_with_eighteen(town):
    whole = with_check_digit("44520319620927692")
    citizen = town.citizen(name="林阿公", id_number=whole).open()
    started = citizen.start(id_number=whole[:6] + whole[8:17])
    citizen.http.get(citizen.press(started.json()["url"]))
    first = citizen.refresh()
    assert first["assurance"] == "face"
    again = citizen.another_browser()
    again.sign_in()
    sessions = [town.desk.sessions.find(each.http.cookies["wxserver_session"]) for each in (citizen, again)]
    assert sessions[0].person_id == sessions[1].person_id

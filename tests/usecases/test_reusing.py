"""Materials that are there already: used again after a tap that agrees, and never asked for before it."""

import pytest
from sqlalchemy import func, select

from bundles.ports import Refused, Unavailable
from tests import drawn, papers
from tests.papers import CODE
from wxserver.store.tables.identity import Consent
from wxserver.store.tables.records import AccessRecord
from wxserver.store.tables.uploads import CaseUpload, Upload
from wxserver.usecases.faults import FarSideAway, Invalid, NotFound
from wxserver.usecases.reusing import Reusing

VERSION = "2026-11-23"
DAYS = 24 * 181


@pytest.fixture
def offered(town):
    """The bundle of all papers, on offer for one test."""
    town.desk.publishing.import_document(papers.definition(), origin="command", by="test", comment="test")
    yield CODE
    town.sandbox.control("time", {"real": True})
    town.desk.publishing.retire(CODE, by="test")


@pytest.fixture
def citizen(town, offered):
    return town.citizen("active").sign_in()


@pytest.fixture
def reusing(town):
    return Reusing(town.desk.drafting, town.desk.uploading, town.desk.cards.registry)


def session(town, citizen):
    found = town.desk.sessions.find(citizen.http.cookies["wxserver_session"])
    assert found is not None
    return found


def submitted(citizen):
    """The ids of two sides of a document and a photo, handed in with a case."""
    ids = [citizen.uploaded("identity_document"), citizen.uploaded("identity_document"), citizen.uploaded("photo")]
    handed_in(citizen, ids)
    return ids


def handed_in(citizen, ids):
    """The number of the case that these were handed in with."""
    answer = citizen.submit("first", bundle=CODE, uploads=ids)
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def rows(town, table, *where):
    with town.database.read() as unit:
        return unit.session.scalar(select(func.count()).select_from(table).where(*where))


def ledger(town, who, action):
    with town.database.read() as unit:
        found = unit.session.scalars(
            select(AccessRecord)
            .where(AccessRecord.subject_id == who.person_id, AccessRecord.action == action)
            .order_by(AccessRecord.at)
        )
        return [(each.reason, each.data) for each in found if each.reason in ("photo", "registry", "earlier_case")]


def fetching(town, monkeypatch, answer):
    """The registry answers a question for a photo like this; how often it was asked."""
    asked = []

    def photo(self, holder):
        asked.append(holder)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(type(town.desk.cards.registry), "photo", photo)
    return asked


def test_what_was_handed_in_before_is_offered_and_put_into_the_draft_by_a_tap_that_agrees(town, citizen, reusing):
    who = session(town, citizen)
    front, back, photo = submitted(citizen)
    offer = reusing.held(who, CODE, "again", "photo")
    assert (offer.source, [each.id for each in offer.uploads], offer.item_name) == ("earlier_case", [photo], "首次办理")
    assert offer.day is not None
    assert town.desk.drafting.get(who, CODE, "again") is None
    assert ledger(town, who, "taken_over") == []

    draft = reusing.take(who, CODE, "again", "photo", "earlier_case", VERSION)
    assert [each.id for each in draft.uploads] == [photo]
    draft = reusing.take(who, CODE, "again", "identity", "earlier_case", VERSION)
    assert {each.id for each in draft.uploads} == {front, back, photo}
    agreed = (Consent.person_id == who.person_id, Consent.purpose == "reuse_materials", Consent.version == VERSION)
    assert rows(town, Consent, *agreed) == 2
    assert ledger(town, who, "taken_over") == [
        ("earlier_case", {"material": "photo", "uploads": [photo]}),
        ("earlier_case", {"material": "identity", "uploads": [front, back]}),
    ]


def test_one_upload_may_stand_in_several_cases_and_is_not_swept_while_one_needs_it(town, citizen, reusing):
    who = session(town, citizen)
    ids = submitted(citizen)
    reusing.take(who, CODE, "again", "photo", "earlier_case", VERSION)
    draft = reusing.take(who, CODE, "again", "identity", "earlier_case", VERSION)
    again = citizen.submit("again", draft.submission_key, bundle=CODE, uploads=[each.id for each in draft.uploads])
    assert again.status_code == 201, again.text
    assert rows(town, CaseUpload, CaseUpload.upload_id.in_(ids)) == 6
    town.sandbox.control("time", {"advance": f"PT{DAYS}H"})
    town.desk.tidying.sweep()
    assert rows(town, Upload, Upload.id.in_(ids)) == 3
    assert citizen.another_browser().sign_in().api("GET", f"/uploads/{ids[0]}").status_code == 200


def test_what_a_clerk_refused_is_not_offered(town, citizen, reusing):
    ids = [citizen.uploaded("identity_document"), citizen.uploaded("photo")]
    number = handed_in(citizen, ids)
    assert reusing.held(session(town, citizen), CODE, "again", "identity") is not None
    town.desk.deciding.refuse(number, "clerk", "证件看不清。")
    assert reusing.held(session(town, citizen), CODE, "again", "identity") is None


def test_what_is_old_or_of_somebody_else_is_not_offered(town, citizen, reusing):
    submitted(citizen)
    stranger = town.citizen("active").sign_in()
    assert reusing.held(session(town, stranger), CODE, "again", "identity") is None
    assert reusing.held(session(town, citizen), CODE, "first", "photo") is None, "its definition does not allow it"
    town.sandbox.control("time", {"advance": f"PT{DAYS}H"})
    who = session(town, citizen.another_browser().sign_in())
    assert reusing.held(who, CODE, "again", "identity") is None
    assert [each.source for each in reusing.every(who, CODE, "again")] == ["registry"]
    with pytest.raises(NotFound) as caught:
        reusing.take(who, CODE, "again", "identity", "earlier_case", VERSION)
    assert caught.value.code == "nothing-held"


def test_a_photo_of_another_size_does_not_fit(town, citizen, reusing):
    submitted(citizen)
    changed = papers.definition()
    changed["items"][2]["materials"][0]["photo"] = {"width": 236, "height": 295}
    town.desk.publishing.import_document(changed, origin="command", by="test", comment="test")
    assert reusing.held(session(town, citizen), CODE, "again", "photo").source == "registry"


def test_the_registry_is_asked_only_after_the_tap_and_its_photo_is_looked_at_like_any_other(
    town, citizen, reusing, monkeypatch
):
    who = session(town, citizen)
    asked = fetching(town, monkeypatch, drawn.good_portrait())
    assert reusing.held(who, CODE, "again", "photo").uploads == ()
    assert asked == []

    (taken,) = reusing.take(who, CODE, "again", "photo", "registry", VERSION).uploads
    assert [each.number for each in asked] == [citizen.id_number]
    assert (taken.kind, taken.width, taken.height) == ("photo", 358, 441)
    assert rows(town, Upload, Upload.id == taken.id, Upload.person_id == who.person_id) == 1
    assert ledger(town, who, "handed_out")[-1] == ("photo", {"fields": ["document"]})
    assert ledger(town, who, "taken_over") == [("registry", {"material": "photo", "uploads": [taken.id]})]
    again = reusing.take(who, CODE, "again", "photo", "registry", VERSION)
    assert [each.id for each in again.uploads] == [taken.id], "the same picture is kept once"


@pytest.mark.parametrize(
    ("answer", "problem", "code"),
    [
        (Unavailable(), FarSideAway, "far-side-away"),
        (Refused("unknown", "没有这个人。"), NotFound, "nothing-held"),
        (None, NotFound, "nothing-held"),
        (drawn.portrait(drawn.BLUISH), Invalid, "invalid"),
        (b"no picture", Invalid, "invalid"),
    ],
    ids=["away", "declines", "none", "not fit", "no picture"],
)
def test_a_registry_that_is_away_or_has_nothing_fit_says_so_and_the_draft_stays_as_it_was(
    town, citizen, reusing, monkeypatch, answer, problem, code
):
    who = session(town, citizen)
    fetching(town, monkeypatch, answer)
    with pytest.raises(problem) as caught:
        reusing.take(who, CODE, "again", "photo", "registry", VERSION)
    assert caught.value.code == code
    assert "拍一张" in caught.value.detail
    assert town.desk.drafting.get(who, CODE, "again") is None
    assert ledger(town, who, "taken_over") == []


@pytest.mark.parametrize(
    ("source", "consent", "faults"),
    [
        ("earlier_case", None, {"consent": "required"}),
        ("earlier_case", "2020-01-01", {"consent": "outdated"}),
        ("registry", "", {"source": "not-held", "consent": "required"}),
        ("somewhere", VERSION, {"source": "not-held"}),
    ],
)
def test_without_consent_or_with_another_source_nothing_is_taken_and_all_faults_are_named(
    town, citizen, reusing, source, consent, faults
):
    who = session(town, citizen)
    submitted(citizen)
    with pytest.raises(Invalid) as caught:
        reusing.take(who, CODE, "again", "identity", source, consent)
    assert {each.path: each.code for each in caught.value.faults} == faults
    assert rows(town, Consent, Consent.person_id == who.person_id, Consent.purpose == "reuse_materials") == 0


def test_what_is_not_asked_for_is_unknown(town, citizen, reusing):
    who = session(town, citizen)
    for item, material, code in (("again", "scene", "unknown-material"), ("nothing", "photo", "unknown-item")):
        with pytest.raises(NotFound) as caught:
            reusing.held(who, CODE, item, material)
        assert caught.value.code == code

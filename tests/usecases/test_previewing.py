"""A preview shows what a version says now, by the real rules, to whoever has its link, and touches nothing else."""

import inspect
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.usecases.offering import document, item, text_field
from tests.web.staff import member_of
from wxserver.store.tables.base import Base
from wxserver.store.tables.definitions import BundleVersion
from wxserver.store.tables.records import AuditRecord
from wxserver.store.tables.staff import Preview, Staff
from wxserver.usecases.desk import UseCases
from wxserver.usecases.faults import Forbidden, Invalid, NotFound
from wxserver.usecases.pretending import VISITOR, PretendDesk
from wxserver.usecases.previewing import Faulty, Gone
from wxserver.usecases.submissions import Submission

CODE = "looked-at"


@pytest.fixture(scope="module")
def town(lone_town):
    """Nobody else's doings are among what is counted."""
    return lone_town


@pytest.fixture
def made(town):
    """Bring a draft of this bundle, and give its number; afterwards nothing of it is left."""

    def bring(*items, **more):
        found = document(CODE, *(items or (item("one", text_field("a", required=True)),)), **more)
        return town.desk.publishing.import_document(found, origin="command", by="zhang", comment="", draft=True).number

    yield bring
    town.sandbox.control("time", {"real": True})
    with town.database.write() as unit:
        unit.session.query(Preview).delete()
        unit.session.query(BundleVersion).filter(BundleVersion.bundle_code == CODE).delete()


def rewrite(town, number, **changes):
    """Change the document of a draft as a save does: content and etag together."""
    with town.database.write() as unit:
        row = unit.session.scalars(select(BundleVersion).filter_by(bundle_code=CODE, number=number)).one()
        row.document = {**row.document, **changes}
        row.etag = f"changed-{row.etag[:20]}"
        unit.session.flush()


def rows(town):
    """How many rows each table has."""
    with town.database.read() as unit:
        tables = Base.metadata.sorted_tables
        return {each.name: unit.session.scalar(select(func.count()).select_from(each)) for each in tables}


def submission(desk, code="one"):
    draft = desk.drafting.get(VISITOR, CODE, code)
    return Submission(CODE, code, draft.card_id, draft.form, tuple(each.id for each in draft.uploads))


def test_an_application_goes_to_its_end_and_only_the_preview_changes(town, made):
    number = made(item("one", text_field("a", required=True), days=15))
    member, before = member_of(town.app, "editor"), None
    previewing = town.desk.previewing
    opened = previewing.open(member, CODE, number)
    before, effects = rows(town), len(town.sandbox.effects())
    desk = previewing.look(opened.token, "one").desk
    desk.drafting.save(VISITOR, CODE, "one")
    assert [each.path for each in desk.applying.preview(VISITOR, submission(desk))] == ["form.a"]
    with pytest.raises(Invalid):
        desk.applying.submit(VISITOR, "k", submission(desk))
    draft = desk.drafting.save(VISITOR, CODE, "one", form={"a": "好", "stranger": "x"})
    assert draft.form == {"a": "好"}
    case = desk.applying.submit(VISITOR, draft.submission_key, submission(desk)).case
    promised = town.desk.timing.if_accepted(
        opened.content.bundle.items[0].limits["online"], town.desk.catalogue.clock.now(), "445200"
    )
    assert (case.status, case.due_on, case.answers) == ("accepted", promised.due_on, (("问题 a", "好"),))
    assert "15 个工作日" in case.limit_text
    assert case.due_explained
    assert desk.casework.case(VISITOR, case.number) == case
    assert desk.drafting.get(VISITOR, CODE, "one") is None
    assert rows(town) == before
    assert len(town.sandbox.effects()) == effects


def test_the_link_shows_what_the_draft_says_now_and_keeps_what_was_typed(town, made):
    number = made()
    opened = town.desk.previewing.open(member_of(town.app, "editor"), CODE, number)
    first = town.desk.previewing.look(opened.token)
    first.desk.drafting.save(VISITOR, CODE, "one", form={"a": "好"})
    changed = document(CODE, item("one", text_field("a"), text_field("b")), name="新名字")
    rewrite(town, number, **changed)
    again = town.desk.previewing.look(opened.token)
    assert (again.bundle.name, len(again.bundle.items[0].fields)) == ("新名字", 2)
    assert again.desk.drafting.get(VISITOR, CODE, "one").form == {"a": "好"}
    rewrite(town, number, **document(CODE, item("two")))
    gone = town.desk.previewing.look(opened.token).desk
    assert gone.drafting.get(VISITOR, CODE, "one") is None
    with pytest.raises(NotFound):
        gone.drafting.save(VISITOR, CODE, "one", form={})


def test_two_colleagues_have_previews_of_their_own_and_one_has_the_same_again(town, made):
    number, previewing = made(), town.desk.previewing
    li, wang = member_of(town.app, "editor"), member_of(town.app, "publisher")
    token = previewing.open(li, CODE, number).token
    assert previewing.open(li, CODE, number).token == token
    assert previewing.open(wang, CODE, number).token != token
    assert previewing.open(li, CODE, number, anew=True).token != token
    town.sandbox.control("time", {"advance": "PT25M"})
    assert previewing.open(wang, CODE, number).expires_at - town.desk.catalogue.clock.now() > timedelta(minutes=29)


def test_a_link_ends_after_half_an_hour_and_its_answers_are_deleted(town, made):
    opened = town.desk.previewing.open(member_of(town.app, "editor"), CODE, made())
    town.sandbox.control("time", {"advance": "PT29M"})
    town.desk.previewing.look(opened.token).desk.drafting.save(VISITOR, CODE, "one", form={"a": "好"})
    town.desk.tidying.tidy()
    assert rows(town)["preview"] == 1
    town.sandbox.control("time", {"advance": "PT2M"})
    with pytest.raises(Gone):
        town.desk.previewing.look(opened.token)
    town.desk.tidying.tidy()
    assert rows(town)["preview"] == 0


def test_a_link_dies_with_the_account_that_made_it(town, made):
    member = member_of(town.app, "editor")
    opened = town.desk.previewing.open(member, CODE, made())
    with town.database.write() as unit:
        unit.session.get(Staff, member.id).disabled_at = town.desk.catalogue.clock.now()
        unit.session.flush()
    with pytest.raises(Gone):
        town.desk.previewing.look(opened.token)


def test_no_link_can_be_forged_or_lengthened(town, made):
    token = town.desk.previewing.open(member_of(town.app, "editor"), CODE, made()).token
    later = f"{int(token[32:40], 16) + 3600:08x}"
    forged = [
        "",
        "x",
        token[:-1],
        token.upper(),
        f"{token[:32]}{later}{token[40:]}",
        f"{token[:-1]}{'10'[token[-1] == '1']}",
    ]
    for each in forged:
        with pytest.raises(NotFound):
            town.desk.previewing.look(each)


def test_answers_are_sealed_and_opening_is_audited_once(town, made):
    member, number = member_of(town.app, "editor"), made()
    opened = town.desk.previewing.open(member, CODE, number)
    town.desk.previewing.open(member, CODE, number)
    town.desk.previewing.look(opened.token).desk.drafting.save(VISITOR, CODE, "one", form={"a": "藏好"})
    with town.database.read() as unit:
        (sealed,) = unit.session.scalars(select(Preview.answers_sealed)).all()
        by = select(AuditRecord.action).where(AuditRecord.actor_id == member.username)
        assert unit.session.scalars(by).all() == ["previewed"]
    assert sealed.startswith("v1.")
    assert "藏好" not in sealed


def test_who_may_not_see_the_bundle_gets_no_link(town, made):
    number = made()
    with pytest.raises(Forbidden):
        town.desk.previewing.open(member_of(town.app, "editor", bundles=["another"]), CODE, number)
    with pytest.raises(Forbidden):
        town.desk.previewing.open(member_of(town.app, "editor", regions=["650000"]), CODE, number)
    assert town.desk.previewing.open(member_of(town.app, "editor", regions=["440000"]), CODE, number)
    with pytest.raises(NotFound):
        town.desk.previewing.open(member_of(town.app, "editor"), CODE, number + 1)


def test_a_draft_that_cannot_be_read_says_what_to_mend_and_one_with_faults_is_shown(town, made):
    number, member = made(), member_of(town.app, "editor")
    rewrite(town, number, **document(CODE, item("one", then=["nowhere"])))
    opened = town.desk.previewing.open(member, CODE, number)
    assert opened.content.faults
    assert town.desk.previewing.look(opened.token).is_faulty
    rewrite(town, number, items=[{"code": "one", "name": 5}])
    opened = town.desk.previewing.open(member, CODE, number)
    assert opened.content.bundle is None
    assert len(opened.content.faults) > 1
    with pytest.raises(Faulty):
        town.desk.previewing.look(opened.token)


def test_what_pretends_takes_the_arguments_of_what_it_stands_for():
    for name, pretended in PretendDesk.__annotations__.items():
        ours, real = (inspect.get_annotations(each, eval_str=True)[name] for each in (PretendDesk, UseCases))
        for method, function in inspect.getmembers(ours, inspect.isfunction):
            if not method.startswith("_"):
                wanted = inspect.signature(getattr(real, method)).parameters
                assert list(inspect.signature(function).parameters) == list(wanted), (pretended, method)

"""Definitions through the API: an item more, a handler that fails on purpose, facts from elsewhere, older versions."""

import tomllib
from importlib import resources

import pytest
from sqlalchemy import update

from bundles import handlers, schema
from bundles.handlers import failing
from tests.town import BUNDLE, wait_for
from wxserver.store.tables.definitions import BundleVersion
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.publishing import Publishing

EIGHTH = '''
"""Tell somebody how many cards they hold."""

from bundles.application import Step
from bundles.handlers import Plain, handler


@handler("count-cards")
class CountCards(Plain):
    def plan(self, order):
        def count(registry, key, done):
            cards = len(registry.cards(order.holder.document))
            text = f"您名下有 {cards} 张卡，{form_word(order)}。"
            return Step("count", key, "completed", text, outcome="completed", result={"cards": cards, "text": text})

        yield "count", count


def form_word(order):
    return {"yes": "都在身边", "no": "有的不在身边"}[order.form["at_hand"]]
'''
ITEM = """
code = "count"
name = "社保卡张数查询"
short_name = "张数"
summary = "查名下有几张卡"
handler = "count-cards"
limits = { online = { unit = "instant" } }
fields = [{ code = "at_hand", kind = "yes_no", label = "卡在身边", required = true }]
guide = { served = "有社保卡的个人" }
"""


def document():
    return tomllib.loads((resources.files("bundles") / "definitions" / "jieyang.toml").read_text("utf-8"))


@pytest.fixture
def publish(small_town):
    """Publish Jieyang's bundle with changed items; afterwards the one that is shipped is in force again."""
    publishing = small_town.desk.publishing

    def put(*items, **changed):
        made = document()
        made["items"] = [each | changed.get(each["code"], {}) for each in made["items"]] + list(items)
        publishing.import_document(made, origin="command", by="test", comment="test")

    yield put
    publishing.import_document(document(), origin="command", by="test", comment="as shipped")
    small_town.sandbox.control("mishaps", method="DELETE")
    small_town.sandbox.control("time", {"real": True})


def reads(town, *paths):
    """How often the registry was asked about somebody."""
    calls = town.sandbox.items("calls?target=registry")
    return [sum(call["path"].endswith(path) for call in calls) for path in paths]


def test_an_eighth_item_is_one_handler_file_and_data(small_town, publish, tmp_path, monkeypatch):
    (tmp_path / "count_cards_of_a_test.py").write_text(EIGHTH, "utf-8")
    monkeypatch.setattr(handlers, "_HANDLERS", {name: handlers.find(name) for name in handlers.names()})
    monkeypatch.setattr(handlers, "__path__", [*handlers.__path__, str(tmp_path)])
    handlers._load.cache_clear()
    publish(tomllib.loads(ITEM))
    citizen = small_town.citizen("active", "sealed").sign_in()
    listed = citizen.api("GET", f"/bundles/{BUNDLE}").json()["items"]
    assert [each["code"] for each in listed][-1] == "count"
    assert len(listed) == 8
    guided = citizen.api("GET", f"/bundles/{BUNDLE}/items/count").json()
    assert guided["name"] == "社保卡张数查询"
    assert "社保卡张数查询" in citizen.get(f"/bundles/{BUNDLE}/count").text
    assert list(citizen.submit("count").json()["errors"]) == ["form.at_hand"]
    answer = citizen.submit("count", form={"at_hand": True})
    case = answer.json()
    assert (answer.status_code, case["status"]) == (201, "completed")
    assert case["result"]["text"] == "您名下有 2 张卡，都在身边。"
    assert [entry["node"] for entry in case["timeline"]] == ["submitted", "completed"]
    publish()
    assert citizen.submit("count", form={"at_hand": True}).status_code == 422
    assert citizen.case(case["number"])["item_name"] == "社保卡张数查询"


def rehearsal(fails, after=0):
    return {"handler": failing.NAME, "options": {"fails": fails, "after": after}}


@pytest.mark.parametrize(
    ("fails", "status", "code"), [("never", "completed", None), ("refused", "refused", "on-purpose")]
)
def test_a_handler_that_fails_on_purpose_ends_as_it_is_told(small_town, publish, fails, status, code):
    publish(**{"card-status": rehearsal(fails, 2)})
    citizen = small_town.citizen("active").sign_in()
    case = citizen.submit("card-status", card_id=citizen.cards()[0]["id"]).json()
    assert case["status"] == status
    assert case["result"].get("code") == code


@pytest.mark.parametrize("fails", ["away", "broken"])
def test_a_handler_that_fails_leaves_its_case_waiting_with_its_steps_saved(small_town, publish, fails):
    publish(**{"card-status": rehearsal(fails, 2)})
    citizen = small_town.citizen("active").sign_in()
    case = citizen.submit("card-status", card_id=citizen.cards()[0]["id"]).json()
    assert case["status"] == "submitted"
    assert case["waiting"]
    mine = wait_for(lambda: [work for work in small_town.desk.working.listed(None) if work["attempts"] >= 2])
    assert any(str(work["last_fault"]).startswith(("unavailable", "RuntimeError")) for work in mine)


def test_production_takes_no_definition_with_the_handler_that_fails_on_purpose(small_town, tmp_path):
    desk = small_town.desk
    made = document()
    made["items"][6] |= rehearsal("away")
    strict = Publishing(desk.publishing.database, desk.publishing.clock, desk.catalogue)
    with pytest.raises(schema.DefinitionFaults, match=r"items\[6\]\.handler"):
        strict.import_document(made, origin="command", by="test", comment="test")
    file = tmp_path / "rehearsal.toml"
    text = (resources.files("bundles") / "definitions" / "jieyang.toml").read_text("utf-8")
    options = '[items.options]\nkind = "formal"'
    assert options in text
    text = text.replace('handler = "loss"', f'handler = "{failing.NAME}"')
    file.write_text(text.replace(options, '[items.options]\nfails = "away"'), "utf-8")
    with small_town.app.app_context():
        done = small_town.app.test_cli_runner().invoke(args=["bundles", "lint", str(file)])
    assert done.exit_code == 1
    assert "只用来测试和演示" in done.output


FEW = {"code": "few", "advice": "请先注销一张。", "needs": {"kind": "valid_cards", "maximum": 1}}
FIRST = {"code": "first", "advice": "请办补换卡。", "needs": {"kind": "first_application"}}
NONE_OPEN = {"code": "open", "advice": "请等它办完。", "needs": {"kind": "open_case", "expected": False}}
INSURED = {"code": "insured", "advice": "请先参保。", "needs": {"kind": "insured"}}


def test_facts_of_the_registry_are_asked_for_once_and_only_where_a_rule_needs_them(small_town, publish):
    citizen, newcomer = small_town.citizen("active", "sealed").sign_in(), small_town.citizen().sign_in()
    before = reads(small_town, "/people/cards", "/people/productions")
    assert newcomer.apply().status_code == 201
    assert reads(small_town, "/people/cards", "/people/productions") == before
    publish(apply={"conditions": [FEW, FIRST]})
    before = reads(small_town, "/people/cards", "/people/productions")
    found = citizen.apply().json()
    assert found["errors"]["item"] == [
        "办这一项，名下有效的社保卡要不超过 1 张；现在有 2 张。请先注销一张。",
        "办这一项，要是第一次申领；以前已经申领过。请办补换卡。",
    ]
    after = reads(small_town, "/people/cards", "/people/productions")
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1]
    first = small_town.citizen().sign_in()
    assert first.apply().status_code == 201
    wait_for(lambda: small_town.effects(first))
    assert "以前已经申领过" in first.apply().json()["errors"]["item"][0]


def test_while_the_registry_is_away_its_facts_are_not_found_out_and_nobody_is_blamed(small_town, publish):
    publish(apply={"conditions": [FIRST]})
    citizen = small_town.citizen().sign_in()
    small_town.sandbox.mishap("registry", "error", 50)
    answer = citizen.apply()
    assert answer.status_code == 422
    (sentence,) = answer.json()["errors"]["item"]
    assert "这一点暂时没有查到。您填的没有错，请过一会儿再提交" in sentence
    small_town.sandbox.control("mishaps", method="DELETE")
    assert citizen.apply().status_code == 201


def test_our_own_open_case_is_a_fact_and_what_nobody_can_tell_is_said_so(small_town, publish):
    publish(apply={"conditions": [NONE_OPEN]})
    citizen = small_town.citizen().sign_in()
    assert citizen.apply().status_code == 201
    assert citizen.apply().json()["errors"]["item"] == ["办这一项，要没有在办的同类申请；已经有一件在办。请等它办完。"]
    publish(apply={"conditions": [INSURED]})
    assert "暂时没有查到" in small_town.citizen().sign_in().apply().json()["errors"]["item"][0]


def test_a_version_is_compiled_once_and_one_of_an_older_schema_is_upgraded_when_it_is_loaded(
    small_town, publish, monkeypatch
):
    publish(apply={"minutes": 9})
    desk, compiled = small_town.desk, []
    load = schema.load_stored

    def counted(made):
        compiled.append(made["schema_version"])
        return load(made)

    monkeypatch.setattr(schema, "load_stored", counted)
    desk.catalogue._compiled.pop(desk.catalogue.bundle(BUNDLE).id)
    citizen = small_town.citizen().sign_in()
    current = desk.catalogue.bundle(BUNDLE)
    for _ in range(3):
        assert citizen.api("GET", f"/bundles/{BUNDLE}").status_code == 200
    assert compiled == [schema.SCHEMA_VERSION]
    assert desk.catalogue.bundle(BUNDLE) is current

    older = schema.dump_bundle(current.bundle) | {"schema_version": 0, "title": current.bundle.name}
    del older["name"]
    with small_town.database.write() as unit:
        unit.session.execute(
            update(BundleVersion).where(BundleVersion.id == current.id).values(document=older, schema_version=0)
        )
    monkeypatch.setitem(
        schema.UPGRADES, 0, lambda made: {key: made[key] for key in made if key != "title"} | {"name": made["title"]}
    )
    another = Catalogue(desk.catalogue.database, desk.catalogue.clock, desk.timing)
    assert another.bundle(BUNDLE).bundle == current.bundle
    assert compiled == [1, 0]

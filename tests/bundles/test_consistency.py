"""What a definition's parts must hold true of each other, each fault at its place."""

import tomllib
from pathlib import Path

import pytest

from bundles import consistency
from bundles.schema import DefinitionFaults, load_bundle, load_toml
from tests.bundles.making import DEFINITIONS

PLANTED = Path(__file__).parent / "data" / "broken"


def part(code="one", **more):
    return {
        "code": code,
        "name": f"事项{code}",
        "short_name": code,
        "summary": "试一试",
        "handler": "office",
        "limits": {"online": {"unit": "working_days", "amount": 5}},
        "guide": {"served": "个人"},
    } | more


def made(*items, **more):
    return {
        "schema_version": 1,
        "code": "tiny",
        "name": "小事",
        "short_name": "小",
        "number_prefix": "XX",
        "region": "445200",
        "organiser": "某局",
        "introduction": "试一试。",
        "items": list(items) or [part()],
    } | more


def faults(document):
    """Path -> sentence; empty where the document is in order."""
    try:
        load_bundle(document)
    except DefinitionFaults as found:
        return {fault.path: fault.sentence for fault in found.faults}
    return {}


def field(code, kind="text", **more):
    return {"code": code, "kind": kind, "label": code} | more


def shown(*fields, condition, **more):
    """The fault of a field that shows under a condition, after these fields."""
    last = field("last", visible_when=condition)
    return faults(made(part(fields=[*fields, last], **more))).get(f"items[0].fields[{len(fields)}].visible_when")


def needing(condition, **more):
    rule = {"code": "rule", "advice": "请看清楚。", "needs": condition}
    return faults(made(part(conditions=[rule], **more)))


def is_(code, *values):
    return {"kind": "field", "field": code, "values": list(values)}


def both(*parts):
    return {"kind": "all", "of": list(parts)}


def opposite(condition):
    return {"kind": "not", "of": [condition]}


CHOICE = field("why", "choice", choices=[{"code": "lost", "label": "丢了"}, {"code": "broken", "label": "坏了"}])
LOST, BROKEN = is_("why", "lost"), is_("why", "broken")


def test_a_field_that_never_shows_is_found_by_trying_all_answers():
    hidden = field("found", "yes_no", visible_when=LOST)
    assert shown(CHOICE, condition=LOST) is None
    assert shown(CHOICE, condition=both(LOST, BROKEN)) == "“last”永远不会显示，请检查这个条件。"
    assert shown(CHOICE, hidden, condition=both(BROKEN, is_("found", "yes"))) is not None
    assert shown(CHOICE, hidden, condition=both(BROKEN, opposite(is_("found", "yes")))) is None
    assert shown(field("name"), condition=both(is_("name", "甲"), is_("name", "乙"))) is not None
    assert shown(field("name"), condition=is_("name")) is None
    assert shown(CHOICE, condition=opposite({"kind": "any", "of": [LOST, BROKEN]})) is None


def test_circumstances_count_where_a_condition_asks_for_them():
    kiosk = {"kind": "channel", "values": ["kiosk"]}
    assert shown(condition=kiosk) is not None
    limits = {channel: {"unit": "instant"} for channel in ("online", "kiosk")}
    assert shown(condition=kiosk, channels=["online", "kiosk"], limits=limits) is None
    assert shown(condition={"kind": "acting", "values": ["guardian"]}) is None
    assert shown(condition={"kind": "document", "values": ["passport"]}) is None
    assert shown(condition=both({"kind": "insured"}, {"kind": "insured", "expected": False})) is not None
    assert shown(condition={"kind": "batch_state", "values": ["made"]}) is None
    assert shown(condition=both({"kind": "age", "minimum": 60}, {"kind": "age", "maximum": 60})) is None
    assert shown(condition=both({"kind": "age", "minimum": 61}, {"kind": "age", "maximum": 60})) is not None
    assert shown(condition={"kind": "valid_cards", "maximum": 2}) is None


def test_what_a_card_tells_is_known_only_where_a_card_is_chosen():
    for condition in (
        {"kind": "card_state", "values": ["active"]},
        {"kind": "region", "values": ["650000"]},
        {"kind": "loss_reported", "values": ["formal"]},
    ):
        assert shown(condition=condition) is not None
        assert shown(condition=condition, needs_card=True) is None
    lost = {"kind": "loss_reported", "values": ["formal"]}
    assert shown(condition=lost, needs_card=True, card_states=["active"]) is not None
    two = both({"kind": "region", "values": ["650000"]}, {"kind": "region", "values": ["440000"]})
    assert shown(condition=two, needs_card=True) is not None


def test_what_depends_on_more_than_can_be_tried_is_believed():
    many = [field(f"q{number}", "choice", choices=CHOICE["choices"]) for number in range(10)]
    never = both(*(is_(each["code"], "lost") for each in many), is_("q0", "broken"))
    assert shown(*many[:3], condition=both(is_("q0", "lost"), is_("q0", "broken"))) is not None
    assert shown(*many, condition=never) is None


def test_a_rule_that_nobody_meets_and_a_case_that_never_comes_are_faults():
    assert needing(both(LOST, BROKEN), fields=[CHOICE]) == {
        "items[0].conditions[0].needs": "谁都满足不了这个条件，请检查写得对不对。"
    }
    rule = {"code": "rule", "advice": "请看。", "needs": LOST, "when": both(LOST, BROKEN)}
    material = {"code": "m", "name": "m", "kind": "other", "when": both(LOST, BROKEN)}
    told = faults(made(part(fields=[CHOICE], conditions=[rule], materials=[material])))
    never = "这种情形不会出现，请检查写得对不对。"
    assert told == {"items[0].conditions[0].when": never, "items[0].materials[0].when": never}


def test_a_fault_of_a_condition_is_told_once_and_stops_no_other_check():
    fields = [
        field("a", "yes_no", visible_when={"kind": "mood"}),
        field("b", visible_when=both(is_("a", "yes"), is_("a", "no"))),
        field("c", "yes_no", visible_when={"kind": "not"}),
        field("d", visible_when=is_("c", "yes")),
        field("e", "photo"),
        field("f", visible_when=is_("e", "yes")),
    ]
    assert set(faults(made(part(fields=fields)))) == {
        "items[0].fields[0].visible_when.kind",
        "items[0].fields[1].visible_when",
        "items[0].fields[2].visible_when.of",
        "items[0].fields[5].visible_when.field",
    }


@pytest.mark.parametrize(
    ("promise", "legal", "longer"),
    [
        (("working_days", 25), ("calendar_days", 30), True),
        (("working_days", 20), ("calendar_days", 30), False),
        (("calendar_days", 8), ("working_days", 5), True),
        (("calendar_days", 7), ("working_days", 5), False),
        (("hours", 25), ("calendar_period", 1), True),
        (("hours", 24), ("calendar_period", 1), False),
        (("hours", 1), ("instant", 0), True),
        (("instant", 0), ("working_days", 5), False),
        (("working_days", 6), ("working_days", 5), True),
    ],
)
def test_a_limit_is_compared_with_the_legal_one_across_units(promise, legal, longer):
    def limit(unit, amount):
        return {"unit": unit} | ({"amount": amount} if amount else {})

    told = faults(made(part(limits={"online": limit(*promise)}, legal_limit=limit(*legal))))
    assert ("items[0].limits.online.amount" in told) is longer


def test_periods_archive_reminders_and_banks_refer_to_what_there_is():
    period = {"code": "p", "label": "p", "limit": {"unit": "hours"}, "starts": "received", "channels": ["kiosk"]}
    told = faults(
        made(
            part(periods=[period], archive={"window": ["sculpture"]}),
            reminders=[{"code": "r", "of": "card_expiry", "days_before": 60, "item": "two", "text": "快到期了。"}],
            places=[{"code": "445299", "name": "x", "items": ["one"], "banks": ["abc"]}],
            region="449999",
        )
    )
    assert set(told) == {
        "items[0].periods[0].limit.amount",
        "items[0].periods[0].channels[0]",
        "items[0].archive.window",
        "items[0].archive.window[0]",
        "reminders[0].item",
        "places[0].code",
        "places[0].banks[0]",
        "region",
    }


PLACES = {
    "banks": [{"code": "abc", "name": "农行"}],
    "places": [{"code": "445200", "name": "揭阳", "items": ["one"], "banks": ["abc"]}],
}


def test_places_banks_and_regions_are_asked_in_order():
    asked = [field("where", "place"), field("bank", "bank")]
    assert faults(made(part(fields=asked), **PLACES)) == {}
    assert set(faults(made(part(fields=asked[::-1]), **PLACES))) == {"items[0].fields[0].kind"}
    assert set(faults(made(part(fields=asked)))) == {"items[0].fields[0].kind", "items[0].fields[1].kind"}
    home = field("home", "region", within="440000", level="city")
    assert faults(made(part(fields=[home, field("street", "address", region_field="home")]))) == {}
    wrong = [
        field("street", "address", region_field="home"),
        home | {"within": "445200"},
        field("name", region_field="home", within="440000"),
        field("none", "region", within="449999"),
    ]
    assert set(faults(made(part(fields=wrong)))) == {
        "items[0].fields[0].region_field",
        "items[0].fields[1].within",
        "items[0].fields[2].within",
        "items[0].fields[2].region_field",
        "items[0].fields[3].within",
    }


def test_a_picture_is_no_answer_and_is_asked_for_once():
    upload = {"code": "m", "name": "m", "kind": "photo", "upload": True}
    told = faults(made(part(fields=[field("p", "photo"), field("s", "signature")], materials=[upload])))
    assert set(told) == {"items[0].fields[0].kind"}
    assert set(faults(made(part(fields=[field("p", "photo")], at_least_one=["p"])))) == {"items[0].at_least_one[0]"}


def test_items_chosen_together_agree_on_order_questions_and_pictures():
    photo = {"code": "m", "name": "m", "kind": "photo", "upload": True, "photo": {"width": 1, "height": 1}}
    one = part("one", fields=[CHOICE], materials=[photo], after=["two"])
    two = part("two", fields=[CHOICE], materials=[photo], after=["three", "four"])
    three = part("three", fields=[CHOICE | {"label": "x"}], materials=[photo | {"photo": None}], after=["one"])
    told = faults(made(one, two, three, selection="many"))
    assert set(told) == {
        "items[0].after[0]",
        "items[1].after[0]",
        "items[1].after[1]",
        "items[2].after[0]",
        "items[2].fields[0]",
        "items[2].materials[0].photo",
    }
    assert faults(made(one, part("two"), selection="many")) == {}
    assert set(faults(made(part("one", then=["one", "nine"])))) == {"items[0].then[1]"}
    page = {"code": "p", "name": "p", "kind": "other"}
    third = part("three", after=["two", "one"], materials=[page])
    fourth, last = part("four", after=["two", "one"]), part("last", after=["three", "four"])
    many = [one, part("two"), third, fourth, last, part("end", after=["last"])]
    assert faults(made(*many, selection="many")) == {}
    assert set(faults(made(one, part("two")))) == {"items[0].after"}


def test_a_text_that_sends_people_to_an_item_that_is_not_there_is_a_fault():
    sending = part(before_you_start=["丢了的，先办“two”。", "坏了的，请办“事项two”。"])
    assert faults(made(sending, part("two"))) == {}
    assert set(faults(made(sending))) == {"items[0].before_you_start[0]", "items[0].before_you_start[1]"}


def test_faults_of_form_hide_no_others_where_nothing_depends_on_them():
    document = made(part(name="", synonyms=[""], colour="red", minutes="x", at_least_one=["x"], summary=5))
    del document["organiser"]
    told = faults(document)
    assert set(told) == {
        "organiser",
        "items[0].name",
        "items[0].synonyms[0]",
        "items[0].colour",
        "items[0].minutes",
        "items[0].summary",
        "items[0].at_least_one[0]",
    }
    assert "items[0].at_least_one[0]" not in faults(made(part(chanels=["x"], at_least_one=["x"])))
    assert "items[0].at_least_one[0]" not in faults(made(part(channels=[3], at_least_one=["x"])))
    fax = faults(made(part(limits={"fax": {"unit": "instant"}}, at_least_one=["x"])))
    assert set(fax) == {"items[0].limits.fax", "items[0].at_least_one[0]"}


@pytest.mark.parametrize("path", sorted(PLANTED.glob("*.toml")), ids=lambda path: path.stem)
def test_a_broken_definition_is_told_all_its_faults_in_order(path):
    with pytest.raises(DefinitionFaults) as caught:
        load_toml(path.read_text("utf-8"))
    told = [f"{fault.line} {fault.path}".strip() for fault in caught.value.faults]
    assert told == path.with_suffix(".faults").read_text("utf-8").splitlines()


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_definition_is_in_order(path):
    assert list(consistency.faults_of(load_bundle(tomllib.loads(path.read_text("utf-8"))))) == []

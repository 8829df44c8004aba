"""Documents that are not in order yet, read as far as they go."""

from bundles.partial import as_far_as_it_goes
from bundles.schema import dump_bundle
from tests.bundles.making import jieyang


def whole():
    return dump_bundle(jieyang())


def names(bundle):
    return [each.name for each in bundle.items]


def test_a_good_document_is_read_whole():
    assert as_far_as_it_goes(whole()) == (jieyang(), ())


def test_items_that_cannot_be_read_are_left_out_by_name():
    document = whole()
    document["items"][1]["assurance"] = "guess"
    document["items"][2] = {"code": "x", "name": " "}
    document["items"][3] = "no item"
    name = document["items"][1]["name"]
    bundle, left_out = as_far_as_it_goes(document)
    assert left_out == (name, "第 3 项", "第 4 项")
    assert names(bundle) == [each.name for each in jieyang().items if each.code not in ("activate", "loss", "replace")]


def test_a_rule_that_is_broken_keeps_nothing_from_being_read():
    document = whole()
    document["items"][0]["after"] = ["nowhere"]
    bundle, left_out = as_far_as_it_goes(document)
    assert bundle is not None
    assert (bundle.items[0].after, left_out) == (("nowhere",), ())


def test_where_the_bundle_itself_or_everything_is_broken_nothing_is_read():
    document = whole()
    changes: list[dict[str, object]] = [
        {"name": ""},
        {"items": "none"},
        {"items": []},
        {"items": [{}]},
        {"schema_version": 99},
    ]
    for change in changes:
        broken = {**document, **change}
        assert as_far_as_it_goes(broken) == (None, ())
    assert as_far_as_it_goes({}) == (None, ())

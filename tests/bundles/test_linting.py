"""Warnings: what is no fault, and should be mended or seen."""

from bundles.linting import warnings_of
from bundles.schema import load_bundle, load_toml
from tests.bundles.making import DEFINITIONS
from tests.bundles.test_consistency import made, part


def warned(*items, **more):
    return {path[2:]: sentence for path, sentence in warnings_of(load_bundle(made(*items, **more)))}


def test_a_bare_item_is_told_all_that_it_lacks():
    assert warned(part()) == {
        ("notifications",): "办到“没有办成”时没有通知。",
        ("synonyms",): "没有搜索词，用别的说法会搜不到。",
        ("questions",): "没有常见问题。",
        ("guide", "window"): "没有写不用手机的人怎么到窗口办。",
        ("hours",): "没有写网上的办理时间。",
        ("guide", "flow"): "没有写网上的办理流程。",
    }


def full(**more):
    return part(
        notifications=[{"node": node, "title": "x", "text": "x"} for node in ("accepted", "completed", "refused")],
        synonyms=["x"],
        questions=[{"code": "q", "question": "x", "answer": "x"}],
        hours={"online": "全天"},
        guide={"served": "个人", "window": "请到窗口。", "flow": {"online": ["登录"]}},
        **more,
    )


def test_a_full_item_is_told_nothing():
    assert warned(full()) == {}
    assert warned(full(limits={"online": {"unit": "instant"}})) == {}


def test_a_fee_wants_a_basis_and_a_place_wants_the_item():
    assert warned(full(fee={"fen": 100})) == {("fee",): "收费的要写收费依据。"}
    assert warned(full(fee={"fen": 100, "legal_basis": "某文件"})) == {}
    places = [{"code": "445200", "name": "揭阳"}]
    assert list(warned(full(), places=places)) == [("code",)]
    assert warned(full(), places=[places[0] | {"items": ["one"]}]) == {}


def test_an_item_that_only_has_a_guide_is_named():
    assert warned(full(handler="guide-only")) == {("handler",): "这一项现在只有办事指南，还不能申请。"}


def test_an_instant_item_is_never_accepted_first():
    notes = [{"node": node, "title": "x", "text": "x"} for node in ("completed", "refused")]
    one = full(limits={"online": {"unit": "instant"}}) | {"notifications": notes}
    assert warned(one) == {}
    assert warned(one | {"limits": {"online": {"unit": "hours", "amount": 1}}}) == {
        ("notifications",): "办到“受理”时没有通知。"
    }


def test_shipped_definitions_have_guides_for_every_channel():
    for path in DEFINITIONS.glob("*.toml"):
        told = [where for where, _ in warnings_of(load_toml(path.read_text("utf-8")))]
        assert not [where for where in told if where[2] == "guide"], path.stem

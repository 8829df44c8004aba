"""The editor's pure part: nothing is lost between a document, its forms, and back; every fault has a place."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundles import editing, schema
from bundles.document import dump_bundle
from bundles.editing import Widget

DEFINITIONS = sorted((Path(schema.__file__).parent / "definitions").glob("*.toml"))
DOCUMENTS: dict[str, dict[str, Any]] = {
    each.stem: dump_bundle(schema.load_toml(each.read_text(encoding="utf-8"))) for each in DEFINITIONS
}
JIEYANG = DOCUMENTS["jieyang"]


def fresh(name: str = "jieyang") -> dict[str, Any]:
    return copy.deepcopy(DOCUMENTS[name])


def posted(widgets: tuple[Widget, ...], **changed: Any) -> dict[str, list[str]]:
    """What a browser sends of a form as it stands."""
    sent: dict[str, list[str]] = {"seen": []}
    for each in editing.walk(widgets):
        if each.kind not in editing.CONTROLS:
            continue
        sent["seen"].append(each.path)
        value: Any = each.value
        if each.kind == "flag":
            values = ["yes"] if value else []
        elif each.kind == "many":
            values = list(value)
        else:
            values = ["\r\n".join(value) if each.kind == "lines" else str(value)]
        if values:
            sent[f"doc.{each.path}"] = values
    return sent | {f"doc.{path}": values for path, values in changed.items()}


def pages(document: Mapping[str, Any]) -> Iterator[str]:
    for each in editing.sections(document, ()):
        yield each.key
        if each.key != "items":
            yield from (row.key for row in editing.rows(document, each.key, ()))


def typed(document: Mapping[str, Any], key: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    return editing.apply(
        document, key, posted(editing.form(document, key, ())) | {f"doc.{k}": v for k, v in changes.items()}
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_form_shows_posts_back_as_the_same_document(name: str) -> None:
    document = DOCUMENTS[name]
    for key in pages(document):
        widgets = editing.form(document, key, (), document)
        assert all(each.was is None for each in editing.walk(widgets)), key
        assert editing.apply(document, key, posted(widgets)) == document, key
    assert not any(each.changed or each.faults for each in editing.sections(document, (), document))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_attribute_of_a_document_has_a_widget(name: str) -> None:
    document = DOCUMENTS[name]
    shown = {each.path for key in pages(document) for each in editing.walk(editing.form(document, key, ()))}
    shown |= {row.path for key in pages(document) for row in editing.rows(document, key, ())}

    def leaves(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, each in value.items():
                yield from leaves(each, f"{path}.{key}" if path else key)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for index, each in enumerate(value):
                yield from leaves(each, f"{path}[{index}]")
        else:
            yield path

    hidden = ("code", "autocomplete", "schema_version")
    missing = [path for path in leaves(document, "") if path not in shown]
    assert [path for path in missing if path.rpartition(".")[2] not in hidden] == []


def test_what_is_typed_lands_where_it_stands_and_nowhere_else() -> None:
    key = "items/apply/limits"
    made = typed(JIEYANG, key, {"items[0].limits.online.amount": ["２０"], "items[1].name": ["坏"], "name": ["坏"]})
    assert made["items"][0]["limits"]["online"]["amount"] == 20
    made["items"][0]["limits"]["online"]["amount"] = 25
    assert made == JIEYANG


def test_a_number_that_is_none_is_kept_for_its_fault() -> None:
    made = typed(JIEYANG, "items/apply/limits", {"items[0].limits.online.amount": ["廿五"]})
    faults = schema.faults_in(made)
    widgets = editing.form(made, "items/apply/limits", faults)
    told = {each.path: each.faults for each in editing.walk(widgets) if each.faults}
    assert list(told) == ["items[0].limits.online.amount"]


def test_boxes_that_were_shown_and_not_ticked_are_empty() -> None:
    form = posted(editing.form(JIEYANG, "items/apply/fields/phone", ()))
    form.pop("doc.items[0].fields[0].required")
    assert "required" not in editing.apply(JIEYANG, "items/apply/fields/phone", form)["items"][0]["fields"][0]


def test_texts_are_one_line_and_normalised() -> None:
    made = typed(JIEYANG, "items/apply", {"items[0].summary": [" e\u0301\r\n第二行 "]})
    assert made["items"][0]["summary"] == "é 第二行"
    made = typed(JIEYANG, "items/apply/guide", {"items[0].synonyms": ["卡\r\n\r\n 办卡 \n"]})
    assert made["items"][0]["synonyms"] == ["卡", "办卡"]


def all_lists(document: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    for key in pages(document):
        for each in editing.walk(editing.form(document, key, ())):
            if each.kind == "list":
                rows = editing.rows(document, key, ())
                yield key, each.path, len(rows) if rows and not each.children else len(each.children)


LISTS = list(all_lists(JIEYANG))


@pytest.mark.parametrize(("key", "path", "length"), LISTS)
def test_what_is_added_can_be_deleted_moved_and_copied(key: str, path: str, length: int) -> None:
    added, shown = editing.act(JIEYANG, key, f"add:{path}")
    assert shown == key
    assert added != JIEYANG
    editing.form(added, shown, schema.faults_in(added), JIEYANG)
    deleted, _ = editing.act(added, key, f"del:{path}[{length}]")
    assert deleted == JIEYANG
    if length:
        up, _ = editing.act(added, key, f"up:{path}[{length}]")
        down, _ = editing.act(up, key, f"down:{path}[{length - 1}]")
        assert down == added
        assert up != added
    first, _ = editing.act(added, key, f"up:{path}[0]")
    last, _ = editing.act(added, key, f"down:{path}[{length}]")
    assert (first, last) == (added, added)
    copied, _ = editing.act(added, key, f"copy:{path}[{length}]")
    assert copied != added


def test_new_parts_have_codes_of_their_own() -> None:
    document, _ = editing.act(JIEYANG, "items", "add:items")
    document, _ = editing.act(document, "items", "add:items")
    document, _ = editing.act(document, "items", "copy:items[0]")
    codes = [each["code"] for each in document["items"]]
    assert codes[-2:] == ["item-8", "item-9"]
    assert len(set(codes)) == len(codes)
    assert document["items"][1]["name"].endswith("（副本）")
    assert schema.faults_in(document) == []


def test_what_refers_to_a_deleted_part_stays_and_shows_as_gone() -> None:
    document = fresh()
    fields = document["items"][0]["fields"]
    fields[1]["visible_when"] = {"kind": "field", "field": fields[0]["code"], "values": ["x"]}
    deleted, shown = editing.act(document, "items/apply/fields", "del:items[0].fields[0]")
    assert shown == "items/apply/fields"
    faults = schema.faults_in(deleted)
    assert faults
    name = deleted["items"][0]["fields"][0]["code"]
    widgets = editing.form(deleted, f"items/apply/fields/{name}", faults)
    gone = [each for widget in editing.walk(widgets) for each in widget.options if each.gone]
    assert {each.value for each in gone} == {fields[0]["code"], "x"}
    assert any(widget.faults for widget in editing.walk(widgets))
    assert editing.apply(deleted, f"items/apply/fields/{name}", posted(widgets)) == deleted


def test_the_page_of_a_deleted_item_leads_to_the_list() -> None:
    document, shown = editing.act(JIEYANG, "items/activate", "del:items[1]")
    assert shown == "items"
    assert len(document["items"]) == 6


@pytest.mark.parametrize(
    "action", ["", "add", "add:", "up:name", "add:name", "grow:items", "retype:items[0]", "copy:code"]
)
def test_what_is_no_action_is_refused(action: str) -> None:
    with pytest.raises((ValueError, KeyError), match=r"^(?s:.*)$"):
        editing.act(JIEYANG, "items", action)


def test_what_is_not_there_is_refused() -> None:
    for action in ("del:items[99]", "up:items[99]"):
        with pytest.raises(IndexError):
            editing.act(JIEYANG, "items", action)
    for key in ("nothing", "items/none", "items/apply/fields/none", "items/apply/x"):
        with pytest.raises(KeyError):
            editing.form(JIEYANG, key, ())
        assert editing.section_digest(JIEYANG, key) == "gone"
    with pytest.raises(ValueError, match="condition"):
        editing.act(JIEYANG, "general", "add:name:condition")


def conditions() -> Iterator[str]:
    from bundles.rules import KINDS

    yield from KINDS


@pytest.mark.parametrize("kind", list(conditions()))
def test_every_kind_of_condition_is_picked_and_reads_back(kind: str) -> None:
    key, at = "items/apply/who", "items[0].conditions"
    document, _ = editing.act(JIEYANG, key, f"add:{at}")
    index = len(document["items"][0]["conditions"]) - 1
    path = f"{at}[{index}].needs"
    document = typed(document, key, {f"{path}.kind": [kind]})
    document, _ = editing.act(document, key, f"retype:{path}")
    assert document["items"][0]["conditions"][index]["needs"]["kind"] == kind
    widgets = editing.form(document, key, (), JIEYANG)
    assert editing.apply(document, key, posted(widgets)) == document
    (found,) = [each for each in editing.walk(widgets) if each.path == path]
    assert found.kind == "condition"
    if kind in ("card_held", "insured"):
        turned = typed(document, key, {f"{path}.expected": ["no"]})
        assert turned["items"][0]["conditions"][index]["needs"]["expected"] is False
        assert editing.apply(turned, key, posted(editing.form(turned, key, ()))) == turned


def test_a_condition_is_added_where_there_is_none_and_taken_away() -> None:
    path = "items[0].fields[1].visible_when"
    code = JIEYANG["items"][0]["fields"][1]["code"]
    key = f"items/apply/fields/{code}"
    added, _ = editing.act(JIEYANG, key, f"add:{path}:condition")
    assert added["items"][0]["fields"][1]["visible_when"]["kind"] == "age"
    with pytest.raises(ValueError, match="condition"):
        editing.act(added, key, f"add:{path}:condition")
    removed, _ = editing.act(added, key, f"add:{path}:-")
    assert removed == JIEYANG


def test_an_unknown_kind_of_condition_stays_to_be_seen() -> None:
    document = fresh()
    document["items"][0]["fields"][1]["visible_when"] = {"kind": "weather"}
    key = f"items/apply/fields/{document['items'][0]['fields'][1]['code']}"
    widgets = editing.form(document, key, schema.faults_in(document))
    gone = [each.label for widget in editing.walk(widgets) for each in widget.options if each.gone]
    assert gone == ["（没有“weather”这种条件）"]


def leaves_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield (*path, key)
            yield from leaves_of(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield (*path, index)
            yield from leaves_of(each, (*path, index))


JUNK: list[Any] = [None, "", 7, [], {}, "坏", ["x"], True]
BREAKABLE = [each for each in leaves_of(JIEYANG) if each[0] not in ("schema_version", "code")]


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(BREAKABLE), st.sampled_from([None, "", 7, [], {}, "坏", ["x"], True])), max_size=6
    )
)
def test_every_fault_of_a_broken_document_is_shown_somewhere(breaks: list[tuple[Any, Any]]) -> None:
    document = fresh()
    for path, value in breaks:
        within: Any = document
        for step in path[:-1]:
            try:
                within = within[step]
            except (KeyError, IndexError, TypeError):
                break
        else:
            try:
                within[path[-1]] = copy.deepcopy(value)
            except (KeyError, IndexError, TypeError):
                continue
    faults = schema.faults_in(document)
    tree = editing.sections(document, faults, JIEYANG)
    assert sum(each.faults for each in tree) == len(faults)
    shown: list[str] = []
    for section in tree:
        shown += [s for w in editing.walk(editing.form(document, section.key, faults, JIEYANG)) for s in w.faults]
        for row in editing.rows(document, section.key, faults, JIEYANG):
            if section.key != "items":
                shown += row.faults
                page = editing.form(document, row.key, faults, JIEYANG)
                assert sorted(s for w in editing.walk(page) for s in w.faults) == sorted(row.faults)
    assert sorted(shown) == sorted(sentence for _, sentence in faults)


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_nothing_that_is_posted_breaks_the_editor(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(list(pages(JIEYANG))))
    widgets = editing.form(JIEYANG, key, ())
    paths = [each.path for each in editing.walk(widgets)] + ["name", "items[99].name", "x.y[0]"]
    chosen = data.draw(st.lists(st.sampled_from(paths), max_size=5))
    sent = {f"doc.{path}": data.draw(st.lists(st.text(max_size=20), max_size=2)) for path in chosen}
    made = editing.apply(JIEYANG, key, posted(widgets) | sent)
    faults = schema.faults_in(made)
    editing.sections(made, faults, JIEYANG)
    for each in pages(made):
        editing.form(made, each, faults, JIEYANG)


def test_what_was_is_told_beside_what_is() -> None:
    made = typed(JIEYANG, "items/apply/limits", {"items[0].limits.online.amount": ["20"]})
    widgets = {each.path: each for each in editing.walk(editing.form(made, "items/apply/limits", (), JIEYANG))}
    assert widgets["items[0].limits.online"].was == "25 个工作日"
    changed = [each.key for each in editing.sections(made, (), JIEYANG) if each.changed]
    assert changed == ["items/apply/limits"]
    moved, _ = editing.act(JIEYANG, "items", "down:items[0]")
    assert [each.key for each in editing.sections(moved, (), JIEYANG) if each.changed] == ["items"]


def test_two_states_of_a_page_are_told_apart_and_set_side_by_side() -> None:
    key = "items/apply"
    mine = typed(JIEYANG, key, {"items[0].name": ["我的"]})
    theirs = typed(JIEYANG, key, {"items[0].name": ["对方的"], "items[0].minutes": ["9"]})
    assert editing.section_digest(mine, key) != editing.section_digest(theirs, key)
    assert editing.section_digest(mine, "items/activate") == editing.section_digest(theirs, "items/activate")
    sides = editing.side_by_side(mine, theirs, key)
    assert ("名称", "我的", "对方的") in sides
    assert len(sides) == 2
    other, _ = editing.act(JIEYANG, "items/apply/fields", "add:items[0].fields")
    assert editing.side_by_side(other, JIEYANG, "items/apply/fields")
    assert editing.side_by_side(JIEYANG, JIEYANG, "nothing") == ()
    ticked = typed(JIEYANG, "items/apply/fields/phone", {"items[0].fields[0].sensitive": []})
    sides = editing.side_by_side(ticked, JIEYANG, "items/apply/fields/phone")
    assert [each[1:] for each in sides] in ([("否", "是")], [])
    wider = typed(JIEYANG, "items/apply/who", {"items[0].acting": ["self", "guardian", "proxy"]})
    narrow = typed(JIEYANG, "items/apply/who", {"items[0].acting": ["self"]})
    assert editing.side_by_side(wider, narrow, "items/apply/who")


def test_what_was_done_is_told_in_words() -> None:
    assert editing.said(
        "items/apply/limits", "save", JIEYANG
    ) == "改了社会保障卡申领的办理时限" or "办理时限" in editing.said("items/apply/limits", "save", JIEYANG)
    assert editing.said("general", "save") == "改了内容"
    assert "删了" in editing.said("items/apply/fields", "del:items[0].fields[0]", JIEYANG)
    assert editing.said("x", "add:items", JIEYANG) == "加了一条"
    assert editing.said("items", "up:items[99]", JIEYANG).endswith("一条")
    assert editing.said("items", "up:nothing[0]") == "上移了一条"


def test_rows_are_titled_and_summed_up_in_words() -> None:
    rows = editing.rows(JIEYANG, "items/apply/fields", (), JIEYANG)
    assert all(each.title and each.summary for each in rows)
    assert editing.rows(JIEYANG, "general", ()) == ()
    assert {editing.kind_of(JIEYANG, key) for key in ("items", "general")} == {"rows", "form"}
    assert editing.root_of(JIEYANG, "items/apply/fields/phone") == "items[0].fields[0]"


def test_a_new_bundle_begins_without_faults_or_as_a_copy() -> None:
    blank = editing.blank_bundle(code="pension", name="养老待遇", prefix="YL", region="445200")
    assert schema.faults_in(blank) == []
    copied = editing.copied_bundle(JIEYANG, code="copy", name="副本", prefix="CP", region="445200")
    assert (copied["code"], len(copied["items"])) == ("copy", 7)
    assert schema.faults_in(copied) == []


def test_parts_without_a_code_are_addressed_by_position() -> None:
    document = fresh()
    document["items"][0]["fields"][0].pop("code")
    document["items"][1]["code"] = document["items"][2]["code"]
    keys = list(pages(document))
    assert "items/apply/fields/#0" in keys
    assert {"items/#1", "items/#2"} <= set(keys)
    for key in keys:
        editing.form(document, key, schema.faults_in(document), JIEYANG)


@pytest.mark.parametrize("junk", [None, "x", [7], {"a": 1}])
def test_documents_of_any_shape_can_be_looked_at(junk: Any) -> None:
    small = {**JIEYANG, "items": JIEYANG["items"][:1]}
    broken = [{**small, name: junk} for name in ("items", "banks", "places", "name", "contacts")]
    broken += [{**small, "items": [{**small["items"][0], name: junk}]} for name in small["items"][0]]
    for document in broken:
        faults = schema.faults_in(document)
        editing.sections(document, faults, JIEYANG)
        page = document["items"][0] if isinstance(document["items"], list) and document["items"] else None
        own = [each for each in pages(document) if page is not None and each.startswith("items/")]
        for key in ["general", "banks", *own]:
            form = editing.form(document, key, faults, JIEYANG)
            editing.rows(document, key, faults, JIEYANG)
            editing.apply(document, key, posted(form))


def test_no_item_grows_beyond_what_anybody_could_work_with() -> None:
    document = fresh()
    many = [{"code": f"f-{number}", "kind": "text", "label": "问题"} for number in range(201)]
    document["items"][0]["fields"] = [*document["items"][0]["fields"], *many]
    found = [sentence for path, sentence in schema.faults_in(document) if path == ("items", 0, "fields")]
    assert found == ["最多 200 个，现在有 204 个，请拆成几件事。"]


def test_texts_of_a_list_can_be_copied_too() -> None:
    copied, _ = editing.act(JIEYANG, "items/apply/guide", "copy:items[0].synonyms[0]")
    assert copied["items"][0]["synonyms"][:2] == [JIEYANG["items"][0]["synonyms"][0]] * 2


def test_options_that_a_handler_does_not_know_are_shown_to_be_mended() -> None:
    document = fresh()
    odd = {"number": 3, "yes": True, "lines": ["a"], "text": "b", "table": {"c": "d"}}
    document["items"][0]["options"] = {**document["items"][0]["options"], **odd}
    widgets = editing.form(document, "items/apply/more", schema.faults_in(document))
    kinds = {each.path.rpartition(".")[2]: each.kind for each in editing.walk(widgets)}
    assert {name: kinds[name] for name in odd} == {
        "number": "number",
        "yes": "flag",
        "lines": "lines",
        "text": "text",
        "table": "group",
    }
    assert editing.apply(document, "items/apply/more", posted(widgets)) == document


def test_a_fault_of_something_unknown_stands_on_the_first_page() -> None:
    document = {**JIEYANG, "weather": 1}
    faults = schema.faults_in(document)
    first = editing.sections(document, faults)[0]
    assert (first.key, first.faults) == ("general", len(faults))


def test_a_version_in_force_of_any_shape_can_be_compared_with() -> None:
    odd = fresh()
    odd["items"][0]["limits"]["online"] = {"unit": "working_days", "amount": "x"}
    odd["items"][0]["conditions"][0]["needs"] = {"kind": "age", "minimum": 1, "of": 7}
    odd["items"][0]["conditions"][1]["needs"] = {"kind": "field", "values": 7}
    for in_force in (odd, {**odd, "items": None}, {**odd, "items": [7]}):
        for key in ("items/apply/limits", "items/apply/who", "items/apply"):
            editing.form(JIEYANG, key, (), in_force)
            editing.sections(JIEYANG, (), in_force)


@pytest.mark.parametrize("junk", [7, True, None, {}, "x"])
def test_words_of_any_shape_break_neither_the_forms_nor_the_checks(junk: Any) -> None:
    for name in ("channels", "card_states"):
        document = fresh()
        document["items"][0][name] = junk
        for section in ("limits", "who", "more"):
            editing.form(document, f"items/apply/{section}", schema.faults_in(document), JIEYANG)
    document = fresh()
    document["items"][2] |= {"handler": "loss", "options": {"kind": junk}}
    assert any(path[-1] == "kind" for path, _ in schema.faults_in(document))
    document["items"][2] |= {"handler": "fails-on-purpose", "options": {"fails": junk}}
    assert any(path[-1] == "fails" for path, _ in schema.faults_in(document))


def test_a_text_that_nobody_would_read_is_refused() -> None:
    faults = schema.faults_in(fresh() | {"introduction": "长" * 5001})
    assert faults == [(("introduction",), "这里最多 5000 个字，现在有 5001 个，请写短一些。")]

"""Whom a version concerns before it is published."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from tests.town import Town
from tests.usecases.offering import document, item, somebody, text_field
from tests.usecases.releasing import Office, office
from wxserver.usecases.impact import Impact, Impacts
from wxserver.usecases.links import Link

CODE = "weighed"
WHY, NOTE = text_field("why"), text_field("note")
PICTURE = {"code": "scene", "name": "现场照片", "kind": "scene", "upload": True}


@pytest.fixture
def desk(town: Town) -> Iterator[Office]:
    with office(town, CODE) as found:
        yield found


def of(desk: Office, old: dict[str, object], new: dict[str, object]) -> Impact:
    return desk.desk.reviewing.impacts.of(CODE, old, new)


def test_limits_materials_fields_and_items_that_change_are_named(desk: Office) -> None:
    desk.in_force(item("one"))
    old = document(CODE, item("one", WHY, NOTE, days=25), item("two", days=3), item("three"))
    longer = item("two", days=30)
    new = document(
        CODE, item("one", WHY | {"required": True}, text_field("colour"), days=20, materials=[PICTURE]), longer
    )
    found = of(desk, old, new)
    assert found.shorter == ("第 one 项（网上）：25 个工作日 → 20 个工作日",)
    assert found.longer == ("第 two 项（网上）：3 个工作日 → 30 个工作日",)
    assert found.materials_added == ("第 one 项：现场照片",)
    assert found.fields_added == ("第 one 项：问题 colour",)
    assert found.fields_required == ("第 one 项：问题 why",)
    assert found.fields_removed == ("第 one 项：问题 note",)
    assert found.items_removed == ("第 three 项：0 份草稿不能再提交，0 件在办照常办完",)
    assert of(desk, old, old) == Impact(0, 0, 0)


def test_drafts_of_items_that_go_are_counted_and_a_count_asks_no_whole_table(desk: Office) -> None:
    desk.in_force(item("one", WHY), item("two", WHY))
    town = desk.town
    with town.database.write() as unit:
        people = [somebody(town, unit, sequence) for sequence in range(600, 603)]
    for who in people:
        desk.desk.drafting.save(who.session, CODE, "two", form={"why": "因为"})
    old = document(CODE, item("one", WHY), item("two", WHY))
    found = of(desk, old, document(CODE, item("one", WHY)))
    assert (found.drafts, found.drafts_lost, found.open_cases) == (3, 3, 0)
    assert found.items_removed == ("第 two 项：3 份草稿不能再提交，0 件在办照常办完",)
    for who in people:
        desk.desk.drafting.drop(who.session, CODE, "two")
    if town.database.engine.dialect.name == "sqlite":
        asked: list[tuple[str, object]] = []

        def note(*more: object) -> None:
            asked.append((str(more[2]), more[3]))

        event.listen(town.database.engine, "before_cursor_execute", note)
        of(desk, old, old)
        event.remove(town.database.engine, "before_cursor_execute", note)
        with town.database.engine.connect() as connection:
            plans = [
                " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", bound))
                for sql, bound in list(asked)
                if "count(" in sql
            ]
        assert len(plans) == 2
        assert not any("SCAN draft" in plan or "SCAN case" in plan for plan in plans), plans


def test_what_points_to_an_item_that_goes_is_named_in_words(desk: Office) -> None:
    desk.in_force(item("one"), item("two"))
    use = desk.desk
    links = [Link("wechat.accounts.a.greeting", CODE, "two"), Link("x", CODE, "one"), Link("y", "other", "two")]
    impacts = Impacts(desk.town.database, use.editing.clock, use.catalogue, links=lambda: links)
    old = document(CODE, item("one"), item("two"))
    new = document(CODE, item("one"), introduction=f"看 /bundles/{CODE}/two。")
    assert impacts.of(CODE, old, new).dangling == (
        "公众号的菜单或问候语里的链接指向“第 two 项”，这一版里没有它了。",
        "这件事自己的文字里的链接指向“第 two 项”，这一版里没有它了。",
    )


def test_a_draft_that_cannot_be_read_still_tells_whom_it_concerns(desk: Office) -> None:
    desk.in_force(item("one"))
    found = of(desk, document(CODE, item("one")), {"items": "none"})
    assert found == Impact(0, 0, 0)

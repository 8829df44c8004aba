"""An item that asks sixty questions: checking the answers and drawing its pages, beyond Flask and the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from flask import Flask, render_template

from bundles import schema
from bundles.application import Holder, Request
from bundles.definition import Bundle, Choice, Condition, Field, Item
from bundles.engine import check
from bundles.ports import IdentityDocument
from bundles.working_days import legal_date
from tests.benchmarks.rotation import Aim, Contestant, Group, Sample
from tests.benchmarks.stand import timed
from wxserver.web.citizen.fields import fields_markup
from wxserver.web.citizen.walk import Walk

FIELDS = 60
KINDS = ("text", "phone", "address", "email", "choice", "yes_no", "date", "region", "text", "choice")
ANSWERS = {
    "text": "文字内容",
    "phone": "13800005620",
    "address": "揭阳市榕城区进贤门大道 18 号",
    "email": "chen@example.cn",
    "choice": "c1",
    "yes_no": "yes",
    "date": "1956-03-12",
    "region": "445202",
}
CHEAP = Aim(2000.0, 1000.0, of="microseconds")
AT = datetime(2026, 11, 26, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Long:
    """A bundle whose one item asks so many questions, and good answers to them."""

    bundle: Bundle
    item: Item
    form: dict[str, str]


def long() -> Long:
    """Every kind of question; the last two of ten show only where the sixth is answered with yes."""
    choices = tuple(Choice(f"c{number}", f"选项 {number}") for number in range(6))
    fields = tuple(
        Field(
            f"f{number}",
            kind,  # type: ignore[arg-type]
            f"第 {number + 1} 个问题",
            hint="写清楚一些",
            required=True,
            choices=choices if kind == "choice" else (),
            visible_when=Condition("field", ("yes",), field=f"f{number - number % 10 + 5}")
            if number % 10 > 7
            else None,
        )
        for number, kind in ((number, KINDS[number % 10]) for number in range(FIELDS))
    )
    definition = Path(schema.__file__).parent / "definitions" / "jieyang.toml"
    jieyang = schema.load_toml(definition.read_text(encoding="utf-8"))
    item = replace(jieyang.items[4], needs_card=False, card_states=(), fields=fields, at_least_one=(), conditions=())
    return Long(replace(jieyang, items=(item,)), item, {each.code: ANSWERS[each.kind] for each in fields})


def forms(app: Flask, calls: int) -> Group:
    """Sixty questions. Both pages are drawn whole, frame and all; the base is a Flask view that answers two bytes."""
    asked = long()
    holder = Holder(IdentityDocument("resident_id", "445202195603120021"), "林秀兰", None)
    request = Request(asked.bundle, asked.item, "online", holder, "self", None, asked.form, legal_date(AT), AT)
    assert check(request).faults == (), check(request).faults
    bare = Flask("bare")
    bare.add_url_rule("/", "bare", lambda: "ok")
    client = bare.test_client()
    walk = Walk(asked.bundle, asked.item)
    rows = [(each.code, each.label, asked.form[each.code], "/form") for each in asked.item.fields]
    instant = SimpleNamespace(text="即时办结", due=None)

    def form_page(_number: int) -> object:
        markup = fields_markup(asked.item.fields, asked.form, (), {})
        return render_template(
            "citizen/form.html",
            walk=walk,
            back="/",
            fields=asked.item.fields,
            fields_markup=markup,
            faults=(),
            signed=None,
        )

    def check_page(_number: int) -> object:
        draft = SimpleNamespace(submission_key="key", updated_at=AT)
        return render_template(
            "citizen/check.html",
            walk=walk,
            draft=draft,
            person=None,
            card=None,
            answers=rows,
            materials=[],
            signed=None,
            parts=[(asked.item, instant)],
            faults=(),
            open_number=None,
        )

    def within(draw: Callable[[int], object]) -> Callable[[], Sample]:
        def run() -> Sample:
            with app.test_request_context("/bundles/long/form"):
                return timed(calls, draw)

        return run

    base = "a bare Flask view, called in the same process"
    return Group(
        f"An item with {FIELDS} fields: CPU beyond Flask and the database",
        [
            Contestant(base, lambda: timed(calls, lambda _number: client.get("/"))),
            Contestant("check all answers", lambda: timed(calls, lambda _number: check(request)), base, CHEAP),
            Contestant("draw the form", within(form_page), base, CHEAP),
            Contestant("draw the page to check", within(check_page), base, CHEAP),
            Contestant(
                "check the answers and draw the form",
                within(lambda number: (check(request), form_page(number))),
                base,
                CHEAP,
            ),
        ],
    )

"""A clerk's presses in the editor of a seven-item bundle with sixty questions, beside few versions and beside 500."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask

from bundles import editing
from tests.benchmarks.rotation import Aim, Contestant, Group, Sample
from tests.benchmarks.stand import timed
from tests.web.staff import StaffClient, staff_client
from wxserver.usecases.desk import UseCases

FIELDS = 60
COPY = "sixty-questions"
QUICK = Aim(300_000.0, 100_000.0, of="microseconds")
_CONTROLS = ("text", "area", "lines", "number", "choice")


def editors(app: Flask, calls: int, versions: int = 500) -> Group:
    """Each press whole: the form posted, checked and saved, and the page that follows it."""
    desk: UseCases = app.extensions["usecases"]
    client = staff_client(app, "editor")
    long = _begin(desk, client)
    bare = Flask("bare")
    bare.add_url_rule("/", "bare", lambda: "ok")
    floor = bare.test_client()

    def with_versions() -> Sample:
        _publish_until(desk, client, versions)
        return timed(calls, lambda number: _save(client, desk, long, number))

    base = "a bare Flask view, called in the same process"
    section = f"/admin/bundles/{COPY}/drafts/{long}/items/change-information/fields"
    return Group(
        f"The editor of a bundle with seven items and {FIELDS} questions",
        [
            Contestant(base, lambda: timed(calls, lambda _number: floor.get("/"))),
            Contestant("open a page", lambda: timed(calls, lambda _number: client.get(section)), base, QUICK),
            Contestant("save", lambda: timed(calls, lambda number: _save(client, desk, long, number)), base, QUICK),
            Contestant("add and delete a question", _adding(client, section, calls), base, QUICK),
            Contestant(f"save beside {versions} versions", with_versions, base, QUICK),
        ],
    )


def _begin(desk: UseCases, client: StaffClient) -> int:
    begun = desk.editing.create(
        client.member, code=COPY, name="六十问", region="445200", prefix="SX", copy_of="social-security-card"
    )
    document: dict[str, Any] = dict(begun.document)
    item = next(each for each in document["items"] if each["code"] == "change-information")
    fields = [{"code": f"q-{number}", "kind": "text", "label": f"第 {number} 问"} for number in range(FIELDS)]
    items = [{**each, "fields": [*each["fields"], *fields]} if each is item else each for each in document["items"]]
    saved = desk.editing.save(client.member, COPY, begun.number, begun.etag, {**document, "items": items}, "加问题")
    assert saved.faults == ()
    return saved.number


def _publish_until(desk: UseCases, client: StaffClient, versions: int) -> None:
    have = len(desk.publishing.versions("social-security-card"))
    base = desk.editing.begin(client.member, COPY)
    for number in range(have, versions):
        document = {**base.document, "code": "social-security-card", "number_prefix": "JY", "introduction": f"{number}"}
        desk.publishing.import_document(document, origin="operator", by="bench", comment="")


def _posted(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    sent: dict[str, Any] = {"seen": []}
    for each in editing.walk(editing.form(document, key, ())):
        if each.kind in _CONTROLS:
            sent["seen"].append(each.path)
            sent[f"doc.{each.path}"] = "\n".join(each.value) if isinstance(each.value, tuple) else str(each.value)
    return sent


def _save(client: StaffClient, desk: UseCases, number: int, turn: int) -> None:
    key = "items/change-information"
    draft = desk.editing.draft(client.member, COPY, number)
    sent = _posted(draft.document, key)
    name = next(each for each in sent if each.endswith("].summary"))
    sent |= {name: f"第 {turn} 次", "etag": draft.etag, "action": "save"}
    answer = client.post_form(f"/admin/bundles/{COPY}/drafts/{number}/{key}", data=sent)
    assert answer.status_code == 303, answer.status_code
    client.get(answer.location)


def _adding(client: StaffClient, section: str, calls: int) -> Callable[[], Sample]:
    desk: UseCases = client.application.extensions["usecases"]
    number = int(section.split("/")[5])

    def press(turn: int) -> None:
        draft = desk.editing.draft(client.member, COPY, number)
        items: Any = draft.document["items"]
        index = next(place for place, each in enumerate(items) if each["code"] == "change-information")
        fields = f"items[{index}].fields"
        action = f"del:{fields}[{len(items[index]['fields']) - 1}]" if turn % 2 else f"add:{fields}"
        answer = client.post_form(section, data={"etag": draft.etag, "action": action})
        assert answer.status_code == 303, answer.status_code
        client.get(answer.location)

    return lambda: timed(2 * ((calls + 1) // 2), press)

"""The staff's API around versions: the same rules as the pages."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from bundles import toml_writer
from tests.usecases.offering import document, item, text_field
from tests.web.staff import staff_client

_CODES = count(1)


@pytest.fixture
def desk(jieyang):
    return jieyang.app.extensions["usecases"]


@pytest.fixture
def code(desk):
    """A bundle with one version in force."""
    made = f"asked-{next(_CODES)}"
    desk.publishing.import_document(document(made, item("one")), origin="command", by="setup", comment="test")
    return made


@pytest.fixture(scope="module")
def editor(jieyang):
    return staff_client(jieyang.app, "editor")


@pytest.fixture(scope="module")
def publisher(jieyang):
    return staff_client(jieyang.app, "publisher")


def begun(editor, code):
    answer = editor.call("POST", f"bundles/{code}/drafts", json={})
    assert answer.status_code == 201, answer.text
    return answer


def saved(editor, code, etag, *items, number=2):
    return editor.call(
        "PUT",
        f"bundles/{code}/drafts/{number}",
        json={"document": document(code, *items), "what": "改了"},
        headers={"If-Match": f'"{etag}"'},
    )


def test_a_version_goes_from_draft_to_publication_between_two_people(editor, publisher, desk, code):
    draft = begun(editor, code)
    assert draft.headers["Location"] == f"/api/v1/admin/bundles/{code}/drafts/2"
    assert draft.headers["ETag"] == f'"{draft.json["etag"]}"'
    assert draft.json["document"]["items"][0]["code"] == "one"
    done = saved(editor, code, draft.json["etag"], item("one", days=9))
    assert (done.status_code, done.json["faults"], done.json["undoable"]) == (200, [], 1)
    sent = editor.call(
        "POST", f"bundles/{code}/drafts/2/submission", json={"comment": "好了"}, headers={"If-Match": done.json["etag"]}
    )
    assert sent.json["status"] == "review"
    review = publisher.call("GET", f"bundles/{code}/drafts/2/review").json
    assert review["may_publish"]
    (change,) = review["difference"]["changes"]
    assert (change["kind"], change["old"], change["new"]) == ("改", "5 个工作日", "9 个工作日")
    assert review["impact"] == publisher.call("GET", f"bundles/{code}/drafts/2/impact").json
    assert review["impact"]["longer"] == ["第 one 项（网上）：5 个工作日 → 9 个工作日"]
    assert publisher.call("GET", f"bundles/{code}/drafts/2/replay?most=10").json["looked_at"] == 0
    late = (desk.editing.clock.now() + timedelta(days=1)).isoformat()
    match = {"If-Match": review["etag"]}
    address = f"bundles/{code}/drafts/2/publication"
    assert publisher.call("POST", address, json={"seen": True, "at": late}).status_code == 428
    assert publisher.call("POST", address, json={"seen": True, "at": "soon"}, headers=match).status_code == 422
    assert publisher.call("POST", address, json={"seen": False}, headers=match).status_code == 422
    assert publisher.call("POST", address, json={"seen": True}, headers={"If-Match": "old"}).status_code == 409
    first = publisher.call("POST", address, json={"seen": True, "at": late}, headers=match)
    assert (first.status_code, desk.catalogue.bundle(code).version) == (200, 1)
    newer = {"If-Match": publisher.call("GET", f"bundles/{code}/drafts/2/review").json["etag"]}
    assert publisher.call("POST", address, json={"seen": True}, headers=newer).status_code == 200
    assert desk.catalogue.bundle(code).version == 2
    listed = editor.call("GET", f"bundles/{code}/versions").json
    assert [(each["number"], each["state"]) for each in listed["items"]] == [(2, "in_force"), (1, "superseded")]
    assert [each["kind"] for each in listed["items"][0]["remarks"]] == ["begun", "submitted", "published", "published"]


def test_who_is_late_is_told_who_was_faster(editor, code):
    etag = begun(editor, code).json["etag"]
    assert saved(editor, code, etag, item("one", days=8)).status_code == 200
    late = saved(editor, code, etag, item("one", days=7))
    assert (late.status_code, late.json["code"]) == (409, "edited-elsewhere")
    assert late.json["by"] == editor.member.username
    undone = editor.call("POST", f"bundles/{code}/drafts/2/undo", headers={"If-Match": late.json["etag"]})
    assert undone.json["document"]["items"][0]["limits"]["online"]["amount"] == 5
    faulty = saved(editor, code, undone.json["etag"], item("one", days=8) | {"name": ""})
    assert [each["path"] for each in faulty.json["faults"]] == ["items[0].name"]
    stopped = editor.call(
        "POST", f"bundles/{code}/drafts/2/submission", json={}, headers={"If-Match": faulty.json["etag"]}
    )
    assert (stopped.status_code, list(stopped.json["errors"])) == (422, ["items[0].name"])
    gone = editor.call("DELETE", f"bundles/{code}/drafts/2", headers={"If-Match": faulty.json["etag"]})
    assert gone.status_code == 204
    assert editor.call("GET", f"bundles/{code}/drafts/2").status_code == 409


def test_own_work_is_not_published_by_the_api_either(jieyang, desk, code):
    both = staff_client(jieyang.app, "editor", "publisher")
    etag = saved(both, code, begun(both, code).json["etag"], item("one", days=8)).json["etag"]
    etag = both.call("POST", f"bundles/{code}/drafts/2/submission", json={}, headers={"If-Match": etag}).json["etag"]
    address = f"bundles/{code}/drafts/2/publication"
    tried = both.call("POST", address, json={"seen": True}, headers={"If-Match": etag})
    assert (tried.status_code, tried.json["code"]) == (403, "own-work")
    assert desk.catalogue.bundle(code).version == 1


def test_versions_are_said_something_of_sent_back_rolled_back_and_retired(editor, publisher, desk, code):
    etag = saved(editor, code, begun(editor, code).json["etag"], item("one", days=8)).json["etag"]
    editor.call("POST", f"bundles/{code}/drafts/2/submission", json={}, headers={"If-Match": etag})
    back = publisher.call("POST", f"bundles/{code}/drafts/2/return", json={"text": "再看看"})
    assert back.json["status"] == "draft"
    assert publisher.call("POST", f"bundles/{code}/versions/2/comments", json={"text": "好"}).status_code == 204
    said = editor.call("GET", f"bundles/{code}/versions/2/comments").json["items"]
    assert [each["kind"] for each in said] == ["begun", "submitted", "returned", "comment"]
    never = publisher.call("POST", f"bundles/{code}/versions/2/rollback", json={"text": "为什么"})
    assert (never.status_code, never.json["code"]) == (409, "never-published")
    desk.publishing.import_document(document(code, item("one", days=3)), origin="command", by="setup", comment="")
    made = publisher.call("POST", f"bundles/{code}/versions/1/rollback", json={"text": "为什么"})
    assert (made.status_code, made.json["number"]) == (201, 4)
    ended = publisher.call("POST", f"bundles/{code}/versions/4/retirement", json={"text": "停"})
    assert ended.json == {"retired": [4]}
    whole = publisher.call("POST", f"bundles/{code}/retirement", json={"text": "停"})
    assert whole.json == {"retired": [1, 3]}
    sides = editor.call("GET", f"bundles/{code}/versions/1/difference/3").json
    assert (sides["count"], sides["faults"]) == (1, [])
    assert editor.call("GET", f"bundles/{code}/versions/1/difference/77").status_code == 404
    assert code in [each["code"] for each in editor.call("GET", "bundles").json["items"]]


def test_a_version_travels_as_toml(editor, publisher, code):
    out = editor.call("GET", f"bundles/{code}/versions/1/toml")
    assert out.headers["Content-Disposition"].endswith(f'filename="{code}-v1.toml"')
    changed = toml_writer.written(document(code, item("one", text_field("why"))))
    came = editor.call("POST", "bundles/imports", data=changed.encode(), content_type="application/toml")
    assert (came.status_code, came.json["number"], came.json["status"]) == (201, 2, "draft")
    bad = editor.call("POST", "bundles/imports", data=b"schema_version = 1\nx = 1\n")
    assert bad.status_code == 422
    assert bad.json["errors"]["file"][-1].startswith("第 2 行：")
    assert publisher.call("POST", "bundles/imports", data=changed.encode()).status_code == 403


def test_what_is_no_draft_is_refused_as_a_body(editor, code):
    etag = begun(editor, code).json["etag"]
    address = f"bundles/{code}/drafts/2"
    bodies: list[dict[str, object]] = [{}, {"document": []}, {"document": None}, {"document": {}, "more": 1}]
    for body in bodies:
        assert editor.call("PUT", address, json=body, headers={"If-Match": etag}).status_code == 422, body
    large = {"document": {"name": "x" * 1_200_000}}
    assert editor.call("PUT", address, json=large, headers={"If-Match": etag}).status_code == 422
    assert editor.call("PUT", address, json={"document": {}}, headers={"If-Match": "x" * 80}).status_code == 400
    strange = editor.call("PUT", address, json={"document": {"a": [{"b": [1]}]}}, headers={"If-Match": etag})
    assert strange.status_code == 200
    assert editor.call("GET", f"bundles/{code}/versions/2/toml").status_code == 409

"""Versions of bundles for programs of the staff desk, by the same rules as its pages."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request, url_for
from marshmallow import fields

from bundles.schema import path_text
from wxserver.usecases.draft_documents import DraftDocument
from wxserver.usecases.faults import BadRequest, Problem
from wxserver.usecases.transferring import LARGEST
from wxserver.web.api.admin.blueprint import blueprint, me, needs
from wxserver.web.api.admin.versions import comparison, finding, impact, line, remark, replayed, version
from wxserver.web.api.documenting import answer, nothing
from wxserver.web.api.presenting import Json, moment, moment_or_null, page
from wxserver.web.api.reading import asked, received
from wxserver.web.api.schemas.fields import Count, Strict, Text
from wxserver.web.bodies import read_body
from wxserver.web.desk import desk

_Messages = dict[str, str | list[Any] | dict[Any, Any]]
_WORDS: Final[_Messages] = {
    "invalid": "请写带时区的时间，例如 2026-12-01T00:00:00+08:00。",
    "null": "不设的话，请去掉这一项。",
}
_FLAG: Final[_Messages] = {
    "invalid": "这一项要写 true 或 false。",
    "null": "这一项不能是空的。",
    "required": "这一项要填。",
}
_DRAFT: Final = "/bundles/<code>/drafts/<int:number>"


class _Object(fields.Field[dict[str, Any]]):
    default_error_messages = {  # noqa: RUF012  (marshmallow's own declaration is a class's)
        "invalid": "这一项要写成 JSON 对象。",
        "required": "这一项要填。",
        "null": "这一项不能是空的。",
    }

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        return value


class _Begin(Strict):
    number = fields.Integer(load_default=None, strict=True, error_messages={"invalid": "这一项要写版本号。"})


class _Save(Strict):
    document = _Object(required=True)
    what = Text(200, load_default="改了定义")


class _Words(Strict):
    text = Text(2000, required=True)


class _Submission(Strict):
    comment = Text(2000, empty=True, load_default="")


class _Publication(Strict):
    seen = fields.Boolean(required=True, truthy={True}, falsy={False}, error_messages=_FLAG)
    at = fields.AwareDateTime(load_default=None, error_messages=_WORDS)
    drafts_until = fields.AwareDateTime(load_default=None, error_messages=_WORDS)
    comment = Text(2000, empty=True, load_default="")


class _Page(Strict):
    before = Count(1, 999_999_999, load_default=None)


class _Most(Strict):
    most = Count(1, 200, load_default=200)


_BEGIN, _SAVE, _SAID, _SUBMISSION = _Begin(), _Save(), _Words(), _Submission()
_PUBLICATION, _PAGE, _MOST = _Publication(), _Page(), _Most()


class _Required(Problem):
    """The state that a change was made from is not named."""

    status, code = 428, "if-match-missing"


@blueprint.get("/bundles")
@needs("bundles.see")
def list_bundles() -> Response:
    """The bundles within the member's reach."""
    return answer(page(line(each) for each in desk().reviewing.bundles(me())))


@blueprint.get("/bundles/<code>/versions")
@needs("bundles.see")
def list_versions(code: str) -> Response:
    """The versions of a bundle, the newest first. `before` is the `next` of the page before."""
    found = desk().reviewing.history(me(), code, asked(_PAGE)["before"])
    after = None if found.next is None else str(found.next)
    return answer({**page((version(each) for each in found.versions), after), "in_force": found.in_force})


@blueprint.get("/bundles/<code>/versions/<int:old>/difference/<int:new>")
@needs("bundles.see")
def compare_versions(code: str, old: int, new: int) -> Response:
    """What changes between two versions, in words."""
    sides = desk().reviewing.compared(me(), code, old, new)
    return answer({**comparison(sides.comparison), "faults": [finding(each) for each in sides.faults]})


@blueprint.get("/bundles/<code>/versions/<int:number>/toml")
@needs("bundles.see")
def export_version(code: str, number: int) -> Response:
    """A version as TOML."""
    made = desk().transferring.export(me(), code, number)
    response = Response(made.text.encode(), content_type="application/toml; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/bundles/imports")
@needs("bundles.edit")
def import_version() -> Response:
    """The body, a TOML text, as a new draft."""
    return _made(desk().transferring.take_in(me(), read_body(2 * LARGEST)))


@blueprint.post("/bundles/<code>/drafts")
@needs("bundles.edit")
def begin_bundle_draft(code: str) -> Response:
    """The open draft, or a new one: from what is in force, or from `number`."""
    return _made(desk().editing.begin(me(), code, number=received(_BEGIN)["number"]))


@blueprint.get(_DRAFT)
@needs("bundles.see")
def show_bundle_draft(code: str, number: int) -> Response:
    """A draft with its document and faults."""
    return _draft(desk().editing.draft(me(), code, number))


@blueprint.put(_DRAFT)
@needs("bundles.edit")
def save_bundle_draft(code: str, number: int) -> Response:
    """Write the whole document. `If-Match` names the state that it was made from."""
    etag, body = _if_match(), received(_SAVE, 2 * LARGEST)
    return _draft(desk().editing.save(me(), code, number, etag, body["document"], body["what"]))


@blueprint.delete(_DRAFT)
@needs("bundles.edit")
def discard_bundle_draft(code: str, number: int) -> Response:
    """Give a draft up for good."""
    desk().editing.discard(me(), code, number, _if_match())
    return nothing()


@blueprint.post(f"{_DRAFT}/undo")
@needs("bundles.edit")
def undo_bundle_draft(code: str, number: int) -> Response:
    """Take the last change back."""
    return _draft(desk().editing.undo(me(), code, number, _if_match()))


@blueprint.post(f"{_DRAFT}/submission")
@needs("bundles.edit")
def submit_bundle_draft(code: str, number: int) -> Response:
    """Send a draft for review."""
    return _draft(desk().editing.submit(me(), code, number, _if_match(), received(_SUBMISSION)["comment"]))


@blueprint.post(f"{_DRAFT}/return")
@needs("bundles.see")
def return_bundle_draft(code: str, number: int) -> Response:
    """Let a version in review be worked on again."""
    return _draft(desk().editing.send_back(me(), code, number, received(_SAID)["text"]))


@blueprint.get(f"{_DRAFT}/review")
@needs("bundles.see")
def review_bundle_draft(code: str, number: int) -> Response:
    """What a second person needs to decide: difference, impact, checks, remarks."""
    found = desk().reviewing.review(me(), code, number)
    content = {
        "bundle": code,
        "number": number,
        "state": found.state,
        "etag": found.etag,
        "base": found.base,
        "difference": comparison(found.comparison),
        "impact": impact(found.impact),
        "faults": [finding(each) for each in found.faults],
        "warnings": [finding(each) for each in found.warnings],
        "remarks": [remark(each) for each in found.remarks],
        "may_publish": found.may_publish and not found.own_work,
    }
    return _tagged(content, found.etag)


@blueprint.get(f"{_DRAFT}/impact")
@needs("bundles.see")
def show_impact(code: str, number: int) -> Response:
    """Whom a version concerns."""
    return answer(impact(desk().reviewing.review(me(), code, number).impact))


@blueprint.get(f"{_DRAFT}/replay")
@needs("bundles.see")
def replay_bundle_draft(code: str, number: int) -> Response:
    """Past applications checked against a version, masked; noted in the access ledger."""
    return answer(replayed(desk().reviewing.replay(me(), code, number, asked(_MOST)["most"])))


@blueprint.post(f"{_DRAFT}/publication")
@needs("bundles.publish")
def publish_bundle_draft(code: str, number: int) -> Response:
    """Publish a version that somebody else has made and submitted, now or `at` a moment."""
    made = desk().releasing.publish(me(), code, number, _if_match(), **received(_PUBLICATION))
    return answer({"bundle": made.bundle, "number": made.number, "effective_at": moment(made.effective_at)})


@blueprint.post("/bundles/<code>/versions/<int:number>/rollback")
@needs("bundles.publish")
def roll_back(code: str, number: int) -> Response:
    """Let what was in force hold again, as a new version; with a reason."""
    made = desk().releasing.rollback(me(), code, number, received(_SAID)["text"])
    return answer({"bundle": made.bundle, "number": made.number, "effective_at": moment(made.effective_at)}, 201)


@blueprint.post("/bundles/<code>/versions/<int:number>/retirement")
@needs("bundles.publish")
def retire_version(code: str, number: int) -> Response:
    """Let a version hold no longer; with a reason."""
    return answer({"retired": list(desk().releasing.retire(me(), code, number, received(_SAID)["text"]))})


@blueprint.post("/bundles/<code>/retirement")
@needs("bundles.publish")
def retire_bundle(code: str) -> Response:
    """Offer the bundle no more; with a reason."""
    return answer({"retired": list(desk().releasing.retire(me(), code, None, received(_SAID)["text"]))})


@blueprint.get("/bundles/<code>/versions/<int:number>/comments")
@needs("bundles.see")
def list_comments(code: str, number: int) -> Response:
    """What was said of a version, and its steps, oldest first."""
    said = desk().editing.comments(me(), code, number)
    return answer(page({"at": moment(each.at), "by": each.by, "kind": each.kind, "text": each.text} for each in said))


@blueprint.post("/bundles/<code>/versions/<int:number>/comments")
@needs("bundles.see")
def add_comment(code: str, number: int) -> Response:
    """Say something of a version."""
    desk().editing.comment(me(), code, number, received(_SAID)["text"])
    return nothing()


def _if_match() -> str:
    found = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not found:
        raise _Required("请在 If-Match 里写上您看到的 etag，免得盖掉别人刚改的内容。")
    if len(found) > 64:
        raise BadRequest("If-Match 里的 etag 不对，请重新取一次草稿。", code="bad-etag")
    return found


def _made(draft: DraftDocument) -> Response:
    response = _draft(draft, 201)
    response.headers["Location"] = url_for("admin_api.show_bundle_draft", code=draft.bundle, number=draft.number)
    return response


def _draft(draft: DraftDocument, status: int = 200) -> Response:
    content: Json = {
        "bundle": draft.bundle,
        "number": draft.number,
        "status": draft.status,
        "etag": draft.etag,
        "base": draft.base,
        "edited_at": moment_or_null(draft.edited_at),
        "edited_by": draft.edited_by,
        "submitted_by": draft.submitted_by,
        "undoable": draft.undoable,
        "faults": [{"path": path_text(path), "message": sentence} for path, sentence in draft.faults],
        "document": draft.document,
    }
    return _tagged(content, draft.etag, status)


def _tagged(content: Json, etag: str, status: int = 200) -> Response:
    response = answer(content, status)
    response.set_etag(etag)
    return response

"""The editor of a draft: one page per section, ordinary forms, one POST per press.

Each press first applies what was typed, then does what the button says, saves, and leads back to the page. Two people
may work on one draft: what one changed elsewhere is kept; the same part changed by both is shown side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles import editing
from wxserver.usecases.draft_documents import DraftDocument
from wxserver.usecases.faults import Conflict, Invalid
from wxserver.web.admin import editor_page
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.admin.editor_page import Told, section_url
from wxserver.web.bodies import readable
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed, takes_texts

_FIRST: Final = "general"
_ATTEMPTS: Final = 5
_CHANGED: Final = Told("这一页刚刚变了，所以没有照您点的做。请看看现在的样子，再点一次。")
_STALE: Final = Told("页面放得太久了，您填的都还在。请再点一次“保存”。")


@blueprint.get("/bundles/<code>/drafts/<int:number>")
@needs("bundles.see")
def draft_start(code: str, number: int) -> ResponseReturnValue:
    """The first section."""
    return redirect(url_for("admin.editor", code=code, number=number, key=_FIRST), 303)


@blueprint.get("/bundles/<code>/drafts/<int:number>/<path:key>")
@needs("bundles.see")
def editor(code: str, number: int, key: str) -> ResponseReturnValue:
    """A section, for editing while the draft is open, else for reading."""
    draft = desk().editing.draft(me(), code, number)
    try:
        return editor_page.render(draft, key, at=request.args.get("at", ""))
    except KeyError:
        abort(404)


@blueprint.post("/bundles/<code>/drafts/<int:number>/<path:key>")
@needs("bundles.edit")
@keeps_typed
@takes_texts
def press(code: str, number: int, key: str) -> ResponseReturnValue:
    """Apply what was typed, do what the button says, save."""
    posted = _posted()
    action = (posted.get("action") or ["save"])[0]
    for _ in range(_ATTEMPTS):
        draft = desk().editing.draft(me(), code, number)
        try:
            answer = _pressed(draft, key, posted, action)
        except KeyError:
            return _gone(draft, posted)
        if answer is not None:
            return answer
    raise Conflict("好几个人正在同时改这一版。请过几秒再点一次，您填的都还在。", code="busy")


@blueprint.post("/bundles/<code>/drafts/<int:number>/undo")
@needs("bundles.edit")
def undo(code: str, number: int) -> ResponseReturnValue:
    """Take the last change back, and go on where one was, if that is still there."""
    draft = desk().editing.undo(me(), code, number, request.form.get("etag", ""))
    key = request.form.get("key", "")
    known = editor_page.knows(draft.document, key)
    return redirect(section_url(draft, key if known else _FIRST), 303)


@blueprint.get("/bundles/<code>/drafts/<int:number>/submission")
@needs("bundles.edit")
def submission(code: str, number: int) -> ResponseReturnValue:
    """What is sent for review, and a word to whoever reviews it."""
    return _submission(desk().editing.draft(me(), code, number), "")


@blueprint.post("/bundles/<code>/drafts/<int:number>/submission")
@needs("bundles.edit")
@keeps_typed
def submit_draft(code: str, number: int) -> ResponseReturnValue:
    """Send for review."""
    comment = readable(request.form.get("comment", ""))
    draft = desk().editing.draft(me(), code, number)
    if g.csrf_failed:
        return _submission(draft, comment, _STALE.words)
    try:
        desk().editing.submit(me(), code, number, request.form.get("etag", ""), comment)
    except Invalid as problem:
        told = [each.message for each in problem.faults if each.path == "comment"]
        return _submission(draft, comment, " ".join(told) or "还有要改的地方，改完再送审。")
    except Conflict as problem:
        return _submission(draft, comment, problem.detail, status=409)
    return redirect(section_url(draft, _FIRST), 303)


@blueprint.post("/bundles/<code>/drafts/<int:number>/withdrawal")
@needs("bundles.edit")
def withdraw(code: str, number: int) -> ResponseReturnValue:
    """Take it back from review, to go on."""
    draft = desk().editing.send_back(me(), code, number, "")
    return redirect(section_url(draft, _FIRST), 303)


@blueprint.post("/bundles/<code>/drafts/<int:number>/discard")
@needs("bundles.edit")
def discard_draft(code: str, number: int) -> ResponseReturnValue:
    """Give the draft up."""
    desk().editing.discard(me(), code, number, request.form.get("etag", ""))
    return redirect("/admin/bundles", 303)


def _posted() -> dict[str, list[str]]:
    """The form, with a question mark for what can't be stored."""
    return {name: [readable(each) for each in request.form.getlist(name)] for name in request.form}


def _pressed(
    draft: DraftDocument, key: str, posted: Mapping[str, Sequence[str]], action: str
) -> ResponseReturnValue | None:
    """One attempt at a press; None where somebody saved between our look and our save."""
    root = editing.root_of(draft.document, key)
    typed = editing.apply(draft.document, key, editor_page.moved(posted, root))
    if g.csrf_failed:
        return editor_page.render(draft, key, document=typed, told=_STALE), 422
    digest = editing.section_digest(draft.document, key)
    seen_before = _first(posted, "etag") == draft.etag or _first(posted, "base") == digest
    if not seen_before and editing.section_digest(typed, key) != digest:
        return _conflict(draft, key, typed, posted)
    if not seen_before and action != "save":
        return editor_page.render(draft, key, told=_CHANGED), 409
    document, shown, at = typed, key, ""
    if action != "save":
        try:
            document, shown = editing.act(typed, key, action)
        except (KeyError, ValueError, IndexError):
            abort(404)
        at = editor_page.where(action, document)
    try:
        what = editing.said(key, action, typed)
        saved = desk().editing.save(me(), draft.bundle, draft.number, draft.etag, document, what)
    except Conflict as problem:
        if problem.code == "edited-elsewhere":
            return None
        raise
    except Invalid as problem:
        told = Told(" ".join(each.message for each in problem.faults) or problem.detail, "red")
        return editor_page.render(draft, key, document=typed, told=told), 422
    if request.headers.get("X-Autosave"):
        return editor_page.render(saved, shown)
    return redirect(section_url(saved, shown, at), 303)


def _conflict(
    draft: DraftDocument, key: str, typed: Mapping[str, object], posted: Mapping[str, Sequence[str]]
) -> ResponseReturnValue:
    """Both, side by side; nothing of what was typed is lost."""
    shown = {name: values for name, values in posted.items() if name == "seen" or name.startswith("doc.")}
    kept = [(name, each) for name, values in shown.items() for each in values]
    html = render_template(
        "admin/conflict.html",
        draft=draft,
        name=str(draft.document.get("name") or draft.bundle),
        title=editor_page.title_of(draft, key),
        url=section_url(draft, key),
        sides=editing.side_by_side(typed, draft.document, key),
        kept=[*kept, ("root", _first(posted, "root"))],
        action=_first(posted, "action") or "save",
        base=editing.section_digest(draft.document, key),
    )
    return html, 409


def _gone(draft: DraftDocument, posted: Mapping[str, Sequence[str]]) -> ResponseReturnValue:
    """The part was deleted meanwhile: what was typed is shown, so that it can be copied elsewhere."""
    typed = [each for name, values in posted.items() if name.startswith("doc.") for each in values if each]
    sentence = "这一部分已经被别人删掉了，或者改了地址。您刚才填的写在下面，需要的话可以抄到别处。"
    html = render_template(
        "admin/error.html",
        title="没有找到这一部分",
        sentence=sentence,
        errors=typed,
        again=None,
        home=section_url(draft, _FIRST),
    )
    return html, 404


def _submission(draft: DraftDocument, comment: str, told: str = "", status: int = 422) -> ResponseReturnValue:
    html = render_template(
        "admin/submission.html",
        draft=draft,
        name=str(draft.document.get("name") or draft.bundle),
        comment=comment,
        told=told,
        listed=editor_page.listed(draft, draft.document, draft.faults),
        back=section_url(draft, _FIRST),
    )
    return html, status if told else 200


def _first(posted: Mapping[str, Sequence[str]], name: str) -> str:
    return (posted.get(name) or [""])[0]

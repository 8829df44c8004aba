"""The list of bundles, and the versions of one: what each is, who did what, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.engine import Fault
from wxserver.usecases.faults import BadRequest, Conflict, Invalid, NotFound
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.bodies import readable
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

_STALE: Final = "页面放得太久了，您填的都还在。请再点一次。"


@blueprint.get("/bundles")
@needs("bundles.see")
def bundles() -> ResponseReturnValue:
    """All bundles within reach."""
    return render_template("admin/bundles.html", lines=desk().reviewing.bundles(me()))


@blueprint.get("/bundles/<code>")
@needs("bundles.see")
def versions(code: str) -> ResponseReturnValue:
    """The versions of a bundle, the newest first."""
    return _history(code)


@blueprint.post("/bundles/<code>/drafts")
@needs("bundles.edit")
def begin_draft(code: str) -> ResponseReturnValue:
    """Go on with the open draft, or begin one: from what is in force, or from a certain version."""
    wanted = request.form.get("number", "")
    try:
        draft = desk().editing.begin(me(), code, number=_number(wanted) if wanted else None)
    except Conflict as problem:
        return _history(code, told=problem.detail, status=409)
    return redirect(editor_of(draft.bundle, draft.number), 303)


@blueprint.get("/bundles/<code>/difference")
@needs("bundles.see")
def difference(code: str) -> ResponseReturnValue:
    """What changes between two versions, chosen by number."""
    old, new = (_number(request.args.get(name, "")) for name in ("old", "new"))
    sides = desk().reviewing.compared(me(), code, old, new)
    return render_template("admin/difference.html", sides=sides)


@blueprint.get("/bundles/<code>/versions/<int:number>/toml")
@needs("bundles.see")
def export(code: str, number: int) -> ResponseReturnValue:
    """A version as a file to keep."""
    made = desk().transferring.export(me(), code, number)
    response = Response(made.text.encode(), content_type="application/toml; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/bundles/<code>/versions/<int:number>/rollback")
@needs("bundles.publish")
@keeps_typed
def rollback(code: str, number: int) -> ResponseReturnValue:
    """Let what was in force hold again."""
    return _act(code, number, "rollback", lambda text: desk().releasing.rollback(me(), code, number, text))


@blueprint.post("/bundles/<code>/versions/<int:number>/retirement")
@needs("bundles.publish")
@keeps_typed
def retire(code: str, number: int) -> ResponseReturnValue:
    """Let a version hold no longer."""
    return _act(code, number, "retirement", lambda text: desk().releasing.retire(me(), code, number, text))


@blueprint.post("/bundles/<code>/retirement")
@needs("bundles.publish")
@keeps_typed
def retire_bundle(code: str) -> ResponseReturnValue:
    """Offer the bundle no more."""
    return _act(code, 0, "retirement", lambda text: desk().releasing.retire(me(), code, None, text))


@blueprint.post("/bundles/<code>/versions/<int:number>/comments")
@needs("bundles.see")
@keeps_typed
def comment(code: str, number: int) -> ResponseReturnValue:
    """Say something of a version."""
    return _act(code, number, "comments", lambda text: desk().editing.comment(me(), code, number, text))


def editor_of(code: str, number: int) -> str:
    """The address of a draft's editor."""
    return f"{url_for('admin.versions', code=code)}/drafts/{number}/general"


def _act(code: str, number: int, what: str, act: Callable[[str], object]) -> ResponseReturnValue:
    """Do something to a version with what was written; where it is refused, the page again with it."""
    typed = {"number": str(number), "what": what, "text": readable(request.form.get("text", ""))}
    if g.csrf_failed:
        return _history(code, typed=typed, told=_STALE, status=400)
    try:
        act(typed["text"])
    except Invalid as problem:
        name = f"{what}-{number}"
        faults = [Fault(name, each.code, each.message) for each in problem.faults] or [Fault(name, "", problem.detail)]
        return _history(code, typed=typed, faults=faults, status=422)
    except Conflict as problem:
        return _history(code, typed=typed, told=problem.detail, status=409)
    return redirect(f"{url_for('admin.versions', code=code)}#v{number}", 303)


def _history(
    code: str,
    *,
    typed: Mapping[str, str] | None = None,
    faults: Sequence[Fault] = (),
    told: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    before = request.args.get("before", "")
    history = desk().reviewing.history(me(), code, _number(before) if before else None)
    html = render_template("admin/versions.html", history=history, typed=typed or {}, faults=faults, told=told)
    return make_response(html, status)


def _number(text: str) -> int:
    """A version's number as it stands in an address or a form."""
    if not text:
        raise BadRequest("请选要比较的两个版本，再点“比较”。", code="number-missing")
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise NotFound("没有这个版本。请从版本列表里选。", code="unknown-version")
    return int(text)

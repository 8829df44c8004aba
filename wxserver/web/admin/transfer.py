"""Bringing a definition in from a TOML file or from pasted text. It becomes a draft; the file's name is never used."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from bundles.engine import Fault
from wxserver.usecases.faults import Conflict, Invalid
from wxserver.usecases.transferring import LARGEST
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.admin.bundles import editor_of
from wxserver.web.bodies import read_file
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed, takes_files

_SHOWN_AGAIN = 60_000
"""Characters of pasted text that are given back where it has faults."""


@blueprint.get("/bundles/import")
@needs("bundles.edit")
def import_form() -> ResponseReturnValue:
    """The form."""
    return _page()


@blueprint.post("/bundles/import")
@needs("bundles.edit")
@keeps_typed
@takes_files
def bring_in() -> ResponseReturnValue:
    """Make a draft of it, or show everything that is wrong."""
    pasted, why = request.form.get("text", ""), request.form.get("comment", "")
    if g.csrf_failed:
        return _page(pasted, why, told="页面放得太久了。请再选一次文件，然后点“导入为草稿”。", status=400)
    raw = read_file("file")
    try:
        draft = desk().transferring.take_in(me(), raw or pasted.encode("utf-8", "replace"), why)
    except Invalid as problem:
        return _page(pasted, why, faults=problem.faults, told=problem.detail, status=422)
    except Conflict as problem:
        return _page(pasted, why, told=problem.detail, status=409)
    return redirect(editor_of(draft.bundle, draft.number), 303)


def _page(
    pasted: str = "", why: str = "", *, faults: Sequence[Fault] = (), told: str = "", status: int = 200
) -> ResponseReturnValue:
    again = pasted if len(pasted) <= _SHOWN_AGAIN else ""
    most = LARGEST // 1_000_000
    return make_response(
        render_template("admin/import.html", text=again, why=why, faults=faults, told=told, most=most), status
    )

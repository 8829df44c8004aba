"""The wizard: a new bundle, from nothing or as a copy of one that is in force. It ends in the editor."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles import regions
from bundles.engine import Fault
from wxserver.usecases.catalogue import Published
from wxserver.usecases.faults import Conflict, Invalid
from wxserver.usecases.rights import Member, reaches
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.bodies import readable
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

_FIELDS: Final = ("start", "copy_of", "name", "code", "prefix", "region", "region_text")
_NAMES: Final[Mapping[str, str]] = {"number_prefix": "prefix"}
_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")


@blueprint.get("/bundles/new")
@needs("bundles.edit")
def new_bundle() -> ResponseReturnValue:
    """The form, with a code that is still free."""
    copy_of = request.args.get("copy_of", "")
    known = {each.bundle.code for each in _sources(me())}
    chosen = copy_of if copy_of in known else ""
    typed = dict.fromkeys(_FIELDS, "") | {"start": "copy" if chosen else "nothing", "copy_of": chosen}
    return _form(typed | {"code": _free(chosen or "service")})


@blueprint.post("/bundles/new")
@needs("bundles.edit")
@keeps_typed
def create_bundle() -> ResponseReturnValue:
    """Begin the draft, and go to its editor."""
    typed = {name: readable(request.form.get(name, "")).strip() for name in _FIELDS}
    if g.csrf_failed:
        return _form(typed, told="页面放得太久了，您填的都还在。请再点一次“建好，去编辑”。")
    faults, region = _missing(typed)
    if faults:
        return _form(typed, faults)
    copy_of = typed["copy_of"] if typed["start"] == "copy" else ""
    try:
        draft = desk().editing.create(
            me(), code=typed["code"], name=typed["name"], region=region, prefix=typed["prefix"], copy_of=copy_of
        )
    except Invalid as problem:
        return _form(
            typed, [Fault(_NAMES.get(each.path, each.path), each.code, each.message) for each in problem.faults]
        )
    except Conflict as problem:
        return _form(typed, told=problem.detail)
    return redirect(url_for("admin.editor", code=draft.bundle, number=draft.number, key="general"), 303)


def _missing(typed: Mapping[str, str]) -> tuple[list[Fault], str]:
    """What is missing or can't be meant, and the region's code."""
    faults = []
    if typed["start"] not in ("nothing", "copy"):
        faults.append(Fault("start", "required", "请选从哪里开始。"))
    if typed["start"] == "copy" and not typed["copy_of"]:
        faults.append(Fault("copy_of", "required", "请选照哪一件抄。"))
    if not typed["name"]:
        faults.append(Fault("name", "required", "请填名称，市民在首页看到的就是它。"))
    if not _CODE.fullmatch(typed["code"]):
        sentence = "代号用小写字母开头，只用小写字母、数字和短横线，最多 64 个字符。例如 service-2。"
        faults.append(Fault("code", "invalid", sentence))
    if not re.fullmatch("[A-Z]{2,6}", typed["prefix"]):
        faults.append(Fault("prefix", "invalid", "办件编号的前缀是 2 到 6 个大写字母。例如 JY。"))
    asked = typed["region_text"] or typed["region"]
    region = regions.code_of(asked) if asked else None
    if region is None:
        words = f"没有找到叫“{asked[:40]}”的地区。请填全名或 6 位代码。" if asked else "请选在哪里办。"
        faults.append(Fault("region_text" if typed["region_text"] else "region", "invalid", words))
    return faults, region or ""


def _form(typed: Mapping[str, str], faults: Sequence[Fault] = (), told: str = "") -> ResponseReturnValue:
    member = me()
    html = render_template(
        "admin/wizard.html",
        typed=typed,
        faults=faults,
        told=told,
        sources=[(each.bundle.code, each.bundle.name) for each in _sources(member)],
        regions=_regions(member),
    )
    return html, 422 if faults or told else 200


def _sources(member: Member) -> list[Published]:
    """What can be copied: what is in force where the member works."""
    return [each for each in desk().catalogue.bundles() if reaches(member, region=each.bundle.region)]


def _regions(member: Member) -> list[tuple[str, str]]:
    """The member's own regions, and those where something is offered already."""
    codes = {*member.regions, *(each.bundle.region for each in desk().catalogue.bundles())}
    return [(code, regions.full_name(code) or code) for code in sorted(codes) if reaches(member, region=code)]


def _free(stem: str) -> str:
    """A code that no bundle in force bears."""
    taken = {each.bundle.code for each in desk().catalogue.bundles()}
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"

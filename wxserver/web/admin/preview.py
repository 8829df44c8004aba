"""A version as the citizen will see it: on a phone's frame beside the editor, and by a link for one's own phone."""

from typing import Final

import segno
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxserver.usecases.previewing import Opened
from wxserver.web.admin import editor_page
from wxserver.web.admin.blueprint import blueprint, me, needs
from wxserver.web.admin.editor_page import Listed
from wxserver.web.desk import desk

EDITABLE: Final = ("draft", "review")
SIZES: Final = ("normal", "big")
_PLACE: Final = "/bundles/<code>/drafts/<int:number>/preview"
MOST_NAMED: Final = 30


@blueprint.get(_PLACE)
@needs("bundles.see")
def preview(code: str, number: int) -> ResponseReturnValue:
    """The phone's frame (`size`: normal or big, `item`: where to begin), the link with its code, and what to mend."""
    opened = desk().previewing.open(me(), code, number)
    size = request.args.get("size", "")
    size = size if size in SIZES else SIZES[0]
    return render_template(
        "admin/preview.html",
        opened=opened,
        version=opened.version,
        size=size,
        item=_item(opened, request.args.get("item", "")),
        start=_start(opened, size, request.args.get("item", "")),
        address=desk().previewing.address(opened.token),
        code_picture=segno.make(desk().previewing.address(opened.token), error="m").svg_data_uri(scale=4, border=3),
        wrong=_wrong(opened),
        count=len(opened.content.faults),
    )


@blueprint.post(_PLACE)
@needs("bundles.see")
def preview_anew(code: str, number: int) -> ResponseReturnValue:
    """Begin again: nothing typed, and a link that is good for the whole time."""
    desk().previewing.open(me(), code, number, anew=True)
    return redirect(url_for("admin.preview", code=code, number=number), 303)


def _item(opened: Opened, code: str) -> str:
    bundle = opened.content.bundle
    return code if bundle is not None and bundle.item(code) is not None else ""


def _start(opened: Opened, size: str, code: str) -> str:
    """Where the frame begins: at an item's guide, or where items are chosen."""
    bundle, token = opened.content.bundle, opened.token
    if bundle is None:
        return ""
    if item := _item(opened, code):
        return url_for("preview.guide", token=token, size=size, bundle_code=bundle.code, item_code=item)
    return url_for("preview.bundle", token=token, size=size, bundle_code=bundle.code)


def _wrong(opened: Opened) -> list[Listed]:
    """What is to be mended, with the way to it; without one where the version can be edited no more."""
    version, faults = opened.version, opened.content.faults
    if faults and version.status in EDITABLE:
        draft = desk().editing.draft(me(), version.bundle_code, version.number)
        return editor_page.listed(draft, draft.document, draft.faults)[:MOST_NAMED]
    return [Listed("", sentence) for _, sentence in faults[:MOST_NAMED]]

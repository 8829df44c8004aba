"""The link by which a version can be looked at as a citizen would see it."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from bundles.document import path_text
from wxserver.web.api.admin.blueprint import blueprint, me, needs
from wxserver.web.desk import desk


@blueprint.post("/bundles/<code>/drafts/<int:number>/preview")
@needs("bundles.see")
def open_preview(code: str, number: int) -> ResponseReturnValue:
    """A fresh link, until when it is good, and what is to be mended; `url` is null where nothing can be shown yet."""
    opened = desk().previewing.open(me(), code, number, anew=True)
    return jsonify(
        bundle=opened.version.bundle_code,
        number=opened.version.number,
        status=opened.version.status,
        etag=opened.version.etag,
        url=desk().previewing.address(opened.token) if opened.content.bundle is not None else None,
        expires_at=opened.expires_at.isoformat(),
        faults=[{"path": path_text(path), "message": sentence} for path, sentence in opened.content.faults],
    ), 201

"""Files handed in: sent once, looked at on arrival, then put into drafts and cases by their id."""

from typing import Final

from flask import Response, request

from bundles.application import Fault
from wxserver.usecases.faults import Invalid, Problem
from wxserver.usecases.uploading import accepted_as
from wxserver.web.api.documenting import PREFIX, Success, answer, nothing, operation
from wxserver.web.api.presenting import upload
from wxserver.web.api.reading import idempotency_key
from wxserver.web.api.schemas.answers import UPLOAD
from wxserver.web.api.schemas.requests import UPLOAD_FORM
from wxserver.web.api.sessions import visitor
from wxserver.web.bodies import read_file
from wxserver.web.desk import desk
from wxserver.web.files import handed_back
from wxserver.web.guard import takes_files

_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "The client's name for this file. Sending it again under the same key gives the same upload.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "example": "5b1f0c6e2d8a4f7b",
}
EXAMPLE: Final = {
    "id": "9f2c4e6a8b0d1f3e5a7c9b2d4f6e8a0c",
    "kind": "photo",
    "media_type": "image/jpeg",
    "pages": 1,
    "size": 25348,
    "sha256": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
    "width": 358,
    "height": 441,
}


class NotMultipart(Problem):
    """A body of another type where a file is expected."""

    status, code = 415, "unsupported-media-type"


@operation(
    "POST",
    "/uploads",
    tag="uploads",
    form=UPLOAD_FORM,
    headers=(_KEY,),
    answers={
        201: Success(UPLOAD, "The file as it is kept.", EXAMPLE, location=True),
        200: Success(UPLOAD, "The file that this key brought before.", EXAMPLE),
    },
    problems=(403, 409, 503),
)
@takes_files
def add_upload() -> Response:
    """Hand in a picture: JPEG, PNG or WebP, up to 20 MB; or a PDF of at most 20 pages and 10 MB.

    A picture is turned upright, made smaller and stripped of everything but its pixels; a signature too, drawn or
    photographed. A PDF is taken for the kind `other` and for materials whose `accepted` names it, and kept as it is,
    unless it holds scripts, attachments, ways out or a password. With 422 the `code` says what is wrong
    (`not-white-background`, `blurred`, `no-ink`, `encrypted`, `active-content` ...), `detail` how to mend it. At most
    60 a day.
    """
    key = idempotency_key()
    if request.mimetype != "multipart/form-data":
        raise NotMultipart("请用 multipart/form-data 上传文件。")
    raw = read_file("file")
    if raw is None:
        raise Invalid.of([Fault("file", "required", "请选一个文件再上传，一次一个。")])
    kind = request.form.get("kind", "")
    added = desk().uploading.add(visitor(), kind=kind, raw=raw, key=key, accepted=_accepted(kind))
    response = answer(upload(added.view), 201 if added.created else 200)
    if added.created:
        response.headers["Location"] = f"{PREFIX}/uploads/{added.view.id}"
    return response


@operation(
    "GET",
    "/uploads/<upload_id>",
    tag="uploads",
    answers={200: Success(None, "The picture (`image/jpeg`) or PDF (`application/pdf`).", media_type="*/*")},
)
def show_upload(upload_id: str) -> Response:
    """One file of the person's own; a PDF as an attachment."""
    return handed_back(*desk().uploading.open(visitor(), upload_id))


@operation(
    "DELETE",
    "/uploads/<upload_id>",
    tag="uploads",
    answers={204: Success(None, "It is gone, out of every draft too.")},
    problems=(403, 409),
)
def drop_upload(upload_id: str) -> Response:
    """Delete a file that has not been submitted."""
    desk().uploading.delete(visitor(), upload_id)
    return nothing()


def _accepted(kind: str) -> tuple[str, ...]:
    """As what a file of this kind is taken where nobody says for which material: as any material now open takes it."""
    every = (
        each.accepted
        for published in desk().catalogue.bundles()
        for item in published.bundle.items
        for each in item.materials
        if each.upload and each.kind == kind
    )
    return accepted_as(kind, {way for ways in every for way in ways})

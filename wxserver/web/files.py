"""What people handed in, given back to nobody but its owner."""

from collections.abc import Iterator
from typing import Final

from flask import Response

from wxserver.usecases.uploading import UploadView

_LOCKED: Final = "sandbox; default-src 'none'"


def handed_back(view: UploadView, content: bytes) -> Response:
    """A picture to look at, or a PDF to keep: a stranger's document never opens among our own pages."""
    response = Response(content, content_type=view.media_type)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if view.is_pdf:
        response.headers["Content-Disposition"] = f'attachment; filename="{view.kind}.pdf"'
        response.headers["Content-Security-Policy"] = _LOCKED
    else:
        response.headers["Content-Disposition"] = f'inline; filename="{view.kind}.jpg"'
    return response


def sent_away(media_type: str, content: bytes) -> Response:
    """A stranger's document for a member of staff: it is saved, and nobody keeps it on the way."""
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    ending = {"application/pdf": "pdf", "image/jpeg": "jpg"}.get(media_type, "bin")
    response.headers["Content-Disposition"] = f'attachment; filename="material.{ending}"'
    response.headers["Content-Security-Policy"] = _LOCKED
    return response


def csv_of(lines: Iterator[str], name: str) -> Response:
    """Lines of CSV to save, sent as they are made."""
    response = Response(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response

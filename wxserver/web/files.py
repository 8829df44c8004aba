"""What people handed in, given back to nobody but its owner."""

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

"""JSON for the mini-program and other clients, under /api/v1, and its OpenAPI document.

Front door: `register(app)`. Views read strictly, call one use case, and write the answer; they decide nothing.
"""

import json
from functools import cache
from typing import Final

from flask import Flask, Response

from wxserver.web.api import (  # noqa: F401
    applications,
    bundles,
    cards,
    cases,
    drafts,
    held,
    regions,
    sessions,
    uploads,
    verifications,
)
from wxserver.web.api.documenting import PREFIX, collect

OPEN_ENDPOINTS: Final = frozenset(
    {
        "api.open_session",
        "api.list_bundles",
        "api.show_bundle",
        "api.show_item",
        "api.list_regions",
        "api.show_region",
        "api_document.openapi",
    }
)
"""What needs no session (contract, "JSON API" and "Pages")."""

VERSION: Final = "1.0.0"

__all__ = ["OPEN_ENDPOINTS", "PREFIX", "register"]


def register(app: Flask, *, cookie: str) -> None:
    """Add the API to the app. `cookie`: the name of the session cookie, for the document."""
    document = collect(app, version=VERSION, cookie=cookie)

    @cache
    def written() -> bytes:
        return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()

    def openapi() -> Response:
        """The OpenAPI document of what is built."""
        response = Response(written(), content_type="application/json; charset=utf-8")
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    app.add_url_rule(f"{PREFIX}/openapi.json", "api_document.openapi", openapi, methods=["GET"])

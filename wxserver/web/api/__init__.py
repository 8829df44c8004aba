"""JSON for the mini-program and other clients, under /api/v1, and its OpenAPI document.

Front door: `register(app)`. Views read strictly, call one use case, and write the answer; they decide nothing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, cast

from flask import Flask, Response

from wxserver.usecases.catalogue import Published
from wxserver.web.api import (  # noqa: F401
    accounts,
    applications,
    bundles,
    cards,
    cases,
    drafts,
    held,
    messages,
    personal,
    regions,
    sessions,
    uploads,
    verifications,
    wards,
    wechat,
)
from wxserver.web.api.documenting import PREFIX, collect
from wxserver.web.api.forms import form_schemas

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


def register(app: Flask, *, cookie: str, offered: Callable[[], Sequence[Published]] = tuple) -> None:
    """Add the API to the app. For the document: `cookie`, the session cookie's name; `offered`, bundles in force."""
    document = collect(app, version=VERSION, cookie=cookie)

    @lru_cache(maxsize=1)
    def written(_versions: tuple[str, ...]) -> bytes:
        whole = dict(document())
        components = dict(cast("Mapping[str, Mapping[str, object]]", whole["components"]))
        components["schemas"] = {**components["schemas"], **form_schemas(offered())}
        return json.dumps(whole | {"components": components}, ensure_ascii=False, separators=(",", ":")).encode()

    def openapi() -> Response:
        """The OpenAPI document of what is built, with the form of every item in force."""
        versions = tuple(each.id for each in offered())
        response = Response(written(versions), content_type="application/json; charset=utf-8")
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    app.add_url_rule(f"{PREFIX}/openapi.json", "api_document.openapi", openapi, methods=["GET"])

"""WeChat's domain files: `/MP_verify_<code>.txt`, by which it sees that a domain is ours (contract, "Callbacks")."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, cast

from flask import Blueprint, Flask, Response, current_app
from werkzeug.exceptions import NotFound

blueprint: Final = Blueprint("domain_files", __name__)


def register(app: Flask) -> None:
    """Add the files to the app; `extensions["mp_verify"]` holds the codes of all accounts."""
    app.register_blueprint(blueprint)


@blueprint.get("/MP_verify_<code>.txt")
def show(code: str) -> Response:
    """The code itself, where it is one of ours."""
    if code not in cast("Collection[str]", current_app.extensions["mp_verify"]):
        raise NotFound
    return Response(code, content_type="text/plain; charset=utf-8")

"""Where the citizen's pages lead. A preview shows the same pages, and leads to its own."""

from collections.abc import Callable
from typing import Any, cast

import flask
from flask import g

Addresses = Callable[[str, dict[str, Any]], str]


def url_for(endpoint: str, **values: Any) -> str:
    """The address of an endpoint, as `flask.url_for`; in a preview what `g.addresses` makes of it."""
    instead = cast("Addresses | None", g.get("addresses"))
    return flask.url_for(endpoint, **values) if instead is None else instead(endpoint, values)

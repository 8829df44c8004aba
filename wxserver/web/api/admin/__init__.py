"""JSON for the staff desk, under /api/v1/admin, by the same use cases and rules as its pages.

Front door: `register(app)`. A cookie session of staff; changes carry its token in `X-CSRFToken`.
"""

from flask import Flask

from wxserver.web.api.admin import audit, bundles, calendar, cases, previews, sessions, staff  # noqa: F401
from wxserver.web.api.admin.blueprint import blueprint

__all__ = ["register"]


def register(app: Flask) -> None:
    """Add the API to the app."""
    app.register_blueprint(blueprint)

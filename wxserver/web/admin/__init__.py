"""Pages for staff, under /admin. Views parse, call one use case, and present; they decide nothing.

Front door: `register(app)`. Every page works without JavaScript; every view says by `needs` which act it is.
"""

from flask import Flask

from wxserver.web.admin import (  # noqa: F401
    accounts,
    audit,
    bundles,
    calendar,
    cases,
    editor,
    guardianships,
    organisations,
    own,
    preview,
    review,
    signing_in,
    staff,
    transfer,
    wizard,
)
from wxserver.web.admin import help as manual  # noqa: F401
from wxserver.web.admin.blueprint import blueprint
from wxserver.web.admin.problems import error_page, page

__all__ = ["error_page", "page", "register"]


def register(app: Flask) -> None:
    """Add the pages to the app."""
    app.register_blueprint(blueprint)

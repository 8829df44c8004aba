"""Pages for staff, under /admin. Views parse, call one use case, and present; they decide nothing.

Front door: `register(app)`. Every page works without JavaScript; every view says by `needs` which act it is.
"""

from flask import Flask

from wxserver.web.admin.blueprint import blueprint

__all__ = ["register"]


def register(app: Flask) -> None:
    """Add the pages to the app."""
    app.register_blueprint(blueprint)

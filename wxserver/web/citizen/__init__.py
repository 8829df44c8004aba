"""Pages for citizens, opened from WeChat's menu. Views parse, call one use case, and present; they decide nothing.

Front door: `register(app)`. Every page works without JavaScript; styles and scripts are files of our own (CSP).
Texts follow the voice of the service: 您, short sentences, the verb first, and a next step on every page.
"""

from flask import Flask

from wxserver.web.citizen import (  # noqa: F401
    account,
    cases,
    children,
    for_whom,
    held,
    home,
    messages,
    offering,
    password,
    personal,
    photos,
    places,
    signing_in,
    steps,
    submitting,
    subscribing,
)
from wxserver.web.citizen.blueprint import blueprint
from wxserver.web.citizen.previewing import blueprint as preview
from wxserver.web.citizen.problems import error_page, page

__all__ = ["error_page", "page", "register"]


def register(app: Flask) -> None:
    """Add the pages to the app. `page` and `error_page` present errors to people, for `web.problems`."""
    app.register_blueprint(blueprint)
    app.register_blueprint(preview)

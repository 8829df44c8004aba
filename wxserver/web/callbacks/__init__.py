"""Where far sides and returning browsers come in (contract, "Callbacks"). Thin: read, call one use case, answer.

Front door: `register(app)`. What machines call fails with a bare status; what browsers call fails with a page.
"""

from typing import Final

from flask import Flask

from wxserver.web.callbacks import identity, registry, wechat  # noqa: F401
from wxserver.web.callbacks.blueprint import blueprint

OPEN_ENDPOINTS: Final = frozenset(
    {
        "callbacks.check_push",
        "callbacks.push",
        "callbacks.login",
        "callbacks.oauth",
        "callbacks.identity_result",
        "callbacks.identity_return",
        "callbacks.registry_event",
    }
)
"""None of these needs a session: machines sign, browsers bring a one-time state."""

WITHOUT_CSRF: Final = frozenset({"callbacks.push", "callbacks.identity_result", "callbacks.registry_event"})
"""POSTs of machines, authenticated by their signature."""

__all__ = ["OPEN_ENDPOINTS", "WITHOUT_CSRF", "register"]


def register(app: Flask) -> None:
    """Add the callbacks to the app."""
    app.register_blueprint(blueprint)

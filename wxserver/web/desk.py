"""The desk where the web asks: every use case the app was built with."""

from __future__ import annotations

from typing import cast

from flask import current_app, g

from wxserver.usecases.desk import UseCases


def desk() -> UseCases:
    """The use cases of the app that serves this request; in a preview those that only pretend (`g.stage`)."""
    return cast("UseCases", g.get("stage") or current_app.extensions["usecases"])

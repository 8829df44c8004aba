"""The desk where the web asks: every use case the app was built with."""

from __future__ import annotations

from typing import cast

from flask import current_app

from wxserver.usecases.desk import UseCases


def desk() -> UseCases:
    """The use cases of the app that serves this request."""
    return cast("UseCases", current_app.extensions["usecases"])

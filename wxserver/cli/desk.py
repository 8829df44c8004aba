"""The use cases, as commands reach them."""

from __future__ import annotations

from typing import cast

from flask import current_app

from wxserver.usecases.desk import UseCases


def desk() -> UseCases:
    """The use cases of the app that the command runs in."""
    return cast("UseCases", current_app.extensions["usecases"])

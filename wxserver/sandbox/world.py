"""What every part of the sandbox is handed: settings, state, clock and outbox."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app

from wxserver.sandbox.clock import Clock
from wxserver.sandbox.outbox import Outbox
from wxserver.sandbox.settings import Settings
from wxserver.sandbox.state import Database

SILENCE = 7.0
"""Seconds without an answer in the mishaps ``timeout`` and ``lost_reply``: longer than the 5 s our callers wait."""


@dataclass
class World:
    """One running sandbox. ``silence`` is in seconds and may be shortened by tests."""

    settings: Settings
    database: Database
    clock: Clock
    outbox: Outbox
    silence: float = SILENCE


def world() -> World:
    """The running sandbox of this request."""
    return cast(World, current_app.extensions["sandbox"])


def answer(document: Mapping[str, Any], status: int = 200, content_type: str = "application/json") -> Response:
    """A JSON answer as the far sides give it (UTF-8, Chinese unescaped)."""
    text = json.dumps(document, ensure_ascii=False)
    return Response(text, status, content_type=f"{content_type}; charset=utf-8")


def problem(status: int, code: str, detail: str) -> Response:
    """An RFC 9457 answer; ``detail`` is Chinese and may be shown to the citizen."""
    document = {"type": f"/problems/{code}", "title": code, "status": status, "detail": detail, "code": code}
    return answer(document, status, "application/problem+json")

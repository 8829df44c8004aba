"""Logging: one JSON line per event, with everything that looks personal or secret masked on its way out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import TextIO

import structlog

_PATTERNS = (
    (re.compile(r"(?<![0-9A-Za-z])\d{6}(?:18|19|20|21)\d{2}[01]\d[0-3]\d\d{3}[0-9Xx](?![0-9A-Za-z])"), "[id number]"),
    (re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)"), "[phone]"),
    (re.compile(r"(?<!\d)\d{16,19}(?!\d)"), "[account]"),
    (re.compile(r"(?<!\d)\d{15}(?!\d)"), "[id number]"),
    (re.compile(r"(?<![0-9A-Za-z])[HM]\d{8,10}(?![0-9A-Za-z])"), "[permit]"),
    (re.compile(r"(?i)(whsec_|bearer )[A-Za-z0-9+/=_.-]+"), r"\1[secret]"),
    (re.compile(r"(?i)((?:secret|code|state|token|signature|js_code)=)[^&\s\"']+"), r"\1[hidden]"),
)
_NAMES = frozenset({"name", "phone", "address", "id_number", "number", "form", "token", "secret", "openid", "password"})


def mask(text: str) -> str:
    """The text with ID numbers, phones, accounts, permits and secrets replaced."""
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def _masked(value: object) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: "[hidden]" if key in _NAMES else _masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return value


def mask_event(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Structlog processor: mask every value of an event."""
    return {key: "[hidden]" if key in _NAMES else _masked(value) for key, value in event.items()}


def configure(stream: TextIO | None = None) -> None:
    """Send all logging of this process, ours and that of libraries, through the mask, as JSON lines."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask_event,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("urllib3", "werkzeug", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)

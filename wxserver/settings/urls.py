"""Addresses in the configuration."""

from __future__ import annotations

from urllib.parse import urlsplit


def url_fault(value: str) -> str | None:
    """What is wrong with the address of a far side, or None."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        return "must be an http or https address without query"
    return "must not end in a slash" if value.endswith("/") else None

"""Callbacks signed by Standard Webhooks, as use cases meet them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class WebhookVerifier(Protocol):
    """Checks callbacks signed by Standard Webhooks (contract, "Callbacks")."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The message id of an authentic callback; raises `BadSignature` and nothing else."""

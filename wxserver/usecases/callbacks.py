"""Taking in what far sides send: verified first, then stored under its key, acted on in the same transaction."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wxserver.ports import Clock
from wxserver.store import inbound, records
from wxserver.store.database import Database, Unit

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a far side is told. A refusal carries no detail."""

    status: int
    body: Mapping[str, object] = field(default_factory=dict)


def receive(
    database: Database,
    clock: Clock,
    source: str,
    message_id: str,
    body: bytes,
    act: Callable[[Unit], Answer],
) -> Answer:
    """Act on an authentic message exactly once.

    The same id with the same body gets the first answer; with another body 409, an alert, and no change of state.
    """
    digest = hashlib.sha256(body).hexdigest()
    with database.write() as unit:
        before = inbound.claim(unit, source, message_id, digest, clock.now())
        if before is None:
            answer = act(unit)
            inbound.answered(unit, source, message_id, answer.status, json.dumps(dict(answer.body)))
            return answer
    if before.body_digest == digest:
        return Answer(before.status, json.loads(before.answer))
    logger.error("message id used for another body", extra={"source": source})
    with database.write() as unit:
        records.audit(
            unit,
            actor_kind="far_side",
            actor_id=source,
            action="message_id_reused",
            subject_kind="inbound_message",
            subject_id=hashlib.sha256(message_id.encode()).hexdigest(),
            reason="same webhook-id, other body",
            data={},
            now=clock.now(),
        )
    return Answer(409)

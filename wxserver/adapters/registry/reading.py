"""What the registry's answers say, value by value. Whatever is not as agreed raises `Malformed`."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from bundles.ports import Production, RegistryCard, Standing
from bundles.vocabulary import BATCH_STATES, CARD_STATES
from wxserver.ports.documents import Document, Malformed
from wxserver.ports.signed_calls import segment

PROFILE = ("phone", "address", "email", "occupation")
LARGEST_PHOTO = 1_000_000
"""Bytes of a picture."""
_LONGEST_ENCODED = -(-LARGEST_PHOTO // 3) * 4
_MOST = 100
_REGION = re.compile(r"[0-9]{6}", re.ASCII)


def card(answer: Document) -> RegistryCard:
    """A card as it stands."""
    state = answer.text("state")
    if state not in CARD_STATES:
        raise Malformed(f"{answer.path('state')} is no card state")
    return RegistryCard(
        reference=_reference(answer, "card"),
        number=answer.text("number", longest=64),
        bank=answer.text_or_none("bank") or "",
        region=answer.text_or_none("region") or "",
        state=state,
        expires_on=answer.day_or_none("expires_on"),
        loss_ends_on=answer.day_or_none("loss_ends_on"),
    )


def cards(answer: Document) -> tuple[RegistryCard, ...]:
    """A list of cards."""
    return tuple(card(entry) for entry in answer.objects("cards"))


def production(answer: Document) -> Production:
    """The making of a card, with its history where it is told in a way that can be read."""
    return Production(
        reference=_reference(answer, "production"),
        node=answer.text("node", longest=64),
        kind=answer.text_or_none("kind", longest=64) or "",
        at=answer.instant_or_none("at"),
        bank=answer.text_or_none("bank") or "",
        region=answer.text_or_none("region") or "",
        history=_history(answer),
    )


def productions(answer: Document) -> tuple[Production, ...]:
    """A list of productions."""
    return tuple(production(entry) for entry in answer.objects("productions"))


def standing(answer: Document) -> Standing:
    """What is known of a person."""
    elsewhere = answer.raw("lives_elsewhere")
    if not isinstance(elsewhere, bool | None):
        raise Malformed(f"{answer.path('lives_elsewhere')} is neither true nor false")
    batch = answer.text_or_none("batch", longest=64)
    if batch is not None and batch not in BATCH_STATES:
        raise Malformed(f"{answer.path('batch')} is no state of a batch")
    return Standing(_insured(answer), elsewhere, batch, _profile(answer))


def guardianship(answer: Document) -> bool:
    """Whether the one is known to be the other's guardian."""
    proven = answer.raw("proven")
    if not isinstance(proven, bool):
        raise Malformed(f"{answer.path('proven')} is neither true nor false")
    return proven


def photo(answer: Document) -> bytes | None:
    """A JPEG that is what its digest says, or None."""
    if answer.raw("photo") is None:
        return None
    told = answer.object("photo")
    if told.text("media_type", longest=64) != "image/jpeg":
        raise Malformed(f"{told.path('media_type')} is no JPEG's")
    encoded = told.text("content", longest=_LONGEST_ENCODED)
    try:
        content = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise Malformed(f"{told.path('content')} is no base64") from None
    if hashlib.sha256(content).hexdigest() != told.text("sha256", longest=64):
        raise Malformed(f"{told.path('content')} is not what its digest says")
    if len(content) > LARGEST_PHOTO or not content.startswith(b"\xff\xd8\xff"):
        raise Malformed(f"{told.path('content')} is no JPEG, or too large")
    return content


def _reference(answer: Document, name: str) -> str:
    reference = answer.text(name, longest=128)
    segment(reference)
    return reference


def _history(answer: Document) -> tuple[tuple[str, datetime | None], ...]:
    """Only told, never acted upon: what can't be read is passed over."""
    told = answer.raw("history")
    found: list[tuple[str, datetime | None]] = []
    for entry in told[:_MOST] if isinstance(told, list) else ():
        if not isinstance(entry, Mapping):
            continue
        step = Document(entry)
        try:
            found.append((step.text("node", longest=64), step.instant_or_none("at")))
        except Malformed:
            continue
    return tuple(found)


def _insured(answer: Document) -> tuple[str, ...] | None:
    if answer.raw("insured") is None:
        return None
    codes = answer.texts("insured")
    if len(codes) > _MOST or not all(_REGION.fullmatch(code) for code in codes):
        raise Malformed(f"{answer.path('insured')} is no list of region codes")
    return codes


def _profile(answer: Document) -> dict[str, str]:
    if answer.raw("profile") is None:
        return {}
    told = answer.object("profile")
    found = {name: (told.text_or_none(name, longest=200) or "").strip() for name in PROFILE}
    return {name: value for name, value in found.items() if value}

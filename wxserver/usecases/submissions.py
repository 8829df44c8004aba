"""What an application is handed in as: by the person themself, or by a clerk who took it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from bundles.definition import JOIN

ONLINE = "online"


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person hands in. `form` values are as they came; the engine checks and cleans them.

    `item`: codes joined by "+" apply for several. `acting`: `{"as": "self"}`, `{"as": "guardian", "ward": id}`,
    `{"as": "unit_agent"}`, `{"as": "proxy"}`; left out, oneself. `version`: by which version of the bundle (a row's id)
    it was filled in, where that is not for its key to tell; it is no part of the content.
    """

    bundle: str
    item: str
    card_id: str | None = None
    form: Mapping[str, object] = field(default_factory=dict, repr=False)
    uploads: tuple[str, ...] = ()
    acting: Mapping[str, object] | None = None
    delivery: Mapping[str, object] | None = None
    version: str | None = None

    @property
    def acting_as(self) -> object:
        """The capacity, as it came."""
        return "self" if self.acting is None else self.acting.get("as", "self")

    def digest(self) -> str:
        """SHA-256 of the canonical body: key order and blanks between tokens make no difference."""
        body = {
            "bundle": self.bundle,
            "item": JOIN.join(sorted(self.item.split(JOIN))),
            "card_id": self.card_id,
            "form": dict(self.form),
            "uploads": list(self.uploads),
            "acting": dict(self.acting) if self.acting else {"as": "self"},
            "delivery": dict(self.delivery) if self.delivery else None,
        }
        text = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose document a clerk has seen. `number` as it was written down."""

    kind: str
    number: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Filing:
    """An application taken by a clerk: at a window, a kiosk or on the phone.

    `holder`: whose card it is; `actor`: who came, if somebody else. `shown`: codes of the materials whose originals the
    clerk has seen. `clerk` and `office` are staff's words, nothing personal.
    """

    holder: Person
    channel: str
    clerk: str
    office: str | None = None
    shown: tuple[str, ...] = ()
    actor: Person | None = None

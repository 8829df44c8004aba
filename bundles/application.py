"""The values that travel between the engine, its handlers and those who call it. The engine passes them on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from bundles.definition import Bundle, Item, frozen
from bundles.ports import IdentityDocument, RegistryCard


def _no_facts() -> Mapping[str, object]:
    return frozen()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend. `path` is where ("form.phone", "card_id", "item", "acting.as", "uploads",
    "uploads.photo"), `code` stable English, `message` a Chinese sentence that says how to mend it."""

    path: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Holder:
    """The person whose card it is. `birth_date` is None where the document does not tell."""

    document: IdentityDocument
    name: str
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts where it is not for themself. `born_on`: None where the document tells none."""

    born_on: date | None
    is_holder: bool = False


@dataclass(frozen=True, slots=True)
class Mandate:
    """What somebody may do for an organisation: codes of bundles or `bundle/item` (none: everything that allows it),
    up to and including a day."""

    scope: tuple[str, ...]
    ends_on: date


@dataclass(frozen=True, slots=True)
class Handed:
    """A file handed in: its id, and its kind as in `vocabulary.UPLOAD_KINDS`."""

    id: str
    kind: str
    is_pdf: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """An application as it comes in. `today` is the date in the legal time zone at the instant `at`.

    `actor`: who acts, where the caller knows; `mandate`: of a unit agent; `unproven`: nobody has confirmed yet that
    a guardian is one. `known` holds further facts fetched once from the registry, keyed by condition kind (see
    `rules.Facts`); `profile` what the registry holds to answer prefilled fields with. `shown`: codes of the materials
    whose originals a clerk has seen; None where there is no clerk.
    """

    bundle: Bundle
    item: Item
    channel: str
    holder: Holder
    acting_as: str
    card: RegistryCard | None
    form: Mapping[str, object]
    today: date
    at: datetime
    known: Mapping[str, object] = field(default_factory=_no_facts)
    uploads: tuple[Handed, ...] = ()
    profile: Mapping[str, str] = field(default_factory=frozen, repr=False)
    shown: tuple[str, ...] | None = None
    actor: Actor | None = None
    mandate: Mandate | None = None
    unproven: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """All faults at once, and the cleaned answers (only fields that are shown and were answered)."""

    faults: tuple[Fault, ...]
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """A checked application to carry out. `done` holds the saved facts of the steps already taken.

    `today` is the legal date on which it is carried out. `photo`: the JPEG handed in as the material that has a photo
    rule.
    """

    number: str
    bundle: Bundle
    item: Item
    channel: str
    today: date
    holder: Holder
    card: RegistryCard | None
    form: Mapping[str, str]
    done: Mapping[str, Mapping[str, object]] = field(default_factory=frozen)
    photo: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One effect that has happened. Save it before asking for the next one.

    `node` and `text` go into the timeline where they are not None; a step with an `outcome` already carries
    the final node. `facts` are for the handler when it resumes, `result` is for the citizen.
    """

    name: str
    key: str
    node: str | None = None
    text: str | None = None
    facts: Mapping[str, object] = field(default_factory=_no_facts)
    outcome: Literal["completed", "refused"] | None = None
    result: Mapping[str, object] = field(default_factory=_no_facts)

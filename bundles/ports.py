"""What the engine asks of the world, and the two ways in which the world says no.

Adapters implement `CardRegistry`. Reads and effects raise `Unavailable` when there is no definite answer
(time-out, 5xx, unreadable reply) and `Refused` when the far side definitely declines.
An effect called again under the same key has no second effect and gives the first answer (contract, "Card registry").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol


class Unavailable(Exception):
    """No definite answer: the effect may or may not have happened. Try again under the same key."""


class Refused(Exception):
    """A definite no. `code` is stable English, `reason` a Chinese sentence for the citizen."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """An identity document: `kind` as in `vocabulary.DOCUMENT_KINDS`, `number` normalised by `people`."""

    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class RegistryCard:
    """A card as the registry knows it. `reference` is opaque, `number` is printed on the card, `state` a card state.

    `loss_ends_on`: the day on which a temporary loss ends by itself, where the registry tells.
    """

    reference: str
    number: str
    bank: str
    region: str
    state: str
    expires_on: date | None
    loss_ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the registry knows of a person beside cards and productions; None where it does not tell.

    `insured`: GB/T 2260 codes of where the person is insured. `batch_state` as in `vocabulary.BATCH_STATES`.
    `profile`: phone, address, email, occupation, as far as they are known.
    """

    insured: tuple[str, ...] | None = None
    lives_elsewhere: bool | None = None
    batch_state: str | None = None
    profile: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Production:
    """The making of a card. `node` is the registry's word (`submitted`, `accepted`, `made` …).

    `history`: the nodes reached so far with their instants, oldest first, where the registry tells.
    """

    reference: str
    node: str
    kind: str = ""
    at: datetime | None = None
    bank: str = ""
    region: str = ""
    history: tuple[tuple[str, datetime | None], ...] = ()


@dataclass(frozen=True, slots=True)
class ProductionRequest:
    """An order for a card: `kind` is `apply` or `replace`, `reference` our case number, `card` the old card.

    `photo`: the picture for the card, a JPEG. `on_the_spot`: the card is made and handed over where it is applied for;
    `activated`: the card's social security function is activated as it is handed over.
    """

    kind: str
    reference: str
    holder: IdentityDocument
    name: str
    phone: str | None
    bank: str | None = None
    address: str | None = None
    region: str | None = None
    card: str | None = None
    photo: bytes | None = field(default=None, repr=False)
    on_the_spot: bool = False
    activated: bool = False


class CardRegistry(Protocol):
    """The card registry. Every method may raise `Unavailable` or `Refused`."""

    def cards(self, holder: IdentityDocument) -> tuple[RegistryCard, ...]:
        """All cards of a person, also cancelled ones."""

    def card(self, reference: str) -> RegistryCard:
        """One card as it stands now."""

    def update_profile(
        self, key: str, holder: IdentityDocument, card: str, changes: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Change phone, address, email or occupation; the answer names the fields that were updated."""

    def activate(self, key: str, card: str) -> RegistryCard:
        """Activate the social security function of a sealed card."""

    def report_loss(self, key: str, card: str, kind: str) -> RegistryCard:
        """Report a card lost; `kind` is `temporary` or `formal`."""

    def lift_loss(self, key: str, card: str) -> RegistryCard:
        """Lift a loss."""

    def start_production(self, key: str, request: ProductionRequest) -> Production:
        """Order a card; the answer comes at once, the card later, told by events."""

    def production(self, reference: str) -> Production:
        """One production as it stands now."""

    def productions(self, holder: IdentityDocument) -> tuple[Production, ...]:
        """All productions of a person, also those applied for at a window or elsewhere."""

    def standing(self, holder: IdentityDocument) -> Standing:
        """What is known of a person; all None where the registry knows nothing or does not answer such questions."""

    def photo(self, holder: IdentityDocument) -> bytes | None:
        """The picture on the person's last card, a JPEG, or None."""

    def guardianship(self, guardian: IdentityDocument, minor: IdentityDocument) -> bool | None:
        """Whether the one is known to be the other's guardian; None where the registry does not know such things."""

    def cancel_card(self, key: str, card: str) -> RegistryCard:
        """Cancel a card; the national platform is told at once (XJ-76)."""

    def restore_card(self, key: str, card: str) -> RegistryCard:
        """Roll a cancellation back (CQ-14)."""

    def set_pin(self, key: str, card: str, action: str) -> RegistryCard:
        """Let the holder key in a PIN at the place where they stand; `action` is `change` or `reset` (CQ-10).

        No PIN ever passes through us.
        """

    def unlock(self, key: str, card: str) -> RegistryCard:
        """Unlock a locked card (CQ-12)."""

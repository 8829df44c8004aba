"""A bundle: several items offered as one thing, and where it is open."""

from dataclasses import dataclass
from typing import Literal

from bundles.definition.basics import Selection, TimeLimit
from bundles.definition.combining import JOIN, combined
from bundles.definition.items import Contact, Item


@dataclass(frozen=True, slots=True)
class LossKind:
    """A kind of loss the bundle offers; `lasts` only where it ends by itself; `lifted_by` names capacities."""

    code: str
    liftable: bool
    lifted_by: tuple[str, ...] = ()
    lasts: TimeLimit | None = None


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank that issues cards."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A region where the service is open: GB/T 2260 code, name, codes of the items and banks that are open there."""

    code: str
    name: str
    items: tuple[str, ...] = ()
    banks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a cardholder is told so many days before a date that the registry knows."""

    code: str
    of: Literal["card_expiry"]
    days_before: int
    item: str
    text: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """Several items offered as one thing. `number_prefix` begins its case numbers; `region` is a GB/T 2260 code."""

    code: str
    name: str
    short_name: str
    number_prefix: str
    region: str
    organiser: str
    introduction: str
    items: tuple[Item, ...]
    selection: Selection = "one"
    loss_kinds: tuple[LossKind, ...] = ()
    banks: tuple[Bank, ...] = ()
    places: tuple[Place, ...] = ()
    contacts: tuple[Contact, ...] = ()
    legal_basis: tuple[str, ...] = ()
    reminders: tuple[Reminder, ...] = ()

    def item(self, code: str) -> Item | None:
        """The item with this code, or None. Where several may be chosen, codes joined by "+" give them as one."""
        if self.selection == "many" and JOIN in code:
            return combined(self.items, code.split(JOIN))
        return next((each for each in self.items if each.code == code), None)

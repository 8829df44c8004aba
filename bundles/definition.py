"""A bundle's definition: frozen values, compiled once per version from a document by `schema`.

Nothing here decides anything; `rules` and `engine` do. Texts are Chinese, for citizens. Codes are stable English.
Every attribute with a default may be left out of a document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeVar

Unit = Literal["instant", "working_days", "calendar_days", "calendar_period", "hours"]
FieldKind = Literal["text", "phone", "address", "email", "choice", "yes_no", "date"]
Assurance = Literal["wechat", "password", "face"]
ClockStart = Literal["submission", "acceptance"]
Selection = Literal["one", "many"]

UNIT_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {"working_days": "{} 个工作日", "calendar_days": "{} 个自然日", "calendar_period": "{} 天", "hours": "{} 小时"}
)

_V = TypeVar("_V")


def frozen(mapping: Mapping[str, _V] | None = None) -> Mapping[str, _V]:
    """A read-only copy of a mapping."""
    return MappingProxyType(dict(mapping or {}))


def _nothing() -> Mapping[str, str]:
    return frozen()


def _no_options() -> Mapping[str, object]:
    return frozen()


def _no_flow() -> Mapping[str, tuple[str, ...]]:
    return frozen()


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long an item may take. `calendar_days` is a deadline (rolled to a working day), `calendar_period` is not."""

    unit: Unit
    amount: int = 0

    @property
    def text(self) -> str:
        """The limit in words, "25 个工作日" or "即时办结"."""
        return UNIT_TEXTS[self.unit].format(self.amount) if self.unit in UNIT_TEXTS else "即时办结"


@dataclass(frozen=True, slots=True)
class Condition:
    """A typed condition; what each `kind` means and how it explains itself stands in `rules`.

    `values`, `minimum`, `maximum`, `expected`, `field` and `of` are read by the kinds that need them.
    """

    kind: str
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    expected: bool = True
    field: str = ""
    of: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may apply: where `when` holds (or always), `needs` must hold; `advice` says what to do instead."""

    code: str
    needs: Condition
    advice: str
    when: Condition | None = None
    legal_basis: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a choice field."""

    code: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A question of the form. Lengths count characters after NFC. `sensitive` answers are masked by default."""

    code: str
    kind: FieldKind
    label: str
    hint: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    min_length: int = 0
    max_length: int = 100
    autocomplete: str = ""
    visible_when: Condition | None = None
    sensitive: bool = False
    prefill: str = ""


@dataclass(frozen=True, slots=True)
class PhotoRule:
    """What a photo must be like: pixels, background, size of the file in bytes."""

    width: int
    height: int
    background: str = "white"
    min_bytes: int = 0
    max_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Material:
    """Something to hand in: keyed by item (where it stands), channel, who acts, and whose document it is.

    Materials of one `group` are alternatives, told apart by `variant`: all necessary ones of one variant suffice.
    `upload` asks for it as an upload in the online application; otherwise it is only described in the guide.
    `most`: how many pictures of it may be handed in.
    `documents` lists the kinds of identity document that are accepted as this material.
    """

    code: str
    name: str
    kind: str
    whose: Literal["holder", "actor", "unit"] = "holder"
    necessity: Literal["required", "optional", "if_changed"] = "required"
    channels: tuple[str, ...] = ("online",)
    acting: tuple[str, ...] = ("self",)
    form: Literal["original", "copy", "electronic"] = "electronic"
    copies: int = 1
    documents: tuple[str, ...] = ()
    group: str = ""
    variant: str = ""
    when: Condition | None = None
    photo: PhotoRule | None = None
    source: str = ""
    note: str = ""
    upload: bool = False
    most: int = 1


@dataclass(frozen=True, slots=True)
class DeliveryFee:
    """What delivery to a zone costs, in fen."""

    zone: str
    label: str
    fen: int


@dataclass(frozen=True, slots=True)
class Fee:
    """What an item costs, in fen, in words, and on which basis."""

    fen: int = 0
    text: str = "不收费"
    legal_basis: str = ""
    delivery: tuple[DeliveryFee, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A phone number, outlet or address where people get help."""

    kind: Literal["enquiry", "supervision", "outlet", "hall", "portal"]
    label: str
    value: str
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question worth answering."""

    code: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Notification:
    """What the citizen is told when a case reaches a timeline node. No personal data in it."""

    node: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A station on the way of a case, in order: a timeline node and its title. Draws the step bar."""

    node: str
    title: str


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide page of an item. `flow` gives the steps per channel; `window` is the way for those without a phone."""

    served: str
    conditions: tuple[str, ...] = ()
    flow: Mapping[str, tuple[str, ...]] = field(default_factory=_no_flow)
    result: str = ""
    window: str = ""
    legal_basis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LossKind:
    """A kind of loss the bundle offers; `lasts` only where it ends by itself; `lifted_by` names capacities."""

    code: str
    liftable: bool
    lifted_by: tuple[str, ...] = ()
    lasts: TimeLimit | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A region where the service is open: GB/T 2260 code, name, items and banks that are open there."""

    code: str
    name: str
    items: tuple[str, ...] = ()
    banks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to apply for, routed to the handler named `handler` with its `options`.

    `limits` and `hours` are by channel; `acting` lists who may act; `card_advice` says per card state what to do
    instead where `card_states` does not hold it; `at_least_one` names fields of which one must be answered.
    """

    code: str
    name: str
    short_name: str
    summary: str
    handler: str
    limits: Mapping[str, TimeLimit]
    guide: Guide
    options: Mapping[str, object] = field(default_factory=_no_options)
    channels: tuple[str, ...] = ("online",)
    acting: tuple[str, ...] = ("self",)
    needs_card: bool = False
    card_states: tuple[str, ...] = ()
    card_advice: Mapping[str, str] = field(default_factory=_nothing)
    assurance: Assurance = "password"
    fresh_minutes: int = 30
    review: bool = False
    clock_starts: ClockStart = "acceptance"
    legal_limit: TimeLimit | None = None
    fee: Fee = Fee()
    hours: Mapping[str, str] = field(default_factory=_nothing)
    contacts: tuple[Contact, ...] = ()
    conditions: tuple[Rule, ...] = ()
    materials: tuple[Material, ...] = ()
    fields: tuple[Field, ...] = ()
    at_least_one: tuple[str, ...] = ()
    at_least_one_message: str = ""
    steps: tuple[Stage, ...] = ()
    before_you_start: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    notifications: tuple[Notification, ...] = ()
    synonyms: tuple[str, ...] = ()
    minutes: int = 5

    def field(self, code: str) -> Field | None:
        """The form field with this code, or None."""
        return next((each for each in self.fields if each.code == code), None)

    def materials_for(self, channel: str, acting_as: str) -> tuple[Material, ...]:
        """The materials that concern someone acting in this capacity through this channel."""
        return tuple(each for each in self.materials if channel in each.channels and acting_as in each.acting)

    def uploads_for(self, channel: str, acting_as: str) -> tuple[Material, ...]:
        """Those of `materials_for` that are handed in as pictures."""
        return tuple(each for each in self.materials_for(channel, acting_as) if each.upload)


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
    places: tuple[Place, ...] = ()
    contacts: tuple[Contact, ...] = ()
    legal_basis: tuple[str, ...] = ()

    def item(self, code: str) -> Item | None:
        """The item with this code, or None."""
        return next((each for each in self.items if each.code == code), None)

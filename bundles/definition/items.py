"""An item, and all that is told about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bundles.definition.asking import PICTURE_KINDS, PLACE_KINDS, Field, Material, as_material
from bundles.definition.basics import Assurance, ClockStart, Rule, TimeLimit, frozen


def _nothing() -> Mapping[str, str]:
    return frozen()


def _no_options() -> Mapping[str, object]:
    return frozen()


def _no_flow() -> Mapping[str, tuple[str, ...]]:
    return frozen()


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
class Period:
    """A span of time that a guide tells of, counted from a timeline node: a production, a self-acting activation."""

    code: str
    label: str
    limit: TimeLimit
    starts: str
    channels: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to apply for, routed to the handler named `handler` with its `options`.

    `limits` and `hours` are by channel; `acting` lists who may act; `card_advice` says per card state what to do
    instead where `card_states` does not hold it; `at_least_one` names fields of which one must be answered.
    `after`: items of the bundle that are carried out first where they are chosen with this one. `then`: items that are
    offered once this one is done. `archive`: per channel
    what the clerk keeps (kinds of upload). `delivery`: how a card reaches its holder.
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
    after: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    delivery: tuple[Literal["mail", "pickup"], ...] = ()
    archive: Mapping[str, tuple[str, ...]] = field(default_factory=_no_flow)

    def field(self, code: str) -> Field | None:
        """The form field with this code, or None."""
        return next((each for each in self.fields if each.code == code), None)

    def materials_for(self, channel: str, acting_as: str) -> tuple[Material, ...]:
        """The materials that concern someone acting in this capacity through this channel."""
        return tuple(each for each in self.materials if channel in each.channels and acting_as in each.acting)

    def uploads_for(self, channel: str, acting_as: str) -> tuple[Material, ...]:
        """What is handed in as pictures: materials, and fields that are answered with one."""
        materials = tuple(each for each in self.materials_for(channel, acting_as) if each.upload)
        asked = tuple(each for each in self.fields if each.kind in PICTURE_KINDS)
        return (*materials, *(as_material(each, self.channels, self.acting) for each in asked))

    @property
    def place_fields(self) -> tuple[Field, ...]:
        """The fields that choose a place and a bank."""
        return tuple(each for each in self.fields if each.kind in PLACE_KINDS)

    @property
    def form_fields(self) -> tuple[Field, ...]:
        """The fields that are written or ticked, but for those that choose a place and a bank."""
        return tuple(each for each in self.fields if each.kind not in PICTURE_KINDS and each.kind not in PLACE_KINDS)

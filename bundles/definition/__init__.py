"""A bundle's definition: frozen values, compiled once per version from a document by `schema`.

Nothing here decides anything; `rules` and `engine` do. Texts are Chinese, for citizens. Codes are stable English.
Every attribute with a default may be left out of a document.
"""

from bundles.definition.asking import (
    PICTURE_KINDS,
    PLACE_KINDS,
    Choice,
    Field,
    FieldKind,
    Material,
    PhotoRule,
)
from bundles.definition.basics import (
    UNIT_TEXTS,
    Assurance,
    ClockStart,
    Condition,
    Rule,
    Selection,
    TimeLimit,
    Unit,
    frozen,
)
from bundles.definition.combining import JOIN, Combination, parts_of
from bundles.definition.items import (
    Contact,
    DeliveryFee,
    Fee,
    Guide,
    Item,
    Notification,
    Period,
    Question,
    Stage,
)
from bundles.definition.offering import Bank, Bundle, LossKind, Place, Reminder

__all__ = [
    "JOIN",
    "PICTURE_KINDS",
    "PLACE_KINDS",
    "UNIT_TEXTS",
    "Assurance",
    "Bank",
    "Bundle",
    "Choice",
    "ClockStart",
    "Combination",
    "Condition",
    "Contact",
    "DeliveryFee",
    "Fee",
    "Field",
    "FieldKind",
    "Guide",
    "Item",
    "LossKind",
    "Material",
    "Notification",
    "Period",
    "PhotoRule",
    "Place",
    "Question",
    "Reminder",
    "Rule",
    "Selection",
    "Stage",
    "TimeLimit",
    "Unit",
    "frozen",
    "parts_of",
]

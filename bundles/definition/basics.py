"""Values that questions and items are made of: time limits, conditions, rules, and the words they use."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeVar

Unit = Literal["instant", "working_days", "calendar_days", "calendar_period", "hours"]
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

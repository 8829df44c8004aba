"""The front door of the handlers: found by name, one file per kind of item.

A file of this package whose class bears `@handler("name")` is found by itself; nothing else has to be touched.
A class that is a `Plain` says only what is special about it.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import ClassVar, Final, Protocol, TypeVar

from bundles.application import Fault, Order, Request, Step
from bundles.definition import Item
from bundles.ports import CardRegistry, RegistryCard

Done = Mapping[str, Mapping[str, object]]
Effect = Callable[[CardRegistry, str, Done], Step]
"""Called with the registry, the key of the effect, and the facts of the steps before; raises as the port does."""


class Handler(Protocol):
    """What one kind of item does beyond what its definition says. `by_staff`: a clerk carries it out, no machine."""

    by_staff: ClassVar[bool]

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """Faults of an item's `options`: (option, Chinese sentence). Unknown options are faults."""

    def check_item(self, item: Item) -> Iterable[tuple[str, str]]:
        """Faults that show only where the options are seen beside the rest of their item: (option, Chinese sentence).

        The options themselves have passed `check_options`.
        """

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """Faults of an application that no condition can express. Pure."""

    def leaves(self, item: Item, form: Mapping[str, str], state: str | None) -> str | None:
        """The state in which the chosen card, now in `state`, will be once this item is done, or None.

        None: it is left as it is, or that can't be foreseen. `form` may still be empty.
        """

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """The steps of an order, named, in order; those already done are skipped by the engine."""


class Plain:
    """A handler whose definition says it all: no options but `OPTIONS`, no faults of its own, the card as it was."""

    OPTIONS: ClassVar[tuple[str, ...]] = ()
    by_staff: ClassVar[bool] = False

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """No options but the known ones."""
        return unknown_options(options, self.OPTIONS)

    def check_item(self, item: Item) -> Iterable[tuple[str, str]]:
        """Fits into any item."""
        return ()

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """The definition says it all."""
        return ()

    def leaves(self, item: Item, form: Mapping[str, str], state: str | None) -> str | None:
        """The card stays as it is, or nobody knows."""
        return None


_HANDLERS: Final[dict[str, Handler]] = {}
_H = TypeVar("_H", bound=type[Handler])


class UnknownHandler(LookupError):
    """No handler bears this name."""


def handler(name: str) -> Callable[[_H], _H]:
    """Make a class the handler of this name. It is built once, without arguments."""

    def register(kind: _H) -> _H:
        _HANDLERS[name] = kind()
        return kind

    return register


def find(name: str) -> Handler:
    """The handler of this name; raises `UnknownHandler`."""
    _load()
    try:
        return _HANDLERS[name]
    except KeyError:
        raise UnknownHandler(name) from None


def names() -> tuple[str, ...]:
    """The names of all handlers, sorted."""
    _load()
    return tuple(sorted(_HANDLERS))


def card_of(order: Order) -> RegistryCard:
    """The card of an order whose item needs one. Raises ValueError: such an order without a card was never checked."""
    if order.card is None:
        raise ValueError("the order of an item that needs a card has a card")
    return order.card


def unknown_options(options: Mapping[str, object], known: Iterable[str]) -> list[tuple[str, str]]:
    """The faults for options that a handler does not know."""
    expected = tuple(known)
    offered = f"可用的有：{'、'.join(expected)}" if expected else "这个处理程序没有选项"
    return [(name, f"没有选项“{name}”，{offered}。") for name in options if name not in expected]


def choice_fault(item: Item, code: str, known: Mapping[str, str]) -> str | None:
    """What is wrong with an item that should ask by the field `code` for one of the `known` words; None if it does."""
    each = item.field(code)
    codes = () if each is None or each.kind != "choice" else tuple(choice.code for choice in each.choices)
    if codes and set(codes) <= set(known):
        return None
    offered = "、".join(f"{word}（{name}）" for word, name in known.items())
    return f"表单里要有选择题“{code}”，选项只能是：{offered}。"


def listed(options: Mapping[str, object], name: str) -> tuple[str, ...] | None:
    """An option that is a list of words, empty where it is not given; None where it is something else."""
    value = options.get(name, ())
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return None
    return tuple(value)


def day_text(day: date) -> str:
    """A date in words for citizens, "2026年12月3日"."""
    return f"{day.year}年{day.month}月{day.day}日"


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)

"""The front door of the handlers: found by name, one file per kind of item.

A file of this package whose class bears `@handler("name")` is found by itself; nothing else has to be touched.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final, Protocol, TypeVar

from bundles.application import Fault, Order, Request, Step
from bundles.ports import CardRegistry, RegistryCard

Done = Mapping[str, Mapping[str, object]]
Effect = Callable[[CardRegistry, str, Done], Step]
"""Called with the registry, the key of the effect, and the facts of the steps before; raises as the port does."""


class Handler(Protocol):
    """What one kind of item does beyond what its definition says."""

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """Faults of an item's `options`: (option, Chinese sentence). Unknown options are faults."""

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """Faults of an application that no condition can express. Pure."""

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """The steps of an order, named, in order; those already done are skipped by the engine."""


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


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)

"""Carried out by a bureau's staff within the item's limit; who completes such a case is a use case, not a step."""

from collections.abc import Iterable
from typing import ClassVar

from bundles.application import Order
from bundles.handlers import Effect, Plain, handler


@handler("office")
class Office(Plain):
    """No step, and no effect at the registry: the case stays open until staff say that it is done."""

    by_staff: ClassVar[bool] = True

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Nothing that could be done without people."""
        return ()

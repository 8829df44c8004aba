"""Fails on purpose, for tests and demonstrations. No shipped definition offers it; production takes none that does."""

from collections.abc import Iterable, Mapping
from typing import Final

from bundles.application import Order, Step
from bundles.definition import frozen
from bundles.handlers import Done, Effect, Plain, handler
from bundles.ports import CardRegistry, Refused, Unavailable

NAME: Final = "fails-on-purpose"
WAYS: Final = ("away", "refused", "broken", "never")


@handler(NAME)
class FailsOnPurpose(Plain):
    """Harmless steps, then a failure. Options: `fails`, one of `WAYS`; `after`, how many steps succeed before (0 to 9).

    "away": no definite answer, to be tried again under the same key; "refused": a definite no; "broken": a fault of
    the program; "never": completes after all.
    """

    OPTIONS = ("fails", "after")

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """`fails` is one of the ways, `after` a small number."""
        yield from super().check_options(options)
        if options.get("fails") not in tuple(WAYS):
            yield "fails", f"“fails”要写：{'、'.join(WAYS)} 中的一个。"
        if options.get("after", 0) not in range(10):
            yield "after", "“after”要写 0 到 9 之间的整数。"

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """So many steps that succeed, then the one that fails."""

        def harmless(_registry: CardRegistry, key: str, _done: Done) -> Step:
            return Step(name=key.rpartition(":")[2], key=key, facts=frozen({"done": True}))

        def last(_registry: CardRegistry, key: str, _done: Done) -> Step:
            way = order.item.options["fails"]
            if way == "away":
                raise Unavailable("on purpose")
            if way == "refused":
                raise Refused("on-purpose", "这一项是演示用的，总是办不成。")
            if way == "broken":
                raise RuntimeError("on purpose")
            return Step(
                "last", key, "completed", "演示办完了。", outcome="completed", result=frozen({"text": "演示办完了。"})
            )

        yield from ((f"step-{number + 1}", harmless) for number in range(int(str(order.item.options.get("after", 0)))))
        yield "last", last

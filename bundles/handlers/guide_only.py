"""Described in full, but not to be filed here yet: the guide says where and with what."""

from collections.abc import Iterable, Mapping

from bundles.application import Fault, Order, Request
from bundles.handlers import Effect, Plain, handler


@handler("guide-only")
class GuideOnly(Plain):
    """No application passes its check."""

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """One fault, with what to do instead."""
        instead = request.item.guide.window or "请带上身份证件到社保卡服务网点办理。"
        return [Fault("item", "guide-only", f"“{request.item.name}”还不能在这里提交。{instead}")]

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Nothing to carry out."""
        return ()

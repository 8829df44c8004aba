"""Report a card lost, or lift the loss. The form's `action` says which; without one it is a report."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from bundles.application import Fault, Order, Request, Step
from bundles.definition import Condition, Item, LossKind, frozen
from bundles.handlers import Done, Effect, Plain, card_of, choice_fault, day_text, handler
from bundles.ports import CardRegistry, RegistryCard
from bundles.vocabulary import CAPACITIES, CARD_STATE_FINDINGS, LOSS_KINDS

ACTIONS: Final = MappingProxyType({"report": "挂失", "lift": "解除挂失"})
_LOST: Final = MappingProxyType({"temporary": "temporarily_lost", "formal": "formally_lost"})
_KIND_OF: Final = MappingProxyType({state: kind for kind, state in _LOST.items()})
_WHEN_REPORTED: Final = Condition("field", values=("report",), field="action")


@handler("loss")
class Loss(Plain):
    """One step. Options: `kind`, the loss that is reported ("formal" or "temporary"), or `kind_field`, the field that
    asks for it. What the bundle's `loss_kinds` does not name is not reported; a bundle without any names all."""

    OPTIONS = ("kind", "kind_field")

    def check_options(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """One of the two options; `kind` is a kind of loss."""
        yield from super().check_options(options)
        if "kind" in options and "kind_field" in options:
            yield "kind_field", "“kind”和“kind_field”只能写其中一个。"
        elif "kind_field" in options:
            if not isinstance(options["kind_field"], str):
                yield "kind_field", "“kind_field”要写表单里选择挂失种类的那一题的代码。"
        elif options.get("kind") not in tuple(LOSS_KINDS):
            yield "kind", "“kind”要写 formal（正式挂失）或 temporary（临时挂失）。"

    def check_item(self, item: Item) -> Iterable[tuple[str, str]]:
        """The form's questions offer what this handler can do, and the kind is asked for whenever it is needed."""
        if item.field("action") and (fault := choice_fault(item, "action", ACTIONS)):
            yield "action", fault
        code = item.options.get("kind_field")
        if code is None:
            return
        if fault := choice_fault(item, str(code), LOSS_KINDS):
            yield "kind_field", fault
            return
        each = item.field(str(code))
        if each is not None and (not each.required or each.visible_when not in (None, _WHEN_REPORTED)):
            yield "kind_field", f"“{code}”要是必答题，只能在“action”选 report 时才显示，或者一直显示。"

    def check(self, request: Request, form: Mapping[str, str]) -> Iterable[Fault]:
        """Only losses that the bundle offers; lifted only where that can be, and by whom it allows."""
        offered = {each.code: each for each in request.bundle.loss_kinds}
        if _action(form) == "report":
            kind = _kind(request.item, form)
            if offered and kind is not None and kind not in offered:
                names = "、".join(LOSS_KINDS[each] for each in offered)
                yield Fault(
                    _place_of_kind(request.item), "loss-not-offered", f"这里不办{LOSS_KINDS[kind]}，只办{names}。"
                )
            return
        state = request.card.state if request.card else ""
        found = offered.get(_KIND_OF.get(state, ""))
        if found is None:
            return
        name = LOSS_KINDS[found.code]
        if not found.liftable:
            instead = "到期会自己恢复，请等到那一天以后。" if found.lasts else "还要用卡，请补办一张。"
            yield Fault("form.action", "loss-not-liftable", f"{name}不能解除，{instead}")
        elif request.acting_as not in found.lifted_by:
            allowed = "、".join(CAPACITIES[each] for each in found.lifted_by)
            yield Fault("acting.as", "lift-not-allowed", f"解除{name}要由{allowed}来办。{request.item.guide.window}")

    def leaves(self, item: Item, form: Mapping[str, str], state: str | None) -> str | None:
        """Lost; what it will be after a loss is lifted is for the registry to say."""
        return _LOST.get(_kind(item, form) or "") if _action(form) == "report" else None

    def plan(self, order: Order) -> Iterable[tuple[str, Effect]]:
        """Report or lift."""

        def change(registry: CardRegistry, key: str, _done: Done) -> Step:
            reference, action, ends_on = card_of(order).reference, _action(order.form), None
            if action == "report":
                kind = _kind(order.item, order.form) or ""
                card = registry.report_loss(key, reference, kind)
                ends_on = _ends_on(order, card) if kind == "temporary" else None
                text = _reported(order, kind, ends_on)
            else:
                card = registry.lift_loss(key, reference)
                found = "可以用了" if card.state == "active" else f"现在{CARD_STATE_FINDINGS[card.state]}"
                text = f"挂失已解除，这张卡{found}。"
            result = {"action": action, "state": card.state, "text": text}
            return Step(
                name="loss",
                key=key,
                node="completed",
                text=text,
                facts=frozen({"state": card.state}),
                outcome="completed",
                result=frozen(result if ends_on is None else result | {"ends_on": ends_on.isoformat()}),
            )

        yield "loss", change


def _action(form: Mapping[str, str]) -> str:
    return form.get("action", "report")


def _kind(item: Item, form: Mapping[str, str]) -> str | None:
    """The kind of loss that is reported; None as long as it has not been chosen."""
    asked = item.options.get("kind_field")
    return form.get(str(asked)) if asked is not None else str(item.options["kind"])


def _place_of_kind(item: Item) -> str:
    asked = item.options.get("kind_field")
    if asked is not None:
        return f"form.{asked}"
    return "form.action" if item.field("action") else "item"


def _offer(order: Order, kind: str) -> LossKind | None:
    return next((each for each in order.bundle.loss_kinds if each.code == kind), None)


def _ends_on(order: Order, card: RegistryCard) -> date | None:
    """The last day of a temporary loss: as the registry says, else counted, never rolled to a working day (KS-4)."""
    if card.loss_ends_on is not None:
        return card.loss_ends_on
    offer = _offer(order, "temporary")
    lasts = offer.lasts if offer else None
    if lasts is None or lasts.unit != "calendar_period":
        return None
    return order.today + timedelta(days=lasts.amount)


def _reported(order: Order, kind: str, ends_on: date | None) -> str:
    offer, asked = _offer(order, kind), order.item.field("action")
    can_lift = asked is not None and any(each.code == "lift" for each in asked.choices)
    found = "找到后可以在这里解除挂失。" if can_lift and (offer is None or offer.liftable) else ""
    if kind == "formal":
        return f"挂失已办好，马上生效。这张卡现在不能用，不办解除就一直挂失。{found}"
    until = "到期" if ends_on is None else f"挂失到{day_text(ends_on)}为止，过了这一天"
    return f"临时挂失已办好，马上生效。{until}会自己解除，卡又能用。在这以前不能拿它去药店、医院刷卡。{found}"

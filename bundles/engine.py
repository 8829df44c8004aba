"""Check, route, carry out. Knows no item by name: definitions say what, handlers do it.

`check` is pure. `carry_out` talks only to the port it is given, one effect at a time.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from bundles import handlers
from bundles.application import Checked, Fault, Handed, Holder, Order, Request, Step
from bundles.definition import Item, frozen
from bundles.facts import of_card
from bundles.forms import clean
from bundles.materials import faults_of_uploads
from bundles.people import age_on
from bundles.ports import CardRegistry, Refused
from bundles.rules import Facts, fields_of, unmet, visible
from bundles.vocabulary import CAPACITIES, CARD_STATE_FINDINGS, CHANNELS

__all__ = [
    "Checked",
    "Fault",
    "Handed",
    "Holder",
    "Order",
    "Request",
    "Step",
    "carry_out",
    "check",
    "check_form",
    "outcome_of_node",
]


def check(request: Request) -> Checked:
    """All that keeps this application from being submitted, at once, with the cleaned answers.

    Looks at channel, who acts, card, form, uploads, the item's rules, and what its handler adds. Who is signed in
    how well, whose the uploads are, and open cases are for the caller.
    """
    item = request.item
    checked = check_form(item, request.form, facts=_facts(request, {}))
    faults = [*_channel(request), *_acting(request), *_card(request), *checked.faults]
    taken = {fault.path for fault in faults}
    facts = _facts(request, checked.form)
    for miss in unmet(item.conditions, facts):
        if miss.path not in taken:
            code = "condition-unknown" if miss.finding.met is None else f"condition-{miss.rule.code}"
            faults.append(Fault(miss.path, code, miss.message))
    faults.extend(faults_of_uploads(item, request.channel, request.acting_as, request.uploads, facts))
    faults.extend(handlers.find(item.handler).check(request, checked.form))
    return Checked(tuple(faults), checked.form)


def check_form(
    item: Item, form: Mapping[str, object], only: Collection[str] | None = None, facts: Facts | None = None
) -> Checked:
    """The form part of `check` alone. `only` limits it to some fields, for pages that ask step by step.

    An unknown key is a fault; the answer to a field that does not show is left out. `facts` lets fields show
    by more than other answers.
    """
    base = facts or Facts()
    faults: list[Fault] = []
    answers: dict[str, str] = {}
    shown: set[str] = set()
    fields = fields_of(item)
    for each in item.fields:
        if not visible(each, _with_form(base, answers, item)):
            continue
        shown.add(each.code)
        wanted = only is None or each.code in only
        answer, fault = clean(each, form.get(each.code))
        if fault is not None and wanted:
            faults.append(fault)
        if answer is not None:
            answers[each.code] = answer
    given = {code for code in answers if only is None or code in only}
    faults.extend(
        Fault(f"form.{key}", "unknown-field", f"这一项没有“{_shortened(key)}”要填，请去掉它再提交。")
        for key in form
        if key not in fields
    )
    one_of = [code for code in item.at_least_one if code in shown]
    if one_of and (only is None or set(one_of) <= set(only)) and not any(form_has(form, code) for code in one_of):
        labels = "、".join(fields[code].label for code in one_of)
        faults.append(Fault("form", "at-least-one", item.at_least_one_message or f"请至少填写一项：{labels}。"))
    return Checked(tuple(faults), frozen({code: answers[code] for code in answers if code in given}))


def form_has(form: Mapping[str, object], code: str) -> bool:
    """Whether something other than blanks was given for a field, right or wrong."""
    value = form.get(code)
    return bool(value.strip()) if isinstance(value, str) else value is not None


def carry_out(order: Order, registry: CardRegistry) -> Iterator[Step]:
    """Take the steps of an order that are not in `order.done`, each under the key `<number>:<step>`.

    A step is yielded right after its effect and must be saved before the next is asked for. `Unavailable` passes
    through: ask again later with what was saved. A `Refused` ends the order as a step with outcome "refused".
    """
    done = dict(order.done)
    for name, effect in handlers.find(order.item.handler).plan(order):
        if name in done:
            continue
        key = f"{order.number}:{name}"
        try:
            step = effect(registry, key, frozen(done))
        except Refused as refusal:
            yield Step(
                name=name,
                key=key,
                node="refused",
                text=refusal.reason,
                facts=frozen({"code": refusal.code}),
                outcome="refused",
                result=frozen({"code": refusal.code, "reason": refusal.reason}),
            )
            return
        done[name] = step.facts
        yield step
        if step.outcome is not None:
            return


def outcome_of_node(item: Item, node: str) -> Literal["stop_clock", "completed"] | None:
    """What a production's timeline node means for a case of this item.

    "completed" ends the case and stops its clock too, whether or not the node that stops it has been seen:
    events come late and out of order.
    """
    if node in _nodes(item, "completes_on"):
        return "completed"
    return "stop_clock" if node in _nodes(item, "clock_stops_on") else None


def _nodes(item: Item, option: str) -> tuple[str, ...]:
    value = item.options.get(option, ())
    return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()


def _shortened(key: str) -> str:
    return key if len(key) <= 20 else f"{key[:20]}…"


def _facts(request: Request, form: Mapping[str, str]) -> Facts:
    birth = request.holder.birth_date
    return Facts(
        form=form,
        fields=fields_of(request.item),
        today=request.today,
        document_kind=request.holder.document.kind,
        age=None if birth is None else age_on(birth, request.today),
        channel=request.channel,
        acting_as=request.acting_as,
        card_state=None if request.card is None else request.card.state,
        known={**of_card(request.card), **request.known},
    )


def _with_form(facts: Facts, form: Mapping[str, str], item: Item) -> Facts:
    return Facts(
        form=form,
        fields=facts.fields or fields_of(item),
        today=facts.today,
        document_kind=facts.document_kind,
        age=facts.age,
        channel=facts.channel,
        acting_as=facts.acting_as,
        card_state=facts.card_state,
        known=facts.known,
    )


def _channel(request: Request) -> Iterator[Fault]:
    item = request.item
    if request.channel not in item.channels:
        offered = "、".join(CHANNELS[each] for each in item.channels)
        here = CHANNELS.get(request.channel, "这种方式")
        yield Fault("item", "channel-not-offered", f"“{item.name}”不能通过{here}办理，请改用：{offered}。")


def _acting(request: Request) -> Iterator[Fault]:
    item = request.item
    if request.acting_as not in item.acting:
        allowed = "、".join(CAPACITIES[each] for each in item.acting)
        who = CAPACITIES.get(request.acting_as)
        found = f"目前不能由{who}办理" if who else "没有看懂由谁来办"
        yield Fault(
            "acting.as", "capacity-not-allowed", f"“{item.name}”{found}，请由{allowed}来办。{item.guide.window}"
        )


def _card(request: Request) -> Iterator[Fault]:
    item, card = request.item, request.card
    if not item.needs_card:
        if card is not None:
            yield Fault("card_id", "card-not-needed", f"办“{item.name}”不用选卡，请去掉选的卡再提交。")
        return
    if card is None:
        yield Fault("card_id", "required", f"办“{item.name}”要先选一张社保卡。")
    elif item.card_states and card.state not in item.card_states:
        found = CARD_STATE_FINDINGS.get(card.state, "状态没有查清")
        advice = item.card_advice.get(card.state) or item.guide.window or "请到社保卡服务网点问一问。"
        yield Fault("card_id", f"card-{card.state}", f"这张卡{found}，不能办“{item.name}”。{advice}")

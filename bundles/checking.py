"""Whether an application may be submitted: all that is wrong with it, at once. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final

from bundles import acting, handlers, places
from bundles.application import Checked, Fault, Request
from bundles.definition import PICTURE_KINDS, Combination, Field, Item, frozen
from bundles.definition.combining import predecessors
from bundles.facts import of_card
from bundles.forms import clean
from bundles.materials import faults_of_shown, faults_of_uploads
from bundles.people import age_on
from bundles.places import Offer
from bundles.rules import Facts, Unmet, fields_of, unmet, unmet_before_the_form, visible
from bundles.vocabulary import CARD_STATE_FINDINGS, CHANNELS

HELD: Final = "@registry"
"""The answer to a prefilled field that stands for what the registry holds."""

_PROFILE: Final[Mapping[str, str]] = {"phone": "手机号码", "address": "地址", "email": "邮箱", "occupation": "职业"}


def check(request: Request) -> Checked:
    """All that keeps this application from being submitted, at once, with the cleaned answers.

    Looks at channel, who acts, card, place, form, materials, the item's rules, and what its handler adds; for items
    chosen together at each of them, as things will stand when its turn comes. Who is signed in how well, whose the
    uploads are, and open cases are for the caller.
    """
    if not isinstance(request.item, Combination):
        return _check(request)
    faults = list(_strangers(request.item, request.form))
    answers: dict[str, str] = {}
    for part in request.item.parts:
        checked = _check(part_of(request, part, request.form))
        faults += [each for each in checked.faults if each not in faults]
        answers |= checked.form
    kinds = {each.kind for each in request.item.uploads_for(request.channel, request.acting_as)}
    if any(each.kind not in kinds for each in request.uploads):
        faults.append(
            Fault("uploads", "upload-not-asked", f"办“{request.item.name}”不用上传其中一张，请去掉它再提交。")
        )
    return Checked(tuple(faults), frozen(answers))


def part_of(request: Request, part: Item, form: Mapping[str, object]) -> Request:
    """The application for one of the items chosen together: its own answers, its own pictures, and the chosen card in
    the state in which the items before it leave it."""
    card = request.card if part.needs_card else None
    if card is not None:
        chosen = request.item.parts if isinstance(request.item, Combination) else ()
        card = replace(card, state=_left(predecessors(part, chosen), form, card.state))
    kinds = {each.kind for each in part.uploads_for(request.channel, request.acting_as)}
    codes = {each.code for each in part.materials_for(request.channel, request.acting_as)}
    return replace(
        request,
        item=part,
        card=card,
        form={each.code: form[each.code] for each in part.fields if each.code in form},
        uploads=tuple(each for each in request.uploads if each.kind in kinds),
        shown=None if request.shown is None else tuple(each for each in request.shown if each in codes),
    )


def precheck(request: Request) -> tuple[Fault, ...]:
    """What is certain before any form is filled in: channel, who acts, the chosen place and card, and every rule that
    rests on no answer. A fact that could not be found out refuses nobody here; `check` looks again."""
    parts = request.item.parts if isinstance(request.item, Combination) else (request.item,)
    faults: list[Fault] = []
    for part in parts:
        own = part_of(request, part, request.form)
        found = [*_channel(own), *_acting(own), *_unprovable(own)]
        if own.card is not None:
            found += [*_card(own), *_place_of_card(own)]
        taken = {fault.path for fault in found}
        for miss in unmet_before_the_form(part.conditions, _facts(own, {})):
            if miss.path not in taken and (own.card is not None or miss.path != "card_id"):
                found.append(_unmet(miss))
        faults += [each for each in found if each not in faults]
    return tuple(faults)


def card_fault(item: Item, state: str) -> Fault | None:
    """Why a card in this state does not do for an item, or None; for items chosen together, for the first of them."""
    parts = item.parts if isinstance(item, Combination) else (item,)
    for part in parts:
        now = _left(predecessors(part, parts), {}, state)
        if part.needs_card and part.card_states and now not in part.card_states:
            found = CARD_STATE_FINDINGS.get(now, "状态没有查清")
            advice = part.card_advice.get(now) or part.guide.window or "请到社保卡服务网点问一问。"
            return Fault("card_id", f"card-{now}", f"这张卡{found}，不能办“{part.name}”。{advice}")
    return None


def check_form(
    item: Item, form: Mapping[str, object], only: Collection[str] | None = None, facts: Facts | None = None
) -> Checked:
    """The form part of `check` alone. `only` limits it to some fields, for pages that ask step by step.

    An unknown key is a fault; the answer to a field that does not show is left out. `facts` lets fields show
    by more than other answers, and tells places, banks and what the registry holds; while that was not asked, an answer
    that refers to it passes as it is.
    """
    base = facts or Facts()
    fields = fields_of(item)
    faults: list[Fault] = []
    answers: dict[str, str] = {}
    shown: set[str] = set()
    place: str | None = None
    for each in item.fields:
        if each.visible_when is not None and not visible(each, replace(base, form=answers, fields=fields)):
            continue
        if each.kind in PICTURE_KINDS and each.code not in form:
            continue
        shown.add(each.code)
        value = form.get(each.code)
        if value == HELD and each.prefill:
            answer, fault = _held(each, base)
        else:
            answer, fault = clean(each, value, Offer(base.bundle, item.code, place) if base.bundle else None)
        if fault is not None and (only is None or each.code in only):
            faults.append(fault)
        if answer is not None:
            answers[each.code] = answer
            place = answer if each.kind == "place" else place
    faults.extend(_strangers(item, form))
    one_of = [code for code in item.at_least_one if code in shown]
    if one_of and (only is None or set(one_of) <= set(only)) and not any(form_has(form, code) for code in one_of):
        labels = "、".join(fields[code].label for code in one_of)
        faults.append(Fault("form", "at-least-one", item.at_least_one_message or f"请至少填写一项：{labels}。"))
    given = {code: answer for code, answer in answers.items() if only is None or code in only}
    return Checked(tuple(faults), frozen(given))


def form_has(form: Mapping[str, object], code: str) -> bool:
    """Whether something other than blanks was given for a field, right or wrong."""
    value = form.get(code)
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _check(request: Request) -> Checked:
    item = request.item
    checked = check_form(item, request.form, facts=_facts(request, {}))
    faults = [*_channel(request), *_acting(request), *_card(request), *_place_of_card(request), *checked.faults]
    taken = {fault.path for fault in faults}
    facts = _facts(request, checked.form)
    faults += [_unmet(miss) for miss in unmet(item.conditions, facts) if miss.path not in taken]
    if request.shown is None:
        faults.extend(faults_of_uploads(item, request.channel, request.acting_as, request.uploads, facts))
        taken = {fault.path for fault in faults}
        faults += [each for each in _unproven(request, facts) if each.path not in taken]
    else:
        faults.extend(faults_of_shown(item, request.channel, request.acting_as, request.shown, facts))
    faults.extend(handlers.find(item.handler).check(request, checked.form))
    return Checked(tuple(faults), checked.form)


def _unmet(miss: Unmet) -> Fault:
    return Fault(
        miss.path, "condition-unknown" if miss.finding.met is None else f"condition-{miss.rule.code}", miss.message
    )


def _left(before: tuple[Item, ...], form: Mapping[str, object], state: str) -> str:
    """The state in which these items leave a card, as far as that can be foreseen."""
    answers = {code: value for code, value in form.items() if isinstance(value, str)}
    for each in before:
        state = handlers.find(each.handler).leaves(each, answers, state) or state
    return state


def _strangers(item: Item, form: Mapping[str, object]) -> Iterator[Fault]:
    known = {each.code for each in item.fields}
    for key in form:
        if key not in known:
            shortened = key if len(key) <= 20 else f"{key[:20]}…"
            yield Fault(f"form.{key}", "unknown-field", f"这一项没有“{shortened}”要填，请去掉它再提交。")


def _held(each: Field, facts: Facts) -> tuple[str | None, Fault | None]:
    if facts.profile is None:
        return HELD, None
    held = facts.profile.get(each.prefill)
    if held is not None:
        answer, fault = clean(each, held)
        if fault is None and answer is not None:
            return answer, None
    name = _PROFILE.get(each.prefill, each.label)
    sentence = f"社保卡系统里没有能用的{name}，请填写{each.label}。"
    return None, Fault(f"form.{each.code}", "nothing-held", sentence)


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
        profile=request.profile,
        bundle=request.bundle,
    )


def _channel(request: Request) -> Iterator[Fault]:
    item = request.item
    if request.channel not in item.channels:
        offered = "、".join(CHANNELS[each] for each in item.channels)
        here = CHANNELS.get(request.channel, "这种方式")
        yield Fault("item", "channel-not-offered", f"“{item.name}”不能通过{here}办理，请改用：{offered}。")


def _acting(request: Request) -> Iterator[Fault]:
    fault = acting.fault(
        request.item,
        request.bundle.code,
        request.channel,
        request.acting_as,
        today=request.today,
        born_on=request.holder.birth_date,
        actor=request.actor,
        mandate=request.mandate,
    )
    if fault is not None:
        yield fault


def _unprovable(request: Request) -> Iterator[Fault]:
    if request.unproven and request.acting_as == "guardian":
        fault = acting.unprovable(request.item, request.channel, _facts(request, {}))
        if fault is not None:
            yield fault


def _unproven(request: Request, facts: Facts) -> Iterator[Fault]:
    if request.unproven and request.acting_as == "guardian":
        kinds = {each.kind for each in request.uploads}
        yield from acting.faults_of_unproven(request.item, request.channel, kinds, facts)


def _card(request: Request) -> Iterator[Fault]:
    item, card = request.item, request.card
    if not item.needs_card:
        if card is not None:
            yield Fault("card_id", "card-not-needed", f"办“{item.name}”不用选卡，请去掉选的卡再提交。")
    elif card is None:
        yield Fault("card_id", "required", f"办“{item.name}”要先选一张社保卡。")
    elif fault := card_fault(item, card.state):
        yield fault


def _place_of_card(request: Request) -> Iterator[Fault]:
    if request.item.needs_card and request.card is not None:
        fault = places.fault_of_card(request.bundle, request.item, request.card.region)
        if fault is not None:
            yield fault

"""The steps between choosing an item and checking the answers: the card and the form. Each saves the draft."""

from collections.abc import Mapping
from dataclasses import replace

from flask import abort, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from bundles.definition import Field, Item, parts_of
from bundles.engine import HELD, card_fault
from bundles.rules import Facts, fields_of, visible
from wxserver.usecases.cards import CardView
from wxserver.usecases.drafting import DraftView
from wxserver.usecases.faults import NotFound
from wxserver.usecases.submissions import Submission
from wxserver.web.citizen.begun import walk_of
from wxserver.web.citizen.blueprint import blueprint, known, owner
from wxserver.web.citizen.fields import fields_markup
from wxserver.web.citizen.offering import find_own
from wxserver.web.citizen.signing_in import STALE_FORM, sign_in_again
from wxserver.web.citizen.typed import said_in_boxes, typed_form
from wxserver.web.citizen.walk import Walk
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed


@blueprint.get("/bundles/<bundle_code>/<item_code>/card")
def card(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Choose the card."""
    walk = walk_with(bundle_code, item_code, "card")
    if refusal := refused_before(walk, "card"):
        return refusal
    cards = desk().cards.list(owner(), *_ward(walk))
    draft = draft_of(walk)
    usable = [each.id for each in cards if _usable(walk.item, each)]
    chosen = draft.card_id if draft and draft.card_id else (usable[0] if len(usable) == 1 else None)
    return _card_page(walk, cards, chosen, ())


@blueprint.post("/bundles/<bundle_code>/<item_code>/card")
@keeps_typed
def save_card(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Keep the chosen card in the draft and go on."""
    walk = walk_with(bundle_code, item_code, "card")
    cards = desk().cards.known(owner(), *_ward(walk))
    chosen = request.form.get("card_id")
    if g.get("csrf_failed"):
        return _card_page(walk, cards, chosen, (Fault("", "stale-form", STALE_FORM),)), 400
    if not any(each.id == chosen and _usable(walk.item, each) for each in cards):
        fault = Fault("card_id", "required", "请先选一张社保卡，再点下一步。")
        return _card_page(walk, cards, None, (fault,)), 422
    draft = desk().drafting.save(owner(), walk.bundle.code, walk.item.code, card_id=chosen)
    if faults := certain_faults(walk, draft):
        return _card_page(walk, cards, chosen, faults), 422
    return redirect(onward(walk, "card"), 303)


@blueprint.get("/bundles/<bundle_code>/<item_code>/form")
def form(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """The form, with what was typed before."""
    walk = walk_with(bundle_code, item_code, "form")
    if refusal := refused_before(walk, "form"):
        return refusal
    draft = draft_of(walk)
    return _form_page(walk, _texts(draft.form if draft else {}), ())


@blueprint.post("/bundles/<bundle_code>/<item_code>/form")
@keeps_typed
def save_form(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Keep what was typed, right or wrong, in the draft; go on if it is right. `leaving`: only keep it, say nothing."""
    walk = walk_with(bundle_code, item_code, "form")
    draft = draft_of(walk)
    typed = _typed(walk.item)
    given = {**(_texts(draft.form) if draft else {}), **typed}
    leaving = "leaving" in request.form
    if g.get("csrf_failed"):
        if leaving:
            return "", 400
        return _form_page(walk, given, (Fault("", "stale-form", STALE_FORM),)), 400
    desk().drafting.save(owner(), walk.bundle.code, walk.item.code, form=typed)
    if leaving:
        return "", 204
    faults = walk.check(given, [each.code for each in walk.item.form_fields])
    if faults:
        return _form_page(walk, given, said_in_boxes(walk.item, typed, faults)), 422
    asked = request.form.get("asked", "").split(",")
    if any(each.code not in asked for each in _shown(walk.item, given)):
        return _form_page(walk, given, ())
    return redirect(onward(replace(walk, form=given), "form"), 303)


@blueprint.post("/bundles/<bundle_code>/<item_code>/draft")
def drop_draft(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Delete the draft, and begin at the guide again."""
    walk = own_walk(bundle_code, item_code)
    desk().drafting.drop(owner(), walk.bundle.code, walk.item.code)
    return redirect(walk.guide_url, 303)


def own_walk(bundle_code: str, item_code: str) -> Walk:
    """The walk as the visitor's draft has it. Raises NotFound."""
    bundle, item = find_own(bundle_code, item_code)
    session = known()
    draft = desk().drafting.get(session, bundle.code, item.code) if session else None
    return walk_of(bundle, item, draft)


def _ward(walk: Walk) -> tuple[str, ...]:
    return () if walk.ward is None else (walk.ward,)


def walk_with(bundle_code: str, item_code: str, step: str) -> Walk:
    """The walk, if it has this step; 404 otherwise."""
    walk = own_walk(bundle_code, item_code).turned_to(step)
    if step not in walk.steps:
        abort(404)
    if "online" not in walk.item.channels:
        raise NotFound("这一项要到窗口办，手机上不能填。请看办事指南里的窗口。", code="channel-not-offered")
    return walk


def sure_enough(walk: Walk) -> None:
    """Raise AssuranceRequired before anything is typed, not after."""
    desk().applying.allow(owner(), walk.item)


def refused_before(walk: Walk, step: str) -> ResponseReturnValue | None:
    """The page that says why somebody can't apply, before they fill anything in; None where nothing is certain.

    Asked at the first step only. Raises AssuranceRequired.
    """
    sure_enough(walk)
    conditional = walk.acting is not None or any(each.conditions for each in parts_of(walk.item))
    if step != walk.steps[1] or not conditional:
        return None
    begun = Submission(bundle=walk.bundle.code, item=walk.item.code, acting=walk.acting)
    faults = desk().applying.precheck(owner(), begun)
    if not faults:
        return None
    return render_template("citizen/not_eligible.html", walk=walk, faults=faults), 422


def certain_faults(walk: Walk, draft: DraftView) -> tuple[Fault, ...]:
    """What is certain to refuse this draft, as far as place and card tell."""
    places = {each.code for each in walk.item.place_fields}
    chosen = {code: value for code, value in draft.form.items() if code in places}
    return desk().applying.precheck(
        owner(),
        Submission(bundle=draft.bundle, item=draft.item, card_id=draft.card_id, form=chosen, acting=walk.acting),
    )


def draft_of(walk: Walk) -> DraftView | None:
    """What the visitor has kept so far."""
    return desk().drafting.get(owner(), walk.bundle.code, walk.item.code)


def onward(walk: Walk, step: str) -> str:
    """The next step; who came from the check page (`from=check`) returns there."""
    return walk.url("check") if request.args.get("from") == "check" else walk.next_url(step)


def backward(walk: Walk, step: str) -> str:
    """The step before, or the check page for who came from there."""
    return walk.url("check") if request.args.get("from") == "check" else walk.back_url(step)


def _usable(item: Item, each: CardView) -> bool:
    return card_fault(item, each.state) is None


def _card_page(walk: Walk, cards: tuple[CardView, ...], chosen: str | None, faults: tuple[Fault, ...]) -> str:
    return render_template(
        "citizen/card.html",
        walk=walk,
        back=backward(walk, "card"),
        usable=[each for each in cards if _usable(walk.item, each)],
        others=[(each, fault.message) for each in cards if (fault := card_fault(walk.item, each.state))],
        chosen=chosen,
        faults=faults,
        signed=sign_in_again(walk.item),
    )


def _form_page(walk: Walk, typed: Mapping[str, str], faults: tuple[Fault, ...]) -> str:
    fields, held = _shown(walk.item, typed), held_for(walk)
    shown = {code: "" if text == HELD else text for code, text in typed.items()}
    return render_template(
        "citizen/form.html",
        walk=walk,
        back=backward(walk, "form"),
        fields=fields,
        fields_markup=fields_markup(fields, shown, faults, held),
        faults=faults,
        signed=sign_in_again(walk.item),
    )


def held_for(walk: Walk) -> Mapping[str, str]:
    """What the registry holds to answer the form with, masked, of the person it is for."""
    if walk.acting is None:
        return desk().applying.held(owner(), walk.item)
    return desk().applying.held(owner(), walk.item, walk.acting)


def _typed(item: Item) -> dict[str, str]:
    """What was typed. A field left empty under what the registry holds is answered with that."""
    typed = typed_form(item)
    for each in item.form_fields:
        if not typed.get(each.code) and each.prefill and request.form.get(f"form.{each.code}.held"):
            typed[each.code] = HELD
    return typed


def _shown(item: Item, typed: Mapping[str, str]) -> list[Field]:
    """The fields that show on the form's page, given these answers."""
    facts = Facts(form={code: value for code, value in typed.items() if value}, fields=fields_of(item))
    return [each for each in item.form_fields if visible(each, facts)]


def _texts(answers: Mapping[str, object]) -> dict[str, str]:
    return {code: value for code, value in answers.items() if isinstance(value, str)}

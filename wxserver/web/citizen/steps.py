"""The steps between choosing an item and checking the answers: the card and the form. Each saves the draft."""

from collections.abc import Mapping

from flask import abort, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from bundles.definition import Field, Item
from bundles.engine import check_form
from bundles.rules import Facts, fields_of, visible
from wxserver.usecases.cards import CardView
from wxserver.usecases.drafting import DraftView
from wxserver.usecases.faults import NotFound
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.offering import find
from wxserver.web.citizen.signing_in import STALE_FORM, sign_in_again
from wxserver.web.citizen.typed import said_in_boxes, typed_form
from wxserver.web.citizen.walk import Walk
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed


@blueprint.get("/bundles/<bundle_code>/<item_code>/card")
def card(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Choose the card."""
    walk = walk_with(bundle_code, item_code, "card")
    sure_enough(walk)
    cards = desk().cards.list(owner())
    draft = draft_of(walk)
    usable = [each.id for each in cards if _usable(walk.item, each)]
    chosen = draft.card_id if draft and draft.card_id else (usable[0] if len(usable) == 1 else None)
    return _card_page(walk, cards, chosen, ())


@blueprint.post("/bundles/<bundle_code>/<item_code>/card")
@keeps_typed
def save_card(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Keep the chosen card in the draft and go on."""
    walk = walk_with(bundle_code, item_code, "card")
    cards = desk().cards.known(owner())
    chosen = request.form.get("card_id")
    if g.get("csrf_failed"):
        return _card_page(walk, cards, chosen, (Fault("", "stale-form", STALE_FORM),)), 400
    if not any(each.id == chosen and _usable(walk.item, each) for each in cards):
        fault = Fault("card_id", "required", "请先选一张社保卡，再点下一步。")
        return _card_page(walk, cards, None, (fault,)), 422
    desk().drafting.save(owner(), walk.bundle.code, walk.item.code, card_id=chosen)
    return redirect(onward(walk, "card"), 303)


@blueprint.get("/bundles/<bundle_code>/<item_code>/form")
def form(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """The form, with what was typed before."""
    walk = walk_with(bundle_code, item_code, "form")
    sure_enough(walk)
    draft = draft_of(walk)
    return _form_page(walk, _texts(draft.form if draft else {}), ())


@blueprint.post("/bundles/<bundle_code>/<item_code>/form")
@keeps_typed
def save_form(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Keep what was typed, right or wrong, in the draft; go on if it is right. `leaving`: only keep it, say nothing."""
    walk = walk_with(bundle_code, item_code, "form")
    typed = typed_form(walk.item)
    leaving = "leaving" in request.form
    if g.get("csrf_failed"):
        if leaving:
            return "", 400
        return _form_page(walk, typed, (Fault("", "stale-form", STALE_FORM),)), 400
    desk().drafting.save(owner(), walk.bundle.code, walk.item.code, form=typed)
    if leaving:
        return "", 204
    faults = check_form(walk.item, typed).faults
    if faults:
        return _form_page(walk, typed, said_in_boxes(walk.item, typed, faults)), 422
    asked = request.form.get("asked", "").split(",")
    if any(each.code not in asked for each in _shown(walk.item, typed)):
        return _form_page(walk, typed, ())
    return redirect(onward(walk, "form"), 303)


@blueprint.post("/bundles/<bundle_code>/<item_code>/draft")
def drop_draft(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Delete the draft, and begin at the guide again."""
    walk = Walk(*find(bundle_code, item_code))
    desk().drafting.drop(owner(), walk.bundle.code, walk.item.code)
    return redirect(walk.guide_url, 303)


def walk_with(bundle_code: str, item_code: str, step: str) -> Walk:
    """The walk, if it has this step; 404 otherwise."""
    walk = Walk(*find(bundle_code, item_code))
    if step not in walk.steps:
        abort(404)
    if "online" not in walk.item.channels:
        raise NotFound("这一项要到窗口办，手机上不能填。请看办事指南里的窗口。", code="channel-not-offered")
    return walk


def sure_enough(walk: Walk) -> None:
    """Raise AssuranceRequired before anything is typed, not after."""
    desk().applying.allow(owner(), walk.item)


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
    return not item.card_states or each.state in item.card_states


def _card_page(walk: Walk, cards: tuple[CardView, ...], chosen: str | None, faults: tuple[Fault, ...]) -> str:
    return render_template(
        "citizen/card.html",
        walk=walk,
        back=backward(walk, "card"),
        usable=[each for each in cards if _usable(walk.item, each)],
        others=[each for each in cards if not _usable(walk.item, each)],
        chosen=chosen,
        faults=faults,
        signed=sign_in_again(walk.item),
    )


def _form_page(walk: Walk, typed: Mapping[str, str], faults: tuple[Fault, ...]) -> str:
    return render_template(
        "citizen/form.html",
        walk=walk,
        back=backward(walk, "form"),
        fields=_shown(walk.item, typed),
        typed=typed,
        faults=faults,
        signed=sign_in_again(walk.item),
    )


def _shown(item: Item, typed: Mapping[str, str]) -> list[Field]:
    """The fields that show, given these answers."""
    facts = Facts(form={code: value for code, value in typed.items() if value}, fields=fields_of(item))
    return [each for each in item.fields if visible(each, facts)]


def _texts(answers: Mapping[str, object]) -> dict[str, str]:
    return {code: value for code, value in answers.items() if isinstance(value, str)}

"""Where a bundle is open: the list for everybody, and the step that chooses place and bank before anything else."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from flask import g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from bundles import places as offer
from bundles import regions
from bundles.application import Fault
from bundles.definition import Bank, Bundle, Field, Item, Place
from wxserver.web.citizen import typed
from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.signing_in import STALE_FORM, sign_in_again
from wxserver.web.citizen.steps import backward, certain_faults, draft_of, onward, refused_before, walk_with
from wxserver.web.citizen.walk import Walk
from wxserver.web.desk import desk
from wxserver.web.guard import keeps_typed

blueprint.add_app_template_filter(typed.region_lists, "region_lists")
blueprint.add_app_template_filter(regions.full_name, "region_name")

ELSEWHERE = "其他地区"
"""The heading over places whose code is no region's."""


@blueprint.get("/bundles/<bundle_code>/places")
def places(bundle_code: str) -> ResponseReturnValue:
    """Which city has which items and banks open, by province. Open to everybody."""
    found = desk().catalogue.bundle(bundle_code).bundle
    return render_template(
        "citizen/places.html",
        bundle=found,
        provinces=by_province(found.places),
        items={each.code: [item.short_name for item in offer.open_there(found, each)] for each in found.places},
        banks={each.code: [bank.name for bank in offer.banks_at(found, each.code)] for each in found.places},
        whole=regions.full_name(found.region),
    )


@blueprint.get("/bundles/<bundle_code>/<item_code>/place")
def place(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Choose the city, and a bank of those that are open there."""
    walk = walk_with(bundle_code, item_code, "place")
    if refusal := refused_before(walk, "place"):
        return refusal
    draft = draft_of(walk)
    kept = draft.form if draft else {}
    return _page(walk, {each.code: str(kept.get(each.code, "")) for each in walk.item.place_fields}, ())


@blueprint.post("/bundles/<bundle_code>/<item_code>/place")
@keeps_typed
def save_place(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """Keep what was chosen in the draft; go on once all that is asked was asked, and is open there."""
    walk = walk_with(bundle_code, item_code, "place")
    chosen = {each.code: request.form.get(typed.PREFIX + each.code, "") for each in walk.item.place_fields}
    if g.get("csrf_failed"):
        return _page(walk, chosen, (Fault("", "stale-form", STALE_FORM),)), 400
    asked = request.form.getlist("asked")
    chosen = {code: text if code in asked else "" for code, text in chosen.items()}
    faults = walk.check(chosen, asked)
    if faults:
        return _page(walk, chosen, faults), 422
    draft = desk().drafting.save(owner(), walk.bundle.code, walk.item.code, form=chosen)
    if _banks(walk, chosen) and any(code not in asked for code in chosen):
        return _page(walk, chosen, ())
    if faults := certain_faults(walk, draft):
        return _page(walk, chosen, faults), 422
    return redirect(onward(walk, "place"), 303)


def by_province(found: Iterable[Place]) -> list[tuple[str, list[Place]]]:
    """Places under the names of their provinces, in the order of the codes."""

    def province(each: Place) -> str:
        path = regions.path_to(each.code)
        return path[0].name if path else ELSEWHERE

    ordered = sorted(found, key=lambda each: (province(each) == ELSEWHERE, each.code))
    return [(name, list(group)) for name, group in groupby(ordered, province)]


def _page(walk: Walk, chosen: Mapping[str, str], faults: tuple[Fault, ...]) -> str:
    bundle, item = walk.bundle, walk.item
    usable = _usable(bundle, item)
    return render_template(
        "citizen/place.html",
        walk=walk,
        back=backward(walk, "place"),
        fields=item.place_fields,
        chosen=chosen,
        usable=by_province(usable),
        closed=[(each, _why(bundle, item, each)) for each in bundle.places if each not in usable],
        banks=bundle.banks,
        at_hand=[each.code for each in _banks(walk, chosen)],
        faults=faults,
        signed=sign_in_again(item),
    )


def _banks(walk: Walk, chosen: Mapping[str, str]) -> tuple[Bank, ...]:
    """The banks that can be chosen now: those at the chosen place, all of them where none has to be chosen."""
    city = walk.item.place_fields[0]
    return offer.banks_at(walk.bundle, chosen[city.code] or ("" if city.required else None))


def _usable(bundle: Bundle, item: Item) -> tuple[Place, ...]:
    """Where the item is open, with a bank where one has to be chosen."""
    wants_bank = any(_needs_bank(each) for each in item.place_fields)
    return tuple(
        each for each in offer.open_places(bundle, item) if not wants_bank or offer.banks_at(bundle, each.code)
    )


def _needs_bank(each: Field) -> bool:
    return each.kind == "bank" and each.required


def _why(bundle: Bundle, item: Item, each: Place) -> str:
    if each in offer.open_places(bundle, item):
        return "还没有银行开通办卡。"
    others = "、".join(other.short_name for other in offer.open_there(bundle, each))
    return f"这一项还没有开通。那里现在能办：{others}。" if others else "还没有开通。"

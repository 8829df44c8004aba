"""Where a bundle is open: which item and which bank in which city (requirements KS-8).

A bundle without places is open in its whole region, with all its banks.
"""

from dataclasses import dataclass
from typing import Final

from bundles import regions
from bundles.application import Fault
from bundles.definition import JOIN, Bank, Bundle, Item, Place, parts_of

CLOSED: Final = "place-closed"
BANK_CLOSED: Final = "bank-closed"
_LISTED: Final = "别的城市开通了什么，请看“哪里能办”这一页。"


@dataclass(frozen=True, slots=True)
class Offer:
    """What answers to place and bank fields are held against: the bundle, the item (codes joined by "+" where several
    are chosen together), and the code of the place chosen so far."""

    bundle: Bundle
    item_code: str
    place: str | None = None


def open_places(bundle: Bundle, item: Item) -> tuple[Place, ...]:
    """The places where this item is open, in the bundle's order; for items chosen together, where all of them are."""
    codes = [part.code for part in parts_of(item)]
    return tuple(place for place in bundle.places if _is_open(place, codes))


def banks_at(bundle: Bundle, place: str | None) -> tuple[Bank, ...]:
    """The banks open at the place with this code; all banks of the bundle where no place is chosen."""
    if place is None:
        return bundle.banks
    found = place_at(bundle, place)
    return tuple(bank for bank in bundle.banks if found is not None and bank.code in found.banks)


def place_at(bundle: Bundle, code: str) -> Place | None:
    """The place with this code, or None."""
    return next((place for place in bundle.places if place.code == code), None)


def open_there(bundle: Bundle, place: Place) -> tuple[Item, ...]:
    """The items that are open at a place, in the bundle's order."""
    return tuple(item for item in bundle.items if item.code in place.items)


def fault_of_place(path: str, code: str, offer: Offer) -> Fault | None:
    """Why the item can't be had at the place with this code (KS-8), or None. Reported at `path`."""
    place = place_at(offer.bundle, code)
    if place is not None and _is_open(place, offer.item_code.split(JOIN)):
        return None
    where = place.name if place else regions.full_name(code) or "您选的地方"
    return Fault(path, CLOSED, _closed(offer.bundle, where, offer.item_code, place))


def fault_of_bank(path: str, code: str, offer: Offer) -> Fault | None:
    """Why the bank with this code can't be had at the chosen place (KS-8), or None. Reported at `path`."""
    there = banks_at(offer.bundle, offer.place)
    if any(bank.code == code for bank in there):
        return None
    name = next((f"“{bank.name}”" for bank in offer.bundle.banks if bank.code == code), "这家银行")
    place = place_at(offer.bundle, offer.place) if offer.place is not None else None
    where = place.name if place else "这里"
    if not there:
        return Fault(path, BANK_CLOSED, f"{where}还没有银行开通办卡，请换一个城市。{_LISTED}")
    names = "、".join(bank.name for bank in there)
    return Fault(path, BANK_CLOSED, f"{where}不能选{name}。能选的银行有：{names}。")


def fault_of_card(bundle: Bundle, item: Item, region: str) -> Fault | None:
    """Why a card issued in this region can't be used for the item, or None. `region` is the registry's free text, a
    code or a name; where it tells no region, or one that is wider than the places, nothing is certain and None."""
    code = regions.code_of(region)
    if not bundle.places or code is None:
        return None
    around = [place for place in bundle.places if regions.within(code, place.code)]
    nearest = max(around, key=lambda place: len(place.code.rstrip("0")), default=None)
    judged = [nearest] if nearest else [place for place in bundle.places if regions.within(place.code, code)]
    codes = [part.code for part in parts_of(item)]
    if any(_is_open(place, codes) for place in judged):
        return None
    where = nearest.name if nearest else regions.full_name(code)
    return Fault("card_id", CLOSED, f"这张卡是{where}发的。{_closed(bundle, where, item.code, nearest)}")


def _closed(bundle: Bundle, where: str, item_code: str, place: Place | None) -> str:
    item = bundle.item(item_code)
    sentence = f"{where}还没有开通“{item.name}”。" if item else f"{where}还没有开通这一项。"
    open_items = open_there(bundle, place) if place else ()
    if open_items:
        return f"{sentence}那里现在能办：{'、'.join(each.short_name for each in open_items)}。{_LISTED}"
    return f"{sentence}{_LISTED}"


def _is_open(place: Place, item_codes: list[str]) -> bool:
    return all(code in place.items for code in item_codes)

"""What is offered: a bundle's items with their dates, and an item's guide. Open to everybody."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from bundles.acting import offered_online
from bundles.application import Fault
from bundles.definition import JOIN, Bundle, Item, Material, TimeLimit, parts_of
from bundles.vocabulary import CAPACITIES, CHANNELS
from wxserver.usecases.faults import NotFound
from wxserver.web.citizen.addresses import url_for
from wxserver.web.citizen.begun import walk_of
from wxserver.web.citizen.blueprint import blueprint, known
from wxserver.web.citizen.walk import ACTING, CHANNEL, GUARDIAN, Walk
from wxserver.web.desk import desk


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which an item is offered, `words` being its name; `materials` are those of who acts alone."""

    code: str
    words: str
    limit: TimeLimit
    hours: str
    flow: tuple[str, ...]
    materials: tuple[Material, ...]


def find(bundle_code: str, item_code: str) -> tuple[Bundle, Item]:
    """The published bundle and one of its items. Raises NotFound."""
    bundle = desk().catalogue.bundle(bundle_code).bundle
    item = bundle.item(item_code)
    if item is None:
        raise NotFound("没有找到这个事项，可能已经不在这里办了。请从首页进去找。", code="unknown-item")
    return bundle, item


def find_own(bundle_code: str, item_code: str) -> tuple[Bundle, Item]:
    """The bundle and item as the visitor's draft has them, by the version under which it was begun; without a draft as
    `find`. Raises NotFound."""
    bundle = desk().drafting.definition(known(), bundle_code, item_code).bundle
    item = bundle.item(item_code)
    return (bundle, item) if item is not None else find(bundle_code, item_code)


@blueprint.get("/bundles/<bundle_code>")
def bundle(bundle_code: str) -> ResponseReturnValue:
    """Choose one item, or several where the bundle allows it. 下一步 comes back here with `go`, and with an `item` for
    each one ticked."""
    found = desk().catalogue.bundle(bundle_code).bundle
    several = found.selection == "many"
    ticked = request.args.getlist("item") if several else [request.args.get("item", "")]
    chosen = found.item(JOIN.join(ticked))
    if "go" in request.args and chosen is not None:
        return redirect(url_for("citizen.guide", bundle_code=found.code, item_code=chosen.code), 303)
    wanted = "请先选要办的事项，再点下一步。" if several else "请先选一个要办的事项，再点下一步。"
    faults = (Fault("item", "required", wanted),) if "go" in request.args else ()
    lengths = {Walk(found, each).length for each in found.items}
    page = render_template(
        "citizen/bundle.html",
        bundle=found,
        chosen=chosen,
        ticked=ticked,
        promises={each.code: desk().catalogue.promise(found, each) for each in found.items},
        length=lengths.pop() if len(lengths) == 1 else None,
        faults=faults,
    )
    return page, (422 if faults else 200)


@blueprint.get("/bundles/<bundle_code>/<item_code>")
def guide(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """What to know before one starts, and the draft to go on with if there is one; with `print`, all of it unfolded.

    An item that is not offered online says where it is done instead.
    """
    found, item = find_own(bundle_code, item_code)
    session = known()
    online = CHANNEL in item.channels
    ways = sorted((_way(item, channel) for channel in item.channels), key=lambda way: way.code != CHANNEL)
    draft = desk().drafting.get(session, found.code, item.code) if session and online else None
    return render_template(
        "citizen/guide.html",
        bundle=found,
        item=item,
        walk=walk_of(found, item, draft),
        for_child=online and "stage" not in g and GUARDIAN in offered_online(item),
        promise=desk().catalogue.promise(found, item, ways[0].code),
        parts=[(part, desk().catalogue.promise(found, part)) for part in parts_of(item)],
        draft=draft,
        online=online,
        unfolded="print" in request.args,
        ways=ways,
        others=list(_others(item)),
        nexts=[each for code in item.then if (each := found.item(code))],
        contacts=item.contacts or found.contacts,
    )


def _way(item: Item, channel: str) -> Way:
    return Way(
        channel,
        CHANNELS[channel],
        item.limits.get(channel, TimeLimit("instant")),
        item.hours.get(channel, ""),
        item.guide.flow.get(channel, ()),
        item.materials_for(channel, _usually(item)),
    )


def _usually(item: Item) -> str:
    """Who mostly does it: the person themself, or whoever else the item is for."""
    return ACTING if ACTING in item.acting else item.acting[0]


def _others(item: Item) -> Iterator[tuple[str, bool, list[Material]]]:
    """Who else may act, by which way: in words, whether the item takes them, and what they bring that the one who
    mostly does it need not."""
    usually = _usually(item)
    for acting, words in CAPACITIES.items():
        for channel in item.channels:
            theirs = [each for each in item.materials_for(channel, acting) if usually not in each.acting]
            if theirs:
                by = f"{words}（{CHANNELS[channel]}）" if len(item.channels) > 1 else words
                yield by, acting in item.acting, theirs

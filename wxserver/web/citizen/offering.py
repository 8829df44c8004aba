"""What is offered: a bundle's items with their dates, and an item's guide. Open to everybody."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bundles.application import Fault
from bundles.definition import Bundle, Item
from wxserver.usecases.faults import NotFound
from wxserver.web.citizen.blueprint import blueprint, known
from wxserver.web.citizen.walk import Walk
from wxserver.web.desk import desk


def find(bundle_code: str, item_code: str) -> tuple[Bundle, Item]:
    """The published bundle and one of its items. Raises NotFound."""
    bundle = desk().catalogue.bundle(bundle_code).bundle
    item = bundle.item(item_code)
    if item is None:
        raise NotFound("没有找到这个事项，可能已经不在这里办了。请从首页进去找。", code="unknown-item")
    return bundle, item


@blueprint.get("/bundles/<bundle_code>")
def bundle(bundle_code: str) -> ResponseReturnValue:
    """Choose one item. 下一步 comes back here with `go`, and with `item` if one was ticked."""
    found = desk().catalogue.bundle(bundle_code).bundle
    chosen = found.item(request.args.get("item", ""))
    if "go" in request.args and chosen is not None:
        return redirect(url_for("citizen.guide", bundle_code=found.code, item_code=chosen.code), 303)
    faults = (Fault("item", "required", "请先选一个要办的事项，再点下一步。"),) if "go" in request.args else ()
    lengths = {Walk(found, each).length for each in found.items}
    page = render_template(
        "citizen/bundle.html",
        bundle=found,
        chosen=chosen,
        promises={each.code: desk().catalogue.promise(found, each) for each in found.items},
        length=lengths.pop() if len(lengths) == 1 else None,
        faults=faults,
    )
    return page, (422 if faults else 200)


@blueprint.get("/bundles/<bundle_code>/<item_code>")
def guide(bundle_code: str, item_code: str) -> ResponseReturnValue:
    """What to know before one starts, and the draft to go on with if there is one."""
    found, item = find(bundle_code, item_code)
    session = known()
    return render_template(
        "citizen/guide.html",
        bundle=found,
        item=item,
        walk=Walk(found, item),
        promise=desk().catalogue.promise(found, item),
        draft=desk().drafting.get(session, found.code, item.code) if session else None,
        materials=item.materials_for("online", "self"),
    )

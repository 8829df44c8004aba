"""What can be applied for; open to all."""

from functools import partial

from flask import Response

from bundles.definition import Bundle, Item
from wxserver.usecases.catalogue import Promise
from wxserver.usecases.faults import NotFound
from wxserver.web.api.documenting import Success, answer, operation
from wxserver.web.api.presenting import page
from wxserver.web.api.presenting_definitions import bundle, bundle_summary, item
from wxserver.web.api.schemas.catalogue import BUNDLE, BUNDLES, ITEM
from wxserver.web.desk import desk


def _promise(by: Bundle, of: Item) -> Promise:
    return desk().catalogue.promise(by, of, "online" if "online" in of.channels else of.channels[0])


@operation(
    "GET",
    "/bundles",
    tag="bundles",
    answers={200: Success(BUNDLES, "All bundles in force.")},
    is_open=True,
)
def list_bundles() -> Response:
    """All bundles in force."""
    return answer(page(bundle_summary(each) for each in desk().catalogue.bundles()), kept=True)


@operation(
    "GET",
    "/bundles/<bundle_code>",
    tag="bundles",
    answers={200: Success(BUNDLE, "The version in force, with its items in short.")},
    is_open=True,
)
def show_bundle(bundle_code: str) -> Response:
    """A bundle and its items."""
    published = desk().catalogue.bundle(bundle_code)
    return answer(bundle(published, partial(_promise, published.bundle)), kept=True)


@operation(
    "GET",
    "/bundles/<bundle_code>/items/<item_code>",
    tag="bundles",
    answers={200: Success(ITEM, "The item as the version in force defines it.")},
    is_open=True,
)
def show_item(bundle_code: str, item_code: str) -> Response:
    """An item: its limits, materials, form and guide."""
    published = desk().catalogue.bundle(bundle_code)
    found = published.bundle.item(item_code)
    if found is None:
        raise NotFound("没有找到这个事项。请从首页选要办的事。", code="unknown-item")
    return answer(item(published, found, _promise(published.bundle, found)), kept=True)

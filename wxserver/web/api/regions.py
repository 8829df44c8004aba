"""China's regions, step by step from the province down; open to all."""

from typing import Final

from flask import Response

from bundles import regions
from wxserver.usecases.faults import NotFound
from wxserver.web.api.documenting import Success, answer, operation
from wxserver.web.api.presenting_definitions import region
from wxserver.web.api.schemas.catalogue import REGION

_A_DAY: Final = "public, max-age=86400"

_CITY: Final = {
    "code": "445200",
    "name": "揭阳市",
    "full_name": "广东省揭阳市",
    "level": "city",
    "children": [{"code": "445202", "name": "榕城区", "level": "county", "leaf": True}],
    "next": None,
}


def _kept_a_day(code: str) -> Response:
    response = answer(region(code), kept=True)
    response.headers["Cache-Control"] = _A_DAY
    return response


@operation(
    "GET",
    "/regions",
    tag="bundles",
    answers={200: Success(REGION, "The country, with its provinces.")},
    is_open=True,
)
def list_regions() -> Response:
    """The provinces: where choosing a region begins."""
    return _kept_a_day("")


@operation(
    "GET",
    "/regions/<code>",
    tag="bundles",
    answers={200: Success(REGION, "The region, with those directly under it.", example=_CITY)},
    is_open=True,
)
def show_region(code: str) -> Response:
    """A region by its GB/T 2260 code, and what can be chosen next."""
    if regions.find(code) is None:
        raise NotFound("没有找到这个地区。请从省开始再选一次。", code="unknown-region")
    return _kept_a_day(code)

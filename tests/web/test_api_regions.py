"""Regions, and what a definition tells of places, banks and region fields, as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.expectations import conforms, refused
from tests.web.world import BUNDLE, Town

API = "/api/v1"


def test_the_provinces_come_first(jieyang: Town, document: dict[str, Any]) -> None:
    content = conforms(document, jieyang.client().get(f"{API}/regions"), "Region")

    assert (content["code"], content["level"], content["next"]) == ("", "country", None)
    assert len(content["children"]) == 34
    assert {"code": "440000", "name": "广东省", "level": "province", "leaf": False} in content["children"]
    assert {"code": "710000", "name": "台湾省", "level": "province", "leaf": True} in content["children"]


def test_a_region_tells_its_name_and_what_can_be_chosen_next(jieyang: Town, document: dict[str, Any]) -> None:
    content = conforms(document, jieyang.client().get(f"{API}/regions/445200"), "Region")

    assert (content["name"], content["full_name"], content["level"]) == ("揭阳市", "广东省揭阳市", "city")
    assert content["children"][0] == {"code": "445202", "name": "榕城区", "level": "county", "leaf": True}
    assert conforms(document, jieyang.client().get(f"{API}/regions/441900"), "Region")["children"] == []


@pytest.mark.parametrize("code", ["999999", "445299", "x", "揭阳市"])
def test_an_unknown_region_is_404(jieyang: Town, code: str) -> None:
    refused(jieyang.client().get(f"{API}/regions/{code}"), 404, "unknown-region")


def test_regions_are_open_and_may_be_kept_for_a_day(jieyang: Town, document: dict[str, Any]) -> None:
    for path in ("regions", "regions/440000"):
        assert jieyang.client().get(f"{API}/{path}").headers["Cache-Control"] == "public, max-age=86400"
    for path in ("/regions", "/regions/{code}"):
        assert document["paths"][f"{API}{path}"]["get"]["security"] == []


def test_a_bundle_tells_its_banks_places_and_reminders(jieyang: Town, document: dict[str, Any]) -> None:
    content = conforms(document, jieyang.client().get(f"{API}/bundles/{BUNDLE}"), "Bundle")

    assert (content["banks"], content["places"], content["reminders"]) == ([], [], [])


def test_an_item_tells_how_deep_a_region_goes_and_what_else_there_is_to_know(
    jieyang: Town, document: dict[str, Any]
) -> None:
    content = conforms(document, jieyang.client().get(f"{API}/bundles/{BUNDLE}/items/apply"), "Item")

    assert {(each["within"], each["level"], each["region_field"]) for each in content["fields"]} == {("", "county", "")}
    assert {tuple(each["accepted"]) for each in content["materials"]} == {("picture",)}
    assert (content["after"], content["periods"], content["archive"]) == ([], [], {})

"""One app for all tests of the edge in a module: they bring people of their own and leave the rest alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.world import Citizen, Town, town


@pytest.fixture(scope="module")
def jieyang(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as found:
        yield found
        found.registry.away = False


@pytest.fixture(scope="module")
def document(jieyang: Town) -> dict[str, Any]:
    found: dict[str, Any] = jieyang.client().get("/api/v1/openapi.json").json
    return found


@pytest.fixture(scope="module")
def citizen(jieyang: Town) -> Citizen:
    return jieyang.citizen()

"""The house rules that the import contracts cannot say. `test_contracts_bite.py` breaks each of them once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.house import RULES, House

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def house() -> House:
    return House.read(ROOT)


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps_its_rule(house: House, rule: str) -> None:
    faults = RULES[rule](house)
    assert not faults, "\n".join(faults)

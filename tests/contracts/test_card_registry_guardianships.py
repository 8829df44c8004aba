"""The contract of the port `CardRegistry`, third part: who is known to be whose guardian."""

import pytest

from bundles.ports import IdentityDocument
from tests.contracts.test_card_registry import build, callbacks, hasty, holder, registry
from wxserver.ports import Unavailable

__all__ = ["build", "callbacks", "hasty", "registry"]

CHILD = "445202201505087043"
NOBODY = IdentityDocument("resident_id", "11010519491231002X")


def known(person):
    return {"id_type": person["id_type"], "id_number": person["id_number"]}


def test_a_guardian_is_known_by_document_and_nobody_else_is(registry, sandbox):
    mother, stranger = sandbox.person(), sandbox.person()
    child = holder(sandbox.person(id_number=CHILD, guardians=[known(mother)]))

    assert registry.guardianship(holder(mother), child) is True
    assert registry.guardianship(holder(stranger), child) is False
    assert registry.guardianship(child, holder(mother)) is False
    assert registry.guardianship(holder(mother), NOBODY) is False
    assert not any(CHILD in call["path"] for call in sandbox.items("calls?target=registry"))


def test_a_household_register_bears_the_number_of_the_identity_card(registry, sandbox):
    mother = sandbox.person()
    sandbox.person(id_number=CHILD, guardians=[known(mother)])
    assert registry.guardianship(holder(mother), IdentityDocument("household_register", CHILD)) is True
    assert registry.guardianship(holder(mother), IdentityDocument("passport", CHILD)) is False


def test_while_it_is_away_nothing_is_proven(registry, sandbox):
    sandbox.mishap("registry", "error")
    with pytest.raises(Unavailable):
        registry.guardianship(NOBODY, NOBODY)

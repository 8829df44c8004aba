"""Whether the card registry knows somebody as a child's guardian; older ones do not know the question."""

import pytest

from bundles.ports import IdentityDocument
from tests.adapters.scripted import SECRET, StoppedClock, json_answer, plain_answer, problem
from wxserver.adapters.registry import HttpCardRegistry
from wxserver.ports import Refused, Unavailable

MOTHER = IdentityDocument("resident_id", "11010519491231002X")
CHILD = IdentityDocument("household_register", "445202201505087043")


@pytest.fixture
def registry(side, http):
    return HttpCardRegistry(side.url + "/registry", SECRET, http, StoppedClock())


@pytest.mark.parametrize("proven", [True, False])
def test_both_documents_go_in_the_body_and_the_answer_is_yes_or_no(registry, side, proven):
    side.says(json_answer({"proven": proven}))
    assert registry.guardianship(MOTHER, CHILD) is proven
    assert (side.last.method, side.last.path) == ("POST", "/registry/people/guardianships")
    assert side.last.document == {
        "guardian": {"id_type": "resident_id", "id_number": "11010519491231002X"},
        "minor": {"id_type": "household_register", "id_number": "445202201505087043"},
    }


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_registry_that_does_not_know_the_question_does_not_know(registry, side, status):
    side.says(plain_answer(b"no such path", status))
    assert registry.guardianship(MOTHER, CHILD) is None


@pytest.mark.parametrize("answer", [{}, {"proven": 1}, {"proven": "yes"}, {"proven": None}])
def test_an_answer_that_is_neither_yes_nor_no_proves_nothing(registry, side, answer):
    side.says(json_answer(answer))
    with pytest.raises(Unavailable):
        registry.guardianship(MOTHER, CHILD)


def test_a_registry_that_is_away_or_refuses_has_not_said_no(registry, side):
    side.says(plain_answer(b"later", 503))
    with pytest.raises(Unavailable):
        registry.guardianship(MOTHER, CHILD)
    side.says(problem(422))
    with pytest.raises(Refused):
        registry.guardianship(MOTHER, CHILD)

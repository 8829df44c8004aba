"""What the registry of the sandbox tells of guardians, and what scripts may say of them."""

from typing import Any

import pytest

from tests.sandbox.conftest import Far


def _asked(far: Far, guardian: Any, minor: Any) -> Any:
    return far.signed("POST", "/registry/people/guardianships", {"guardian": guardian, "minor": minor})


def test_guardians_are_what_the_script_said_and_other_knowledge_stays(far: Far) -> None:
    mother = far.person()
    child = far.person(guardians=[far.holder(mother)], standing={"insured": ["445202"]})
    assert _asked(far, far.holder(mother), far.holder(child)).json == {"proven": True}
    assert _asked(far, far.holder(child), far.holder(mother)).json == {"proven": False}
    standing = far.signed("POST", "/registry/people/standing", far.holder(child)).json
    assert standing["insured"] == ["445202"]
    assert "guardians" not in standing


@pytest.mark.parametrize("guardian", [None, {}, {"id_type": "resident_id"}, {"id_type": "king", "id_number": "1"}])
def test_without_two_documents_there_is_no_answer(far: Far, guardian: Any) -> None:
    assert _asked(far, guardian, far.holder(far.person())).status == 400


def test_a_demo_child_has_a_guardian_who_is_known(far: Far) -> None:
    people = {each["name"]: each for each in far.items("people")}
    assert _asked(far, far.holder(people["陈志强"]), far.holder(people["陈小雨"])).json == {"proven": True}
    assert _asked(far, far.holder(people["林秀兰"]), far.holder(people["陈小雨"])).json == {"proven": False}

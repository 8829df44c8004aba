"""What is drawn into the docs from the code is what the code says."""

from tools import draw_case_states


def test_the_case_states_in_the_docs_are_the_code_s() -> None:
    assert draw_case_states.TARGET.read_text("utf-8") == draw_case_states.document(), "run `make docs`"

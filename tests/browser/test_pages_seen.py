"""Every page in every state, in both text sizes: no barrier, no pale or small text, nothing cut off, nothing said by
the browser. A scene is opened once per text size; narrow windows and WeChat's own letters are tried on the spot.
"""

import pytest

from tests.browser import scenes, sight
from tests.browser.visiting import visit


@pytest.mark.parametrize("group", scenes.GROUPS)
def test_pages_have_no_barrier_no_pale_or_small_text_and_nothing_cut_off(street, town, group):
    prepared = scenes.GROUPS[group](town)
    faults = [
        f"{scene.name}: {check}: {each}"
        for scene, page in visit(street, prepared)
        for check, found in sight.everything(page).items()
        for each in found
    ]
    assert not faults, "\n".join(faults)

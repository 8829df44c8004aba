"""Whatever is sent to the address for pushes by somebody who is not WeChat changes nothing, and is refused at once."""

import statistics
import time

import pytest
from sqlalchemy import func, select

from wxserver.sandbox.wechat_attacks import ATTACKS
from wxserver.store.tables import Base

REFUSED = {400, 401, 403, 404, 413}
HARMLESS = {"compat_forged_plain"}
"""A good push with forged plain fields beside it: answered, by what was encrypted alone."""

GROW = {"wechat_token", "oauth_state"}
"""What work in the background may add meanwhile."""


def rows(town):
    """How many rows each table has; those that grow by themselves are not among them."""
    with town.database.read() as unit:
        return {
            table.name: unit.session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
            if table.name not in GROW
        }


@pytest.mark.parametrize("attack", sorted(set(ATTACKS) - HARMLESS))
def test_an_attack_is_refused_without_detail_or_effect_and_within_50_ms(small_town, attack):
    town = small_town
    victim = town.citizen().open()
    before, effects = rows(town), len(town.sandbox.effects())
    took = []
    for _ in range(3):
        answer = town.sandbox.control("attacks", {"attack": attack, "openid": victim.openid})
        assert answer["status"] in REFUSED, answer
        assert answer["refused"] is True
        took.append(answer["ms"])
    assert rows(town) == before
    assert len(town.sandbox.effects()) == effects
    assert victim.api("GET", "/sessions/current").status_code == 200
    assert min(took) < 50 or busy(town, victim), took


def busy(town, citizen):
    """Whether this machine is so busy that an honest push takes its time, too."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        town.sandbox.control("push", {"openid": citizen.openid, "event": "VIEW"})
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took) > 15


def test_forged_fields_beside_a_good_ciphertext_are_not_read(small_town):
    town = small_town
    victim = town.citizen().open()
    answer = town.sandbox.control("attacks", {"attack": "compat_forged_plain", "openid": victim.openid})
    assert answer["refused"] is True
    assert victim.api("GET", "/sessions/current").status_code == 200

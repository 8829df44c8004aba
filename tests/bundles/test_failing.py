"""The handler that fails on purpose does so in the way that its options say, after the steps that they say."""

from dataclasses import replace

import pytest

from bundles import handlers
from bundles.engine import carry_out, check
from bundles.handlers import failing
from bundles.ports import Unavailable
from tests.bundles.making import Registry, item, order, request


def failing_item(fails, after=0):
    return replace(item("apply"), handler=failing.NAME, options={"fails": fails, "after": after})


def steps(fails, after=0, **more):
    return carry_out(order("apply", {}, item=failing_item(fails, after), card=None, **more), Registry())


def test_it_can_be_away_after_steps_that_stay_done():
    going = steps("away", 2)
    assert [next(going).name, next(going).name] == ["step-1", "step-2"]
    with pytest.raises(Unavailable):
        next(going)
    resumed = steps("away", 2, done={"step-1": {"done": True}, "step-2": {"done": True}})
    with pytest.raises(Unavailable):
        next(resumed)


def test_it_can_refuse_break_or_come_to_its_end():
    (refused,) = steps("refused")
    assert (refused.outcome, refused.key) == ("refused", "JY20261126-0001:last")
    with pytest.raises(RuntimeError, match="on purpose"):
        next(steps("broken"))
    (done,) = steps("never")
    assert (done.outcome, done.node) == ("completed", "completed")


def test_it_finds_no_fault_and_its_options_are_judged():
    assert check(request("apply", {"phone": "13812345620"}, item=failing_item("away"))).faults == ()
    handler = handlers.find(failing.NAME)
    assert list(handler.check_options({"fails": "away", "after": 9})) == []
    assert [name for name, _ in handler.check_options({"fails": "often", "after": 10, "x": 1})] == [
        "x",
        "fails",
        "after",
    ]

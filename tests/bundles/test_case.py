"""A case's states: one table of transitions, statuses from timestamps, sentences for every node."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles import case
from tests.bundles.making import item

T0 = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


def later(hours):
    return T0 + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("milestones", "status"),
    [
        ({}, "submitted"),
        ({"accepted_at": later(1)}, "accepted"),
        ({"accepted_at": later(1), "correcting_since": later(2)}, "correcting"),
        ({"correcting_since": later(2)}, "correcting"),
        ({"accepted_at": later(1), "completed_at": later(3)}, "completed"),
        ({"correcting_since": later(2), "completed_at": later(3)}, "completed"),
        ({"refused_at": later(3)}, "refused"),
        ({"withdrawn_at": later(3)}, "withdrawn"),
        ({"withdrawn_at": later(3), "completed_at": later(4)}, "withdrawn"),
        ({"withdrawn_at": later(5), "completed_at": later(4)}, "completed"),
    ],
)
def test_the_status_follows_from_the_timestamps(milestones, status):
    found = case.status_of(case.Milestones(T0, **milestones))
    assert found == status
    assert case.is_final(status) == (status in {"completed", "refused", "withdrawn"})


def test_the_table_of_transitions_is_closed_and_ends_in_final_statuses():
    assert {status for status, _ in case.TRANSITIONS} == set(case.STATUSES) - case.FINAL
    assert {target for targets in case.TRANSITIONS.values() for target in targets} <= set(case.STATUSES)
    assert case.allows("accepted", "withdraw")
    assert not case.allows("completed", "withdraw")
    assert set(case.STATUS_TEXTS) == set(case.STATUSES)


def test_the_table_can_be_drawn_into_the_documentation():
    table = case.transition_table()
    assert "| correcting | receive_correction | submitted, accepted |" in table
    assert len(table.splitlines()) == len(case.TRANSITIONS) + 2
    diagram = case.transition_diagram()
    assert "    correcting --> accepted: receive_correction" in diagram
    assert diagram.count(" --> [*]") == len(case.FINAL)


ACTS: dict[str, Any] = {
    "accept": {"accepted_at": True},
    "request_correction": {"correcting_since": True},
    "receive_correction": {"correcting_since": None},
    "complete": {"completed_at": True},
    "refuse": {"refused_at": True},
    "withdraw": {"withdrawn_at": True},
}


@given(st.lists(st.sampled_from(sorted(ACTS)), max_size=8))
def test_acts_one_after_another_lead_only_where_the_table_says(acts):
    milestones, status = case.Milestones(T0), "submitted"
    for hours, act in enumerate(acts, 1):
        if not case.allows(status, act):
            continue
        change: dict[str, Any] = {name: later(hours) if value else None for name, value in ACTS[act].items()}
        milestones = replace(milestones, **change)
        reached = case.status_of(milestones)
        assert reached in case.TRANSITIONS[status, act]
        status = reached


def test_every_node_has_a_plain_sentence():
    for node in case.NODES:
        text = case.node_text(node, item("apply"))
        assert text.endswith("。")
        assert "{" not in text
    assert case.node_text("submitted", item("apply")) == "已收到您的“社会保障卡申领”申请。"
    with pytest.raises(KeyError):
        case.node_text("lost", item("apply"))


def test_the_registry_s_events_set_known_nodes():
    assert set(case.PRODUCTION_NODES.values()) <= set(case.NODES)


def test_the_sentence_of_acceptance_starts_no_clock_that_has_run_since_the_submission():
    early = replace(item("apply"), clock_starts="submission")
    assert case.node_text("accepted", item("apply")) == "您的申请已受理，开始计算办理时间。"
    assert case.node_text("accepted", early) == "您的申请已受理，开始办理。"

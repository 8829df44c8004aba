"""A case's life: timeline nodes, statuses, the one table of transitions, and what the timeline says.

Statuses follow from timestamps (design §4, "Nothing is lost"): late and swapped messages only ever set a
timestamp, and `status_of` reads them all, so their order does no harm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bundles.definition import Item

NODES: Final = (
    "submitted",
    "fee_paid",
    "accepted",
    "reviewed",
    "production_accepted",
    "correction_requested",
    "correction_received",
    "card_made",
    "sent",
    "ready_for_pickup",
    "received",
    "activated",
    "completed",
    "refused",
    "withdrawn",
)
"""Timeline nodes (contract, "Timeline nodes"), in their usual order."""

STATUSES: Final = ("submitted", "accepted", "correcting", "completed", "refused", "withdrawn")
FINAL: Final = frozenset({"completed", "refused", "withdrawn"})

STATUS_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "submitted": "已提交",
        "accepted": "已受理",
        "correcting": "待补正",
        "completed": "已办结",
        "refused": "不予办理",
        "withdrawn": "已撤回",
    }
)

PRODUCTION_NODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "production.accepted": "production_accepted",
        "production.correction_requested": "correction_requested",
        "production.made": "card_made",
        "production.sent": "sent",
        "production.ready_for_pickup": "ready_for_pickup",
        "production.received": "received",
    }
)
"""The registry's events about a production, and the timeline node each one sets."""

_NODE_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "submitted": "已收到您的“{item}”申请。",
        "fee_paid": "寄送费用已付。",
        "accepted": "您的申请已受理，开始计算办理时间。",
        "reviewed": "您的申请已通过审核。",
        "production_accepted": "制卡中心已接单，开始制卡。",
        "correction_requested": "有信息要您修改，办理时间先暂停。改好后接着办。",
        "correction_received": "已收到您修改的信息，第二天接着计算办理时间。",
        "card_made": "卡已制好。",
        "sent": "卡已寄出，请留意收件电话。",
        "ready_for_pickup": "卡已送到领卡网点，请带身份证件原件去领。",
        "received": "卡已领到。",
        "activated": "卡的社保功能已启用。",
        "completed": "“{item}”已办结。",
        "refused": "这次没有办成“{item}”，原因写在办理结果里。",
        "withdrawn": "您已撤回这次申请。",
    }
)


@dataclass(frozen=True, slots=True)
class Milestones:
    """The instants that a case's status follows from; all aware, None where it has not happened.

    `correcting_since` is set while a correction is waited for and emptied when it is received.
    """

    submitted_at: datetime
    accepted_at: datetime | None = None
    correcting_since: datetime | None = None
    completed_at: datetime | None = None
    refused_at: datetime | None = None
    withdrawn_at: datetime | None = None


def status_of(milestones: Milestones) -> str:
    """The earliest final instant decides, later ones came too late; else correcting, accepted, submitted."""
    finals = [
        (at, status)
        for at, status in (
            (milestones.completed_at, "completed"),
            (milestones.refused_at, "refused"),
            (milestones.withdrawn_at, "withdrawn"),
        )
        if at is not None
    ]
    if finals:
        return min(finals)[1]
    if milestones.correcting_since is not None:
        return "correcting"
    return "submitted" if milestones.accepted_at is None else "accepted"


def is_final(status: str) -> bool:
    """Whether nothing can happen to a case of this status any more."""
    return status in FINAL


TRANSITIONS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    {
        ("submitted", "accept"): ("accepted",),
        ("submitted", "complete"): ("completed",),
        ("submitted", "refuse"): ("refused",),
        ("submitted", "request_correction"): ("correcting",),
        ("submitted", "withdraw"): ("withdrawn",),
        ("accepted", "complete"): ("completed",),
        ("accepted", "refuse"): ("refused",),
        ("accepted", "request_correction"): ("correcting",),
        ("accepted", "withdraw"): ("withdrawn",),
        ("correcting", "receive_correction"): ("submitted", "accepted"),
        ("correcting", "complete"): ("completed",),
        ("correcting", "refuse"): ("refused",),
        ("correcting", "withdraw"): ("withdrawn",),
    }
)
"""(status, act) -> statuses it may lead to. What is not here is forbidden.

A received correction leads back to where the case stood: `submitted` before acceptance, `accepted` after it.
`correcting` may complete because a registry event that overtakes the correction is still true.
"""


def allows(status: str, act: str) -> bool:
    """Whether this act is allowed in this status."""
    return (status, act) in TRANSITIONS


def transition_table() -> str:
    """The transitions as a Markdown table, for the documentation."""
    rows = [f"| {status} | {act} | {', '.join(targets)} |" for (status, act), targets in TRANSITIONS.items()]
    return "\n".join(["| status | act | leads to |", "|---|---|---|", *rows])


def transition_diagram() -> str:
    """The transitions as a Mermaid state diagram."""
    arrows = [
        f"    {status} --> {target}: {act}" for (status, act), targets in TRANSITIONS.items() for target in targets
    ]
    ends = [f"    {status} --> [*]" for status in STATUSES if status in FINAL]
    names = [f"    {status}: {status} {STATUS_TEXTS[status]}" for status in STATUSES]
    return "\n".join(["stateDiagram-v2", *names, "    [*] --> submitted", *arrows, *ends])


def node_text(node: str, item: Item) -> str:
    """The timeline's sentence for a node of a case of this item. Raises KeyError for an unknown node."""
    if node == "accepted" and item.clock_starts == "submission":
        return "您的申请已受理，开始办理。"
    return _NODE_TEXTS[node].format(item=item.name)

"""Who may act for whom: oneself, a guardian for a minor, somebody's proxy, an organisation's agent. Pure.

Basis: 民法典 17, 18 (under 18 completed years is a minor), 27, 34 (guardians act for them). Whether somebody *is* the
guardian is for the registry, for staff, or for the papers handed in with the application to show.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Final

from bundles.application import Actor, Fault, Mandate
from bundles.definition import Item, Rule, parts_of
from bundles.facts import kinds_in, questions
from bundles.materials import asked
from bundles.people import age_on
from bundles.rules import Facts, unmet
from bundles.vocabulary import CAPACITIES

OF_AGE: Final = 18
"""Completed years from which somebody acts for themself, and may act for others."""

ONLINE: Final = "online"

PROOFS: Final = ("household_register", "guardianship_proof")
"""Kinds of upload that together prove a guardianship (JY-3)."""

_KNOWN: Final = frozenset({"acting", "age", "all", "any", "channel", "not"})
_PROXY_ONLINE: Final = "成年人代办目前不能在网上办，请带双方证件原件到窗口。"
_NOT_PROVEN: Final = "您和孩子的监护关系还没有核对。请先在“我照看的孩子”里交户口簿和监护关系证明，核对好了再来办。"


def is_minor(born_on: date, today: date) -> bool:
    """Whether somebody is under 18 completed years; they are one still on the 18th birthday itself."""
    return age_on(born_on, today) < OF_AGE


def allows(mandate: Mandate, bundle: str, item: Item, today: date) -> bool:
    """Whether an agent may do this item today; of items chosen together, each of them."""
    if today > mandate.ends_on:
        return False
    return not mandate.scope or all(
        bundle in mandate.scope or f"{bundle}/{part.code}" in mandate.scope for part in parts_of(item)
    )


def fault(
    item: Item,
    bundle: str,
    channel: str,
    capacity: str,
    *,
    today: date,
    born_on: date | None = None,
    actor: Actor | None = None,
    mandate: Mandate | None = None,
) -> Fault | None:
    """Why this item is not to be had in this way, or None.

    `born_on`: the holder's date of birth, None where nothing tells it; `actor`: None where nobody knows who it is, as
    before anybody has signed in. What a document does not tell is for a clerk to see, and refuses nobody here.
    """
    if capacity not in item.acting:
        return _not_offered(item, capacity)
    if _refused_by_rule(item, Facts(channel=channel, acting_as=capacity, age=_age(born_on, today))):
        # The definition says so itself, and better.
        return None
    if capacity == "proxy" and channel == ONLINE:
        return Fault("acting.as", "capacity-not-online", f"{_PROXY_ONLINE}{item.guide.window}")
    if capacity == "guardian":
        return _guardian(item, born_on, actor, today)
    if capacity == "unit_agent" and channel == ONLINE:
        return _agent(item, bundle, mandate, today)
    return None


def faults_of_unproven(item: Item, channel: str, kinds: Collection[str], facts: Facts) -> Iterator[Fault]:
    """What keeps somebody from acting whose guardianship nobody has confirmed yet: it must be proven by papers that
    the item asks for, and both must be there. `kinds`: of the uploads handed in."""
    if fault := unprovable(item, channel, facts):
        yield fault
        return
    wanted = {each.kind: each for each in asked(item, channel, "guardian", facts)}
    for kind in PROOFS:
        if kind not in kinds:
            material = wanted[kind]
            sentence = f"监护关系还没有核对，这次要一起交{material.name}。请先上传。"
            yield Fault(f"uploads.{material.code}", "required", sentence)


def unprovable(item: Item, channel: str, facts: Facts) -> Fault | None:
    """Why an item has to wait until a guardianship is confirmed, whatever is handed in; None where its papers prove it.

    An item that rests on the holder's cards, or on what the registry knows of them, would tell it.
    """
    wanted = {each.kind for each in asked(item, channel, "guardian", facts)}
    if item.needs_card or questions(item) or not wanted.issuperset(PROOFS):
        return Fault("acting.ward", "guardianship-unproven", _NOT_PROVEN)
    return None


def offered_online(item: Item) -> tuple[str, ...]:
    """In which capacities an item is to be had online, as far as its rules tell of channel and capacity alone."""
    if ONLINE not in item.channels:
        return ()
    return tuple(
        each
        for each in item.acting
        if each != "proxy" and not _refused_by_rule(item, Facts(channel=ONLINE, acting_as=each))
    )


def _not_offered(item: Item, capacity: str) -> Fault:
    allowed = "、".join(CAPACITIES[each] for each in item.acting)
    who = CAPACITIES.get(capacity)
    found = f"目前不能由{who}办理" if who else "没有看懂由谁来办"
    return Fault("acting.as", "capacity-not-allowed", f"“{item.name}”{found}，请由{allowed}来办。{item.guide.window}")


def _refused_by_rule(item: Item, known: Facts) -> bool:
    """Whether a rule of the item that looks at nothing but who acts, the way and the age refuses this."""
    rules = tuple(each for part in parts_of(item) for each in part.conditions if _kinds(each) <= _KNOWN)
    return any(miss.finding.met is False for miss in unmet(rules, known))


def _kinds(rule: Rule) -> set[str]:
    return {*kinds_in(rule.needs), *kinds_in(rule.when)}


def _age(born_on: date | None, today: date) -> int | None:
    return None if born_on is None else age_on(born_on, today)


def _guardian(item: Item, born_on: date | None, actor: Actor | None, today: date) -> Fault | None:
    if actor is not None and actor.is_holder:
        return Fault("acting.as", "guardian-of-oneself", "办自己的事，请选“本人”。")
    if born_on is not None and not is_minor(born_on, today):
        sentence = f"这个人已经满 {OF_AGE} 周岁，请由本人来办“{item.name}”。{item.guide.window}"
        return Fault("acting.as", "holder-of-age", sentence)
    if actor is not None and actor.born_on is not None and is_minor(actor.born_on, today):
        return Fault("acting.as", "guardian-minor", f"监护人要满 {OF_AGE} 周岁，请由成年的监护人来办。")
    return None


def _agent(item: Item, bundle: str, mandate: Mandate | None, today: date) -> Fault | None:
    if mandate is None:
        sentence = f"替单位办“{item.name}”，请用单位账号登录，再来办。"
        return Fault("acting.as", "not-an-agent", sentence)
    if not allows(mandate, bundle, item, today):
        sentence = f"您的单位账号不能办“{item.name}”，或者授权已经到期。请单位到窗口更新授权。"
        return Fault("acting.as", "beyond-mandate", sentence)
    return None

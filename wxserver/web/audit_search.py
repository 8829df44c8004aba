"""A search of the audit log as it arrives, from a page or a program."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from bundles.application import Fault
from bundles.working_days import SHANGHAI
from wxserver.usecases.auditing import AuditSearch
from wxserver.usecases.faults import Invalid
from wxserver.web.bodies import readable

FIELDS: Final = ("actor", "action", "subject", "bundle", "since", "until")


def search_of(asked: Mapping[str, str]) -> AuditSearch:
    """What is asked for as a search; days are whole days in the legal zone. Raises Invalid."""
    faults: list[Fault] = []
    since, until = _day(asked, "since", faults), _day(asked, "until", faults)
    if faults:
        raise Invalid.of(faults)
    return AuditSearch(
        actor=asked["actor"],
        action=asked["action"],
        subject=asked["subject"],
        bundle=asked["bundle"],
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
    )


def asked_in(given: Mapping[str, str]) -> dict[str, str]:
    """What a form or an address asks for, as text; empty where it asks for nothing."""
    return {name: readable(given.get(name, "")).strip() for name in FIELDS}


def _day(asked: Mapping[str, str], name: str, faults: list[Fault]) -> date | None:
    if not asked[name]:
        return None
    try:
        day = date.fromisoformat(asked[name])
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2200:
        faults.append(Fault(name, "unreadable", "日期要写成 2026-11-26 这样，请改一改。"))
        return None
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)

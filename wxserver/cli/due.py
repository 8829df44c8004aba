"""`flask due`: a due date and why, by the calendar in force and the city's choices."""

from __future__ import annotations

import json
import re
import sys
from datetime import date

import click

from bundles import clock
from bundles.explanation import DayLine, weekday_text
from bundles.working_days import Calendar, CalendarRangeError, load_calendar
from wxserver.cli.desk import desk


@click.command()
@click.argument("start", required=False)
@click.argument("limit", required=False)
@click.option("--suspend", "suspensions", multiple=True, metavar="FROM..TO", help="a pause; may be repeated")
@click.option("--days", is_flag=True, help="every day, counted or not and why, with the notice's number")
@click.option("--batch", is_flag=True, help="JSON lines in, JSON lines out")
@click.option("--region", help="GB/T 2260 code; default: the one of the bundles in force")
def due(
    start: str | None, limit: str | None, suspensions: tuple[str, ...], days: bool, batch: bool, region: str | None
) -> None:
    """Print a due date and why. LIMIT: 25wd, 7d (calendar days as a deadline), 96h."""
    calendar = _calendar(region)
    if batch:
        for number, line in enumerate(sys.stdin, 1):
            if line.strip():
                click.echo(json.dumps(_answer(line, number, calendar), ensure_ascii=False))
        return
    if start is None or limit is None:
        raise click.UsageError("START and LIMIT are needed, for example: flask due 2026-11-26 25wd")
    pauses = []
    for each in suspensions:
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", each)
        if found is None:
            raise click.UsageError(f"--suspend takes FROM..TO, not {each}")
        pauses.append((found[1], found[2]))
    try:
        result = _due(start, limit, pauses, calendar)
    except (ValueError, CalendarRangeError) as fault:
        raise click.ClickException(str(fault)) from None
    click.echo(f"{result.due_on}{'（暂定）' if result.provisional else ''}")
    for sentence in result.explained:
        click.echo(f"  {sentence}")
    if days:
        click.echo(f"  日历 {result.calendar_version}，暂停规则 {result.rule}")
        for day in result.day_by_day():
            click.echo(f"  {_line(day)}")


def _calendar(region: str | None) -> Calendar:
    """The calendar in force; before there is a database, the one that came with the product."""
    timing, catalogue = desk().timing, desk().catalogue
    if timing.in_force("") is None:
        return load_calendar()
    return timing.in_force(catalogue.region() if region is None else region) or load_calendar()


def _line(day: DayLine) -> str:
    count = "" if day.number is None else str(day.number)
    guessed = "推算" if day.provisional and day.reason else ""
    return f"{day.day} {weekday_text(day.day)} {count:>4} {day.mark} {day.reason}{guessed} {day.doc_no}".rstrip()


def _due(start: str, limit: str, pauses: list[tuple[str, str]], calendar: Calendar) -> clock.Due:
    dates = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in pauses]
    events = clock.events_of(date.fromisoformat(start), dates, word="受理")
    return desk().timing.due_under(clock.parse_limit(limit), events, calendar)


def _answer(line: str, number: int, calendar: Calendar) -> dict[str, object]:
    try:
        asked = json.loads(line)
        pauses = [(str(first), str(last)) for first, last in asked.get("suspensions", [])]
        result = _due(str(asked["start"]), str(asked["limit"]), pauses, calendar)
        due_on = result.due_on.isoformat() if result.due_on else None
        explained = list(result.explained)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, CalendarRangeError) as fault:
        return {"error": f"line {number}: {type(fault).__name__}: {fault}"}
    return {"due_on": due_on, "provisional": result.provisional, "explained": explained}

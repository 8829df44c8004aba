"""The flask commands. They call use cases, like everything else that asks."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import sys
import threading
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import cast

import click
from flask import Flask, current_app
from flask_migrate import upgrade

from bundles import clock, schema
from bundles.working_days import Calendar, CalendarRangeError, load_calendar
from wxserver.usecases.desk import UseCases


def _desk() -> UseCases:
    return cast("UseCases", current_app.extensions["usecases"])


def register_commands(app: Flask) -> None:
    """Add the commands to `flask --app wsgi`."""
    for command in (setup, due, reconcile, jobs, bundles):
        app.cli.add_command(command)


@click.command()
def setup() -> None:
    """Migrate the database; bring in bundles, calendar and consent texts. Safe to repeat."""
    upgrade()
    source = resources.files("bundles")
    calendar_text = (source / "calendars" / "cn.toml").read_text(encoding="utf-8")
    calendar = load_calendar(calendar_text)
    published = [day for day in calendar.exceptions() if not calendar.is_provisional(day.day)]
    if _desk().timing.import_calendar(
        published,
        published_through=calendar.published_through,
        source_hash=hashlib.sha256(calendar_text.encode()).hexdigest(),
        by="setup",
    ):
        click.echo(f"working-day calendar {calendar.version}, published through {calendar.published_through}")
    for file in sorted(each.name for each in (source / "definitions").iterdir() if each.name.endswith(".toml")):
        text = (source / "definitions" / file).read_text(encoding="utf-8")
        _import(text, file, origin="file", by="setup")
    texts = resources.files("wxserver") / "texts" / "consents.toml"
    added = _desk().consenting.publish(tomllib.loads(texts.read_text(encoding="utf-8"))["consent"])
    if added:
        click.echo(f"consent texts: {added} new")


def _import(text: str, name: str, *, origin: str, by: str) -> None:
    try:
        schema.load_toml(text)
        number = _desk().catalogue.import_document(tomllib.loads(text), origin=origin, by=by, comment=name)
    except schema.DefinitionFaults as faults:
        raise click.ClickException(f"{name} is not imported:\n{faults}") from None
    if number is not None:
        click.echo(f"{name}: version {number} is in force")


@click.group()
def bundles() -> None:
    """Bundle definitions as files."""


@bundles.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def lint(files: tuple[Path, ...]) -> None:
    """Check definition files; every fault with its path and line."""
    broken = False
    for file in files:
        try:
            schema.load_toml(file.read_text(encoding="utf-8"))
            click.echo(f"{file.name}: in order")
        except (schema.DefinitionFaults, UnicodeDecodeError) as faults:
            broken = True
            click.echo(f"{file.name}:\n{faults}", err=True)
    sys.exit(1 if broken else 0)


@bundles.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="who publishes it; stands in the audit log")
def import_file(file: Path, by: str) -> None:
    """Publish a definition file as the next version of its bundle."""
    _import(file.read_text(encoding="utf-8"), file.name, origin="command", by=by)


@bundles.command()
@click.argument("code")
def export(code: str) -> None:
    """The definition in force, in canonical form, as JSON."""
    found = _desk().catalogue.bundle(code)
    click.echo(json.dumps(schema.dump_bundle(found.bundle), ensure_ascii=False, indent=2))


@click.group()
def jobs() -> None:
    """Work that happens without anybody asking."""


@jobs.command()
def run() -> None:
    """Do the work in this process until SIGTERM (for `jobs.mode = "none"`)."""
    crew = current_app.extensions["jobs"]
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    crew.start(even_if="none")
    done.wait()
    crew.stop()


@jobs.command("list")
@click.option("--ended", type=click.Choice(["done", "refused", "exhausted"]), help="instead of what waits")
def list_work(ended: str | None) -> None:
    """Work that waits, or that ended in a state; one JSON line each."""
    for work in _desk().carrying.listed(ended):
        click.echo(json.dumps(work))


@jobs.command()
@click.argument("work_id")
def retry(work_id: str) -> None:
    """Give exhausted work another round of attempts."""
    if not _desk().carrying.again(work_id):
        raise click.ClickException("there is no exhausted work with this id")


@click.command()
def reconcile() -> None:
    """One line that must add up: received = completed + refused + withdrawn + waiting, stuck = 0."""
    line = _desk().casework.reconciliation()
    click.echo(" ".join(f"{name}={count}" for name, count in line.items()))
    sys.exit(1 if line["stuck"] else 0)


@click.command()
@click.argument("start", required=False)
@click.argument("limit", required=False)
@click.option("--suspend", "suspensions", multiple=True, metavar="FROM..TO", help="a pause; may be repeated")
@click.option("--batch", is_flag=True, help="JSON lines in, JSON lines out")
def due(start: str | None, limit: str | None, suspensions: tuple[str, ...], batch: bool) -> None:
    """Print a due date and why. LIMIT: 25wd, 7d (calendar days as a deadline), 96h."""
    calendar = load_calendar()
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


def _due(start: str, limit: str, pauses: list[tuple[str, str]], calendar: Calendar) -> clock.Due:
    dates = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in pauses]
    events = clock.events_of(date.fromisoformat(start), dates, word="受理")
    return clock.due(clock.parse_limit(limit), events, calendar)


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

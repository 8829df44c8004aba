"""`flask calendar`: working-day calendars brought in, approved by a second person, watched at the year's end."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bundles.calendar_notice import NoticeFaults, compare, read_notice
from wxserver.cli.desk import desk

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def calendar() -> None:
    """Working-day calendars."""


@calendar.command("import")
@click.argument("file", type=FILE)
@click.option("--by", required=True, help="who brings it in; stands in the audit log")
@click.option("--second", type=FILE, help="a second source to compare: the same shape, or holiday-cn's JSON of a year")
@click.option("--activate", is_flag=True, help="put it into force at once; needs --approved-by")
@click.option("--approved-by", help="who has checked it: somebody else")
def import_file(file: Path, by: str, second: Path | None, activate: bool, approved_by: str | None) -> None:
    """Check a calendar file, show what it changes, and keep it as the next version of its place."""
    if activate and not approved_by:
        raise click.UsageError("--activate needs --approved-by, a person other than --by")
    if approved_by is not None and approved_by.strip().casefold() == by.strip().casefold():
        raise click.UsageError("--approved-by is the same person as --by; somebody else must check it")
    try:
        notice = read_notice(file.read_text(encoding="utf-8"))
        if second is not None and (different := compare(notice, second.read_text(encoding="utf-8"))):
            raise NoticeFaults(different)
        proposal = desk().calendars.propose(notice, by)
    except (NoticeFaults, UnicodeDecodeError) as faults:
        raise click.ClickException(f"{file.name} is not imported:\n{faults}") from None
    if proposal.in_force:
        click.echo(f"{proposal.scope} version {proposal.number} holds the same days already")
        return
    for sentence in proposal.changes:
        click.echo(f"  {sentence}")
    if second is None:
        click.echo("no second source was compared (--second FILE)", err=True)
    if activate and approved_by:
        _approve(proposal.scope, proposal.number, approved_by)
    else:
        click.echo(
            f"{proposal.scope} version {proposal.number} waits for a second person: "
            f"flask --app wsgi calendar approve {proposal.scope} {proposal.number} --approved-by NAME"
        )


@calendar.command()
@click.argument("scope")
@click.argument("number", type=int)
@click.option("--approved-by", required=True, help="who has checked it: not the one who imported it")
def approve(scope: str, number: int, approved_by: str) -> None:
    """Put an imported version into force and compute the open cases again that it moves."""
    _approve(scope, number, approved_by)


def _approve(scope: str, number: int, by: str) -> None:
    try:
        moved = desk().calendars.approve(scope, number, by)
    except NoticeFaults as faults:
        raise click.ClickException(str(faults)) from None
    click.echo(f"{scope} version {number} is in force; due dates changed: {moved}")


@calendar.command("list")
def list_versions() -> None:
    """The newest versions: place, number, name, published through, by whom, approved by whom."""
    for row in desk().calendars.listed():
        state = f"in force since {row.activated_at:%Y-%m-%d}" if row.activated_at else "waits"
        who = f"{row.created_by}, {row.activated_by}" if row.activated_by else row.created_by
        click.echo(f"{row.scope} {row.number} {row.name} through {row.published_through} {state} ({who})")


@calendar.command()
def status() -> None:
    """How far the holidays are published. Exit 1 where the coming year is missing and late (from 10 December on)."""
    found = desk().calendars.status()
    if found is None:
        raise click.ClickException("there is no calendar, run `flask --app wsgi setup`")
    click.echo(f"published through {found.published_through}, today {found.today}: {found.state}")
    if found.state != "covered":
        click.echo("bring in the coming year's notice: flask --app wsgi calendar import FILE --by NAME", err=True)
    sys.exit(1 if found.state == "overdue" else 0)


@calendar.command()
def recompute() -> None:
    """Compute all open due dates again, after `[clock]` of the settings has changed."""
    click.echo(f"due dates changed: {desk().calendars.recompute(everything=True)}")

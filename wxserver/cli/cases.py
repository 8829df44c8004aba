"""`flask cases`: what waits for a clerk, and a clerk's decisions, where no browser is at hand."""

from __future__ import annotations

from collections.abc import Callable

import click

from wxserver.cli.desk import desk
from wxserver.usecases.deciding import LONGEST
from wxserver.usecases.faults import Problem

_BY = click.option("--by", required=True, help="who decides; stands in the history and the audit log")
_WAITS_FOR = {"review": "review", "staff": "staff carry it out"}


@click.group()
def cases() -> None:
    """Cases that wait for a clerk."""


@cases.command()
def waiting() -> None:
    """List them, the one due first on top; nothing personal."""
    for each in desk().deciding.awaiting():
        due = each.due_on.isoformat() if each.due_on else "-"
        click.echo(f"{each.number}  due {due}  {_WAITS_FOR[each.what]}  {each.item_name}")


@cases.command()
@click.argument("number")
@_BY
def accept(number: str, by: str) -> None:
    """Accept a case after review: its clock runs, its work begins."""
    _decide(lambda: desk().deciding.accept(number, by), f"{number} is accepted")


@cases.command()
@click.argument("number")
@_BY
@click.option("--text", required=True, help="the result, for the citizen, in Chinese")
def complete(number: str, by: str, text: str) -> None:
    """Complete a case that staff carry out."""
    _decide(lambda: desk().deciding.complete(number, by, _readable(text)), f"{number} is completed")


@cases.command()
@click.argument("number")
@_BY
@click.option("--reason", required=True, help="why, and what to do instead, for the citizen, in Chinese")
def refuse(number: str, by: str, reason: str) -> None:
    """Refuse a case that waits for a clerk."""
    _decide(lambda: desk().deciding.refuse(number, by, _readable(reason)), f"{number} is refused")


def _readable(text: str) -> str:
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise click.ClickException(f"the text is for the citizen: 1 to {LONGEST} characters on one line")
    return text.strip()


def _decide(act: Callable[[], None], done: str) -> None:
    try:
        act()
    except Problem as problem:
        raise click.ClickException(problem.detail) from None
    click.echo(done)

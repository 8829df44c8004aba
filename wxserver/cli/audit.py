"""`flask audit`: prove the audit log unbroken, and write it out."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import TextIO

import click

from bundles.working_days import SHANGHAI
from wxserver.cli.desk import desk
from wxserver.usecases.auditing import AuditSearch
from wxserver.usecases.faults import Problem


@click.group()
def audit() -> None:
    """The audit log: who did what."""


@audit.command()
@click.option("--head", default="", help="a head printed earlier and kept elsewhere; a log cut since no longer has it")
def verify(head: str) -> None:
    """Go through the chain of hashes; prints count and head to keep elsewhere. Exit 1 where it is broken."""
    found = desk().auditing.verify(head.strip().lower())
    click.echo(f"{found.count} rows fit  head {found.head}")
    if found.broken is not None:
        click.echo(f"broken at row {found.count + 1}: number {found.broken} {found.why}", err=True)
    elif not found.kept_found:
        click.echo("the head you kept is not in the log: rows were cut off, or it was written anew", err=True)
    sys.exit(0 if found.whole else 1)


@audit.command()
@click.option("--by", required=True, help="who exports; stands in the audit log")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="first day")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="last day")
@click.option("--output", "-o", type=click.File("w", encoding="utf-8", lazy=False), default="-", help="file to write")
def export(by: str, since: datetime | None, until: datetime | None, output: TextIO) -> None:
    """Write the log as CSV, the newest row first; itself audited."""
    first = since.replace(tzinfo=SHANGHAI) if since else None
    behind = until.replace(tzinfo=SHANGHAI) + timedelta(days=1) if until else None
    try:
        output.writelines(desk().auditing.export_all(by, AuditSearch(since=first, until=behind)))
    except Problem as problem:
        raise click.ClickException(problem.detail) from None

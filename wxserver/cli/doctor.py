"""`flask doctor`: whether WeChat and we understand each other, account by account."""

from __future__ import annotations

import sys

import click

from wxserver.cli.desk import desk


@click.command()
def doctor() -> None:
    """Ask WeChat, and ourselves as WeChat would, and say of each fault how to mend it. Exit 1 where there is one."""
    grades: list[str] = []
    for found in desk().doctoring.examine():
        grades.append(found.grade)
        where = f"{found.account} {found.about}".strip()
        click.echo(f"{found.grade:<8}{where}: {found.what}")
        if found.mend:
            click.echo(f"        -> {found.mend}")
    faults, warnings = grades.count("fault"), grades.count("warning")
    click.echo(f"{len(grades)} checks, {faults} faults, {warnings} warnings")
    sys.exit(1 if faults else 0)

"""`flask menu`: the menus of our WeChat accounts, as configured and as WeChat shows them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from wxserver.cli.desk import desk
from wxserver.usecases.menus import Menu, NotDone


@click.group()
def menu() -> None:
    """The menus of our WeChat accounts. ACCOUNT: its name in the configuration; default: the first with a menu."""


@menu.command()
@click.argument("account", default="")
def show(account: str) -> None:
    """Print the menu that is configured, and the one that is live."""
    with _saying():
        shown = desk().menus.show(account or desk().menus.default())
    click.echo(f"{shown.account}, configured:\n{_text(shown.configured)}")
    click.echo("live: none" if shown.live is None else f"live:\n{_text(shown.live)}")


@menu.command()
@click.argument("account", default="")
def diff(account: str) -> None:
    """What a push would change, a line for each button. Exit 1 where it would change anything."""
    with _saying():
        lines = desk().menus.diff(account or desk().menus.default())
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("WeChat shows what is configured")
    sys.exit(1 if lines else 0)


@menu.command()
@click.argument("account", default="")
def push(account: str) -> None:
    """Put the configured menu in place of the live one, and see that it is. Phones show it within five minutes."""
    with _saying():
        account = account or desk().menus.default()
        count = desk().menus.push(account)
    click.echo(f"{account}: {count} buttons are live")


@contextmanager
def _saying() -> Iterator[None]:
    try:
        yield
    except NotDone as why:
        raise click.ClickException(str(why)) from None


def _text(found: Menu) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2)

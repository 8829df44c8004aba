"""`flask qr`: QR codes for windows and posters."""

from __future__ import annotations

import click

from wxserver.cli.desk import desk
from wxserver.usecases.menus import NotDone


@click.command()
@click.argument("account")
@click.argument("scene")
def qr(account: str, scene: str) -> None:
    """Print what a lasting QR code holds that leads to the item of SCENE ([wechat.accounts.ACCOUNT.scenes]).

    Draw it with any program, for example: segno ADDRESS -o window.svg
    """
    try:
        click.echo(desk().qr_codes.address(account, scene))
    except NotDone as why:
        raise click.ClickException(str(why)) from None

"""The flask commands. They call use cases, like everything else that asks."""

from __future__ import annotations

import tomllib
from importlib import resources

import click
from flask import Flask, current_app
from flask_migrate import upgrade

from bundles.working_days import load_calendar
from wxserver.cli.audit import audit
from wxserver.cli.bundles import bundles, import_text
from wxserver.cli.calendar import calendar
from wxserver.cli.cases import cases
from wxserver.cli.desk import desk
from wxserver.cli.doctor import doctor
from wxserver.cli.due import due
from wxserver.cli.jobs import jobs, reconcile
from wxserver.cli.menu import menu
from wxserver.cli.qr import qr
from wxserver.cli.staff import say_demo, staff

__all__ = ["register_commands"]


def register_commands(app: Flask) -> None:
    """Add the commands to `flask --app wsgi`."""
    for command in (setup, due, reconcile, jobs, cases, bundles, calendar, audit, staff, doctor, menu, qr):
        app.cli.add_command(command)


@click.command()
@click.option("--demo", is_flag=True, help="in the sandbox, also make accounts of staff for trying out, and print them")
def setup(demo: bool) -> None:
    """Migrate the database; bring in bundles (those of `service.bundles`, or all), calendar and consent texts. Safe to
    repeat."""
    upgrade()
    source = resources.files("bundles")
    own = load_calendar((source / "calendars" / "cn.toml").read_text(encoding="utf-8"))
    published = [day for day in own.exceptions() if not own.is_provisional(day.day)]
    if desk().calendars.bring_in(own.version, published, own.published_through):
        click.echo(f"working-day calendar {own.version}, published through {own.published_through}")
    wanted = current_app.extensions["service"].bundles
    for file in sorted(each.name for each in (source / "definitions").iterdir() if each.name.endswith(".toml")):
        if wanted and tomllib.loads((source / "definitions" / file).read_text(encoding="utf-8"))["code"] not in wanted:
            continue
        import_text((source / "definitions" / file).read_text(encoding="utf-8"), file, origin="file", by="setup")
    texts = resources.files("wxserver") / "texts" / "consents.toml"
    added = desk().consenting.publish(tomllib.loads(texts.read_text(encoding="utf-8"))["consent"])
    if added:
        click.echo(f"consent texts: {added} new")
    if demo:
        say_demo()

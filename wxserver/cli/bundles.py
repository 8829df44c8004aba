"""`flask bundles`: definitions as files."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import click

from bundles import schema
from wxserver.cli.desk import desk
from wxserver.usecases.catalogue import rehearsing


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
            if faults := rehearsing(schema.load_toml(file.read_text(encoding="utf-8"))):
                raise schema.DefinitionFaults(faults)
            click.echo(f"{file.name}: in order")
        except (schema.DefinitionFaults, UnicodeDecodeError) as fault:
            broken = True
            click.echo(f"{file.name}:\n{fault}", err=True)
    sys.exit(1 if broken else 0)


@bundles.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="who publishes it; stands in the audit log")
def import_file(file: Path, by: str) -> None:
    """Publish a definition file as the next version of its bundle."""
    import_text(file.read_text(encoding="utf-8"), file.name, origin="command", by=by)


@bundles.command()
@click.argument("code")
def export(code: str) -> None:
    """The definition in force, in canonical form, as JSON."""
    found = desk().catalogue.bundle(code)
    click.echo(json.dumps(schema.dump_bundle(found.bundle), ensure_ascii=False, indent=2))


def import_text(text: str, name: str, *, origin: str, by: str) -> None:
    """Publish a definition; ends the command with every fault where there are some."""
    try:
        schema.load_toml(text)
        number = desk().catalogue.import_document(tomllib.loads(text), origin=origin, by=by, comment=name)
    except schema.DefinitionFaults as faults:
        raise click.ClickException(f"{name} is not imported:\n{faults}") from None
    if number is not None:
        click.echo(f"{name}: version {number} is in force")

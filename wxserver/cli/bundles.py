"""`flask bundles`: definitions as files, and their versions."""

from __future__ import annotations

import functools
import json
import sys
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import ParamSpec

import click

from bundles import difference, linting, schema, toml_writer
from bundles.definition import Bundle
from bundles.working_days import SHANGHAI
from wxserver.cli.desk import desk
from wxserver.usecases.faults import Problem
from wxserver.usecases.publishing import Change, rehearsing

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
BY = click.option("--by", required=True, help="who does it; stands in the audit log")

_P = ParamSpec("_P")


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without an offset it is China's time."""

    name = "TIME"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment, aware."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment like 2026-12-01T08:00 or 2026-12-01T08:00+08:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


AT = click.option("--at", type=Moment(), help="from when it holds; without it at once")
UNTIL = click.option("--drafts-until", type=Moment(), help="when drafts begun under older versions move to it")


def saying_no(command: Callable[_P, None]) -> Callable[_P, None]:
    """End a command with a sentence, not with a trace, where a use case says no."""

    @functools.wraps(command)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Problem as problem:
            said = "\n".join(f"{fault.path}: {fault.message}" for fault in problem.faults)
            raise click.ClickException(said or problem.detail) from None
        except (schema.DefinitionFaults, UnicodeDecodeError) as faults:
            raise click.ClickException(str(faults)) from None

    return run


@click.group()
def bundles() -> None:
    """Bundle definitions as files, and their versions."""


@bundles.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
def lint(files: tuple[Path, ...]) -> None:
    """Check definition files: every fault with its path and line, and what would be good to mend."""
    broken = False
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
            bundle = schema.load_toml(text)
            if faults := rehearsing(bundle):
                raise schema.DefinitionFaults(faults)
        except (schema.DefinitionFaults, UnicodeDecodeError) as fault:
            broken = True
            click.echo(f"{file.name}:\n{fault}", err=True)
            continue
        warnings = schema.located(text, linting.warnings_of(bundle))
        click.echo(f"{file.name}: in order" + (f", {len(warnings)} to look at:" if warnings else ""))
        for warning in warnings:
            click.echo(f"  {warning}")
    sys.exit(1 if broken else 0)


@bundles.command("import")
@click.argument("file", type=FILE)
@BY
@click.option("--draft", is_flag=True, help="keep it as a draft, to be published later")
@AT
@UNTIL
@click.option("--comment", default="", help="why; the file's name unless given")
def import_file(
    file: Path, by: str, draft: bool, at: datetime | None, drafts_until: datetime | None, comment: str
) -> None:
    """Bring in a definition file as the next version of its bundle; it holds at once unless told otherwise."""
    if draft and (at or drafts_until):
        raise click.UsageError("a draft has no moments; `bundles publish` gives them")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise click.ClickException(f"{file.name} is not imported: {fault}") from None
    import_text(
        text,
        file.name,
        origin="command",
        by=by,
        comment=comment,
        draft=draft,
        at=at,
        drafts_until=drafts_until,
    )


@bundles.command()
@click.argument("code")
@click.option("--version", "number", type=int, help="which version; the one in force unless given")
@click.option("--format", "form", type=click.Choice(["toml", "json"]), default="toml", show_default=True)
@saying_no
def export(code: str, number: int | None, form: str) -> None:
    """A definition in canonical form; imported again it is the same."""
    document = schema.dump_bundle(desk().publishing.bundle(code, number))
    if form == "json":
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        click.echo(toml_writer.written(document), nl=False)


@bundles.command()
@click.argument("code")
@click.argument("number", type=int)
@BY
@AT
@UNTIL
@saying_no
def publish(code: str, number: int, by: str, at: datetime | None, drafts_until: datetime | None) -> None:
    """Publish a draft version, at once or from a moment on."""
    _tell(desk().publishing.publish(code, number, by=by, at=at, drafts_until=drafts_until))


@bundles.command()
@click.argument("code")
@click.option("--to", "number", type=int, required=True, help="the version whose content is to hold again")
@BY
@click.option("--comment", default="", help="why")
@saying_no
def rollback(code: str, number: int, by: str, comment: str) -> None:
    """Publish the content of an earlier version as a new one, at once."""
    _tell(desk().publishing.rollback(code, number, by=by, comment=comment))


@bundles.command()
@click.argument("code")
@click.option("--version", "number", type=int, help="only this version; all of the bundle unless given")
@BY
@click.option("--comment", default="", help="why")
@saying_no
def retire(code: str, number: int | None, by: str, comment: str) -> None:
    """Let published versions hold no longer. Without any the bundle is not on offer; cases go on."""
    retired = desk().publishing.retire(code, by=by, number=number, comment=comment)
    click.echo(f"{code}: retired {', '.join(f'version {each}' for each in retired)}")


@bundles.command()
@click.argument("code")
@saying_no
def versions(code: str) -> None:
    """All versions: number, state, from when, until when drafts may stay, who and why."""
    for each in desk().publishing.versions(code):
        told = [f"{each.number} {each.state}"]
        told += [f"from {_moment(each.effective_at)}"] if each.effective_at else []
        told += [f"drafts until {_moment(each.drafts_until)}"] if each.drafts_until else []
        told += [f"retired {_moment(each.retired_at)}"] if each.retired_at else []
        who = each.published_by or each.created_by
        click.echo(f"{', '.join(told)} ({who}: {each.comment})")


@bundles.command()
@click.argument("code")
@click.argument("old", type=int)
@click.argument("new")
@saying_no
def diff(code: str, old: int, new: str) -> None:
    """What changes from version OLD to NEW, another version or a file, in sentences."""
    changes = difference.difference(desk().publishing.bundle(code, old), _other(code, new))
    for sentence in changes or ["没有变化。"]:
        click.echo(sentence)


def import_text(
    text: str,
    name: str,
    *,
    origin: str,
    by: str,
    comment: str = "",
    draft: bool = False,
    at: datetime | None = None,
    drafts_until: datetime | None = None,
) -> None:
    """Bring in a definition; ends the command with every fault where there are some."""
    try:
        schema.load_toml(text)
        change = desk().publishing.import_document(
            tomllib.loads(text),
            origin=origin,
            by=by,
            comment=comment or name,
            draft=draft,
            at=at,
            drafts_until=drafts_until,
        )
    except schema.DefinitionFaults as faults:
        raise click.ClickException(f"{name} is not imported:\n{faults}") from None
    except Problem as problem:
        said = "\n".join(f"{fault.path}: {fault.message}" for fault in problem.faults)
        raise click.ClickException(f"{name} is not imported:\n{said or problem.detail}") from None
    if change is not None:
        click.echo(f"{name}: {_state(change)}")
        _warn(change)
    elif origin != "file":
        click.echo(f"{name}: there is nothing new in it")


def _other(code: str, new: str) -> Bundle:
    if new.isdecimal():
        return desk().publishing.bundle(code, int(new))
    if not Path(new).is_file():
        raise click.UsageError(f"{new!r} is neither the number of a version nor a file")
    return schema.load_toml(Path(new).read_text(encoding="utf-8"))


def _tell(change: Change) -> None:
    click.echo(f"{change.bundle}: {_state(change)}")
    _warn(change)


def _warn(change: Change) -> None:
    for warning in change.warnings:
        click.echo(f"warning: {warning}", err=True)


def _state(change: Change) -> str:
    if change.effective_at is None:
        return f"version {change.number} is a draft"
    if change.effective_at > desk().publishing.clock.now():
        return f"version {change.number} holds from {_moment(change.effective_at)}"
    return f"version {change.number} is in force"


def _moment(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")

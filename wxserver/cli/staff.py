"""`flask staff`: the first administrator, and what helps when nobody can sign in."""

from __future__ import annotations

import click

from wxserver.cli.desk import desk
from wxserver.usecases.faults import Problem
from wxserver.usecases.rights import ROLES
from wxserver.usecases.staff_accounts import Scope

USERNAME = click.argument("username")


@click.group()
def staff() -> None:
    """Accounts of the staff desk under /admin."""


@staff.command()
@USERNAME
@click.option("--name", required=True, help="the person's name, as colleagues see it")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(list(ROLES)))
@click.option("--region", "regions", multiple=True, help="GB/T 2260 code; several times; left out: everywhere")
@click.option("--bundle", "bundles", multiple=True, help="code; several times; left out: all bundles")
def add(username: str, name: str, roles: tuple[str, ...], regions: tuple[str, ...], bundles: tuple[str, ...]) -> None:
    """Add an account and print its first password, once. Who signs in with it sets a password and second factor."""
    try:
        password = desk().staff_accounts.add(None, username, Scope(name, roles, regions, bundles))
    except Problem as problem:
        raise _told(problem) from None
    _print_password(username.strip().casefold(), password)


@staff.command("list")
def list_accounts() -> None:
    """All accounts: name, roles, limits, state."""
    for each in desk().staff_accounts.listed(None):
        state = "disabled" if each.disabled_at else "waits for its first sign-in" if each.waits else "in use"
        scope = each.scope
        limits = [f"{word} {','.join(some)}" for word, some in (("in", scope.regions), ("for", scope.bundles)) if some]
        click.echo("  ".join([each.username, ",".join(scope.roles), *limits, state]))


@staff.command()
@USERNAME
def reset(username: str) -> None:
    """Print a new first password, once; the second factor is set up anew, and all sessions end."""
    try:
        password = desk().staff_accounts.reset(None, username)
    except Problem as problem:
        raise _told(problem) from None
    _print_password(username, password)


@staff.command()
@USERNAME
def disable(username: str) -> None:
    """Let nobody in with this account any more; its sessions end."""
    try:
        desk().staff_accounts.disable(None, username)
    except Problem as problem:
        raise _told(problem) from None
    click.echo(f"{username} is disabled")


@staff.command()
@USERNAME
def enable(username: str) -> None:
    """Let a disabled account in again."""
    try:
        desk().staff_accounts.enable(None, username)
    except Problem as problem:
        raise _told(problem) from None
    click.echo(f"{username} is in use")


def say_demo() -> None:
    """Make the accounts for trying out, in the sandbox only, and say how to sign in with them."""
    made = desk().demo_staff.make()
    if made:
        click.echo(f"  演示账号  Staff accounts for /admin  {', '.join(made.values())}")
        click.echo(f"  密码      Password  {desk().demo_staff.password()}")
        click.echo("  动态码    The dynamic code stands on the sign-in page")


def _print_password(username: str, password: str) -> None:
    click.echo(f"{username}: first password {password}")
    click.echo("It is not shown again. Sign in at /admin with it and without a code.")


def _told(problem: Problem) -> click.ClickException:
    sentences = [f"{fault.path}: {fault.message}" for fault in problem.faults] or [problem.detail]
    return click.ClickException("\n".join(sentences))

"""`flask jobs` and `flask reconcile`: what happens without anybody asking."""

from __future__ import annotations

import json
import signal
import sys
import threading

import click
from flask import current_app

from wxserver.cli.desk import desk


@click.group()
def jobs() -> None:
    """Work that happens without anybody asking."""


@jobs.command()
def run() -> None:
    """Do the work in this process until SIGTERM (for `jobs.mode = "none"`)."""
    crew = current_app.extensions["jobs"]
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    crew.start(even_if="none")
    done.wait()
    crew.stop()


@jobs.command("list")
@click.option("--ended", type=click.Choice(["done", "refused", "exhausted"]), help="instead of what waits")
def list_work(ended: str | None) -> None:
    """Work that waits, or that ended in a state; one JSON line each."""
    for work in desk().working.listed(ended):
        click.echo(json.dumps(work))


@jobs.command()
@click.argument("work_id")
def retry(work_id: str) -> None:
    """Give exhausted work another round of attempts."""
    if not desk().working.again(work_id):
        raise click.ClickException("there is no exhausted work with this id")


@click.command()
def reconcile() -> None:
    """One line that must add up: received = completed + refused + withdrawn + waiting, stuck = 0."""
    line = desk().casework.reconciliation()
    click.echo(" ".join(f"{name}={count}" for name, count in line.items()))
    sys.exit(1 if line["stuck"] else 0)

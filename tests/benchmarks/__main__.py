"""`python -m tests.benchmarks`: all groups, or with `--only push,submit` some; `--rotations`, `--seconds` per slice."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks import dates, editors, forms, pushes, reads, submits
from tests.benchmarks.rotation import Group
from tests.benchmarks.stand import Stand, stand
from tests.database import postgres_url

ABOUT = """\
Ratios of one run: median and quartiles over {rotations} rotations of slices of {seconds:g} s or less, warmed up.
{machine}. Load: 8 keep-alive connections on loopback; ours and peers in gunicorn with the same
settings (gthread, 1 process). "CPU µs" is what the server's own processes used for one call (not the database's).
SQLite writes through to the disk at every commit, ours and the peer's alike; the embedded PostgreSQL does not.
"""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. `most`: requests of one slice at most, whatever its seconds allow."""

    rotations: int = 8
    seconds: float = 0.8
    most: int = 2500
    submits: int = 800
    calls: int = 1000
    cases: int = 100_000
    times: int = 3
    people: int = 8


def run(up: Stand, scale: Scale, only: frozenset[str], tell: Callable[[str], None]) -> None:
    """Measure the groups and tell each as soon as it is done."""
    groups: Mapping[str, Callable[[], Group]] = {
        "codec": lambda: pushes.codec(up, scale.calls),
        "push": lambda: pushes.push(up, scale.most),
        "submit": lambda: submits.apply(up, scale.submits),
        "change": lambda: submits.change(up, scale.submits, scale.people),
        "reads": lambda: reads.reads(up, scale.most, scale.people),
        "door": lambda: reads.door(up, scale.most, scale.people),
        "forms": lambda: forms.forms(up.places[0].app, scale.calls // 5),
        "editor": lambda: editors.editors(up.places[0].app, max(scale.calls // 50, 2), 500 if scale.calls > 5 else 5),
        "due": lambda: dates.due(scale.calls * 20),
    }
    for name, prepare in groups.items():
        if only and name not in only:
            continue
        group = prepare()
        group.rotate(scale.rotations, warm=scale.rotations > 1)
        if name == "door":
            reads.door_notes(group)
        tell(group.table() + "\n")
    if not only or "recompute" in only:
        tell(dates.recompute(up, scale.cases, scale.times).table() + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="codec, push, submit, change, reads, door, forms, due, recompute")
    parser.add_argument("--rotations", type=int, default=Scale().rotations)
    parser.add_argument("--seconds", type=float, default=Scale().seconds)
    given = parser.parse_args()
    scale = replace(Scale(), rotations=given.rotations, seconds=given.seconds)
    begun = time.monotonic()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(ABOUT.format(rotations=scale.rotations, seconds=scale.seconds, machine=machine), flush=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        postgres_url() as postgres,
        stand(Path(directory), postgres=postgres, seconds=scale.seconds) as up,
    ):
        only = frozenset(filter(None, given.only.split(",")))
        run(up, scale, only, lambda text: print(text, flush=True))
    print(f"{time.monotonic() - begun:.0f} s in all")


if __name__ == "__main__":
    main()

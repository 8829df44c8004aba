"""Rotations over contestants, and what came of them as a table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sample:
    """One slice of one contestant: how often per second, and the CPU that it cost its process each time (seconds)."""

    rate: float
    cpu: float | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """What is asked of a contestant. `of`: the ratio to the base (more is better), or CPU time for each (less is)."""

    at_least: float
    aim: float
    of: Literal["ratio", "microseconds"] = "ratio"

    def verdict(self, value: float) -> str:
        good = value >= self.aim if self.of == "ratio" else value <= self.aim
        enough = value >= self.at_least if self.of == "ratio" else value <= self.at_least
        return "aim met" if good else "least met" if enough else "MISSED"

    def __str__(self) -> str:
        wanted, unit = ("≥", "×") if self.of == "ratio" else ("≤", "µs")
        return f"{wanted} {self.at_least:g} {unit}, aim {self.aim:g} {unit}"


@dataclass(frozen=True, slots=True)
class Contestant:
    """`run` takes one slice. `base`: the name of the contestant of the same group that the ratio is formed with."""

    name: str
    run: Callable[[], Sample]
    base: str | None = None
    aim: Aim | None = None


@dataclass(slots=True)
class Group:
    """Contestants that are measured side by side. `notes` are printed below the table."""

    title: str
    contestants: Sequence[Contestant]
    notes: list[str] = field(default_factory=list)
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def rotate(self, rotations: int, warm: bool = True) -> None:
        """Take `rotations` slices of each, every time beginning with another one; before them one that warms up."""
        self.samples = {each.name: [] for each in self.contestants}
        if warm:
            for each in self.contestants:
                each.run()
        for number in range(rotations):
            first = number % len(self.contestants)
            for each in (*self.contestants[first:], *self.contestants[:first]):
                self.samples[each.name].append(each.run())

    def ratios(self, name: str, base: str) -> list[float]:
        """One ratio per rotation."""
        return [one.rate / other.rate for one, other in zip(self.samples[name], self.samples[base], strict=True)]

    def added_cpu(self, name: str, base: str) -> str:
        """Median and quartiles of the CPU that one costs more than another, in microseconds."""
        pairs = zip(self.samples[name], self.samples[base], strict=True)
        added = [1e6 * (one.cpu - other.cpu) for one, other in pairs if one.cpu is not None and other.cpu is not None]
        if not added:
            return "unknown on this machine"
        middle, low, high = spread(added)
        return f"{middle:.0f} µs [{low:.0f}–{high:.0f}]"

    def table(self) -> str:
        """The group as text: rate, microseconds per call, CPU of the server, ratio, quartiles, what is asked of it."""
        head = ("", "per s", "µs each", "CPU µs", "ratio", "quartiles", "asked", "")
        rows = [head, *(self._row(each) for each in self.contestants)] if self.contestants else []
        return "\n".join([self.title, *aligned(rows), *(f"  {note}" for note in self.notes)])

    def _row(self, each: Contestant) -> tuple[str, ...]:
        samples = self.samples[each.name]
        rate = statistics.median(sample.rate for sample in samples)
        cpus = [sample.cpu for sample in samples if sample.cpu is not None]
        micros = 1e6 * statistics.median(cpus) if cpus else None
        ratio = between = verdict = ""
        value = 0.0
        if each.base is not None:
            value, low, high = spread(self.ratios(each.name, each.base))
            ratio, between = amount(value), f"{amount(low)}–{amount(high)}"
        if each.aim is not None:
            measured = value if each.aim.of == "ratio" else micros
            verdict = each.aim.verdict(measured) if measured is not None else ""
        cpu = "–" if micros is None else amount(micros)
        return each.name, amount(rate), amount(1e6 / rate), cpu, ratio, between, str(each.aim or ""), verdict


def amount(value: float) -> str:
    """Three figures that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, lower and upper quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, low, high


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns: the first and the last two to the left, figures to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    left = {0, len(widths) - 2, len(widths) - 1}
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]

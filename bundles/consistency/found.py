"""How faults are told, and the one that every list of coded parts may have."""

from collections.abc import Iterable, Iterator, Mapping

from bundles.toml_lines import Path

Found = Iterator[tuple[Path, str]]
"""Where a fault is, and what to mend."""


def twice(path: Path, codes: Iterable[str]) -> Found:
    """A fault for every code that stands in a list again."""
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code in seen:
            yield (*path, index), f"“{code}”写了两次，请改掉一个。"
        seen.add(code)


def too_many(path: Path, part: object, limits: Mapping[str, int]) -> Found:
    """A fault for every list of a part that is longer than anybody could work with."""
    for name, most in limits.items():
        found = len(getattr(part, name))
        if found > most:
            yield (*path, name), f"最多 {most} 个，现在有 {found} 个，请拆成几件事。"

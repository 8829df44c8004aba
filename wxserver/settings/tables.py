"""A parsed TOML document, table by table: every value typed, every fault with its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import cast

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


def expand(value: object, environment: Mapping[str, str], faults: list[str], path: str) -> object:
    if isinstance(value, str):

        def replace(match: re.Match[str]) -> str:
            found = environment.get(match[1]) or match[2]
            if found is None:
                faults.append(f"{path}: the environment variable {match[1]} is not set")
                return match[0]
            return found

        return _VARIABLE.sub(replace, value)
    if isinstance(value, dict):
        return {key: expand(item, environment, faults, f"{path}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item, environment, faults, f"{path}[{index}]") for index, item in enumerate(value)]
    return value


class Table:
    """A TOML table that remembers which keys were asked for."""

    def __init__(self, values: Mapping[str, object], path: str, faults: list[str]) -> None:
        self.values, self.path, self.faults = values, path, faults
        self.asked: set[str] = set()
        self.tables: list[Table] = []

    def fault(self, key: str, sentence: str) -> None:
        self.faults.append(f"{self.path}{key}: {sentence}")

    def _get(self, key: str, kind: type, default: object) -> object:
        self.asked.add(key)
        value = self.values.get(key, default)
        if value is None:
            self.fault(key, "is missing")
        elif not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            self.fault(key, f"must be a {kind.__name__}")
        else:
            return value
        return kind()

    def text(
        self,
        key: str,
        default: str | None = None,
        check: Callable[[str], str | None] | None = None,
        empty: bool = False,
    ) -> str:
        value = cast("str", self._get(key, str, default))
        if not value and not empty and self.values.get(key) == "":
            self.fault(key, "must not be empty")
        elif value and check is not None and (fault := check(value)):
            self.fault(key, fault)
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        return self.text(key, default, lambda v: None if v in allowed else "must be one of " + ", ".join(allowed))

    def flag(self, key: str, default: bool) -> bool:
        return cast("bool", self._get(key, bool, default))

    def whole(self, key: str, default: int, least: int) -> int:
        value = cast("int", self._get(key, int, default))
        if value < least:
            self.fault(key, f"must be at least {least}")
        return value

    def seconds(self, key: str, default: float) -> float:
        self.asked.add(key)
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            self.fault(key, "must be a positive number of seconds")
            return default
        return float(value)

    def table(self, key: str, required: bool = True) -> Table:
        self.asked.add(key)
        value = self.values.get(key, None if required else {})
        if value is None:
            self.fault(key, "this table is missing")
            value = {}
        elif not isinstance(value, dict):
            self.fault(key, "must be a table")
            value = {}
        child = Table(value, f"{self.path}{key}.", self.faults)
        self.tables.append(child)
        return child

    def rows(self, key: str) -> list[Table]:
        """A list of tables, ``[[key]]``, that may be left out."""
        self.asked.add(key)
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.fault(key, f"must be a list of tables, each under [[{self.path}{key}]]")
            return []
        found = [Table(row, f"{self.path}{key}[{index}].", self.faults) for index, row in enumerate(value)]
        self.tables.extend(found)
        return found

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts that may be left out."""
        self.asked.add(key)
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            self.fault(key, "must be a list of texts")
            return ()
        return tuple(str(each) for each in value)

    def names(self) -> list[str]:
        return list(self.values)

    def secrets(self, key: str) -> tuple[str, ...]:
        """One webhook secret, or a list of them while keys rotate; the first one signs."""
        self.asked.add(key)
        value = self.values.get(key)
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found or not all(isinstance(s, str) for s in found):
            self.fault(key, "must be a secret (whsec_ and base64), or a list of them")
            return ()
        if not all(s.startswith("whsec_") for s in found):
            self.fault(key, "a secret begins with whsec_")
        return tuple(found)

    def refuse_unknown(self) -> None:
        for key in self.values:
            if key not in self.asked:
                self.fault(key, "is not a known key")
        for child in self.tables:
            if child.values:
                child.refuse_unknown()

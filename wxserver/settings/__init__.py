"""Settings: one frozen object, read from a TOML file.

A key that is missing, misspelt, of the wrong type or unsafe keeps the server from starting; all faults are named at
once, each with its path. String values may hold ``${NAME:-default}``, read from the environment.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from wxserver.settings.reading import read
from wxserver.settings.safety import check_safety
from wxserver.settings.tables import Table, expand
from wxserver.settings.values import Account, MessageTemplate, Outlet, Photos, Provider, Service, Settings

__all__ = [
    "Account",
    "MessageTemplate",
    "Outlet",
    "Photos",
    "Provider",
    "Service",
    "Settings",
    "SettingsFault",
    "load",
    "parse",
]


class SettingsFault(Exception):
    """The configuration can't be used. ``faults``: one sentence per fault, each beginning with its path."""

    def __init__(self, source: str, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(f"{source}: " + "; ".join(faults))


def load(path: str | os.PathLike[str], environment: Mapping[str, str] | None = None) -> Settings:
    """Read ``path``; raises SettingsFault with every fault, also for a file that is absent or no TOML."""
    source = Path(path)
    try:
        document = tomllib.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsFault(str(source), ["the file does not exist; copy config.example.toml"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsFault(str(source), [f"not readable as TOML: {error}"]) from None
    return parse(document, str(source), os.environ if environment is None else environment)


def parse(document: Mapping[str, object], source: str, environment: Mapping[str, str]) -> Settings:
    """Build Settings from a parsed TOML document; raises SettingsFault with every fault."""
    faults: list[str] = []
    root = Table(cast("Mapping[str, object]", expand(document, environment, faults, "")), "", faults)
    settings = read(root)
    root.refuse_unknown()
    if not faults:
        check_safety(settings, faults)
    if faults:
        raise SettingsFault(source, faults)
    return settings

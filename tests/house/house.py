"""Reads the source tree and lists where it breaks a house rule. Nothing is imported or run, only parsed."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house.rooms import (
    COUNTED_SUFFIXES,
    FORBIDDEN_ROOM_NAMES,
    LOADS_ITS_OWN_MODULES,
    LONGEST_FILE,
    PACKAGES,
    PRINTS,
    READS_THE_CLOCK,
    permissions,
    room_of,
    within,
)

_CLOCKS = frozenset(
    {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "func.now"}
)
_CLOCK_NAMES = {"time": {"time", "time_ns"}}
_RUNS_TEXT = frozenset({"builtins.eval", "builtins.exec", "compile", "eval", "exec"})
_LOADS_BY_NAME = frozenset({"__import__", "import_module", "importlib.import_module"})
_EVAL = re.compile(r"\beval\s*\(|\bnew\s+Function\s*\(")


@dataclass(frozen=True)
class Module:
    """One Python file of ours: its dotted name, path, whether it is a package's root, and its tree."""

    name: str
    path: Path
    is_root: bool
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name if self.is_root else self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Import:
    """One imported thing: the module it comes from and, for `from … import`, the name."""

    module: str
    name: str | None
    line: int

    @property
    def target(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True)
class House:
    """The parsed source under one root directory."""

    root: Path
    modules: dict[str, Module]

    @classmethod
    def read(cls, root: Path) -> House:
        """Parse every Python file of our packages under `root`."""
        modules: dict[str, Module] = {}
        for package in PACKAGES:
            for path in sorted((root / package).rglob("*.py")):
                parts = path.relative_to(root).with_suffix("").parts
                is_root = parts[-1] == "__init__"
                name = ".".join(parts[:-1] if is_root else parts)
                modules[name] = Module(name, path, is_root, ast.parse(path.read_text("utf-8"), str(path)))
        return cls(root, modules)

    def where(self, module: Module, line: int) -> str:
        """File and line as shown in a fault, relative to the root."""
        return f"{module.path.relative_to(self.root)}:{line}"


def imports(module: Module) -> Iterator[Import]:
    """Every import in the file, wherever it stands: in functions and under TYPE_CHECKING too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.package.split(".")
                parent = ".".join(parts[: len(parts) - node.level + 1])
                base = f"{parent}.{base}" if base else parent
            for alias in node.names:
                yield Import(base, alias.name, node.lineno)


def modules_without_a_room(house: House) -> list[str]:
    return [
        f"{house.where(m, 1)}: {m.name} belongs to no room" for m in house.modules.values() if room_of(m.name) is None
    ]


def imports_not_allowed(house: House) -> list[str]:
    """Imports that the importing room's allow-list does not name."""
    faults = []
    for module in house.modules.values():
        room = room_of(module.name)
        if room is None:
            continue
        faults += [
            f"{house.where(module, found.line)}: {room} may not import {found.target}"
            for found in imports(module)
            if not _may_import(house, room, found)
        ]
    return faults


def _may_import(house: House, room: str, found: Import) -> bool:
    allowed = permissions(room)
    top = found.module.split(".")[0]
    if top in PACKAGES:
        # `from package import module` names the module, `from module import name` names the module before it.
        target = found.target if found.target in house.modules else found.module
        own_room = room_of(target)
        return own_room == room or any(within(target, prefix) for prefix in allowed.ours)
    if any(within(found.module, prefix) for prefix in allowed.others):
        return True
    if top not in sys.stdlib_module_names:
        return False
    return not any(within(found.module, name) or within(found.target, name) for name in allowed.not_stdlib)


def imports_past_a_front_door(house: House) -> list[str]:
    """Names taken from a package's root that are neither its modules nor in its `__all__`, and roots that import."""
    faults = []
    for module in house.modules.values():
        for found in imports(module):
            package = house.modules.get(found.module)
            if package is None or not package.is_root or (found.name and found.target in house.modules):
                continue
            if module.name == package.name:
                continue
            if found.name not in _front_door(package):
                wanted = found.name or "itself"
                faults.append(
                    f"{house.where(module, found.line)}: {wanted} is taken from the root of {found.module}, "
                    "which is no front door: import it from the module that defines it"
                )
        if module.is_root and module.name in PACKAGES:
            faults += [
                f"{house.where(module, found.line)}: the root of {module.name} imports {found.target}, "
                "so everything under it would"
                for found in imports(module)
                if found.module != "__future__"
            ]
    return faults


def _front_door(package: Module) -> set[str]:
    """What a package's root offers: its `__all__`, or else what it defines and what it re-exports as `x as x`."""
    offered: set[str] = set()
    for node in package.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if "__all__" in names:
            listed = ast.walk(node)
            return {e.value for e in listed if isinstance(e, ast.Constant) and isinstance(e.value, str)}
        offered |= names
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            offered.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            offered |= {alias.name for alias in node.names if alias.asname == alias.name}
    return {name for name in offered if not name.startswith("_")}


def badly_named_rooms(house: House) -> list[str]:
    """Directories and modules whose name says nothing about what they hold."""
    return [
        f"{house.where(m, 1)}: no room is called {part}"
        for m in house.modules.values()
        for part in [m.name.rpartition(".")[2]]
        if part.lower() in FORBIDDEN_ROOM_NAMES
    ]


def directories_without_a_root(house: House) -> list[str]:
    """Directories of Python files without `__init__.py`: the import contracts would not see them."""
    directories = {m.path.parent for m in house.modules.values()}
    return [
        f"{directory.relative_to(house.root)}: has no __init__.py"
        for directory in sorted(directories)
        if not (directory / "__init__.py").exists()
    ]


def files_too_long(house: House) -> list[str]:
    """Source files beyond the length after which a file becomes a package. Data and vendored files do not count."""
    faults = []
    for package in PACKAGES:
        for path in sorted((house.root / package).rglob("*")):
            if path.suffix not in COUNTED_SUFFIXES or "vendor" in path.parts or not path.is_file():
                continue
            lines = len(path.read_text("utf-8").splitlines())
            if lines > LONGEST_FILE:
                faults.append(f"{path.relative_to(house.root)}: {lines} lines, more than {LONGEST_FILE}")
    return faults


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return "?"


def clocks_read(house: House) -> list[str]:
    """The machine's clock read, or handed on to be read, outside the modules that answer the clock port."""
    faults = []
    for module in house.modules.values():
        if any(within(module.name, prefix) for prefix in READS_THE_CLOCK):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute):
                name = ".".join(_dotted(node).split(".")[-2:])
                if name in _CLOCKS:
                    faults.append(f"{house.where(module, node.lineno)}: {name} reads the machine's clock, ask the port")
            elif isinstance(node, ast.ImportFrom) and node.module in _CLOCK_NAMES:
                faults += [
                    f"{house.where(module, node.lineno)}: {node.module}.{alias.name} reads the machine's clock"
                    for alias in node.names
                    if alias.name in _CLOCK_NAMES[node.module]
                ]
    return faults


def text_run_as_code(house: House) -> list[str]:
    """`eval` and its kin, and modules loaded by name, in Python; `eval` in our own scripts and templates."""
    faults = []
    for module in house.modules.values():
        refused = _RUNS_TEXT if module.name in LOADS_ITS_OWN_MODULES else _RUNS_TEXT | _LOADS_BY_NAME
        faults += [
            f"{house.where(module, node.lineno)}: {_dotted(node.func)}(…) runs text as code"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Call) and _dotted(node.func) in refused
        ]
    for path in sorted((house.root / "wxserver").rglob("*")):
        if path.suffix in {".js", ".html"} and "vendor" not in path.parts:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if _EVAL.search(line):
                    faults.append(f"{path.relative_to(house.root)}:{number}: a script runs text as code")
    return faults


def prints(house: House) -> list[str]:
    """`print` where a log line, or nothing, belongs."""
    return [
        f"{house.where(module, node.lineno)}: print belongs to the command line only"
        for module in house.modules.values()
        if not any(within(module.name, prefix) for prefix in PRINTS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


RULES = {
    "every module belongs to a room": modules_without_a_room,
    "a room imports only what its allow-list names": imports_not_allowed,
    "nothing is imported from a package's root except its front door": imports_past_a_front_door,
    "no room has a name that says nothing": badly_named_rooms,
    "every directory of Python files is a package": directories_without_a_root,
    "no file is too long": files_too_long,
    "only the clock reads the clock": clocks_read,
    "no text is run as code": text_run_as_code,
    "only the command line prints": prints,
}

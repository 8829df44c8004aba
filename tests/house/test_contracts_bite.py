"""Breaks every import contract and every house rule once, in a copy of the tree, and sees it reported by its name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.house import RULES, House

ROOT = Path(__file__).resolve().parents[2]

# contract -> what is planted: (importing room, imported). One planting per arrow the contract forbids.
PLANTED_IMPORTS: dict[str, list[tuple[str, str]]] = {
    "bundles know no web, no database, no network and no server": [
        ("bundles", "flask"),
        ("bundles", "sqlalchemy.orm"),
        ("bundles", "requests"),
        ("bundles.handlers", "wxserver.ports"),
    ],
    "marshmallow only in bundles.schema and at the HTTP edge": [
        ("bundles", "marshmallow"),
        ("wxserver.usecases", "marshmallow"),
        ("wxserver.store", "marshmallow"),
    ],
    "settings import nothing of ours": [
        ("wxserver.settings", "bundles.ports"),
        ("wxserver.settings", "wxserver.ports"),
    ],
    "ports import nothing of the server": [
        ("wxserver.ports", "wxserver.store"),
        ("wxserver.ports", "wxserver.settings"),
    ],
    "only use cases, wiring and app import the store": [
        ("wxserver.web", "wxserver.store"),
        ("wxserver.jobs", "wxserver.store"),
        ("wxserver.cli", "wxserver.store"),
        ("wxserver.adapters", "wxserver.store"),
    ],
    "the store knows no web, no adapter and no use case": [
        ("wxserver.store", "flask"),
        ("wxserver.store", "wxserver.usecases"),
        ("wxserver.store", "wxserver.adapters"),
    ],
    "only the store, wiring and app import SQLAlchemy": [
        ("wxserver.usecases", "sqlalchemy"),
        ("wxserver.web", "sqlalchemy.exc"),
    ],
    "only the adapter of photos imports Pillow": [
        ("wxserver.adapters.wechat", "PIL"),
        ("wxserver.usecases", "PIL.Image"),
    ],
    "only wiring imports adapters": [
        ("wxserver.app", "wxserver.adapters"),
        ("wxserver.usecases", "wxserver.adapters"),
        ("wxserver.web", "wxserver.adapters"),
    ],
    "adapters are strangers to each other": [("wxserver.adapters.planted_one", "wxserver.adapters.planted_two")],
    "adapters import the ports and nothing else of the server": [
        ("wxserver.adapters", "wxserver.settings"),
        ("wxserver.adapters", "wxserver.store"),
        ("wxserver.adapters", "wxserver.usecases"),
        ("wxserver.adapters", "flask"),
    ],
    "vendors stay behind the adapters": [
        ("wxserver.usecases", "wechatpy"),
        ("wxserver.web", "requests"),
        ("wxserver.jobs", "redis"),
        ("wxserver.web", "PIL"),
        ("wxserver.app", "wechatpy.client"),
        ("wxserver.usecases", "argon2"),
        ("wxserver.web", "pyotp"),
    ],
    "use cases know no web, no vendor and no adapter": [
        ("wxserver.usecases", "flask"),
        ("wxserver.usecases", "marshmallow"),
        ("wxserver.usecases", "wxserver.web"),
        ("wxserver.usecases", "wxserver.adapters"),
        ("wxserver.usecases", "wxserver.settings"),
    ],
    "the web reaches everything through use cases": [
        ("wxserver.web", "wxserver.store"),
        ("wxserver.web", "wxserver.adapters"),
        ("wxserver.web", "wxserver.wiring"),
    ],
    "only app imports the web": [("wxserver.usecases", "wxserver.web"), ("wxserver.wiring", "wxserver.web")],
    "jobs and the command line call use cases only": [
        ("wxserver.jobs", "wxserver.web"),
        ("wxserver.jobs", "wxserver.adapters"),
        ("wxserver.cli", "wxserver.web"),
        ("wxserver.cli", "wxserver.adapters"),
    ],
    "wiring never sees the web or a use case": [
        ("wxserver.wiring", "wxserver.web"),
        ("wxserver.wiring", "wxserver.usecases"),
    ],
    "only app knows the wiring": [("wxserver.usecases", "wxserver.wiring"), ("wxserver.jobs", "wxserver.wiring")],
    "app meets adapters only through the wiring": [
        ("wxserver.app", "wxserver.adapters"),
        ("wxserver.composing", "wxserver.adapters"),
    ],
    "the sandbox shares no line with the server": [
        ("wxserver.sandbox", "bundles.ports"),
        ("wxserver.sandbox", "wxserver.settings"),
        ("wxserver.sandbox", "wxserver.ports"),
        ("wxserver.sandbox", "requests"),
    ],
    "nothing of the server imports the sandbox": [
        ("wxserver.web", "wxserver.sandbox"),
        ("wxserver.adapters", "wxserver.sandbox"),
        ("bundles", "wxserver.sandbox"),
    ],
}
PLANTINGS = [(contract, *arrow) for contract, arrows in PLANTED_IMPORTS.items() for arrow in arrows]

# house rule -> what is planted: (file, text at its end).
PLANTED_TEXTS: dict[str, list[tuple[str, str]]] = {
    "every module belongs to a room": [("wxserver/attic/planted.py", "")],
    "a room imports only what its allow-list names": [
        ("bundles/planted.py", "import subprocess"),
        ("bundles/planted.py", "from urllib import request"),
        ("bundles/planted.py", "import marshmallow"),
        ("bundles/planted.py", "def late():\n    import flask"),
        ("bundles/planted.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import wxserver.ports"),
        ("bundles/planted.py", "import a_package_nobody_named"),
        ("wxserver/store/planted.py", "from ..usecases import planted"),
        ("wxserver/store/planted.py", "import requests"),
        ("wxserver/usecases/planted.py", "import cryptography"),
        ("wxserver/web/planted.py", "def late():\n    from wxserver.store import tables"),
        ("wxserver/adapters/planted_one/planted.py", "import wxserver.adapters.planted_two.planted"),
        ("wxserver/adapters/planted_one/planted.py", "import wechatpy"),
        ("wxserver/sandbox/planted.py", "from wxserver import settings"),
        ("wxserver/sandbox/planted.py", "import requests"),
    ],
    "nothing is imported from a package's root except its front door": [
        ("wxserver/usecases/planted.py", "from wxserver.store import Session"),
        ("wxserver/web/planted.py", "import wxserver.usecases"),
        ("bundles/__init__.py", "from bundles.ports import Unavailable"),
    ],
    "no room has a name that says nothing": [("wxserver/web/utils.py", ""), ("bundles/helpers/__init__.py", "")],
    "every directory of Python files is a package": [("wxserver/web/planted/page.py", "")],
    "no file is too long": [
        ("wxserver/web/planted.py", "x = 1\n" * 351),
        ("wxserver/static/planted.js", "0;\n" * 351),
    ],
    "only the clock reads the clock": [
        ("bundles/planted.py", "import datetime\nnow = datetime.datetime.now(datetime.UTC)"),
        ("bundles/planted.py", "from datetime import date\ntoday = date.today()"),
        ("wxserver/usecases/planted.py", "import time\nstamp = time.time()"),
        ("wxserver/usecases/planted.py", "from time import time"),
        ("wxserver/store/planted.py", "from sqlalchemy import func\ndefault = func.now()"),
    ],
    "no text is run as code": [
        ("bundles/planted.py", "eval('1')"),
        ("wxserver/web/planted.py", "import importlib\nimportlib.import_module('wxserver.store')"),
        ("wxserver/static/planted.js", "eval ('1')"),
        ("wxserver/templates/planted.html", "<script>new Function('1')</script>"),
    ],
    "only the command line prints": [("wxserver/web/planted.py", "print('seen')")],
}
PLANTED_RULES = [(rule, path, text) for rule, texts in PLANTED_TEXTS.items() for path, text in texts]


def contract_names() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


def copy_of_the_house(target: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "vendor")
    for package in ("bundles", "wxserver"):
        shutil.copytree(ROOT / package, target / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", target)
    for name in ("planted_one", "planted_two"):
        (target / "wxserver/adapters" / name).mkdir()
        (target / "wxserver/adapters" / name / "__init__.py").touch()
    return target


def file_in(copy: Path, room: str) -> str:
    """The file to plant in: the room's own, where it is a module, else a new one inside it."""
    path = copy.joinpath(*room.split("."))
    return str((path / "planted.py" if path.is_dir() else path.with_suffix(".py")).relative_to(copy))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """For every planting the contracts that lint-imports then reports as broken; "" is the tree as it is."""
    copy = copy_of_the_house(tmp_path_factory.mktemp("house"))
    plantings = [
        [f"{room} -> {imported}", {file_in(copy, room): f"import {imported}"}] for _, room, imported in PLANTINGS
    ]
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("lint_plantings.py"))],
        cwd=copy,
        input=json.dumps(plantings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, list[str]] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize(("contract", "room", "imported"), PLANTINGS, ids=lambda text: text.replace(" ", "-"))
def test_a_planted_import_breaks_its_contract(broken, contract: str, room: str, imported: str) -> None:
    assert contract not in broken[""], "broken before anything was planted"
    assert contract in broken[f"{room} -> {imported}"]


def test_every_contract_is_broken_once() -> None:
    assert sorted(PLANTED_IMPORTS) == sorted(contract_names())


@pytest.fixture
def planted(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[list[str], list[str]]:
    """Faults of a rule before and after planting: only the planted file and what it leans on are in the tree."""
    rule, path, text = request.param
    for package in ("bundles", "wxserver", "wxserver/store", "wxserver/usecases", "wxserver/web", "wxserver/sandbox"):
        (tmp_path / package).mkdir(exist_ok=True)
        (tmp_path / package / "__init__.py").touch()
    for name in ("wxserver/adapters", "wxserver/adapters/planted_one", "wxserver/adapters/planted_two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "wxserver/settings.py").touch()
    before = RULES[rule](House.read(tmp_path))
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text + "\n", "utf-8")
    return before, RULES[rule](House.read(tmp_path))


@pytest.mark.parametrize(
    "planted",
    PLANTED_RULES,
    indirect=True,
    ids=[f"{r}-{n}".replace(" ", "-") for n, (r, _, _) in enumerate(PLANTED_RULES)],
)
def test_a_planted_fault_breaks_its_house_rule(planted: tuple[list[str], list[str]]) -> None:
    before, after = planted
    assert before == []
    assert after != []


def test_every_house_rule_is_broken_once() -> None:
    assert sorted(PLANTED_TEXTS) == sorted(RULES)

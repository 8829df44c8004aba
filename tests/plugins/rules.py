"""The marker `rule(*ids)`: which requirement a test proves, and the list of what is proven and what is not.

An id that `tests/rules.toml` does not know stops the collection. `--rules` prints the list instead of running tests.
Outcomes of earlier runs are kept in pytest's cache, so the list can tell a test that failed from one that passed.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

RULES_FILE = Path(__file__).resolve().parents[1] / "rules.toml"
OUTCOMES = "rules/outcomes"


def read_rules(path: Path = RULES_FILE) -> dict[str, str]:
    """Every id that may be named, with its text: `JY-3` (the rule) and `JY-3.1`, `JY-3.2` … (its clauses)."""
    known = {}
    for rule, content in tomllib.loads(path.read_text("utf-8")).items():
        known[rule] = content["title"]
        for number, clause in enumerate(content.get("clauses", []), 1):
            known[f"{rule}.{number}"] = clause
    return known


def what_must_be_proven(known: Mapping[str, str]) -> list[str]:
    """The clauses, and the rules that have none."""
    divided = {name.partition(".")[0] for name in known if "." in name}
    return [name for name in known if name not in divided]


def rules_named_by(item: pytest.Item) -> list[str]:
    """The ids in a test's `rule` markers, in order of nearness."""
    return [name for marker in item.iter_markers("rule") for name in marker.args]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rules", action="store_true", help="list requirements proven and unproven, run nothing")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    known = read_rules()
    faults = []
    for item in items:
        for marker in item.iter_markers("rule"):
            if not marker.args or marker.kwargs:
                faults.append(f"{item.nodeid}: the marker rule takes one id or more, and nothing else")
            faults += [
                f"{item.nodeid}: {name!r} is no rule of {RULES_FILE.name}" for name in marker.args if name not in known
            ]
    if faults:
        raise pytest.UsageError(*faults)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if not session.config.getoption("--rules"):
        return None
    if session.testsfailed:
        raise session.Interrupted(f"{session.testsfailed} errors during collection")
    named: dict[str, list[str]] = defaultdict(list)
    for item in session.items:
        for name in rules_named_by(item):
            named[name].append(item.nodeid)
    outcomes: dict[str, str] = session.config.cache.get(OUTCOMES, {})
    for line in listing(read_rules(), named, outcomes):
        print(line)
    return True


def listing(known: Mapping[str, str], named: Mapping[str, Sequence[str]], outcomes: Mapping[str, str]) -> Iterable[str]:
    """The lines of `make rules`.

    `named` gives the tests for each id, `outcomes` how those ended that ran here before. A clause is proven when tests
    name it and none of these is known to have failed or been skipped.
    """
    wanted = what_must_be_proven(known)
    proven = 0
    for name, text in known.items():
        tests = named.get(name, [])
        if name not in wanted:
            yield f"         {name}  {text}"
            yield from (f"             named as a whole by {test}" for test in tests)
            continue
        bad = [test for test in tests if outcomes.get(test) in {"failed", "skipped"}]
        good = bool(tests) and not bad
        proven += good
        yield f"{'proven  ' if good else 'UNPROVEN'} {name}  {text}"
        yield from (f"             {test}{_ending(outcomes.get(test))}" for test in tests)
    yield f"{proven} of {len(wanted)} proven"


def _ending(outcome: str | None) -> str:
    return {"passed": "", None: "  (has not run here yet)"}.get(outcome, f"  ({outcome})")


_seen: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    # A failing teardown comes after the call and takes its passing back.
    if report.when == "call" or report.outcome != "passed":
        _seen[report.nodeid] = report.outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _seen and hasattr(session.config, "cache"):
        outcomes = session.config.cache.get(OUTCOMES, {})
        session.config.cache.set(OUTCOMES, {**outcomes, **_seen})

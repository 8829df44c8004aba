"""The marker `rule` and the list of `make rules`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.plugins.rules import listing, read_rules, what_must_be_proven

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {"AB-1": "a rule", "AB-1.1": "its first clause", "AB-1.2": "its second clause", "AB-2": "another rule"}


def lines(named: dict[str, list[str]], outcomes: dict[str, str] | None = None) -> list[str]:
    return [re.sub(r"\s+", " ", line.strip()) for line in listing(KNOWN, named, outcomes or {})]


def run_pytest(tmp_path: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    rule(*ids): proves\n")
    (tmp_path / "test_it.py").write_text("import pytest\n" + code)
    command = [sys.executable, "-m", "pytest", "-p", "tests.plugins.rules", "--rootdir", str(tmp_path), *arguments]
    return subprocess.run(
        [*command, "-c", str(tmp_path / "pytest.ini"), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_rule_is_proven_clause_by_clause_and_not_by_naming_it_as_a_whole() -> None:
    assert what_must_be_proven(KNOWN) == ["AB-1.1", "AB-1.2", "AB-2"]
    assert "0 of 3 proven" in lines({"AB-1": ["test_a"]})
    assert "proven AB-1.1 its first clause" in lines({"AB-1.1": ["test_a"]})
    assert "UNPROVEN AB-1.2 its second clause" in lines({"AB-1.1": ["test_a"]})
    assert lines({"AB-1.1": ["a"], "AB-1.2": ["b"], "AB-2": ["c"]})[-1] == "3 of 3 proven"


def test_a_test_that_failed_or_was_skipped_here_proves_nothing() -> None:
    assert "UNPROVEN AB-2 another rule" in lines({"AB-2": ["test_a"]}, {"test_a": "failed"})
    assert "UNPROVEN AB-2 another rule" in lines(
        {"AB-2": ["test_a", "test_b"]}, {"test_a": "passed", "test_b": "skipped"}
    )
    assert "test_a (has not run here yet)" in lines({"AB-2": ["test_a"]})


def test_a_number_that_no_rule_has_stops_the_collection(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, "@pytest.mark.rule('JY-1.1', 'JY-99')\ndef test_it(): pass\n")
    assert run.returncode == 4
    assert "'JY-99' is no rule of rules.toml" in run.stderr
    assert "JY-1.1" not in run.stderr


def test_the_list_runs_nothing_and_knows_how_the_tests_ended_before(tmp_path: Path) -> None:
    code = "@pytest.mark.rule('JY-1.1')\ndef test_it(): assert False\n"
    assert "proven   JY-1.1" in run_pytest(tmp_path, code, "--rules").stdout
    assert run_pytest(tmp_path, code).returncode == 1
    listed = run_pytest(tmp_path, code, "--rules")
    assert listed.returncode == 0
    assert "UNPROVEN JY-1.1" in listed.stdout
    assert "(failed)" in listed.stdout


def test_the_rules_of_all_four_sources_are_listed() -> None:
    counted = Counter(name.partition("-")[0] for name in read_rules() if "." not in name)
    assert counted == {"JY": 7, "XJ": 16, "CQ": 17, "KS": 9}

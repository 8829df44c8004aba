"""What `make` finds missing on a machine is told with the exact command, or installed where that is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ensure_browser, venv

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is the whole PATH: a machine with nothing but what a test puts there."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def program(machine: Path, name: str, script: str = "") -> None:
    (machine / name).write_text(f"#!/bin/sh\n{script}\n")
    (machine / name).chmod(0o755)


def test_a_machine_with_chromium_and_chinese_fonts_lacks_nothing(machine: Path) -> None:
    program(machine, "google-chrome")
    program(machine, "fc-list", "echo 'Noto Sans CJK SC'")
    assert ensure_browser.missing_packages() == []
    assert ensure_browser.browser() == str(machine / "google-chrome")


def test_without_root_the_exact_command_is_told(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    program(machine, "apt-get", "exit 99")
    with pytest.raises(SystemExit, match=r"apt-get update && apt-get install .* chromium fontconfig fonts-noto-cjk"):
        ensure_browser.install()


def test_the_lean_build_is_chosen_where_the_distribution_has_it(machine: Path) -> None:
    program(machine, "fc-list", "echo 'Noto Sans CJK SC'")
    program(machine, "apt-cache", 'test "$2" = chromium-headless-shell')
    assert ensure_browser.missing_packages() == ["chromium-headless-shell"]
    program(machine, "apt-cache", "exit 100")
    assert ensure_browser.missing_packages() == ["chromium"]


def test_root_installs_what_is_missing_and_only_that(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "argv", ["ensure_browser.py"])
    program(machine, "chromium")
    done = machine.parent / "done"
    program(
        machine,
        "apt-get",
        f'echo "$@" >> {done}\nif [ "$1" = install ]; then\n'
        f"printf '#!/bin/sh\\necho Noto\\n' > {machine}/fc-list; /bin/chmod +x {machine}/fc-list; fi",
    )
    ensure_browser.main()
    assert done.read_text().splitlines() == [
        "update",
        "install --yes --no-install-recommends fontconfig fonts-noto-cjk",
    ]


def test_an_installation_that_fails_is_not_passed_over(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    program(machine, "apt-get", "exit 100")
    with pytest.raises(SystemExit, match="apt-get update failed"):
        ensure_browser.install()


def test_a_python_that_is_too_old_is_told(monkeypatch: pytest.MonkeyPatch, machine: Path) -> None:
    program(machine, "python3.12")
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"3\.11 or newer is needed.*make PYTHON=python3\.12"):
        venv.check_python()


def test_a_python_without_venv_is_told_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match=r"apt-get install python3-venv$"):
        venv.check_python()


def test_a_broken_environment_is_not_taken_for_a_working_one(tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(tmp_path / "gone")
    assert not venv.works(tmp_path / "python")
    assert venv.works(Path(sys.executable))


@pytest.mark.parametrize("target", ["run", "test", "app", "sandbox", "bench", "rules", "lint", "lock"])
def test_every_target_is_there(target: str) -> None:
    dry = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert dry.returncode == 0, dry.stderr


def test_the_example_is_used_until_there_is_a_configuration() -> None:
    shown = subprocess.run(
        ["make", "--eval", "show: ; @echo $(WXSERVER_CONFIG) $$PORT $$SANDBOX_PORT $$VAR_DIR", "show", "PORT=9000"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    name = "config.toml" if (ROOT / "config.toml").exists() else "config.example.toml"
    assert shown.stdout.split() == [name, "9000", "8001", "./var"]

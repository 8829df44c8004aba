"""What may not stand in a committed file, and that vendored files are the ones that were looked at."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "wxserver/static/vendor"
VENDORS = (VENDOR, ROOT / "tests/vendor")
PLACES = ("work", "tmp", "root")
MACHINE_PATH = re.compile(r"(?<![\w.}/~-])/(" + "|".join(PLACES) + r")/")
ADDRESS = re.compile(r"\w+://|--(?:extra-)?index-url|--find-links|--trusted-host|\s@\s")
HASHED = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
PINNED = re.compile(r"^[A-Za-z0-9_.-]+(?:\[[\w,-]+\])?==\S+")


def committed_files() -> list[Path]:
    """What git holds or would take in; in a tree without git every file outside dot directories and `var`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not any(p.startswith(".venv") or p in {"var", ".git"} for p in path.parts)
    ]


def text_of(path: Path) -> str | None:
    """The file's text, None where it is not UTF-8 text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def lines_with_a_machine_path(path: Path, text: str) -> Iterator[str]:
    in_tests = path.is_relative_to(ROOT / "tests")
    for number, line in enumerate(text.splitlines(), 1):
        for found in MACHINE_PATH.finditer(line):
            if not (in_tests and found[1] == "tmp"):
                yield f"{path.relative_to(ROOT)}:{number}: {found[0]}"


def test_no_committed_file_names_a_path_of_one_machine() -> None:
    faults = [
        fault
        for path in committed_files()
        if not any(map(path.is_relative_to, VENDORS)) and (text := text_of(path)) is not None
        for fault in lines_with_a_machine_path(path, text)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("place", PLACES)
def test_a_path_of_one_machine_is_seen(place: str) -> None:
    for line in (f"cd /{place}/x", f'"/{place}/x"', f"file:/{place}/x", f"=/{place}/"):
        assert list(lines_with_a_machine_path(ROOT / "README.md", line)), line


def test_an_address_or_a_relative_path_is_not_taken_for_one_of_a_machine() -> None:
    for line in ("https://example.org/work/x", "./work/x", "frame/tmp/x", "${VAR_DIR}/tmp/x"):
        assert not list(lines_with_a_machine_path(ROOT / "README.md", line)), line


@pytest.mark.parametrize("name", ["run", "dev"])
def test_locked_requirements_are_pinned_and_hashed_and_name_no_place_to_load_from(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    assert not ADDRESS.search(text)
    packages = re.sub(r"\\\n", " ", text).strip().splitlines()
    assert packages
    for package in packages:
        assert PINNED.match(package), package[:80]
        assert HASHED.search(package), package[:80]


def locked_versions(name: str) -> set[str]:
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    return set(re.findall(r"^[\w.-]+==[^\s\\;]+", text, re.MULTILINE))


def test_the_server_is_tested_with_the_versions_it_runs_with() -> None:
    assert locked_versions("run") - locked_versions("dev") == set()


def vendored(folder: Path) -> list[dict[str, str]]:
    listing = folder / "VENDOR.toml"
    files: list[dict[str, str]] = tomllib.loads(listing.read_text("utf-8"))["file"] if listing.exists() else []
    return files


@pytest.mark.parametrize("folder", VENDORS, ids=lambda folder: folder.parent.name)
def test_every_vendored_file_is_listed_with_version_licence_and_hash(folder: Path) -> None:
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"VENDOR.toml"}
    assert present
    assert {file["path"] for file in vendored(folder)} == present
    for file in vendored(folder):
        assert all(file[key] for key in ("name", "version", "licence", "path", "sha256")), file


@pytest.mark.parametrize("folder", VENDORS, ids=lambda folder: folder.parent.name)
def test_every_vendored_file_has_the_hash_it_is_listed_with(folder: Path) -> None:
    changed = [
        file["path"]
        for file in vendored(folder)
        if hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() != file["sha256"]
    ]
    assert not changed

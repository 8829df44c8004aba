"""Runs the import contracts over a copy of the tree, once as it is and once for every planted fault.

Run as `python lint_plantings.py` in the copy. In, on stdin: JSON `[[name, {path: text to append}], …]`. Out, on stdout:
JSON `{name: [broken contract, …]}`, where the name "" stands for the tree as it is. One process and one cache for all
of them, because starting lint-imports thirty times would take a minute.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

from importlinter import configuration
from importlinter.application import use_cases


def broken_contracts() -> list[str]:
    """Names of the contracts that the tree in the working directory breaks."""
    options = use_cases.read_user_options(config_filename="pyproject.toml")
    use_cases._register_contract_types(options)
    report = use_cases.create_report(options, cache_dir=".cache")
    if report.invalid_contract_options:
        raise SystemExit(f"import contracts are faulty: {report.invalid_contract_options}")
    return [contract.name for contract, check in report.get_contracts_and_checks() if not check.kept]


def with_planted(files: dict[str, str]) -> list[str]:
    """The contracts broken while the given texts stand at the end of the given files; then the tree is put back."""
    before = {path: Path(path).read_text("utf-8") if Path(path).exists() else None for path in files}
    try:
        for path, text in files.items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text((before[path] or "") + "\n" + text + "\n", "utf-8")
        return broken_contracts()
    finally:
        for path, text_before in before.items():
            if text_before is None:
                Path(path).unlink()
            else:
                Path(path).write_text(text_before, "utf-8")


def main() -> None:
    sys.path.insert(0, str(Path.cwd()))
    configuration.configure()
    with contextlib.redirect_stdout(io.StringIO()):
        found = {"": broken_contracts()}
        for name, files in json.load(sys.stdin):
            found[name] = with_planted(files)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()

"""Sees to a Chromium and to fonts with Chinese characters, both of which the browser tests need.

Missing ones are installed by apt-get where this runs as root on Debian or its kin. Elsewhere the exact command is
printed and the status is 1. `--path` prints where the browser is and does nothing else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = ["apt-get", "install", "--yes", "--no-install-recommends"]


def browser() -> str | None:
    """Path of the first browser found that playwright can drive."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def has_chinese_font() -> bool:
    """Whether fontconfig knows a font for Chinese text."""
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def missing_packages() -> list[str]:
    """Debian's names of what is missing."""
    packages = [] if browser() else [_package()]
    if not has_chinese_font():
        packages += ["fontconfig", "fonts-noto-cjk"]
    return packages


def _package() -> str:
    """The lean build without windows where the distribution has it; it takes two thirds of the time."""
    known = shutil.which("apt-cache") and subprocess.run(
        ["apt-cache", "show", BROWSERS[0]], capture_output=True, check=False
    )
    return BROWSERS[0] if known and known.returncode == 0 else "chromium"


def install() -> None:
    """Install by apt-get without asking anything, or end with the command to type."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        packages = missing_packages()
        command = " ".join([*INSTALL, *packages])
        raise SystemExit(f"The browser tests need {' and '.join(packages)}. As root: apt-get update && {command}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _do(["apt-get", "update"], quiet)
    _do([*INSTALL, *missing_packages()], quiet)


def _do(command: list[str], environment: dict[str, str]) -> None:
    print(" ".join(command), flush=True)
    if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
        raise SystemExit(f"{' '.join(command)} failed; the reason stands above.")


def main() -> None:
    if "--path" in sys.argv[1:]:
        print(browser() or "")
        return
    if missing_packages():
        install()
    still = missing_packages()
    if still:
        raise SystemExit(f"{' and '.join(still)} cannot be found even after installing.")


if __name__ == "__main__":
    main()

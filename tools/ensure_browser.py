"""Sees to a Chromium and to fonts with Chinese characters, both of which the browser tests need.

Missing ones are installed by apt-get where this runs as root on Debian or its kin. Elsewhere the exact command is
printed and the status is 1. `--path` prints where the browser is and does nothing else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


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
    packages = [] if browser() else ["chromium"]
    if not has_chinese_font():
        packages += ["fontconfig", "fonts-noto-cjk"]
    return packages


def install(packages: list[str]) -> None:
    """Install by apt-get without asking anything, or end with the command to type."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(
            f"The browser tests need {' and '.join(packages)}. As root: apt-get update && {' '.join(command)}"
        )
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], command):
        print(" ".join(step), flush=True)
        if subprocess.run(step, env=quiet, stdin=subprocess.DEVNULL, check=False).returncode:
            raise SystemExit(f"{' '.join(step)} failed; the reason stands above.")


def main() -> None:
    if "--path" in sys.argv[1:]:
        print(browser() or "")
        return
    packages = missing_packages()
    if packages:
        install(packages)
    still = missing_packages()
    if still:
        raise SystemExit(f"{' and '.join(still)} cannot be found even after installing.")


if __name__ == "__main__":
    main()

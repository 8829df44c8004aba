"""Makes the virtual environment and installs a locked requirements file into it.

Usage: python tools/venv.py REQUIREMENTS.txt DIRECTORY. Runs on the machine's own Python, with nothing but the standard
library, and installs no system package: where one is missing it prints the command and ends with status 1.
"""

import shutil
import subprocess
import sys
from pathlib import Path

LEAST = (3, 11)


def refuse(sentence: str) -> None:
    """End with one plain sentence instead of a traceback."""
    raise SystemExit(sentence)


def check_python() -> None:
    """Refuse a Python that is too old, or Debian's without its venv package."""
    if sys.version_info < LEAST:
        newer = [f"python3.{minor}" for minor in range(20, 10, -1) if shutil.which(f"python3.{minor}")]
        hint = f"make PYTHON={newer[0]} …" if newer else "make PYTHON=/path/to/python3.11 …"
        refuse(f"Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}. Name another: {hint}")
    try:
        import ensurepip  # noqa: F401  (Debian keeps it in the package of venv)
        import venv  # noqa: F401
    except ImportError:
        refuse("This Python cannot make virtual environments. As root: apt-get install python3-venv")


def works(python: Path) -> bool:
    """Whether the environment's own Python is there, runs, is new enough, and has pip."""
    question = f"import sys, pip; raise SystemExit(sys.version_info < {LEAST})"
    try:
        return subprocess.run([str(python), "-c", question], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main() -> None:
    requirements, directory = Path(sys.argv[1]), Path(sys.argv[2])
    python = directory / "bin" / "python"
    if not works(python):
        check_python()
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(directory)], check=False)
        if made.returncode or not works(python):
            refuse(f"{directory} could not be made. On Debian, as root: apt-get install python3-venv")
    install = [
        *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--require-hashes", "-r", str(requirements)),
    ]
    print(f"installing {requirements} into {directory} …", flush=True)
    installed = subprocess.run(install, check=False)
    if installed.returncode:
        refuse(f"{requirements} could not be installed; the reason stands above.")


if __name__ == "__main__":
    main()

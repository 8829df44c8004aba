"""The room by itself: no web, no database, no network, no clock of its own."""

import re
import subprocess
import sys
from pathlib import Path

import bundles

ROOM = Path(bundles.__file__).parent

ALONE = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"flask", "sqlalchemy", "requests", "werkzeug", "wxserver"}:
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
import importlib, pathlib, pkgutil
import bundles
for module in pkgutil.walk_packages(bundles.__path__, "bundles."):
    importlib.import_module(module.name)
from bundles import schema
from bundles.clock import due, events_of, parse_limit
from bundles.working_days import load_calendar
from datetime import date
text = pathlib.Path(bundles.__path__[0], "definitions", "jieyang.toml").read_text("utf-8")
assert schema.load_toml(text).item("apply")
print(due(parse_limit("25wd"), events_of(date(2026, 11, 26)), load_calendar()).due_on)
"""


def test_the_room_works_with_flask_sqlalchemy_and_requests_blocked():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE], capture_output=True, text=True, cwd=ROOM.parent, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "2026-12-31", "")


def test_only_the_schema_knows_marshmallow_and_nothing_looks_at_a_clock():
    for path in ROOM.rglob("*.py"):
        text = path.read_text("utf-8")
        assert ("marshmallow" not in re.sub(r'""".*?"""', "", text, flags=re.DOTALL)) or path.name == "schema.py", path
        assert not re.search(r"\.(now|today|utcnow)\(|time\.time\(", text), path


def test_no_sentence_for_citizens_shouts_or_speaks_like_a_machine():
    for path in [*ROOM.rglob("*.py"), *ROOM.rglob("definitions/*.toml")]:
        text = path.read_text("utf-8")
        for word in ("请勿", "系统异常", "！"):
            assert word not in text, (path, word)

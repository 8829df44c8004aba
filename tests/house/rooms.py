"""The rooms of the house as data: what each may import, and where the few exceptions stand.

Source: design section 1. A module that belongs to no room is a fault, so a new room is a decision, made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PACKAGES = ("bundles", "wxserver")

# Standard-library modules that reach outside the process. The domain, the ports and the settings have no use for them.
OUTSIDE = frozenset(
    {
        "asyncio",
        "ftplib",
        "http",
        "imaplib",
        "multiprocessing",
        "poplib",
        "random",
        "sched",
        "secrets",
        "select",
        "selectors",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "telnetlib",
        "threading",
        "time",
        "urllib.request",
        "wsgiref",
        "xmlrpc",
    }
)


@dataclass(frozen=True)
class Room:
    """What the modules of one room may import.

    `ours` and `others` are dotted prefixes, of our own modules and of packages from outside; the room itself is always
    allowed. The standard library is allowed but for what `not_stdlib` names.
    """

    ours: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    not_stdlib: frozenset[str] = frozenset()


def _room(ours: str = "", others: str = "", not_stdlib: frozenset[str] = frozenset()) -> Room:
    return Room(frozenset(ours.split()), frozenset(others.split()), not_stdlib)


# Longest prefix wins: `wxserver.adapters.wechat` is its own room, not part of `wxserver.adapters`.
ROOMS: Mapping[str, Room] = {
    "bundles": _room("bundles", not_stdlib=OUTSIDE),
    "bundles.schema": _room("bundles", "marshmallow", OUTSIDE),
    "wxserver": _room(not_stdlib=OUTSIDE),
    "wxserver.settings": _room(not_stdlib=OUTSIDE),
    "wxserver.log": _room(others="structlog", not_stdlib=OUTSIDE),
    "wxserver.ports": _room("bundles", not_stdlib=OUTSIDE),
    "wxserver.store": _room("bundles", "sqlalchemy"),
    "wxserver.adapters": _room("bundles wxserver.ports", "cryptography structlog"),
    "wxserver.adapters.*": _room("bundles wxserver.ports", "cryptography redis requests structlog urllib3"),
    "wxserver.adapters.captchas": _room("bundles wxserver.ports", "PIL captcha"),
    "wxserver.adapters.credentials": _room("bundles wxserver.ports", "argon2 pyotp"),
    "wxserver.adapters.eid": _room("bundles wxserver.ports", "cryptography gmssl_pyx tencentcloud"),
    "wxserver.adapters.pace": _room("bundles wxserver.ports", "limits"),
    "wxserver.adapters.pdfs": _room("bundles wxserver.ports", "pypdf"),
    "wxserver.adapters.photos": _room("bundles wxserver.ports", "PIL cv2 numpy"),
    "wxserver.adapters.wechat": _room(
        "bundles wxserver.ports", "cryptography redis requests structlog wechatpy xmltodict"
    ),
    "wxserver.usecases": _room("bundles wxserver.ports wxserver.store", "structlog"),
    "wxserver.web": _room(
        "bundles wxserver.usecases",
        "flask flask_limiter flask_smorest jinja2 markupsafe marshmallow segno structlog werkzeug",
    ),
    "wxserver.jobs": _room("bundles wxserver.ports wxserver.usecases", "celery structlog"),
    "wxserver.cli": _room("bundles wxserver.ports wxserver.usecases", "click flask flask_migrate structlog"),
    "wxserver.wiring": _room("bundles wxserver.adapters wxserver.ports wxserver.settings wxserver.store", "sqlalchemy"),
    "wxserver.composing": _room("bundles wxserver.settings wxserver.usecases wxserver.wiring", not_stdlib=OUTSIDE),
    "wxserver.app": _room(
        "bundles wxserver.cli wxserver.composing wxserver.jobs wxserver.log wxserver.ports wxserver.settings "
        "wxserver.store wxserver.usecases wxserver.web wxserver.wiring",
        "alembic flask flask_limiter flask_migrate flask_smorest flask_sqlalchemy sqlalchemy structlog werkzeug",
    ),
    "wxserver.sandbox": _room(others="cryptography flask"),
}

# The clock is a port. These are what answers it, and what measures leases and retries in real seconds.
READS_THE_CLOCK = (
    "wxserver.adapters.clock",
    "wxserver.jobs.outbox",
    "wxserver.sandbox.clock",
    "wxserver.sandbox.outbox",
    "wxserver.usecases.working",
    "wxserver.store.token_store",  # leases on fetching a token, as those of the outbox
    "wxserver.store.tables.base",  # row ids begin with milliseconds; nobody reads a time from them
)

# A registry that loads the modules of its own package. Elsewhere a module loaded by name would slip past the contracts.
LOADS_ITS_OWN_MODULES = ("bundles.handlers",)

PRINTS = ("wxserver.cli",)

FORBIDDEN_ROOM_NAMES = frozenset(
    {"common", "helper", "helpers", "manager", "managers", "misc", "service", "services", "util", "utils"}
)

LONGEST_FILE = 350
COUNTED_SUFFIXES = frozenset({".html", ".js", ".py"})


def within(module: str, prefix: str) -> bool:
    """Whether the dotted name is the prefix or lies under it."""
    return module == prefix or module.startswith(prefix + ".")


def room_of(module: str) -> str | None:
    """The room a module of ours belongs to, by longest prefix; None where no room claims it."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in ROOMS and (name != "wxserver" or length == len(parts)):
            return name
        if length > 1 and ".".join([*parts[: length - 1], "*"]) in ROOMS:
            return name
    return None


def permissions(room: str) -> Room:
    """What a room returned by `room_of` may import."""
    return ROOMS[room] if room in ROOMS else ROOMS[room.rpartition(".")[0] + ".*"]

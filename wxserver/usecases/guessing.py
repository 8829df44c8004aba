"""What slows down those who guess passwords, and never for long the honest.

Every try is charged before the password is looked at, in one transaction, so that many at once get no more of them than
one after another; whoever was right gets it back. Counted is under keyed hashes: the account name (whether there is
such an account or not), the source, and the WeChat user. None of it holds up who comes by face.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bundles.working_days import SHANGHAI
from wxserver.ports import Clock
from wxserver.store import accounts, guesses, records
from wxserver.store.accounts import CredentialRow
from wxserver.store.database import Database, Unit
from wxserver.store.guesses import GuessRow
from wxserver.usecases.faults import TooMany

NAME_FREE, NAME_TRIES = 4, 10
"""Failures in a row at one name that cost nothing, and after how many it is locked."""
NAME_LOCK = timedelta(hours=24)
PER_SOURCE, PER_USER = 30, 10
"""Failures of one source and of one WeChat user that cost nothing within an hour."""
LONGEST: Final = timedelta(minutes=15)
AT_LARGE, AT_LARGE_WITHIN = 200, timedelta(minutes=10)
"""So many failures of everybody together within so long are told to whoever watches the log."""
_EVERYBODY: Final = "everybody"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Charge:
    """A try that was counted, under the keys of `name`, `source` (if one is known) and `user`: how many failures each
    has with it, and until when each has to wait if it fails."""

    keys: Mapping[str, str] = field(repr=False)
    failures: Mapping[str, int]
    untils: Mapping[str, datetime | None]

    @property
    def left(self) -> int:
        """How many more tries the name has."""
        return max(0, NAME_TRIES - self.failures["name"])

    @property
    def until(self) -> datetime | None:
        """From when on one may try again; None: at once."""
        return max((each for each in self.untils.values() if each is not None), default=None)


class Guessing:
    def __init__(
        self, database: Database, clock: Clock, *, per_source: int = PER_SOURCE, per_user: int = PER_USER
    ) -> None:
        """`per_source`, `per_user`: failures within an hour that cost nothing."""
        self.database = database
        self.clock = clock
        self._free = {"source": per_source, "user": per_user}

    def charge(self, *, name: str, source: str, wechat_user_id: str) -> Charge:
        """Count a try at a name (normalised) from a source (an IP address; empty: none is told) as if it had failed.

        Raises TooMany (`too-many-attempts`, `until`, `retry_after`) while one of the three has to wait.
        """
        now = self.clock.now()
        keys = self._keys(name, source, wechat_user_id)
        with self.database.single() as unit:
            counted_before = guesses.counts(unit, list(keys.values()))
        self._refuse(keys, counted_before, now)
        everybody = self.database.vault.index("guess", _EVERYBODY)
        with self.database.write() as unit:
            rows = guesses.locked_counts(unit, [*keys.values(), everybody], now)
            self._refuse(keys, rows, now)
            counted = {kind: self._counted(kind, rows[key], now) for kind, key in keys.items()}
            whole = _everybody(rows[everybody], now)
            guesses.write_counts(unit, [*counted.values(), whole])
        if whole.failures == AT_LARGE + 1:
            logger.error("guessing at large: more than %d passwords were wrong within 10 minutes", AT_LARGE)
        return Charge(
            keys,
            {kind: row.failures for kind, row in counted.items()},
            {kind: row.until for kind, row in counted.items()},
        )

    def failed(self, charge: Charge) -> None:
        """The password was wrong. What it stopped by that is audited and logged."""
        logger.info("a password was wrong: %s", ", ".join(f"{kind} {key[:12]}" for kind, key in charge.keys.items()))
        stopped = [
            ("account_locked", "name", charge.failures["name"] == NAME_TRIES),
            ("source_stopped", "source", charge.failures.get("source") == self._free["source"] + 1),
        ]
        for action, kind, is_now in stopped:
            if not is_now:
                continue
            key, until = charge.keys[kind][:12], charge.untils[kind]
            logger.warning("%s: %s, until %s", action, key, until.isoformat() if until else "")
            with self.database.write() as unit:
                records.audit(
                    unit,
                    actor_kind="system",
                    actor_id=None,
                    action=action,
                    subject_kind="guess",
                    subject_id=key,
                    reason="",
                    data={"failures": charge.failures[kind], "until": until.isoformat() if until else None},
                    now=self.clock.now(),
                )

    def right(self, unit: Unit, charge: Charge) -> None:
        """The password was right: the name counts anew, and source and user get this try back, no more; else somebody
        with an account of their own could wipe out what they tried at others."""
        now = self.clock.now()
        everybody = unit.vault.index("guess", _EVERYBODY)
        rows = guesses.locked_counts(unit, [*charge.keys.values(), everybody], now)
        guesses.write_counts(
            unit,
            [
                _given_back(rows[everybody], None),
                *(
                    replace(rows[key], failures=0, until=None)
                    if kind == "name"
                    else _given_back(rows[key], charge.untils[kind])
                    for kind, key in charge.keys.items()
                ),
            ],
        )

    def clear(self, unit: Unit, credential: CredentialRow) -> bool:
        """Let an account's name count anew: its person came by face, or to the window. Whether anything was counted."""
        name = accounts.name_of(unit, credential)
        return guesses.forget_counts(unit, [unit.vault.index("guess", f"name|{name}")]) > 0

    def clear_person(self, unit: Unit, person_id: str) -> None:
        """As `clear`, for every account of a person who has just proven by face who they are."""
        for credential in accounts.all_of(unit, person_id):
            self.clear(unit, credential)

    def locked_until(self, unit: Unit, credential: CredentialRow) -> datetime | None:
        """Until when an account's name has to wait; None where it has not."""
        key = unit.vault.index("guess", f"name|{accounts.name_of(unit, credential)}")
        row = guesses.counts(unit, [key]).get(key)
        now = self.clock.now()
        return row.until if row is not None and row.until is not None and row.until > now else None

    def _keys(self, name: str, source: str, wechat_user_id: str) -> dict[str, str]:
        index = self.database.vault.index
        keys = {"name": index("guess", f"name|{name}"), "user": index("guess", f"user|{wechat_user_id}")}
        return keys | ({"source": index("guess", f"source|{network_of(source)}")} if source else {})

    def _counted(self, kind: str, row: GuessRow, now: datetime) -> GuessRow:
        """A count with one failure more, and how long to wait because of it."""
        if kind == "name":
            begun = 0 if now - row.last_at >= NAME_LOCK or row.failures >= NAME_TRIES else row.failures
            failures = begun + 1
            wait = NAME_LOCK if failures >= NAME_TRIES else delay(failures, NAME_FREE)
            return GuessRow(row.key, failures, now, now + wait if wait else None)
        free = self._free[kind]
        each = timedelta(hours=1) / free
        drained = max(0, int((now - row.last_at) / each))
        left = max(0, row.failures - drained)
        failures = left + 1
        wait = delay(failures, free)
        return GuessRow(row.key, failures, row.last_at + each * drained if left else now, now + wait if wait else None)

    def _refuse(self, keys: Mapping[str, str], rows: Mapping[str, GuessRow], now: datetime) -> None:
        refused = _waiting(keys, rows, now)
        if refused is None:
            return
        kind, row, until = refused
        logger.warning("a sign-in by password was not looked at: %s %s waits", kind, row.key[:12])
        raise TooMany(
            _sentence(kind, row, until, now),
            code="too-many-attempts",
            extra={"until": until.isoformat(), "retry_after": max(1, -int((now - until).total_seconds() // 1))},
        )


def delay(failures: int, free: int) -> timedelta:
    """How long to wait after so many failures, of which `free` cost nothing: 1, 2, 4, 8, 15, 15 … minutes."""
    if failures <= free:
        return timedelta()
    return min(timedelta(minutes=2 ** min(failures - free - 1, 4)), LONGEST)


def network_of(source: str) -> str:
    """What one household or office shares: an IPv4 address, or the first 64 bits of an IPv6 one; any other text as it
    is."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if isinstance(address, ipaddress.IPv6Address) and mapped is None:
        return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
    return str(mapped or address)


def clock_time(until: datetime, now: datetime) -> str:
    """A moment for a sentence, on the safe side of its minute: 15:04, or 明天 15:04."""
    minute = (until + timedelta(seconds=59)).astimezone(SHANGHAI)
    day = "" if minute.date() == now.astimezone(SHANGHAI).date() else "明天 "
    return f"{day}{minute:%H:%M}"


def _waiting(
    keys: Mapping[str, str], rows: Mapping[str, GuessRow], now: datetime
) -> tuple[str, GuessRow, datetime] | None:
    """Which of the three has to wait the longest, and until when."""
    found = [
        (kind, row, row.until)
        for kind, key in keys.items()
        if (row := rows.get(key)) is not None and row.until is not None and row.until > now
    ]
    return max(found, key=lambda each: each[2], default=None)


def _everybody(row: GuessRow, now: datetime) -> GuessRow:
    """One failure more of all together; `last_at` is when the present stretch of time began."""
    if now - row.last_at >= AT_LARGE_WITHIN:
        return GuessRow(row.key, 1, now, None)
    return replace(row, failures=row.failures + 1)


def _given_back(row: GuessRow, until: datetime | None) -> GuessRow:
    """A count without one try, and without the wait that this try set."""
    return replace(row, failures=max(0, row.failures - 1), until=None if row.until == until else row.until)


def _sentence(kind: str, row: GuessRow, until: datetime, now: datetime) -> str:
    at = clock_time(until, now)
    if kind != "name":
        return f"从您这里用密码登录没有成功的次数太多，请在 {at} 以后再试。现在要用，可以用人脸核验登录。"
    if row.failures >= NAME_TRIES:
        return (
            f"这个账号连着 {NAME_TRIES} 次没有对上密码，账号先锁住，{at} 以后再试。"
            "现在要用，可以用人脸核验登录，也可以带身份证件到窗口解锁。"
        )
    return f"连着几次没有对上密码，请在 {at} 以后再试。现在要用，可以用人脸核验登录。"

"""What slows down those who guess: captchas, and counts of sign-ins that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from wxserver.store.database import Unit, insert_or_ignore, insert_row
from wxserver.store.tables.accounts import Captcha, Guess
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import WeChatUser

_ANSWER = "captcha.answer_sealed"


def add_captcha(unit: Unit, *, answer: str, wechat_user_id: str, now: datetime, expires_at: datetime) -> str:
    """Keep the answer of a captcha, sealed; its id."""
    new = new_id()
    insert_row(
        unit,
        Captcha,
        id=new,
        answer_sealed=unit.vault.seal(_ANSWER, new, answer),
        wechat_user_id=wechat_user_id,
        created_at=now,
        expires_at=expires_at,
        used_at=None,
    )
    return new


def drawn(unit: Unit, wechat_user_id: str, *, since: datetime, expiring_after: datetime) -> int:
    """How many captchas were drawn for this user since an instant; `expiring_after`: those it gave run out later, which
    finds them by their index. Others who draw for the same user wait until this unit ends."""
    unit.connection.execute(select(WeChatUser.id).where(WeChatUser.id == wechat_user_id).with_for_update())
    count = unit.connection.scalar(
        select(func.count())
        .select_from(Captcha)
        .where(
            Captcha.expires_at > expiring_after,
            Captcha.wechat_user_id == wechat_user_id,
            Captcha.created_at > since,
        )
    )
    return count or 0


def answer_of(unit: Unit, captcha_id: str, wechat_user_id: str, now: datetime) -> str | None:
    """The answer of a captcha that still waits for one from this user."""
    sealed = unit.connection.scalar(
        select(Captcha.answer_sealed).where(
            Captcha.id == captcha_id,
            Captcha.wechat_user_id == wechat_user_id,
            Captcha.used_at.is_(None),
            Captcha.expires_at > now,
        )
    )
    return None if sealed is None else unit.vault.open(_ANSWER, captcha_id, sealed)


def use_captcha(unit: Unit, captcha_id: str, wechat_user_id: str, now: datetime) -> str | None:
    """Use up a captcha that waits for an answer from this user; the right answer. None to all but the first."""
    answer = answer_of(unit, captcha_id, wechat_user_id, now)
    if answer is None:
        return None
    used = unit.connection.execute(
        update(Captcha).where(Captcha.id == captcha_id, Captcha.used_at.is_(None)).values(used_at=now)
    )
    return answer if used.rowcount == 1 else None


def forget_captchas(unit: Unit, before: datetime) -> int:
    """Delete captchas that ran out before an instant; how many."""
    return unit.connection.execute(delete(Captcha).where(Captcha.expires_at < before)).rowcount


@dataclass(frozen=True, slots=True)
class GuessRow:
    """A count. `until`: nothing counted under this key is tried before then."""

    key: str
    failures: int
    last_at: datetime
    until: datetime | None


_GUESSES = select(Guess.key, Guess.failures, Guess.last_at, Guess.until)
_MOST = 4
"""Keys that are looked at together: a list of one length is compiled once, and this stands in the way of every try."""
_SOME = _GUESSES.where(Guess.key.in_([bindparam(f"key{number}") for number in range(_MOST)]))
_SOME_LOCKED = _SOME.order_by(Guess.key).with_for_update()
_SET = (
    update(Guess)
    .where(Guess.key == bindparam("of"))
    .values(failures=bindparam("to"), last_at=bindparam("at", type_=Guess.last_at.type), until=bindparam("then"))
)


def counts(unit: Unit, keys: Sequence[str]) -> dict[str, GuessRow]:
    """The counts under these keys, one to four; none where nothing was counted."""
    return {row.key: GuessRow(*row) for row in unit.connection.execute(_SOME, _named(keys))}


def locked_counts(unit: Unit, keys: Sequence[str], now: datetime) -> dict[str, GuessRow]:
    """The counts under these keys, each begun at 0 if there was none, and this unit's own until it ends. One to four.

    What is missing comes first, then the locks, both in the order of the keys: so no unit waits for another that waits
    for it.
    """
    wanted = sorted(set(keys))
    there = counts(unit, wanted)
    for key in wanted:
        if key not in there:
            insert_or_ignore(unit, Guess, key=key, failures=0, last_at=now, until=None)
    return {row.key: GuessRow(*row) for row in unit.connection.execute(_SOME_LOCKED, _named(wanted))}


def _named(keys: Sequence[str]) -> dict[str, str]:
    """The keys as parameters; the last one fills up."""
    return {f"key{number}": keys[min(number, len(keys) - 1)] for number in range(_MOST)}


def write_counts(unit: Unit, rows: Sequence[GuessRow]) -> None:
    """Change counts that are this unit's own."""
    values: list[Mapping[str, object]] = [
        {"of": row.key, "to": row.failures, "at": row.last_at, "then": row.until} for row in rows
    ]
    if values:
        unit.connection.execute(_SET, values)


def forget_counts(unit: Unit, keys: Sequence[str]) -> int:
    """Begin these counts anew; how many there were."""
    return unit.connection.execute(delete(Guess).where(Guess.key.in_(list(keys)))).rowcount


def forget_old(unit: Unit, before: datetime) -> int:
    """Delete counts to which nothing was added since an instant; how many."""
    return unit.connection.execute(delete(Guess).where(Guess.last_at < before)).rowcount

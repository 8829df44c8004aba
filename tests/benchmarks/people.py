"""Citizens who are signed in already: written to the store at once, outside everything that is measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import insert

from bundles.definition import PhotoRule
from bundles.ports import IdentityDocument
from tests import drawn
from tests.benchmarks.stand import ACCOUNT, Place
from wxserver.adapters.photos import PillowInspector
from wxserver.ports import Prepared
from wxserver.store import people, uploads
from wxserver.store.tables.base import new_id
from wxserver.store.tables.identity import Person, SignedSession, WeChatUser
from wxserver.usecases.sessions import LIFETIME, SessionView
from wxserver.usecases.tokens import hash_of, new_token

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_serial = count()


@dataclass(frozen=True, slots=True)
class Resident:
    """A person with a fresh face verification. `kind` of their session: bearer or cookie."""

    person_id: str
    token: str
    id_number: str
    kind: str

    @property
    def headers(self) -> dict[str, str]:
        if self.kind == "bearer":
            return {"Authorization": f"Bearer {self.token}"}
        return {"Cookie": f"wxserver_session={self.token}"}

    def session(self, place: Place) -> SessionView:
        found = place.desk.sessions.find(self.token)
        assert found is not None, "the session that was prepared is not there"
        return found


def id_number() -> str:
    """A resident's number that nobody else in this run has: right in form and check digit, born 1950 or later."""
    serial = next(_serial)
    day = date(1950, 1, 1) + timedelta(days=serial // 900)
    head = f"445202{day:%Y%m%d}{100 + serial % 900}"
    return head + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(head, _WEIGHTS, strict=True)) % 11]


def settle(place: Place, number: int, kind: str = "bearer", numbers: list[str] | None = None) -> list[Resident]:
    """So many new persons with a WeChat user and a session each; with `numbers`, those of the registry's people."""
    now = datetime.now(UTC)
    found: list[Resident] = []
    rows: dict[Any, list[dict[str, object]]] = {Person: [], WeChatUser: [], SignedSession: []}
    with place.database.write() as unit:
        for each in numbers or [id_number() for _ in range(number)]:
            resident = Resident(new_id(), new_token(), each, kind)
            user = new_id()
            rows[Person].append(
                {
                    "id": resident.person_id,
                    "name_sealed": unit.vault.seal("person.name_sealed", resident.person_id, "陈桂英"),
                    "document_kind": "resident_id",
                    "document_sealed": unit.vault.seal("person.document_sealed", resident.person_id, each),
                    "document_index": people.document_index(unit, IdentityDocument("resident_id", each)),
                    "created_at": now,
                    "updated_at": now,
                }
            )
            rows[WeChatUser].append(
                {
                    "id": user,
                    "account": ACCOUNT,
                    "openid": f"o{user}",
                    "person_id": resident.person_id,
                    "bound_at": now,
                    "created_at": now,
                }
            )
            rows[SignedSession].append(
                {
                    "id": new_id(),
                    "token_hash": hash_of(resident.token),
                    "kind": kind,
                    "account": ACCOUNT,
                    "wechat_user_id": user,
                    "person_id": resident.person_id,
                    "assurance": "face",
                    "assured_at": now,
                    "created_at": now,
                    "seen_at": now,
                    "expires_at": now + LIFETIME,
                }
            )
            found.append(resident)
        for table, values in rows.items():
            unit.session.execute(insert(table), values)
    return found


@cache
def _prepared() -> list[tuple[str, Prepared]]:
    """The two pictures that `apply` demands, looked at once."""
    inspector = PillowInspector()
    return [
        ("identity_document", inspector.inspect("identity_document", drawn.card_sample(), None)),
        ("photo", inspector.inspect("photo", drawn.good_portrait(), PhotoRule(358, 441))),
    ]


def papers(place: Place, residents: list[Resident]) -> dict[str, list[str]]:
    """Person -> ids of the pictures that `apply` demands, handed in beforehand."""
    now, digest = datetime.now(UTC), "0" * 64
    found: dict[str, list[str]] = {}
    with place.database.write() as unit:
        for each in residents:
            for kind, made in _prepared():
                name = uploads.new_name()
                place.desk.uploading.files.write(name, uploads.seal(unit, name, made.content), now)
                uploads.add(
                    unit,
                    name,
                    person_id=each.person_id,
                    kind=kind,
                    key=name,
                    raw_sha256=digest,
                    sha256=digest,
                    size=len(made.content),
                    width=made.width,
                    height=made.height,
                    now=now,
                )
                found.setdefault(each.person_id, []).append(name)
    return found

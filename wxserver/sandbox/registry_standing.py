"""What the registry knows of a person beside cards and productions: insurance, residence, batch, profile, picture,
and of a child who its guardians are."""

import base64
import hashlib
import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

PROFILE = ("phone", "address", "email", "occupation")
BATCHES = ("data_ready", "producing", "made")
_SAME_NUMBER = ("resident_id", "household_register")
_REGION = re.compile(r"[0-9]{6}")


def fault(standing: object) -> str | None:
    """What is wrong with a standing as scripts write it, as a sentence; None where it can be kept."""
    if not isinstance(standing, dict) or not set(standing) <= {"insured", "lives_elsewhere", "batch"}:
        return "standing 里只能写 insured、lives_elsewhere 和 batch。"
    insured = standing.get("insured")
    if insured is not None and not (isinstance(insured, list) and all(_is_region(code) for code in insured)):
        return "standing.insured 应是一个列表，里面是 6 位的地区代码。"
    if not isinstance(standing.get("lives_elsewhere"), bool | None):
        return "standing.lives_elsewhere 应是 true 或 false。"
    if standing.get("batch") not in (None, *BATCHES):
        return f"standing.batch 应是 {'、'.join(BATCHES)} 中的一个。"
    return None


def _is_region(code: object) -> bool:
    return isinstance(code, str) and _REGION.fullmatch(code) is not None


def keep(connection: sqlite3.Connection, id_type: str, id_number: str, standing: Mapping[str, Any]) -> None:
    """Know this of a person from now on. In a write transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO standing (id_type, id_number, document) VALUES (?, ?, ?)",
        (id_type, id_number, json.dumps(dict(standing))),
    )


def of(connection: sqlite3.Connection, id_type: str, id_number: str) -> dict[str, Any]:
    """What is known of a person; null where nothing is."""
    who = (id_type, id_number)
    known = _document(connection, who)
    row = connection.execute("SELECT * FROM holder WHERE id_type = ? AND id_number = ?", who).fetchone()
    profile = {} if row is None else {name: row[name] for name in PROFILE if row[name]}
    return {name: known.get(name) for name in ("insured", "lives_elsewhere", "batch")} | {"profile": profile}


def fault_of_guardians(guardians: object) -> str | None:
    """What is wrong with a list of guardians as scripts write it, as a sentence; None where it can be kept."""
    if not isinstance(guardians, list) or len(guardians) > 10 or not all(_is_document(each) for each in guardians):
        return "guardians 应是一个列表，每个人写 id_type 和 id_number。"
    return None


def _is_document(each: object) -> bool:
    names = ("id_type", "id_number")
    return isinstance(each, dict) and set(each) == set(names) and all(isinstance(each[name], str) for name in names)


def keep_guardians(
    connection: sqlite3.Connection, id_type: str, id_number: str, guardians: Sequence[Mapping[str, str]]
) -> None:
    """Know these as the person's guardians from now on. In a write transaction."""
    known = _document(connection, (id_type, id_number))
    keep(connection, id_type, id_number, known | {"guardians": [dict(each) for each in guardians]})


def is_guardian(connection: sqlite3.Connection, guardian: tuple[str, str], minor: tuple[str, str]) -> bool:
    """Whether the one is the other's guardian; a household register bears the number of the identity card."""
    kinds = {minor[0], "resident_id", "household_register"} if minor[0] in _SAME_NUMBER else {minor[0]}
    told = [each for kind in kinds for each in _document(connection, (kind, minor[1])).get("guardians", [])]
    return any((each["id_type"], each["id_number"]) == guardian for each in told)


def _document(connection: sqlite3.Connection, who: tuple[str, str]) -> dict[str, Any]:
    row = connection.execute("SELECT document FROM standing WHERE id_type = ? AND id_number = ?", who).fetchone()
    found: dict[str, Any] = {} if row is None else json.loads(row["document"])
    return found


def keep_photo(connection: sqlite3.Connection, id_type: str, id_number: str, content: bytes) -> None:
    """Keep the JPEG that a production has brought, in place of an older one. In a write transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO photo (id_type, id_number, content) VALUES (?, ?, ?)", (id_type, id_number, content)
    )


def photo_of(connection: sqlite3.Connection, id_type: str, id_number: str) -> dict[str, Any]:
    """The person's picture as the registry gives it away; null where there is none."""
    row = connection.execute(
        "SELECT content FROM photo WHERE id_type = ? AND id_number = ?", (id_type, id_number)
    ).fetchone()
    if row is None:
        return {"photo": None}
    content = bytes(row["content"])
    return {
        "photo": {
            "media_type": "image/jpeg",
            "sha256": hashlib.sha256(content).hexdigest(),
            "content": base64.b64encode(content).decode(),
        }
    }

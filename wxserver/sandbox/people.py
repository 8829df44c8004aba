"""WeChat users and cardholders: made by scripts, or the demo people of a fresh sandbox."""

import hashlib
import json
import secrets
import sqlite3
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from wxserver.sandbox import registry_losses, registry_standing
from wxserver.sandbox.clock import Clock
from wxserver.sandbox.state import Database, serial

CARD_STATES = ("sealed", "active", "temporarily_lost", "formally_lost", "locked", "cancelled")
ID_TYPES = (
    "resident_id",
    "household_register",
    "passport",
    "hk_macao_permit",
    "taiwan_permit",
    "hmt_residence_permit",
    "permanent_residence",
    "officer_card",
    "social_security_card",
)
BANK = "中国农业银行"
REGION = "揭阳市"
DEFAULT_OPENID = "oDemoLinXiulan00000000000001"
CARDS = "SELECT card.*, loss.ends_on AS loss_ends_on FROM card LEFT JOIN loss ON loss.card = card.reference"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"

DEMO: tuple[dict[str, Any], ...] = (
    {
        "openid": DEFAULT_OPENID,
        "name": "林秀兰",
        "body": "44520219560312002",
        "phone": "13822905620",
        "about": "退休，有两张卡：一张在用，一张没启用",
        "address": "揭阳市榕城区进贤门大道 18 号",
        "cards": ({"state": "active", "bank": BANK}, {"state": "sealed", "bank": "中国工商银行"}),
    },
    {
        "openid": "oDemoChenZhiqiang00000000002",
        "name": "陈志强",
        "body": "44520119980716351",
        "phone": "13925600317",
        "about": "28 岁，还没有卡",
        "address": None,
        "cards": (),
    },
    {
        "openid": "oDemoHuangMeizhen00000000003",
        "name": "黄美珍",
        "body": "44522119830924466",
        "phone": "13676012208",
        "about": "卡已正式挂失",
        "address": "揭阳市揭东区金凤路 6 号",
        "cards": ({"state": "formally_lost", "bank": BANK},),
    },
    {
        "openid": "oDemoChenXiaoyu0000000000004",
        "name": "陈小雨",
        "body": "44520220150508704",
        "phone": "13925600317",
        "about": "11 岁，要监护人代办，社保卡系统知道监护人是陈志强",
        "guardians": ("44520119980716351",),
        "address": None,
        "cards": (),
    },
)

DEMO_STANDING = {"insured": ["445202"], "lives_elsewhere": False}


def resident_id(body: str) -> str:
    """The 18-character number of 17 given digits (ISO 7064 MOD 11-2)."""
    return body + _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def random_resident_id(today: date) -> str:
    """A valid number of somebody aged 20 to 70 from Rongcheng."""
    birth = today - timedelta(days=20 * 366 + secrets.randbelow(50 * 365))
    return resident_id(f"445202{birth:%Y%m%d}{secrets.randbelow(1000):03d}")


def tidy_number(text: str) -> str:
    """A document number as it is compared: NFKC, no blanks, upper case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def openid_for(user_openid: str, account_kind: str, app_id: str) -> str:
    """The openid of this person at an account: the known one at official accounts, another one at mini-programs."""
    if account_kind == "service":
        return user_openid
    return "o" + hashlib.sha256(f"{app_id}|{user_openid}".encode()).hexdigest()[:27]


def add_user(
    connection: sqlite3.Connection,
    name: str,
    id_type: str,
    id_number: str,
    *,
    openid: str | None = None,
    demo: str | None = None,
) -> str:
    """A WeChat user who follows the account; returns the openid. In a write transaction."""
    chosen = openid or f"o{secrets.token_hex(14)[:27]}"
    union = "u" + hashlib.sha256(chosen.encode()).hexdigest()[:27]
    connection.execute(
        "INSERT INTO user (openid, unionid, name, id_type, id_number, demo, serial) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (chosen, union, name, id_type, id_number, demo, serial(connection, "user")),
    )
    return chosen


def keep_holder(
    connection: sqlite3.Connection,
    id_type: str,
    id_number: str,
    name: str,
    phone: str | None,
    address: str | None = None,
    email: str | None = None,
    occupation: str | None = None,
) -> None:
    """Know a cardholder; one known already keeps what is not given anew. In a write transaction."""
    connection.execute(
        "INSERT INTO holder (id_type, id_number, name, phone, address, email, occupation) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id_type, id_number) DO UPDATE SET name = excluded.name, phone = coalesce(excluded.phone, phone),"
        " address = coalesce(excluded.address, address), email = coalesce(excluded.email, email),"
        " occupation = coalesce(excluded.occupation, occupation)",
        (id_type, id_number, name, phone, address, email, occupation),
    )


def add_card(
    connection: sqlite3.Connection,
    id_type: str,
    id_number: str,
    *,
    state: str,
    bank: str,
    region: str,
    expires_on: str,
    today: date,
) -> str:
    """A card of a cardholder, a lost one reported lost today; returns its reference. In a write transaction."""
    number, reference = serial(connection, "card"), f"c{secrets.token_hex(10)}"
    connection.execute(
        "INSERT INTO card (reference, number, id_type, id_number, bank, region, state, before, expires_on, serial)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?, ?)",
        (reference, f"X{number * 8 + 11:08d}", id_type, id_number, bank, region, state, expires_on, number),
    )
    if state == "temporarily_lost":
        registry_losses.keep(connection, reference, "active", "temporary", today)
    return reference


def card_document(row: Mapping[str, Any] | sqlite3.Row) -> dict[str, Any]:
    """A card as the registry tells it; with `loss_ends_on`, the last day of a temporary loss, while it lasts."""
    names = ("number", "bank", "region", "state", "expires_on")
    told = {"card": row["reference"]} | {name: row[name] for name in names}
    return told | ({"loss_ends_on": row["loss_ends_on"]} if row["state"] == "temporarily_lost" else {})


def cards_of(connection: sqlite3.Connection, id_type: str, id_number: str) -> list[dict[str, Any]]:
    """The cards of a document's holder, oldest first."""
    rows: Sequence[sqlite3.Row] = connection.execute(
        f"{CARDS} WHERE id_type = ? AND id_number = ? ORDER BY serial", (id_type, id_number)
    ).fetchall()
    return [card_document(row) for row in rows]


def ten_years_on(today: date) -> str:
    """When a card made today expires."""
    return (today + timedelta(days=3652)).isoformat()


def seed(database: Database, clock: Clock) -> None:
    """Let the demo people in, where there is nobody yet."""
    today = clock.now().date()
    with database.write() as connection:
        if connection.execute("SELECT 1 FROM user LIMIT 1").fetchone():
            return
        for person in DEMO:
            number = resident_id(person["body"])
            demo = json.dumps({"about": person["about"]}, ensure_ascii=False)
            add_user(connection, person["name"], "resident_id", number, openid=person["openid"], demo=demo)
            keep_holder(connection, "resident_id", number, person["name"], person["phone"], person["address"])
            registry_standing.keep(connection, "resident_id", number, DEMO_STANDING)
            known = [{"id_type": "resident_id", "id_number": resident_id(each)} for each in person.get("guardians", ())]
            registry_standing.keep_guardians(connection, "resident_id", number, known)
            for card in person["cards"]:
                add_card(
                    connection,
                    "resident_id",
                    number,
                    state=card["state"],
                    bank=card["bank"],
                    region=REGION,
                    expires_on=ten_years_on(today),
                    today=today,
                )

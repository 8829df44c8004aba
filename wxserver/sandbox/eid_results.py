"""What E证通 says about a verification: its result codes, and the answer to a query made of a remembered one."""

import base64
import hashlib
import sqlite3
from typing import Any

from wxserver.sandbox import eid_seal
from wxserver.sandbox.eid_settings import Merchant

LIFETIME = 600.0
"""Seconds from the token to the end of the person's time."""
KEPT = 3 * 86400.0
"""Seconds for which a result can be asked for, from the token on."""
PASSED, OVER_TIME, UNFINISHED, NOT_THE_SAME = 0, 15, 17, 2016
FAILURES = {
    NOT_THE_SAME: "人脸和证件照片不是同一人",
    2006: "姓名和证件号码不匹配",
    2005: "权威库里没有这个人的照片",
    2007: "权威库里没有这个号码",
    2008: "权威库里的照片不能用",
    301: "证件号码和传入的不同",
    302: "证件过期了",
    1001: "活体检测没有通过",
    1003: "活体：光线太暗",
    1004: "活体：没有正对镜头",
    1005: "活体：动作没有做对",
    1006: "活体：画面不清楚",
    1007: "活体：检测中断",
    1008: "活体：怀疑不是真人",
    203: "没有授权使用人脸",
    204: "撤回了授权",
    16: "重试次数用完",
    14: "流程已经做过",
}
"""Codes of a verification that did not pass, by what facts/identity-and-law.md §1.1 says of their groups.

The documents give the ten codes of liveness and the library only by group; the words for each are the sandbox's own.
"""
MESSAGES = FAILURES | {PASSED: "成功", OVER_TIME: "Token 过期", UNFINISHED: "流程未完成"}
STRANGER = ("张伟", "110101199003070011")
"""The person whom the lies speak of."""
LIES = ("other_person", "other_sealed", "other_extra", "unsealed", "contradiction")
"""What an answer may be wrong about: the person, the person in the sealed part alone, what was passed through; the
sealed part left out, and a comparison that failed where the whole is said to have passed."""
_BLANK = "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="


def status(row: sqlite3.Row, now: float) -> str:
    """``init`` before the person has come, ``doing``, ``finished``, or ``timeout``; ``now``: Unix seconds."""
    if row["err_code"] is not None:
        return "finished"
    if now > row["issued"] + LIFETIME:
        return "timeout"
    return "doing" if row["opened"] else "init"


def result(merchant: Merchant, row: sqlite3.Row, info_type: str, now: float) -> dict[str, Any]:
    """The fields of GetEidResult; pictures only where ``info_type`` asks for more than the text (``1``)."""
    code = row["err_code"]
    if code is None:
        code = OVER_TIME if now > row["issued"] + LIFETIME else UNFINISHED
    done = code not in (OVER_TIME, UNFINISHED)
    told: dict[str, Any] = {
        "Text": _text(row, code) if done else _empty(row, code),
        "EidInfo": _sealed(merchant, row) if code == PASSED and row["lie"] != "unsealed" else None,
        "IdCardData": None,
        "BestFrame": None,
        "IntentionVerifyData": None,
    }
    if done and info_type != "1":
        told["BestFrame"] = {"BestFrame": _BLANK, "BestFrames": []}
    return told


def _empty(row: sqlite3.Row, code: int) -> dict[str, Any]:
    names = ("IdCard", "Name", "UseIDType", "LiveStatus", "LiveMsg", "Comparestatus", "Comparemsg", "Sim")
    return {"ErrCode": code, "ErrMsg": MESSAGES[code], "Extra": row["extra"]} | dict.fromkeys(names)


def _text(row: sqlite3.Row, code: int) -> dict[str, Any]:
    """Liveness comes before the comparison, and codes of neither leave both open."""
    live = code if 1000 < code < 2000 else 0 if code == PASSED or code > 2000 else None
    compared = NOT_THE_SAME if row["lie"] == "contradiction" else code if live == 0 else None
    name, number = STRANGER if row["lie"] == "other_person" else (row["name"], row["id_card"])
    return {
        "ErrCode": code,
        "ErrMsg": MESSAGES.get(code, "核验没有通过"),
        "IdCard": number,
        "Name": name,
        "UseIDType": 1 if number.startswith(("81", "82", "83")) else 0,
        "IdInfoFrom": "其他",
        "LiveStatus": live,
        "LiveMsg": None if live is None else MESSAGES.get(live, "活体没有通过"),
        "Comparestatus": compared,
        "Comparemsg": None if compared is None else MESSAGES.get(compared, "比对没有通过"),
        "Sim": {PASSED: "97.32", NOT_THE_SAME: "31.05"}.get(code),
        "CompareLibType": None if compared is None else "权威库",
        "LivenessMode": 0 if live is None else 2,
        "LivenessDetail": [],
        "Extra": "another-" + row["extra"][:1000] if row["lie"] == "other_extra" else row["extra"],
    }


def _sealed(merchant: Merchant, row: sqlite3.Row) -> dict[str, str] | None:
    if merchant.public_key is None:
        return None
    person = STRANGER if row["lie"] in ("other_person", "other_sealed") else (row["name"], row["id_card"])
    sealed = eid_seal.seal(merchant.public_key, merchant.sealing, *person)
    # Numbers of this kind look random to us; the same person has the same one at a merchant.
    code = hashlib.sha256(f"{merchant.merchant_id}|{person[1]}".encode()).digest()
    return {
        "EidCode": base64.b64encode(code).decode(),
        "EidSign": base64.b64encode(code[::-1] * 2).decode(),
        "DesKey": sealed.des_key,
        "UserInfo": sealed.user_info,
    }

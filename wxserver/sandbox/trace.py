"""An exchange on the wire in plain words, as the phone's page shows it."""

import re
import sqlite3
from typing import Any

from wxserver.sandbox.traffic import PARTIES

PROOFS = {
    "signed": "已签",
    "token": "令牌",
    "session": "会话",
    "forged": "签名不对",
    "bad": "签名不对",
    "overheard": "偷听来的",
    "": "–",
}
RESULTS = {
    200: "成功",
    201: "已发起",
    202: "已受理",
    204: "收下",
    302: "转回",
    303: "转回",
    400: "写错了",
    401: "不认，没有办",
    404: "没找到",
    409: "对不上",
    413: "太大，没有收",
    422: "不能办",
    503: "故障",
}
TWICE = "（重复的）"
_REFERENCE = re.compile(r"/([a-z][0-9a-f]{3})[0-9a-f]{12,}")


def told(row: sqlite3.Row) -> dict[str, Any]:
    """A row of ``traffic`` in words. Amber (``trouble``) is what got no answer or a bad one."""
    status, meaning = row["status"], row["meaning"]
    taken = status is not None and 200 <= status < 300
    if status is None:
        result = "没有回音" if row["finished"] else "等待中"
    elif taken and meaning.endswith(TWICE):
        meaning, result = meaning.removesuffix(TWICE) + "（重复的，不再办）", f"{status} 同前"
    elif taken and row["receiver"] == "app":
        result = f"{status} 收下"
    else:
        result = f"{status} {RESULTS.get(status, '成功' if status < 400 else '没成')}"
    return {
        "id": row["id"],
        "time": row["at"][11:19],
        "sender": PARTIES[row["sender"]],
        "receiver": PARTIES[row["receiver"]],
        "meaning": meaning,
        "line": f"{row['method']} {_shortened(row['path'])}",
        "proof": PROOFS[row["proof"]],
        "proven": row["proof"] in ("signed", "token"),
        "forged": row["proof"] in ("forged", "bad", "overheard"),
        "result": result,
        "trouble": bool(row["finished"]) if status is None else status >= 400,
        "ms": "" if row["ms"] is None else f"{row['ms']} ms",
    }


def _shortened(path: str) -> str:
    return _REFERENCE.sub(r"/\1…", path.partition("?")[0])

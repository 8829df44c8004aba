"""What stands in the chat with the official account: words said, and messages as cards with labelled lines."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LABELS = {
    "thing": "办理事项",
    "phrase": "现在进度",
    "character_string": "办件编号",
    "number": "数目",
    "letter": "编号",
    "time": "时间",
    "date": "日期",
    "amount": "金额",
    "name": "姓名",
    "phone_number": "电话",
    "const": "说明",
    "symbol": "说明",
    "keyword": "内容",
}
"""How WeChat's field names begin, and what the card writes before the value; the real words stand in the template."""
KINDS = {"template": "办件通知", "subscribe": "服务通知"}
SHOWN = 40


def of(connection: sqlite3.Connection, openids: Sequence[str], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """The last 40 things of one person's chat, oldest first; each has an ``id`` that never changes.

    ``openids``: theirs, the one at the official account first. ``titles``: of templates, by their numbers.
    """
    said = [
        {"id": f"c{row['id']}", "side": row["side"], "text": row["text"], "at": row["at"]}
        for row in connection.execute(
            "SELECT * FROM chat WHERE openid = ? ORDER BY id DESC LIMIT ?", (openids[0], SHOWN)
        )
    ]
    for row in connection.execute(
        "SELECT * FROM message WHERE openid IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?",
        (json.dumps(openids), SHOWN),
    ):
        body = json.loads(row["document"])
        title = titles.get(str(body.get("template_id")), KINDS.get(row["kind"], "通知"))
        shown = _written(body) if row["kind"] == "custom" else _card(body, title)
        said.append({"id": f"m{row['id']}", "at": row["at"]} | shown)
    said.reverse()
    said.sort(key=lambda one: str(one["at"]))
    return said[-SHOWN:]


def _written(body: Mapping[str, Any]) -> dict[str, Any]:
    text, news = _table(body.get("text")), _table(body.get("news"))
    articles = news.get("articles")
    if text:
        return {"side": "them", "text": _text(text.get("content"))}
    if isinstance(articles, list) and articles:
        first = _table(articles[0])
        lines = [{"label": "", "value": _text(first["description"])}] if first.get("description") else []
        return {
            "side": "notice",
            "title": _text(first.get("title")) or "图文消息",
            "lines": lines,
            "url": first.get("url"),
        }
    return {"side": "them", "text": "收到一条消息，这里显示不了。"}


def _card(body: Mapping[str, Any], title: str) -> dict[str, Any]:
    fields = dict(_fields(_table(body.get("data"))))
    title = fields.pop("first", "") or title
    lines = [{"label": _label(name), "value": value} for name, value in fields.items()]
    return {"side": "notice", "title": title, "lines": lines, "url": _address(body)}


def _address(body: Mapping[str, Any]) -> str | None:
    """Where a tap on the card leads: a web page; the pages of a mini-program are nothing that this phone can open."""
    given = body.get("url") or body.get("page")
    return given if isinstance(given, str) and given.startswith(("http://", "https://")) else None


def _fields(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        words = _text(value.get("value") if isinstance(value, dict) else value)
        if words:
            yield str(name), words


def _label(name: str) -> str:
    return LABELS.get(re.sub(r"\d+$", "", name), "")


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()

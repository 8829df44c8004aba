"""WeRoBot's echo for encrypted pushes as its documentation shows it; no deduplication either.

`WECHAT_SESSIONS`: a folder for its sessions, which it keeps unless told otherwise; empty: they are switched off.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import werobot
from werobot.session.sqlitestorage import SQLiteStorage

Start = Callable[..., Any]


def create_app() -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """`WECHAT_TOKEN`, `WECHAT_AES_KEY`, `WECHAT_APP_ID` name the account; pushes come to `/`."""
    token, aes_key, app_id = (os.environ[f"WECHAT_{name}"] for name in ("TOKEN", "AES_KEY", "APP_ID"))
    folder = os.environ.get("WECHAT_SESSIONS", "")
    more = {"session_storage": SQLiteStorage(str(Path(folder) / "werobot.db"))} if folder else {"enable_session": False}
    robot = werobot.WeRoBot(token=token, encoding_aes_key=aes_key, app_id=app_id, **more)

    @robot.text
    def echo(message: Any) -> Any:
        return message.content

    bottle = robot.wsgi

    def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/healthz":
            start("200 OK", [("Content-Type", "text/plain")])
            return [b"ok"]
        answer: Iterable[bytes] = bottle(environ, start)
        return answer

    return app

"""The identity provider: verifications on request, a face page for the citizen, a signed callback with the result."""

import hashlib
import json
import secrets
import sqlite3
import unicodedata
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request

from wxserver.sandbox import eid_orders, far_side, traffic
from wxserver.sandbox.clock import from_timestamp, rfc3339
from wxserver.sandbox.people import ID_TYPES, tidy_number
from wxserver.sandbox.settings import is_loopback
from wxserver.sandbox.wechat_login import current_user
from wxserver.sandbox.world import World, answer, problem, world

blueprint = Blueprint("identity", __name__, url_prefix="/identity")

FIELDS = ("reference", "name", "id_type", "id_number", "return_url", "callback_url", "purpose")
LIFETIME = timedelta(minutes=10)
RESULTS = ("passed", "failed", "cancelled")
FAIL_CODES = {"passed": None, "failed": "face-mismatch", "cancelled": "user-cancelled", "expired": "expired"}
REASONS = {
    "face-mismatch": "不是本人",
    "no-record": "库里没有这个人",
    "liveness": "没有通过活体检测",
    "poor-image": "画面不清楚",
    "device": "手机不支持",
    "network": "网络断了",
    "vendor-fault": "核验平台出错",
    "quota": "核验次数用完了",
}
"""Why a verification did not pass, with words for it."""
LIES = ("other_person", "other_reference", "level_password")
"""What an answer may be wrong about: the person, our reference, how the person was verified."""
MEANINGS = {"passed": "通过", "failed": "不通过", "cancelled": "市民取消了", "expired": "过期了"}
PATIENCE = 2.0
"""Seconds that the redirect waits for the callback's first attempt, so that the result is usually there first."""
WAY = {"service": "nickname", "nickname": "open", "open": "face"}
"""The provider's own steps before the face page, each with the one after it."""
ON_THE_WAY = {
    "service": "打开身份平台，选服务",
    "nickname": "点核验登录，看昵称和头像的请求",
    "open": "允许昵称和头像，看打开小程序的请求",
    "consent": "打开人脸核验页",
    "decide": "勾选同意，开始人脸核验",
}
ALLOWED = "sandbox_allowed"
"""The cookie that remembers who has let the provider have nickname and avatar: asked once on a phone."""
_DOTS = str.maketrans(dict.fromkeys("•・.", "·"))


def subject_digest(id_type: str, id_number: str, name: str) -> str:
    """Hex SHA-256 of ``id_type|id_number|name``, tidied as the contract says."""
    tidied = "".join(unicodedata.normalize("NFKC", name).split()).translate(_DOTS)
    return hashlib.sha256(f"{id_type}|{tidy_number(id_number)}|{tidied}".encode()).hexdigest()


@blueprint.post("/verifications")
@far_side.signed("identity", "请它核验人脸", effect=True)
def create() -> Response:
    """Start a verification; the same reference again answers the same one."""
    try:
        body = json.loads(request.get_data() or b"null")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return problem(400, "bad-request", "发来的内容不是一个 JSON 对象。")
    for name in FIELDS:
        if not isinstance(body.get(name), str) or not body[name].strip():
            return problem(400, "bad-request", f"少了 {name}。")
    if body["id_type"] not in ID_TYPES:
        return problem(400, "bad-request", "证件种类不认识。")
    if not (is_loopback(body["return_url"]) and is_loopback(body["callback_url"])):
        return problem(400, "bad-request", "沙箱只回到本机的地址。")
    here = world()
    asked = json.dumps({name: body[name] for name in FIELDS}, ensure_ascii=False, sort_keys=True)
    with here.database.write() as connection:
        row = connection.execute(
            "SELECT * FROM verification WHERE provider = ? AND reference = ?", (g.signer, body["reference"])
        ).fetchone()
        if row is not None and row["request"] != asked:
            return problem(409, "reference-used", "这个编号已经用来核验过别人。")
        if row is None:
            row = connection.execute(
                "INSERT INTO verification (provider_reference, provider, reference, request, name, id_type, id_number,"
                " return_url, callback_url, purpose, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
                (
                    f"v{secrets.token_hex(12)}",
                    g.signer,
                    body["reference"],
                    asked,
                    body["name"],
                    body["id_type"],
                    body["id_number"],
                    body["return_url"],
                    body["callback_url"],
                    body["purpose"],
                    (here.clock.now() + LIFETIME).timestamp(),
                ),
            ).fetchone()
            traffic.effect(
                connection,
                here.clock,
                "identity",
                "verifications",
                key=body["reference"],
                person=tidy_number(body["id_number"]),
            )
    started = {
        "provider_reference": row["provider_reference"],
        "url": f"{here.settings.sandbox_url}/identity/face/{row['provider_reference']}",
        "expires_at": rfc3339(from_timestamp(row["expires"])),
    }
    return answer(started, 201)


@blueprint.get("/verifications/<provider_reference>")
@far_side.signed("identity", "查核验结果", effect=False)
def show(provider_reference: str) -> Response:
    """A verification as it stands; ``result`` is null until there is one."""
    here = world()
    with here.database.read() as connection:
        row = _find(connection, provider_reference)
    if row is None or row["provider"] != g.signer:
        return problem(404, "no-such-verification", "没有这次核验。")
    if row["result"] is None and here.clock.timestamp() > row["expires"]:
        settle(here, provider_reference, "expired")
    with here.database.read() as connection:
        return answer(_told(connection, _find(connection, provider_reference) or row))


def _stage() -> str:
    """Which step this view is: the whole way in the phone's frame, straight to the face page in a browser's own tab."""
    if request.args.get("step") == "2":
        return "decide" if request.args.get("agreed") == "yes" else "consent"
    way = request.args.get("way")
    if way in WAY:
        return way
    framed = request.headers.get("Sec-Fetch-Dest") == "iframe"
    return "service" if way is None and framed and request.cookies.get(ALLOWED) != _holder() else "consent"


def _holder() -> str:
    with world().database.read() as connection:
        holder = current_user(connection)
    return str(holder["openid"]) if holder else ""


@blueprint.get("/face/<provider_reference>")
@far_side.page("identity", lambda: ON_THE_WAY[_stage()])
def face_page(provider_reference: str) -> Response:
    """What the citizen sees: the provider's own steps, then the second tick, then the buttons that decide."""
    here, stage = world(), _stage()
    with here.database.read() as connection:
        row = _find(connection, provider_reference)
    if row is None:
        return _page(404, title="没有找到这次核验", row=None, step="gone")
    if row["result"] is None and here.clock.timestamp() > row["expires"]:
        settle(here, provider_reference, "expired")
        return _page(200, title="这次核验已经过期", row=row, step="over")
    if row["result"] is not None:
        return _page(200, title="这次核验已经结束", row=row, step="over")
    if stage in WAY:
        return _page(200, title="身份核验", row=row, step=stage)
    missing = stage == "consent" and request.args.get("step") == "2"
    response = _page(200, title="人脸核验", row=row, step=stage, missing=missing)
    if request.args.get("way") == "face":
        response.set_cookie(ALLOWED, _holder(), httponly=True, samesite="Lax")
    return response


@blueprint.post("/face/<provider_reference>")
@far_side.page("identity", "做完人脸核验")
def decide(provider_reference: str) -> Response:
    """Take a result, call back, and send the person to ``return_url``; a second time only sends them there."""
    here, result = world(), request.form.get("result", "")
    with here.database.read() as connection:
        row = _find(connection, provider_reference)
    if row is None:
        return _page(404, title="没有找到这次核验", row=None, step="gone")
    if result not in RESULTS:
        return _page(400, title="请选一个结果", row=row, step="decide")
    over = here.clock.timestamp() > row["expires"]
    number = settle(here, provider_reference, "expired" if over else result, request.form.get("fail_code", ""))
    if number is not None:
        here.outbox.await_attempt(number, PATIENCE)
    # The return carries no result, on purpose: the app believes the callback or asks.
    return make_response(redirect(row["return_url"], 303))


def settle(here: World, provider_reference: str, result: str, reason: str = "") -> int | None:
    """Give a verification its final result, once, and put the callback into the outbox. ``reason``: of `REASONS`, for
    one that failed.

    Returns the callback's number where its first attempt is worth waiting for, else None.
    """
    with here.database.write() as connection:
        row = connection.execute(
            "UPDATE verification SET result = ?, fail_code = ?, verified_at = ? WHERE provider_reference = ?"
            " AND result IS NULL RETURNING *",
            (
                result,
                reason if result == "failed" and reason in REASONS else FAIL_CODES[result],
                here.clock.text(),
                provider_reference,
            ),
        ).fetchone()
        if row is None:
            return None
        lie = eid_orders.take(connection, "identity_lie")
        if lie is not None:
            connection.execute(
                "INSERT INTO verification_lie (provider_reference, lie) VALUES (?, ?)", (provider_reference, lie)
            )
        event = {"type": "verification.completed", "timestamp": here.clock.text(), "data": _told(connection, row)}
        number, mishap = here.outbox.add(
            connection,
            target="identity",
            stream="identity",
            url=row["callback_url"],
            signer=f"identity:{row['provider']}",
            body=json.dumps(event, ensure_ascii=False).encode(),
            meaning=f"告知：人脸核验{MEANINGS[result]}",
            in_order=False,
        )
    here.outbox.nudge()
    return None if mishap in ("no_callback", "late_callback", "reorder") else number


def expire_due(here: World) -> None:
    """Let every verification past its time expire, and say so to the app."""
    with here.database.read() as connection:
        due = connection.execute(
            "SELECT provider_reference FROM verification WHERE result IS NULL AND expires < ?",
            (here.clock.timestamp(),),
        ).fetchall()
    for row in due:
        settle(here, row["provider_reference"], "expired")


def _find(connection: sqlite3.Connection, provider_reference: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM verification WHERE provider_reference = ?", (provider_reference,)
    ).fetchone()
    return row


def _told(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """What is said of a verification: the truth, or the lie that a script has ordered."""
    data = _data(row)
    lie = connection.execute(
        "SELECT lie FROM verification_lie WHERE provider_reference = ?", (row["provider_reference"],)
    ).fetchone()
    if lie is not None and row["result"] == "passed":
        if lie["lie"] == "other_person":
            data["subject_digest"] = subject_digest("resident_id", "110101199003070011", "张伟")
        elif lie["lie"] == "other_reference":
            data["reference"] = "a" * 32
        else:
            data["level"] = "password"
    return data


def _data(row: sqlite3.Row) -> dict[str, Any]:
    names = ("reference", "provider_reference", "result", "fail_code", "verified_at")
    done = row["result"] is not None
    return {name: row[name] for name in names} | {
        "level": "face" if done else None,
        "subject_digest": subject_digest(row["id_type"], row["id_number"], row["name"]) if done else None,
    }


def _page(status: int, *, title: str, row: sqlite3.Row | None, step: str, missing: bool = False) -> Response:
    shown: dict[str, str] = {}
    if row is not None:
        name, number = row["name"], row["id_number"]
        provider = world().settings.providers.get(row["provider"])
        shown = {
            "name": name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else ""),
            "number": number[:4] + "*" * max(4, len(number) - 8) + number[-4:]
            if len(number) > 8
            else "*" * len(number),
            "provider": provider.name if provider else "身份平台",
            "return_url": row["return_url"],
        }
    account = world().settings.service_account()
    text = render_template(
        "sandbox/face.html",
        title=title,
        step=step,
        missing=missing,
        shown=shown,
        account=account,
        onward=WAY.get(step, ""),
        reasons=REASONS,
        person=_nickname(),
    )
    return make_response(text, status)


def _nickname() -> str:
    with world().database.read() as connection:
        holder = current_user(connection)
    return str(holder["name"]) if holder else "微信用户"

"""Tencent's E证通 (faceid.tencentcloudapi.com): tokens, states and results for callers who sign with TC3."""

import json
import secrets
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from wxserver.sandbox import eid_orders, eid_results, eid_signature, far_side, traffic
from wxserver.sandbox.eid_settings import Merchant
from wxserver.sandbox.eid_signature import Fault
from wxserver.sandbox.people import tidy_number
from wxserver.sandbox.settings import is_loopback
from wxserver.sandbox.world import World, world

blueprint = Blueprint("eid", __name__)

VERSION = "2018-03-01"
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """One action: what it does, whether it changes anything, and its parameters, the type of each."""

    meaning: str
    effect: bool
    act: Callable[[World, Merchant, Values], dict[str, Any]]
    required: Mapping[str, type]
    optional: Mapping[str, type]


@blueprint.post("/")
def api() -> Response:
    """Every call comes here, and ``X-TC-Action`` says which one it is; a fault is a 200 with ``Error`` in it."""
    here, body = world(), request.get_data()
    action = ACTIONS.get(request.headers.get("X-TC-Action", ""))
    given = {name.lower(): value for name, value in request.headers.items()}
    merchant, fault = None, None
    try:
        query = request.query_string.decode("latin-1")
        merchant = eid_signature.caller(here.settings.merchants, given, "POST", query, body, here.clock.timestamp())
    except Fault as found:
        fault = found
    exchange = traffic.Exchange(
        target="identity",
        sender="app",
        receiver="identity",
        method="POST",
        path=f"/{request.headers['X-TC-Action']}" if action else "/",
        meaning=action.meaning if action else "叫它做不认识的事",
        is_call=True,
        proof="signed" if merchant else "bad",
    )

    def act() -> Response:
        try:
            if merchant is None:
                raise fault or Fault("InternalError", "内部错误")
            with here.database.write() as connection:
                ordered = eid_orders.take(connection, "api_error", at=exchange.path.removeprefix("/"))
            if ordered is not None:
                raise Fault(ordered, "按沙箱的安排出错")
            return _response(_carried_out(here, merchant, action, body))
        except Fault as found:
            return _failed(found)

    effect = action is not None and action.effect
    broken = Fault("InternalError", "内部错误")
    return far_side.carry_out(here, exchange, effect, act, lambda: _failed(broken))


def _carried_out(here: World, merchant: Merchant, action: Action | None, body: bytes) -> dict[str, Any]:
    if action is None:
        raise Fault("InvalidAction", "接口不存在")
    if request.headers.get("X-TC-Version") != VERSION:
        raise Fault("NoSuchVersion", "接口版本不存在")
    if request.mimetype != "application/json":
        raise Fault("UnsupportedProtocol", "Content-Type 应是 application/json")
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise Fault("InvalidParameter", "请求体不是一个 JSON 对象")
    for name, value in values.items():
        kind = action.required.get(name) or action.optional.get(name)
        if kind is None:
            raise Fault("UnknownParameter", f"没有 {name} 这个参数"[:200])
        if not isinstance(value, kind):
            raise Fault("InvalidParameter", f"{name} 的类型不对")
    for name in action.required:
        if not values.get(name):
            raise Fault("InvalidParameter", f"少了 {name}")
    return action.act(here, merchant, values)


def _get_token(here: World, merchant: Merchant, values: Values) -> dict[str, Any]:
    """The sandbox plays input type 4 alone: the caller names the person, and nobody photographs a document."""
    if values["MerchantId"] != merchant.merchant_id:
        raise Fault("InvalidParameterValue", "MerchantId 不是这个密钥的商户")
    if "Encryption" in values:
        raise Fault("UnsupportedOperation", "沙箱不收加密的姓名和号码")
    config = values.get("Config", {})
    if config.get("InputType", "1") != "4":
        raise Fault("UnsupportedOperation", "沙箱只演 InputType 为 4 的流程")
    name, number = values.get("Name", ""), values.get("IdCard", "")
    if not name.strip() or not number:
        raise Fault("InvalidParameter", "InputType 为 4 时 Name 和 IdCard 必须传")
    if len(name) > 32 or len(number) > 32 or not (number.isascii() and number.isalnum()):
        raise Fault("InvalidParameterValue", "Name 或 IdCard 不合要求")
    extra, back = values.get("Extra", ""), values.get("RedirectUrl", "")
    if len(extra) > 1024 or len(back) > 1024:
        raise Fault("InvalidParameterValue", "Extra 或 RedirectUrl 超过 1024 位")
    if back and not is_loopback(back):
        raise Fault("InvalidParameterValue", "沙箱只回到本机的地址")
    token = f"e{secrets.token_hex(16)}"
    with here.database.write() as connection:
        connection.execute(
            "INSERT INTO eid (token, merchant, name, id_card, extra, return_url, issued) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (token, merchant.secret_id, name, number, extra, back, here.clock.timestamp()),
        )
        person = tidy_number(number)
        traffic.effect(connection, here.clock, "identity", "GetEidToken", key=extra or None, person=person)
    return {"EidToken": token, "Url": f"{here.settings.sandbox_url}/eid/{token}"}


def _get_result(here: World, merchant: Merchant, values: Values) -> dict[str, Any]:
    row, info_type = _kept(here, merchant, values), values.get("InfoType", "0")
    told = eid_results.result(merchant, row, info_type, here.clock.timestamp())
    if told["BestFrame"] is not None:
        # Kept for tests that must see that nobody asks for pictures.
        with here.database.write() as connection:
            traffic.effect(connection, here.clock, "identity", "BestFrame", key=row["extra"] or None, person=None)
    return told


def _check_status(here: World, merchant: Merchant, values: Values) -> dict[str, Any]:
    return {"Status": eid_results.status(_kept(here, merchant, values), here.clock.timestamp())}


ACTIONS = {
    "GetEidToken": Action(
        "请 E证通核验人脸",
        True,
        _get_token,
        {"MerchantId": str},
        {"IdCard": str, "Name": str, "Extra": str, "Config": dict, "RedirectUrl": str, "Encryption": dict},
    ),
    "GetEidResult": Action(
        "查 E证通核验结果",
        False,
        _get_result,
        {"EidToken": str},
        {"InfoType": str, "BestFramesCount": int, "IsCutIdCardImage": bool, "IsNeedIdCardAvatar": bool},
    ),
    "CheckEidTokenStatus": Action("查 E证通进行到哪里", False, _check_status, {"EidToken": str}, {}),
}


def find(connection: sqlite3.Connection, token: str) -> sqlite3.Row | None:
    """What is remembered under a token, or None."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM eid WHERE token = ?", (token,)).fetchone()
    return row


def _kept(here: World, merchant: Merchant, values: Values) -> sqlite3.Row:
    with here.database.read() as connection:
        row = find(connection, values["EidToken"])
    if row is None or row["merchant"] != merchant.secret_id:
        raise Fault("InvalidParameterValue.BizTokenIllegal", "EidToken 不合法")
    if here.clock.timestamp() > row["issued"] + eid_results.KEPT:
        raise Fault("InvalidParameterValue.BizTokenExpired", "EidToken 已过期")
    return row


def _response(fields: Values) -> Response:
    # The vendor's SDK sees an error only where the type is these very words, without a charset.
    text = json.dumps({"Response": dict(fields) | {"RequestId": str(uuid.uuid4())}}, ensure_ascii=False)
    return Response(text, content_type="application/json")


def _failed(fault: Fault) -> Response:
    return _response({"Error": {"Code": fault.code, "Message": fault.message}})

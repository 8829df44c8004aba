"""Small services of WeChat's server API: its addresses, the check of the callback, the clearing of quotas."""

import socket
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from wxserver.sandbox import far_side, wechat_limits
from wxserver.sandbox.settings import Account
from wxserver.sandbox.wechat_door import api, json_body
from wxserver.sandbox.wechat_errors import errcode, okay
from wxserver.sandbox.world import World, answer, world

blueprint = Blueprint("wechat_tools", __name__, url_prefix="/cgi-bin")

ADDRESSES = ("127.0.0.1",)
ACTIONS = ("dns", "ping", "all")
OPERATORS = ("CHINANET", "UNICOM", "CAP", "DEFAULT")
KNOCK = 1.0
"""Seconds that a callback address has to open a connection."""


@api(blueprint, "/getcallbackip", "查微信推送的来源地址", method="GET", kind=None)
def callback_ips(_: World, __: Account, ___: dict[str, Any]) -> Response:
    """The addresses that pushes come from."""
    return answer({"ip_list": list(ADDRESSES)})


@api(blueprint, "/get_api_domain_ip", "查微信接口的地址", method="GET", kind=None)
def api_ips(_: World, __: Account, ___: dict[str, Any]) -> Response:
    """The addresses of the API itself."""
    return answer({"ip_list": list(ADDRESSES)})


@api(blueprint, "/callback/check", "查推送地址通不通", kind=None)
def check_callback(here: World, _: Account, body: dict[str, Any]) -> Response:
    """Whether the app's address answers: a connection is opened, and all packages are lost where that does not go."""
    action = body.get("action")
    if action not in ACTIONS:
        return errcode(40202)
    if body.get("check_operator") not in OPERATORS:
        return errcode(40203)
    parts = urlsplit(here.settings.public_url)
    host = parts.hostname or ""
    told: dict[str, object] = {}
    if action in ("dns", "all"):
        told["dns"] = [{"ip": host, "real_operator": "DEFAULT"}]
    if action in ("ping", "all"):
        try:
            socket.create_connection((host, parts.port or (443 if parts.scheme == "https" else 80)), KNOCK).close()
            lost = "0%"
        except OSError:
            lost = "100%"
        told["ping"] = [{"ip": host, "from_operator": "DEFAULT", "package_loss": lost, "time": "1.000ms"}]
    return answer(told)


@api(blueprint, "/clear_quota", "清零接口次数", effect=True, kind=None)
def clear_quota(here: World, account: Account, body: dict[str, Any]) -> Response:
    """Forget how often the account has called, ten times a month."""
    if body.get("appid") != account.app_id:
        return errcode(40013)
    return wechat_limits.clear(here, account, request.path) or okay()


@blueprint.route("/clear_quota/v2", methods=["GET", "POST"])
@far_side.wechat("凭密钥清零接口次数", effect=True)
def clear_quota_v2() -> Response:
    """The same with AppSecret instead of an access token: for whom the quota of tokens is used up."""
    if request.method != "POST":
        return errcode(43002)
    body = json_body()
    if body is None:
        return errcode(47001)
    here = world()
    account = here.settings.account_of(str(body.get("appid", "")))
    if account is None:
        return errcode(40013)
    if body.get("appsecret") != account.app_secret:
        return errcode(40125)
    return wechat_limits.clear(here, account, "/cgi-bin/clear_quota") or okay()

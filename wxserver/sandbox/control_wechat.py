"""How scripts turn WeChat's knobs: subscriptions, followers, templates, reports, whitelist, quotas, frozen secrets."""

import ipaddress
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from wxserver.sandbox import wechat_limits, wechat_push, wechat_reports, wechat_templates, wechat_users
from wxserver.sandbox.control_reading import Bad, body
from wxserver.sandbox.control_reading import account as account_in
from wxserver.sandbox.people import openid_for
from wxserver.sandbox.settings import Account
from wxserver.sandbox.world import World, answer, problem, world

blueprint = Blueprint("control_wechat", __name__, url_prefix="/control/wechat")

MOST = 1_000_000


@blueprint.errorhandler(Bad)
def bad(fault: Bad) -> Response:
    """400 with the sentence."""
    return problem(400, "bad-request", str(fault))


@blueprint.post("/subscriptions")
def subscribe() -> Response:
    """What a tap in the popup does: a credit or a refusal at the platform, and the event to the app.

    ``{"openid", "account", "template_id", "accept"}``; with ``"always": true`` an accept holds for every message.
    ``openid``: the user's, or theirs at the account.
    """
    here, asked = world(), body()
    account, template_id, accept = account_in(here, asked), asked.get("template_id"), asked.get("accept", True)
    if not isinstance(template_id, str) or not isinstance(accept, bool):
        raise Bad("要写 template_id；accept 应是 true 或 false。")
    openid = _openid(here, account, asked)
    with here.database.write() as connection:
        if account.templates:
            template = wechat_templates.granted(connection, account, template_id)
            if template is None or template.channel == "template":
                raise Bad("这个账号没有这样的订阅模板。")
        given = (account.app_id, openid, template_id)
        if accept:
            connection.execute(
                "INSERT INTO credit (app_id, openid, template_id, sends, always) VALUES (?, ?, ?, 1, ?) ON CONFLICT"
                " DO UPDATE SET sends = sends + 1, always = max(always, excluded.always)",
                (*given, asked.get("always") is True),
            )
        else:
            connection.execute(
                "UPDATE credit SET always = 0 WHERE app_id = ? AND openid = ? AND template_id = ?", given
            )
    told = {"TemplateId": template_id, "SubscribeStatusString": "accept" if accept else "reject"}
    scene = 0 if account.kind == "miniprogram" else 1
    return _tell(here, account, openid, "subscribe_msg_popup_event", "SubscribeMsgPopupEvent", told, PopupScene=scene)


@blueprint.delete("/subscriptions")
def withdraw() -> Response:
    """Let the platform forget the accepts of a user, of one template or of all; ``"tell": true`` tells the app.

    ``{"openid", "account", "template_id"?}``. The event is the one that follows a change in WeChat's settings.
    """
    here, asked = world(), body()
    account, template_id = account_in(here, asked), asked.get("template_id")
    openid = _openid(here, account, asked)
    with here.database.write() as connection:
        gone = connection.execute(
            "DELETE FROM credit WHERE app_id = ? AND openid = ? AND ? IN (template_id, '') RETURNING template_id",
            (account.app_id, openid, template_id or ""),
        ).fetchall()
    if asked.get("tell") is True and gone:
        told = {"TemplateId": gone[0]["template_id"], "SubscribeStatusString": "reject"}
        return _tell(here, account, openid, "subscribe_msg_change_event", "SubscribeMsgChangeEvent", told)
    return answer({"withdrawn": len(gone)})


@blueprint.get("/subscriptions")
def list_subscriptions() -> Response:
    """What accepts the platform has on record: ``sends`` left, and whether they hold for ``always``."""
    here = world()
    with here.database.read() as connection:
        rows = connection.execute("SELECT * FROM credit ORDER BY app_id, openid, template_id").fetchall()
    names = {account.app_id: account.code for account in here.settings.accounts.values()}
    items = [
        {"account": names.get(row["app_id"]), "openid": row["openid"], "template_id": row["template_id"]}
        | {"sends": row["sends"], "always": bool(row["always"])}
        for row in rows
    ]
    return answer({"items": items})


@blueprint.put("/follows")
def set_follows() -> Response:
    """Let a user follow or not, ``{"openid", "follows", "scene"?}``, without a word to the app."""
    here, asked = world(), body()
    follows = asked.get("follows")
    if not isinstance(follows, bool):
        raise Bad("follows 应是 true 或 false。")
    openid = _openid(here, here.settings.service_account(), asked)
    with here.database.write() as connection:
        wechat_users.follow(connection, openid, here.clock.timestamp(), follows, str(asked.get("scene", "")))
    return answer({"openid": openid, "follows": follows})


@blueprint.put("/templates")
def set_template() -> Response:
    """Take a template away from its account, or give it back: ``{"template_id", "granted"}``."""
    here, asked = world(), body()
    template_id, granted = asked.get("template_id"), asked.get("granted")
    known = [each.template_id for account in here.settings.accounts.values() for each in account.templates]
    if template_id not in known or not isinstance(granted, bool):
        raise Bad("template_id 应是配置里的一个，granted 应是 true 或 false。")

    def change(gone: dict[str, Any]) -> dict[str, Any]:
        return {each: True for each in gone if each != template_id} | ({} if granted else {str(template_id): True})

    return _turn(here, "taken_away", change)


@blueprint.put("/outcomes")
def set_outcomes() -> Response:
    """What the reports on the next messages say: ``{"account", "status", "times"}``, null for no report at all.

    A message reported as anything but ``success`` does not reach its user.
    """
    here, asked = world(), body()
    status, times = asked.get("status"), asked.get("times", 1)
    if status is not None and not isinstance(status, str):
        raise Bad("status 应是 success、failed:user block 这样的文字，或者 null。")
    if not _is_count(times):
        raise Bad("times 应是不小于 0 的整数。")
    account = account_in(here, asked)
    with here.database.write() as connection:
        wechat_reports.order_outcome(connection, account, status, times)
    return answer({"account": account.code, "status": status, "times": times})


@blueprint.put("/numbers")
def set_numbers() -> Response:
    """Whether the answer to a subscription notice bears its ``msgid``: ``{"account", "given"}``.

    Developers report both; the event about the notice bears one always.
    """
    here, asked = world(), body()
    given = asked.get("given")
    if not isinstance(given, bool):
        raise Bad("given 应是 true 或 false。")
    return _turn(here, "unnumbered", lambda old: old | dict.fromkeys(_codes(here, asked), not given))


@blueprint.put("/whitelist")
def set_whitelist() -> Response:
    """Who may ask for tokens: ``{"account", "addresses"}``; no account: all of them; null addresses: everybody."""
    here, asked = world(), body()
    addresses = asked.get("addresses")
    if addresses is not None and not (isinstance(addresses, list) and all(_is_address(each) for each in addresses)):
        raise Bad("addresses 应是一列 IP 地址，或者 null。")
    return _turn(here, "whitelist", lambda old: old | dict.fromkeys(_codes(here, asked), addresses))


@blueprint.put("/secret")
def freeze() -> Response:
    """Freeze an AppSecret or thaw it: ``{"account", "frozen"}``; no account: all of them."""
    here, asked = world(), body()
    frozen = asked.get("frozen")
    if not isinstance(frozen, bool):
        raise Bad("frozen 应是 true 或 false。")
    return _turn(here, "frozen", lambda old: old | dict.fromkeys(_codes(here, asked), frozen))


@blueprint.put("/quotas")
def set_quota() -> Response:
    """How often a path may be called: ``{"path", "per_day", "per_minute"}``, counted anew; null or absent: at will."""
    here, asked = world(), body()
    path, quota = asked.get("path"), {name: asked.get(name) for name in ("per_day", "per_minute")}
    if not isinstance(path, str) or not path.strip("/"):
        raise Bad("path 应是接口的路径，例如 /cgi-bin/message/template/send。")
    if any(limit is not None and not _is_count(limit) for limit in quota.values()):
        raise Bad("per_day 和 per_minute 应是不小于 0 的整数，或者 null。")
    path = f"/{path.strip('/')}"
    with here.database.write() as connection:
        connection.execute("DELETE FROM used WHERE path = ?", (path,))
    wanted = {path: quota} if any(limit is not None for limit in quota.values()) else {}
    return _turn(here, "quotas", lambda old: {each: old[each] for each in old if each != path} | wanted)


def _turn(here: World, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
    with here.database.write() as connection:
        value = change(wechat_limits.knob(connection, name))
        wechat_limits.turn(connection, name, value)
    return answer({name: value})


def _tell(
    here: World, account: Account, openid: str, event: str, wrapper: str, told: dict[str, Any], **more: Any
) -> Response:
    fields = {"MsgType": "event", "Event": event, wrapper: {"List": told | more}}
    replies = wechat_push.send(here, account, openid, fields, 1)
    return answer({"openid": openid, "deliveries": [reply.document() for reply in replies]})


def _codes(here: World, asked: dict[str, Any]) -> list[str]:
    return list(here.settings.accounts) if asked.get("account") is None else [account_in(here, asked).code]


def _openid(here: World, account: Account, asked: dict[str, Any]) -> str:
    """The openid at the account of whom ``openid`` names."""
    named = str(asked.get("openid", ""))
    with here.database.read() as connection:
        user = connection.execute("SELECT openid FROM user WHERE openid = ?", (named,)).fetchone()
        user = user or wechat_users.user_of(connection, account, named)
    if user is None:
        raise Bad("沙箱里没有这位微信用户。")
    return openid_for(user["openid"], account.kind, account.app_id)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def _is_address(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False

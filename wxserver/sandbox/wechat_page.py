"""What WeChat is to a page that it shows: the script of JS-SDK, and the client that checks a page's signature.

The script asks the phone that shows the page, as the real one asks the WeChat around it; nothing answers elsewhere.
"""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request, send_from_directory

from wxserver.sandbox.world import World, answer, problem, world

blueprint = Blueprint("wechat_page", __name__)

TAGS = ("wx-open-subscribe",)


@blueprint.get("/open/js/jweixin-1.6.0.js")
def script() -> Response:
    """The stand-in for WeChat's script."""
    return send_from_directory(f"{current_app.root_path}/static", "jweixin.js", mimetype="text/javascript")


@blueprint.post("/phone/jssdk")
def configure() -> Response:
    """What `wx.config` comes to for a page: ``{"url", "appId", "timestamp", "nonceStr", "signature", "openTagList"}``.

    Answers ``{"errMsg", "title"}``: ``config:ok``, or what is wrong, and the account's name.
    """
    try:
        given = json.loads(request.get_data())
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return problem(400, "bad-request", "这里要一个 JSON 对象。")
    here = world()
    account = here.settings.service_account()
    return answer({"errMsg": f"config:{_verdict(here, given)}", "title": account.name, "account": account.code})


def _verdict(here: World, given: dict[str, Any]) -> str:
    account, url = here.settings.service_account(), str(given.get("url", ""))
    page, ours = urlsplit(url), urlsplit(here.settings.public_url)
    if given.get("appId") != account.app_id:
        return "invalid appid"
    if (page.scheme, page.netloc) != (ours.scheme, ours.netloc):
        return "invalid url domain"
    with here.database.read() as connection:
        row = connection.execute("SELECT * FROM ticket WHERE app_id = ?", (account.app_id,)).fetchone()
    if row is None or row["expires"] <= here.clock.timestamp():
        return "invalid signature"
    signed = (
        f"jsapi_ticket={row['ticket']}&noncestr={given.get('nonceStr')}&timestamp={given.get('timestamp')}&url={url}"
    )
    expected = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(expected.encode(), str(given.get("signature", "")).encode()):
        return "invalid signature"
    tags = given.get("openTagList")
    return "ok" if isinstance(tags, list) and set(map(str, tags)) <= set(TAGS) else "permission denied"

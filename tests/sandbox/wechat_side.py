"""How tests of the sandbox's WeChat speak to it: with an access token, as the app does; and the events it pushes."""

import json
import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import urlencode

from tests.sandbox.conftest import Far, StandIn, call

APP, SECRET = "wxb11529c136998cb6", "secret-of-jieyang"
MINI, MINI_SECRET = "wx5f9c79f933ccc393", "secret-of-mini"
SECRETS = {APP: SECRET, MINI: MINI_SECRET}
PROGRESS, NOTICE, OF_MINI = "T-progress", "T-notice", "T-mini"
DATA = {"thing1": {"value": "社保卡补换"}, "phrase2": {"value": "已办结"}, "time3": {"value": "2026年11月23日 15:01"}}
TEMPLATES = f"""
[[wechat.accounts.jieyang.templates]]
channel = "template"
template_id = "{PROGRESS}"
fields = {{ thing1 = "item", phrase2 = "status", time3 = "at" }}
[[wechat.accounts.jieyang.templates]]
channel = "bizsend"
template_id = "{NOTICE}"
fields = {{ thing1 = "item", phrase2 = "status", time3 = "at" }}
[[wechat.accounts.jieyang_mini.templates]]
channel = "miniprogram"
template_id = "{OF_MINI}"
fields = {{ thing1 = "item", phrase2 = "status", time3 = "at" }}
"""


def stable(far: Far, app: str = APP, **more: Any) -> Any:
    """What `stable_token` answers."""
    body = {"grant_type": "client_credential", "appid": app, "secret": SECRETS[app]} | more
    return call("POST", f"{far.url}/cgi-bin/stable_token", json.dumps(body).encode()).json


def api(far: Far, path: str, body: Any = None, app: str = APP, **query: str) -> Any:
    """Call WeChat's API with a good token: POST where there is a body, else GET; the answer parsed."""
    asked = f"{far.url}{path}?{urlencode({'access_token': stable(far, app)['access_token']} | query)}"
    answer = call("GET", asked) if body is None else call("POST", asked, json.dumps(body).encode())
    assert answer.status == 200
    return answer.json


def events(stand_in: StandIn, account: str = "jieyang") -> list[dict[str, str]]:
    """The events that reached the app in clear, each as texts by path."""
    pushed = stand_in.at(f"/wechat/{account}/push")
    return [_flat(ElementTree.fromstring(one.body)) for one in pushed]  # noqa: S314  (our own sandbox wrote it)


def _flat(element: ElementTree.Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in element:
        if len(child):
            found |= {f"{child.tag}.{name}": text for name, text in _flat(child).items()}
        else:
            found[child.tag] = child.text or ""
    return found


def mini_openid(far: Far, person: dict[str, Any]) -> Any:
    """Log somebody in to the mini-program; openid and session key."""
    code = far.get(f"/wx/login?appid={MINI}&as={person['openid']}").json["code"]
    query = f"appid={MINI}&secret={MINI_SECRET}&grant_type=authorization_code&js_code={code}"
    return far.get(f"/sns/jscode2session?{query}").json

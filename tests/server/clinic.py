"""The doctor and the menus over a town: real adapters to the running sandbox, and the commands that call them."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from click.testing import CliRunner
from flask import Flask

from wxserver.adapters.http import RequestsHttp
from wxserver.adapters.wechat import LoginAccount, WeChatAccountDesk, WeChatApi
from wxserver.adapters.wechat.errors import meaning
from wxserver.settings import Account, load
from wxserver.usecases.doctoring import Doctoring
from wxserver.usecases.menus import Menus, QrCodes
from wxserver.wiring import DatabaseTokens


def explain(code):
    found = meaning(code)
    return found.cause, found.mend


class Clinic:
    """What stands around one town; `put_right` undoes whatever was done to the platform."""

    def __init__(self, town) -> None:
        self.town = town
        self.world = town.app.extensions["world"]
        self.settings = load(town.config)
        self.http = RequestsHttp(timeout=1.5)

    @property
    def menu(self) -> dict[str, Any]:
        """A copy of the menu that is configured."""
        return json.loads(json.dumps(self.settings.wechat.accounts["jieyang"].menu))

    def patients(self, **changed) -> list[Account]:
        """Both accounts as configured; `changed` applies to the official one."""
        official, *others = self.settings.wechat.accounts.values()
        return [replace(official, **changed), *others]

    def wechat(self, **changed) -> WeChatAccountDesk:
        """Calls with credentials of the official account that are `changed`."""
        logins = {
            each.code: LoginAccount(each.kind, each.app_id, each.app_secret)
            for each in self.settings.wechat.accounts.values()
        }
        logins["jieyang"] = replace(logins["jieyang"], **changed)
        tokens = DatabaseTokens(self.world.database)
        calls = WeChatApi(logins, self.settings.wechat.api_base_url, self.http, tokens, self.world.clock)
        return WeChatAccountDesk(calls, {code: each.app_id for code, each in logins.items()})

    def doctoring(self, **changed) -> Doctoring:
        given = {
            "clock": self.world.clock,
            "http": self.http,
            "wechat": self.world.wechat.accounts,
            "patients": self.patients(),
            "public_url": self.town.url,
            "api_base_url": self.settings.wechat.api_base_url,
            "sign": self.world.wechat.sign,
            "explain": self.world.wechat.explain,
        }
        return Doctoring(**(given | changed))

    def examined(self, **changed) -> dict[tuple[str, str], Any]:
        """The findings by account and what was looked at."""
        found = list(self.doctoring(**changed).examine())
        assert all(bool(each.mend) == (each.grade != "ok") for each in found)
        by_subject = {(each.account, each.about): each for each in found}
        assert len(by_subject) == len(found)
        return by_subject

    def menus(self, menu=None, wechat=None) -> Menus:
        configured = {"jieyang": self.menu if menu is None else menu, "jieyang_mini": {}}
        return Menus(self.world.database, self.world.clock, wechat or self.world.wechat.accounts, configured, explain)

    def qr_codes(self, wechat=None) -> QrCodes:
        scenes = {code: each.scenes for code, each in self.settings.wechat.accounts.items()}
        return QrCodes(wechat or self.world.wechat.accounts, scenes, explain)

    def flask(self, *arguments, expect=0) -> str:
        """What a command of the running app prints, as the app was wired."""
        with self.town.app.app_context():
            done = self.town.app.test_cli_runner().invoke(args=arguments)
        assert done.exit_code == expect, (done.output, done.exception)
        return done.output

    def at_the_platform(self, path: str, document=None) -> dict[str, Any]:
        """Call WeChat behind the server's back, as somebody in its console would."""
        given, base = self.settings.wechat.accounts["jieyang"], self.settings.wechat.api_base_url
        wanted = {"grant_type": "client_credential", "appid": given.app_id, "secret": given.app_secret}
        token = _json(f"{base}/cgi-bin/stable_token", wanted)["access_token"]
        return _json(f"{base}{path}?access_token={token}", document)

    def put_right(self) -> None:
        control = self.town.sandbox.control
        control("mishaps", method="DELETE")
        control("wechat/whitelist", {"account": None, "addresses": None}, "PUT")
        control("wechat/secret", {"account": None, "frozen": False}, "PUT")
        for each in self.settings.wechat.accounts.values():
            for template in each.templates:
                control("wechat/templates", {"template_id": template.template_id, "granted": True}, "PUT")
        self.at_the_platform("/cgi-bin/menu/delete")
        self.http.close()


def _json(url: str, document=None) -> dict[str, Any]:
    body = None if document is None else json.dumps(document, ensure_ascii=False).encode()
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(urllib.request.Request(url, data=body), timeout=10) as answer:
        return json.loads(answer.read())


def run(command, *arguments, expect=0, **usecases) -> str:
    """What a command prints, over these use cases; it must end with the code expected."""
    app = Flask("commands")
    app.extensions["usecases"] = SimpleNamespace(**usecases)
    with app.app_context():
        done = CliRunner().invoke(command, arguments)
    assert done.exit_code == expect, (done.output, done.exception)
    return done.output

"""From a parsed TOML document to values, collecting every fault with its path."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path

from wxserver.settings.accounts import read_account
from wxserver.settings.providers import read_provider
from wxserver.settings.tables import Table
from wxserver.settings.urls import url_fault
from wxserver.settings.values import (
    ClockRules,
    Jobs,
    Limits,
    Outlet,
    Photos,
    Registry,
    Server,
    Service,
    Settings,
    WeChat,
)

# The readings of a pause that `bundles.clock` knows.
PAUSE_RULES = ("primary", "half_open", "pause_day_counted", "both_counted", "restart")


def _time_of_day(value: str) -> str | None:
    return None if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) else "must be a time of day, for example 17:30"


def _phone(value: str) -> str | None:
    whole = re.fullmatch(r"\+?\d[\d -]{1,18}\d", value)
    return None if whole else "must be a phone number of digits, blanks and hyphens"


def _redis(value: str) -> str | None:
    return None if value.startswith(("redis://", "rediss://", "unix://")) else "must begin with redis://"


def read(root: Table) -> Settings:
    server, jobs, limits = root.table("server"), root.table("jobs", False), root.table("limits", False)
    service, wechat, registry = root.table("service"), root.table("wechat"), root.table("registry")
    providers, sandbox = root.table("identity").table("providers"), root.table("sandbox", False)
    accounts, clock = wechat.table("accounts"), root.table("clock", False)
    api = wechat.text("api_base_url", "https://api.weixin.qq.com", url_fault)
    return Settings(
        server=Server(
            public_url=server.text("public_url", check=url_fault),
            var_dir=Path(server.text("var_dir", "./var")),
            environment=server.choice("environment", ("sandbox", "production")),
            trusted_proxies=server.whole("trusted_proxies", 0, 0),
        ),
        database_url=root.table("database").text("url"),
        jobs=Jobs(
            mode=jobs.choice("mode", ("thread", "none"), "thread"),
            lease_seconds=jobs.seconds("lease_seconds", 30.0),
            far_side_timeout_seconds=jobs.seconds("far_side_timeout_seconds", 5.0),
        ),
        limits=Limits(
            requests_per_minute=limits.whole("requests_per_minute", 600, 1),
            storage=limits.text("storage", "memory://"),
            texts_per_minute=limits.whole("texts_per_minute", 20, 1),
        ),
        clock=_clock(clock),
        service=Service(
            name=service.text("name"),
            organiser=service.text("organiser"),
            phone=service.text("phone"),
            phone_hours=service.text("phone_hours"),
            window=service.text("window"),
            icp=service.text("icp", "", empty=True),
            outlets=_outlets(service.rows("outlets")),
            bundles=service.words("bundles"),
        ),
        wechat=WeChat(
            api_base_url=api,
            authorize_base_url=wechat.text("authorize_base_url", "https://open.weixin.qq.com", url_fault),
            jssdk_url=wechat.text("jssdk_url", "https://res.wx.qq.com/open/js/jweixin-1.6.0.js", url_fault),
            accounts={code: read_account(code, accounts.table(code)) for code in accounts.names()},
            token_store=wechat.text("token_store", "", _redis, empty=True),
        ),
        providers={code: read_provider(code, providers.table(code), api) for code in providers.names()},
        registry=Registry(base_url=registry.text("base_url", check=url_fault), secrets=registry.secrets("secret")),
        photos=_photos(root.table("photos", False)),
        sandbox_url=sandbox.text("url", check=url_fault) if sandbox.values else None,
    )


def _photos(table: Table) -> Photos:
    model = table.text("face_model", "", empty=True)
    return Photos(Path(model) if model else None)


def _clock(table: Table) -> ClockRules:
    close = table.text("close", "", _time_of_day, empty=True)
    late = table.flag("late_counts_next", False)
    if late and not close:
        table.fault("late_counts_next", "needs close, the end of office hours")
    return ClockRules(
        pause_rule=table.choice("pause_rule", PAUSE_RULES, "primary"),
        close=time.fromisoformat(close) if close and _time_of_day(close) is None else None,
        late_counts_next=late,
    )


def _outlets(rows: list[Table]) -> tuple[Outlet, ...]:
    found: list[Outlet] = []
    for row in rows:
        outlet = Outlet(
            name=row.text("name"),
            address=row.text("address"),
            hours=row.text("hours"),
            phone=row.text("phone", check=_phone),
            region=row.text("region", "", empty=True),
        )
        if outlet.name and any(outlet.name == each.name for each in found):
            row.fault("name", "stands twice")
        found.append(outlet)
    return tuple(found)

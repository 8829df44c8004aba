"""From a parsed TOML document to values, collecting every fault with its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import time
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from wxserver.settings.values import (
    Account,
    ClockRules,
    Jobs,
    Limits,
    Outlet,
    Photos,
    Provider,
    Registry,
    Server,
    Service,
    Settings,
    WeChat,
)

# The readings of a pause that `bundles.clock` knows.
PAUSE_RULES = ("primary", "half_open", "pause_day_counted", "both_counted", "restart")
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


def expand(value: object, environment: Mapping[str, str], faults: list[str], path: str) -> object:
    if isinstance(value, str):

        def replace(match: re.Match[str]) -> str:
            found = environment.get(match[1]) or match[2]
            if found is None:
                faults.append(f"{path}: the environment variable {match[1]} is not set")
                return match[0]
            return found

        return _VARIABLE.sub(replace, value)
    if isinstance(value, dict):
        return {key: expand(item, environment, faults, f"{path}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item, environment, faults, f"{path}[{index}]") for index, item in enumerate(value)]
    return value


class Table:
    """A TOML table that remembers which keys were asked for."""

    def __init__(self, values: Mapping[str, object], path: str, faults: list[str]) -> None:
        self.values, self.path, self.faults = values, path, faults
        self.asked: set[str] = set()
        self.tables: list[Table] = []

    def fault(self, key: str, sentence: str) -> None:
        self.faults.append(f"{self.path}{key}: {sentence}")

    def _get(self, key: str, kind: type, default: object) -> object:
        self.asked.add(key)
        value = self.values.get(key, default)
        if value is None:
            self.fault(key, "is missing")
        elif not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            self.fault(key, f"must be a {kind.__name__}")
        else:
            return value
        return kind()

    def text(
        self,
        key: str,
        default: str | None = None,
        check: Callable[[str], str | None] | None = None,
        empty: bool = False,
    ) -> str:
        value = cast("str", self._get(key, str, default))
        if not value and not empty and self.values.get(key) == "":
            self.fault(key, "must not be empty")
        elif value and check is not None and (fault := check(value)):
            self.fault(key, fault)
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        return self.text(key, default, lambda v: None if v in allowed else "must be one of " + ", ".join(allowed))

    def flag(self, key: str, default: bool) -> bool:
        return cast("bool", self._get(key, bool, default))

    def whole(self, key: str, default: int, least: int) -> int:
        value = cast("int", self._get(key, int, default))
        if value < least:
            self.fault(key, f"must be at least {least}")
        return value

    def seconds(self, key: str, default: float) -> float:
        self.asked.add(key)
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            self.fault(key, "must be a positive number of seconds")
            return default
        return float(value)

    def table(self, key: str, required: bool = True) -> Table:
        self.asked.add(key)
        value = self.values.get(key, None if required else {})
        if value is None:
            self.fault(key, "this table is missing")
            value = {}
        elif not isinstance(value, dict):
            self.fault(key, "must be a table")
            value = {}
        child = Table(value, f"{self.path}{key}.", self.faults)
        self.tables.append(child)
        return child

    def rows(self, key: str) -> list[Table]:
        """A list of tables, ``[[key]]``, that may be left out."""
        self.asked.add(key)
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.fault(key, f"must be a list of tables, each under [[{self.path}{key}]]")
            return []
        found = [Table(row, f"{self.path}{key}[{index}].", self.faults) for index, row in enumerate(value)]
        self.tables.extend(found)
        return found

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts that may be left out."""
        self.asked.add(key)
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            self.fault(key, "must be a list of texts")
            return ()
        return tuple(str(each) for each in value)

    def names(self) -> list[str]:
        return list(self.values)

    def secrets(self, key: str) -> tuple[str, ...]:
        """One webhook secret, or a list of them while keys rotate; the first one signs."""
        self.asked.add(key)
        value = self.values.get(key)
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found or not all(isinstance(s, str) for s in found):
            self.fault(key, "must be a secret (whsec_ and base64), or a list of them")
            return ()
        if not all(s.startswith("whsec_") for s in found):
            self.fault(key, "a secret begins with whsec_")
        return tuple(found)

    def refuse_unknown(self) -> None:
        for key in self.values:
            if key not in self.asked:
                self.fault(key, "is not a known key")
        for child in self.tables:
            if child.values:
                child.refuse_unknown()


def _url(value: str) -> str | None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        return "must be an http or https address without query"
    return "must not end in a slash" if value.endswith("/") else None


def _time_of_day(value: str) -> str | None:
    return None if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) else "must be a time of day, for example 17:30"


def _phone(value: str) -> str | None:
    whole = re.fullmatch(r"\+?\d[\d -]{1,18}\d", value)
    return None if whole else "must be a phone number of digits, blanks and hyphens"


def _aes_key(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9]{43}", value) else "must be 43 letters and digits"


def read(root: Table) -> Settings:
    server, jobs, limits = root.table("server"), root.table("jobs", False), root.table("limits", False)
    service, wechat, registry = root.table("service"), root.table("wechat"), root.table("registry")
    providers, sandbox = root.table("identity").table("providers"), root.table("sandbox", False)
    accounts, clock = wechat.table("accounts"), root.table("clock", False)
    return Settings(
        server=Server(
            public_url=server.text("public_url", check=_url),
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
            api_base_url=wechat.text("api_base_url", "https://api.weixin.qq.com", _url),
            authorize_base_url=wechat.text("authorize_base_url", "https://open.weixin.qq.com", _url),
            accounts={code: _account(code, accounts.table(code)) for code in accounts.names()},
        ),
        providers={code: _provider(code, providers.table(code)) for code in providers.names()},
        registry=Registry(base_url=registry.text("base_url", check=_url), secrets=registry.secrets("secret")),
        photos=_photos(root.table("photos", False)),
        sandbox_url=sandbox.text("url", check=_url) if sandbox.values else None,
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


def _account(code: str, table: Table) -> Account:
    table.asked.add("menu")
    return Account(
        code=code,
        name=table.text("name"),
        kind=table.choice("kind", ("service", "miniprogram")),
        mode=table.choice("mode", ("plain", "compat", "safe")),
        original_id=table.text("original_id"),
        app_id=table.text("app_id", check=lambda v: None if v.startswith("wx") else "begins with wx"),
        app_secret=table.text("app_secret"),
        token=table.text("token"),
        encoding_aes_key=table.text("encoding_aes_key", check=_aes_key),
        greeting=table.text("greeting", "您好，请点下方菜单办事。"),
    )


def _provider(code: str, table: Table) -> Provider:
    base_url = table.text("base_url", check=_url)
    parts = urlsplit(base_url)
    table.asked.add("page_origins")
    origins = table.values.get("page_origins", [f"{parts.scheme}://{parts.netloc}"])
    if not isinstance(origins, list) or not all(isinstance(o, str) and _url(o) is None for o in origins):
        table.fault("page_origins", "must be a list of http or https origins")
        origins = []
    return Provider(
        code=code,
        name=table.text("name"),
        base_url=base_url,
        page_origins=tuple(cast("list[str]", origins)),
        secrets=table.secrets("secret"),
    )

"""Settings: one frozen object, read from a TOML file.

A key that is missing, misspelt, of the wrong type or unsafe keeps the server from starting; all faults are named at
once, each with its path. String values may hold ``${NAME:-default}``, read from the environment.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")

# SHA-256 of every secret printed in config.example.toml. They are public, so they may protect nothing but a sandbox.
PUBLISHED_SECRETS = frozenset(
    {
        "30b92d91a0602fc467a06495bbc1277bb0df16535429c26fa0e0dc61c6c4dc30",
        "330198e26e4a5e24f1ff99f6917e64a42bbc67e27e72597c7c65fca79d818163",
        "6473faa1ce17c728e7564ea5f2dc98c5914c6167317292168077092d6c6305db",
        "80201a9c63ff8f56b2f5c81d95846afe7c433da07364d93b8f8a326846be91e0",
        "80ef0d04f09aa1bc16b275e9b8cb865670220aaae0af0b8f882447b330a6d7a5",
        "ce5c830c136fdc1ebf8a3305f6151ec412da4422dec970480fc1fe0081eb2a06",
        "d6ce6f5e98329a75076f6f745ad70029bf562db8cc33c8e026448c10dc2606f6",
        "e2c9fc6e554927ce981d154bae2dade33834e725e71191681100851089d0b3c7",
    }
)


class SettingsFault(Exception):
    """The configuration can't be used. ``faults``: one sentence per fault, each beginning with its path."""

    def __init__(self, source: str, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(f"{source}: " + "; ".join(faults))


@dataclass(frozen=True, slots=True)
class Server:
    public_url: str
    var_dir: Path
    environment: str
    trusted_proxies: int

    @property
    def is_sandbox(self) -> bool:
        return self.environment == "sandbox"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class Jobs:
    mode: str
    lease_seconds: float
    far_side_timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    requests_per_minute: int
    storage: str


@dataclass(frozen=True, slots=True)
class Service:
    """What citizens read about the bureau; no secrets."""

    name: str
    organiser: str
    phone: str
    phone_hours: str
    window: str
    icp: str


@dataclass(frozen=True, slots=True)
class Account:
    """One official account or mini-program."""

    code: str
    name: str
    kind: str
    mode: str
    original_id: str
    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    greeting: str


@dataclass(frozen=True, slots=True)
class WeChat:
    api_base_url: str
    authorize_base_url: str
    accounts: Mapping[str, Account]


@dataclass(frozen=True, slots=True)
class Provider:
    """One identity provider. ``page_origins``: where its pages live, for the form-action of our own."""

    code: str
    name: str
    base_url: str
    page_origins: tuple[str, ...]
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registry:
    base_url: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    server: Server
    database_url: str = field(repr=False)
    jobs: Jobs
    limits: Limits
    service: Service
    wechat: WeChat
    providers: Mapping[str, Provider]
    registry: Registry
    sandbox_url: str | None


def load(path: str | os.PathLike[str], environment: Mapping[str, str] | None = None) -> Settings:
    """Read ``path``; raises SettingsFault with every fault, also for a file that is absent or no TOML."""
    source = Path(path)
    try:
        document = tomllib.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsFault(str(source), ["the file does not exist; copy config.example.toml"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsFault(str(source), [f"not readable as TOML: {error}"]) from None
    return parse(document, str(source), os.environ if environment is None else environment)


def parse(document: Mapping[str, object], source: str, environment: Mapping[str, str]) -> Settings:
    """Build Settings from a parsed TOML document; raises SettingsFault with every fault."""
    faults: list[str] = []
    root = _Table(cast("Mapping[str, object]", _expand(document, environment, faults, "")), "", faults)
    settings = _read(root)
    root.refuse_unknown()
    if not faults:
        _check_safety(settings, faults)
    if faults:
        raise SettingsFault(source, faults)
    return settings


def _expand(value: object, environment: Mapping[str, str], faults: list[str], path: str) -> object:
    if isinstance(value, str):

        def replace(match: re.Match[str]) -> str:
            found = environment.get(match[1]) or match[2]
            if found is None:
                faults.append(f"{path}: the environment variable {match[1]} is not set")
                return ""
            return found

        return _VARIABLE.sub(replace, value)
    if isinstance(value, dict):
        return {key: _expand(item, environment, faults, f"{path}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, list):
        return [_expand(item, environment, faults, f"{path}[{index}]") for index, item in enumerate(value)]
    return value


class _Table:
    """A TOML table that remembers which keys were asked for."""

    def __init__(self, values: Mapping[str, object], path: str, faults: list[str]) -> None:
        self.values, self.path, self.faults = values, path, faults
        self.asked: set[str] = set()
        self.tables: list[_Table] = []

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

    def table(self, key: str, required: bool = True) -> _Table:
        self.asked.add(key)
        value = self.values.get(key, None if required else {})
        if value is None:
            self.fault(key, "this table is missing")
            value = {}
        elif not isinstance(value, dict):
            self.fault(key, "must be a table")
            value = {}
        child = _Table(value, f"{self.path}{key}.", self.faults)
        self.tables.append(child)
        return child

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


def _aes_key(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9]{43}", value) else "must be 43 letters and digits"


def _read(root: _Table) -> Settings:
    server, jobs, limits = root.table("server"), root.table("jobs", False), root.table("limits", False)
    service, wechat, registry = root.table("service"), root.table("wechat"), root.table("registry")
    providers, sandbox = root.table("identity").table("providers"), root.table("sandbox", False)
    accounts = wechat.table("accounts")
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
        service=Service(
            name=service.text("name"),
            organiser=service.text("organiser"),
            phone=service.text("phone"),
            phone_hours=service.text("phone_hours"),
            window=service.text("window"),
            icp=service.text("icp", "", empty=True),
        ),
        wechat=WeChat(
            api_base_url=wechat.text("api_base_url", "https://api.weixin.qq.com", _url),
            authorize_base_url=wechat.text("authorize_base_url", "https://open.weixin.qq.com", _url),
            accounts={code: _account(code, accounts.table(code)) for code in accounts.names()},
        ),
        providers={code: _provider(code, providers.table(code)) for code in providers.names()},
        registry=Registry(base_url=registry.text("base_url", check=_url), secrets=registry.secrets("secret")),
        sandbox_url=sandbox.text("url", check=_url) if sandbox.values else None,
    )


def _account(code: str, table: _Table) -> Account:
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


def _provider(code: str, table: _Table) -> Provider:
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


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_safety(settings: Settings, faults: list[str]) -> None:
    if not any(account.kind == "service" for account in settings.wechat.accounts.values()):
        faults.append("wechat.accounts: at least one of kind service is needed, for the pages")
    if not settings.providers:
        faults.append("identity.providers: at least one is needed")
    if settings.jobs.lease_seconds <= settings.jobs.far_side_timeout_seconds:
        faults.append("jobs.lease_seconds: must be longer than far_side_timeout_seconds")
    addresses = {
        "server.public_url": settings.server.public_url,
        "wechat.api_base_url": settings.wechat.api_base_url,
        "wechat.authorize_base_url": settings.wechat.authorize_base_url,
        "registry.base_url": settings.registry.base_url,
        **{f"identity.providers.{p.code}.base_url": p.base_url for p in settings.providers.values()},
    }
    away = [path for path, url in addresses.items() if not _is_loopback(url)]
    if away:
        for path, secret in _secrets(settings):
            if hashlib.sha256(secret.encode()).hexdigest() in PUBLISHED_SECRETS:
                faults.append(f"{path}: this secret is printed in config.example.toml; make your own")
        if settings.server.is_sandbox:
            faults.append(f"server.environment: sandbox, but {', '.join(away)} is no loopback address")
    if not settings.server.is_sandbox:
        if settings.sandbox_url:
            faults.append("sandbox: this table has no place in production")
        if not settings.server.is_https:
            faults.append("server.public_url: must be https in production")
        faults.extend(
            f"wechat.accounts.{a.code}.mode: plain pushes are refused in production"
            for a in settings.wechat.accounts.values()
            if a.mode == "plain"
        )


def _secrets(settings: Settings) -> list[tuple[str, str]]:
    found = []
    for account in settings.wechat.accounts.values():
        base = f"wechat.accounts.{account.code}"
        found += [(f"{base}.app_secret", account.app_secret), (f"{base}.token", account.token)]
        found += [(f"{base}.encoding_aes_key", account.encoding_aes_key)]
    for provider in settings.providers.values():
        found += [(f"identity.providers.{provider.code}.secret", secret) for secret in provider.secrets]
    return found + [("registry.secret", secret) for secret in settings.registry.secrets]

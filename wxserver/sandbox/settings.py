"""The sandbox's own reading of the configuration file: it shares no code with the server it plays against."""

import base64
import binascii
import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wxserver.sandbox.eid_settings import Merchant, merchants
from wxserver.sandbox.signatures import Sm3Key

_PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
MODES = ("plain", "compat", "safe")
KINDS = ("service", "miniprogram")
CHANNELS = {"template": "service", "bizsend": "service", "miniprogram": "miniprogram"}
"""Where a template may be used, and the kind of account that has such templates."""


@dataclass(frozen=True)
class Template:
    """A message template as the platform granted it: its channel, its number there, and the names of its fields."""

    channel: str
    template_id: str
    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """One official account or mini-program as WeChat's side knows it."""

    code: str
    name: str
    app_id: str
    app_secret: str
    token: str
    encoding_aes_key: str
    mode: str
    kind: str
    original_id: str
    menu: tuple[dict[str, Any], ...]
    greeting: str
    templates: tuple[Template, ...] = ()
    scenes: tuple[str, ...] = ()

    def template(self, template_id: str) -> Template | None:
        """The template with this number, or None."""
        return next((each for each in self.templates if each.template_id == template_id), None)


@dataclass(frozen=True)
class Provider:
    """One identity provider that the sandbox stands in for: its code, Chinese name and signing keys."""

    code: str
    name: str
    keys: tuple[bytes, ...]


@dataclass(frozen=True)
class Settings:
    """Everything the sandbox needs from the configuration file; URLs have no trailing slash."""

    public_url: str
    sandbox_url: str
    var_dir: Path
    accounts: Mapping[str, Account]
    providers: Mapping[str, Provider]
    registry_key: bytes
    merchants: Mapping[str, Merchant] = field(default_factory=dict)
    """E证通's, by their SecretId."""

    def service_account(self) -> Account:
        """The official account that the phone shows: the first one of kind ``service``."""
        return next(account for account in self.accounts.values() if account.kind == "service")

    def account_of(self, app_id: str) -> Account | None:
        """The account with this AppID, or None."""
        return next((account for account in self.accounts.values() if account.app_id == app_id), None)


def config_path() -> Path:
    """The file to read: ``WXSERVER_CONFIG``, else ``config.toml``, else ``config.example.toml``."""
    named = os.environ.get("WXSERVER_CONFIG")
    if named:
        return Path(named)
    own = Path("config.toml")
    return own if own.exists() else Path("config.example.toml")


def load() -> Settings:
    """Read and judge the configuration; raises SystemExit with a plain sentence where the sandbox must not start."""
    path = config_path()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise SystemExit(f"sandbox: cannot read {path}: {fault.strerror}.") from None
    except tomllib.TOMLDecodeError as fault:
        raise SystemExit(f"sandbox: {path} is not TOML: {fault}.") from None
    return from_document(_expanded(document))


def from_document(document: Mapping[str, Any]) -> Settings:
    """Settings from a parsed and expanded document; raises SystemExit like :func:`load`."""
    server, wechat = _table(document, "server"), _table(document, "wechat")
    identity, registry, sandbox = (
        _table(document, "identity"),
        _table(document, "registry"),
        _table(document, "sandbox"),
    )
    if server.get("environment") != "sandbox":
        raise SystemExit('sandbox: [server] environment is not "sandbox"; the sandbox never runs beside a real one.')
    configured = _table(identity, "providers")
    providers = {code: value for code, value in configured.items() if value.get("kind", "signed") == "signed"}
    addresses = {
        "[server] public_url": server.get("public_url"),
        "[sandbox] url": sandbox.get("url"),
        "[wechat] api_base_url": wechat.get("api_base_url"),
        "[wechat] authorize_base_url": wechat.get("authorize_base_url"),
        "[registry] base_url": registry.get("base_url"),
    }
    addresses |= {f"[identity.providers.{code}] base_url": value.get("base_url") for code, value in providers.items()}
    addresses |= {
        f"[identity.providers.{code}] base_url": value.get("base_url")
        for code, value in configured.items()
        if value.get("kind") == "eid"
    }
    for place, address in addresses.items():
        if not is_loopback(address):
            raise SystemExit(
                f"sandbox: {place} is {address!r}, which is not on this machine; the sandbox refuses to start."
            )
    accounts = {code: _account(code, value) for code, value in _table(wechat, "accounts").items()}
    if not any(account.kind == "service" for account in accounts.values()):
        raise SystemExit('sandbox: [wechat.accounts] holds no account of kind "service".')
    return Settings(
        public_url=str(server["public_url"]).rstrip("/"),
        sandbox_url=str(sandbox["url"]).rstrip("/"),
        var_dir=Path(os.environ.get("VAR_DIR") or str(server.get("var_dir", "./var"))).resolve(),
        accounts=accounts,
        providers={
            code: Provider(code, str(value.get("name", code)), _keys_of(value, f"[identity.providers.{code}]"))
            for code, value in providers.items()
        },
        registry_key=key_of(registry.get("secret"), "[registry]"),
        merchants=merchants(configured),
    )


def _keys_of(value: Mapping[str, Any], place: str) -> tuple[bytes, ...]:
    """The keys of a provider, by each of its algorithms; a list of secrets is one of keys that take turns."""
    secrets, algorithms = value.get("secret"), value.get("algorithm", "v1")
    kinds = {"v1": bytes, "v1sm3": Sm3Key}
    chosen = algorithms if isinstance(algorithms, list) else [algorithms]
    if not chosen or any(each not in kinds for each in chosen):
        raise SystemExit(f"sandbox: {place} algorithm is not v1, v1sm3 or a list of them.")
    found = [key_of(each, place) for each in (secrets if isinstance(secrets, list) else [secrets])]
    return tuple(kinds[each](key) for key in found for each in chosen)


def key_of(secret: object, place: str) -> bytes:
    """The bytes of a ``whsec_…`` secret; raises SystemExit naming ``place`` where it is none."""
    try:
        if not isinstance(secret, str):
            raise ValueError
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise SystemExit(f"sandbox: {place} secret is not base64 after whsec_.") from None
    if not key:
        raise SystemExit(f"sandbox: {place} secret is empty.")
    return key


def is_loopback(address: object) -> bool:
    """Whether a URL is http(s) and its host is this machine by name or number."""
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https"):
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _account(code: str, value: Mapping[str, Any]) -> Account:
    place = f"[wechat.accounts.{code}]"
    for key in ("app_id", "app_secret"):
        if not isinstance(value.get(key), str) or not value[key]:
            raise SystemExit(f"sandbox: {place} {key} is missing.")
    kind, mode = str(value.get("kind", "service")), str(value.get("mode", "safe"))
    if kind not in KINDS or mode not in MODES:
        raise SystemExit(f"sandbox: {place} kind or mode is not one of {', '.join(KINDS + MODES)}.")
    aes_key = str(value.get("encoding_aes_key", ""))
    if mode != "plain" and kind == "service" and len(aes_key) != 43:
        raise SystemExit(f"sandbox: {place} encoding_aes_key is not 43 characters long.")
    return Account(
        code=code,
        name=str(value.get("name", code)),
        app_id=value["app_id"],
        app_secret=value["app_secret"],
        token=str(value.get("token", "")),
        encoding_aes_key=aes_key,
        mode=mode,
        kind=kind,
        original_id=str(value.get("original_id", f"gh_{code}")),
        menu=tuple(value.get("menu", ())),
        greeting=str(value.get("greeting", "您好，请点下方的菜单。")),
        templates=_templates(place, kind, value.get("templates", ())),
        scenes=tuple(_table(value, "scenes")),
    )


def _templates(place: str, kind: str, rows: object) -> tuple[Template, ...]:
    if not isinstance(rows, list | tuple):
        raise SystemExit(f"sandbox: {place} templates is not a list.")
    found = []
    for row in rows:
        fields = row.get("fields") if isinstance(row, dict) else None
        if not isinstance(fields, dict) or CHANNELS.get(str(row.get("channel"))) != kind:
            raise SystemExit(
                f"sandbox: {place} templates: one has no fields, or a channel that its account cannot use."
            )
        found.append(
            Template(
                channel=str(row["channel"]),
                template_id=str(row.get("template_id", "")),
                title=str(row.get("title", "办事进度通知")),
                fields=tuple(fields),
            )
        )
    return tuple(found)


def _table(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name, {})
    if not isinstance(value, dict):
        raise SystemExit(f"sandbox: [{name}] is not a table.")
    return value


def _expanded(value: Any) -> Any:
    if isinstance(value, str):
        return _PLACE.sub(_variable, value)
    if isinstance(value, dict):
        return {key: _expanded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_expanded(inner) for inner in value]
    return value


def _variable(match: re.Match[str]) -> str:
    value = os.environ.get(match[1]) or match[2]
    if value is None:
        raise SystemExit(f"sandbox: the environment variable {match[1]} is not set and has no default.")
    return value

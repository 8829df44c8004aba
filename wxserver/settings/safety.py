"""What settings may not be, however well they are written."""

from __future__ import annotations

import hashlib
import ipaddress
from urllib.parse import urlsplit

from wxserver.settings.menus import insecure
from wxserver.settings.values import Settings

# SHA-256 of every secret printed in config.example.toml. They are public, so they may protect nothing but a sandbox.
PUBLISHED_SECRETS = frozenset(
    {
        "30b92d91a0602fc467a06495bbc1277bb0df16535429c26fa0e0dc61c6c4dc30",
        "330198e26e4a5e24f1ff99f6917e64a42bbc67e27e72597c7c65fca79d818163",
        "520ee532c94e32cf0544542ec4104e6f002ef3d3e72251666b44ee0f6f37a772",
        "6473faa1ce17c728e7564ea5f2dc98c5914c6167317292168077092d6c6305db",
        "80201a9c63ff8f56b2f5c81d95846afe7c433da07364d93b8f8a326846be91e0",
        "80ef0d04f09aa1bc16b275e9b8cb865670220aaae0af0b8f882447b330a6d7a5",
        "ce5c830c136fdc1ebf8a3305f6151ec412da4422dec970480fc1fe0081eb2a06",
        "d6ce6f5e98329a75076f6f745ad70029bf562db8cc33c8e026448c10dc2606f6",
        "e2c9fc6e554927ce981d154bae2dade33834e725e71191681100851089d0b3c7",
    }
)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_safety(settings: Settings, faults: list[str]) -> None:
    if not any(account.kind == "service" for account in settings.wechat.accounts.values()):
        faults.append("wechat.accounts: at least one of kind service is needed, for the pages")
    if not settings.providers:
        faults.append("identity.providers: at least one is needed")
    _check_offers(settings, faults)
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
        if not settings.wechat.jssdk_url.startswith("https://"):
            faults.append("wechat.jssdk_url: must be https in production")
        faults.extend(
            f"wechat.accounts.{a.code}.mode: plain pushes are refused in production"
            for a in settings.wechat.accounts.values()
            if a.mode == "plain"
        )
        faults.extend(
            f"wechat.accounts.{a.code}.{path}: must be https in production"
            for a in settings.wechat.accounts.values()
            for path in insecure(a.menu)
        )


def _check_offers(settings: Settings, faults: list[str]) -> None:
    """Every account offers somebody who is configured, and who can be reached from it."""
    for account in settings.wechat.accounts.values():
        path = f"wechat.accounts.{account.code}.identity"
        for code in account.identity:
            provider = settings.providers.get(code)
            if provider is None:
                faults.append(f"{path}: {code} is none of identity.providers")
            elif provider.kind == "wechat_face" and account.kind != "miniprogram":
                faults.append(f"{path}: {code} works in mini-programs only")
    if settings.providers and all(each.kind == "wechat_face" for each in settings.providers.values()):
        faults.append("identity.providers: one that pages can open is needed beside wechat_face")


def _secrets(settings: Settings) -> list[tuple[str, str]]:
    found = []
    for account in settings.wechat.accounts.values():
        base = f"wechat.accounts.{account.code}"
        found += [(f"{base}.app_secret", account.app_secret), (f"{base}.token", account.token)]
        found += [(f"{base}.encoding_aes_key", account.encoding_aes_key)]
    for provider in settings.providers.values():
        key = "secret_key" if provider.kind == "eid" else "secret"
        found += [(f"identity.providers.{provider.code}.{key}", secret) for secret in provider.secrets]
        if provider.unseal_key:
            found.append((f"identity.providers.{provider.code}.private_key", provider.unseal_key))
    return found + [("registry.secret", secret) for secret in settings.registry.secrets]

"""The values of the settings: frozen, and silent about secrets when printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path


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
    """``texts_per_minute``: what one WeChat user may write to an account before they are asked to wait."""

    requests_per_minute: int
    storage: str
    texts_per_minute: int


@dataclass(frozen=True, slots=True)
class ClockRules:
    """What no statute decides about time limits. ``close``: end of office hours (None: the day ends at 24:00);
    ``late_counts_next``: what comes in after it, or on a day off, counts as received on the next working day."""

    pause_rule: str
    close: time | None
    late_counts_next: bool


@dataclass(frozen=True, slots=True)
class Outlet:
    """A window where people are served. ``region``: the district it lies in, in words, or empty."""

    name: str
    address: str
    hours: str
    phone: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What citizens read about the bureau; no secrets. ``window`` says in general where the ``outlets`` are.

    ``bundles``: codes of the shipped ones that are brought in (none: all), in the order in which they are shown.
    """

    name: str
    organiser: str
    phone: str
    phone_hours: str
    window: str
    icp: str
    outlets: tuple[Outlet, ...] = ()
    bundles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A template that the platform has granted. ``channel``: template, bizsend or miniprogram; ``fields``: its field
    names and what we put there; ``nodes``: of the timeline, for which it is used (none: all); ``page``: the page of the
    mini-program that it opens, ``{number}`` being the case's."""

    code: str
    channel: str
    template_id: str
    fields: Mapping[str, str]
    nodes: tuple[str, ...] = ()
    page: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One official account or mini-program.

    ``menu``: as the platform takes it, empty where none is configured. ``scenes``: scene of a QR code -> "bundle/item".
    ``mp_verify``: the middles of the names of WeChat's domain files, ``MP_verify_<here>.txt``. ``identity``: codes of
    the providers it offers, the preferred one first (none: all that work in it).
    """

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
    menu: Mapping[str, object] = field(default_factory=dict)
    scenes: Mapping[str, str] = field(default_factory=dict)
    templates: tuple[MessageTemplate, ...] = ()
    mp_verify: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WeChat:
    """``jssdk_url``: the script of JS-SDK for the page that asks for subscriptions. ``token_store``: address of a Redis
    that keeps access tokens; empty: the database does."""

    api_base_url: str
    authorize_base_url: str
    jssdk_url: str
    accounts: Mapping[str, Account]
    token_store: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """One identity provider. ``kind``: signed, eid or wechat_face; ``page_origins``: where its pages live, for the
    form-action of our own; ``algorithms`` and ``documents`` of a signed one; ``secret_id``, ``merchant_id`` and
    ``unseal_key`` (an SM2 private key, or empty) of Tencent's."""

    code: str
    kind: str
    name: str
    base_url: str
    page_origins: tuple[str, ...]
    secrets: tuple[str, ...] = field(default=(), repr=False)
    algorithms: tuple[str, ...] = ("v1",)
    documents: tuple[str, ...] = ()
    secret_id: str = field(default="", repr=False)
    merchant_id: str = ""
    unseal_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Registry:
    base_url: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Photos:
    """How pictures are looked at. ``face_model``: a YuNet model by which faces are counted; None: they are not."""

    face_model: Path | None


@dataclass(frozen=True, slots=True)
class Settings:
    server: Server
    database_url: str = field(repr=False)
    jobs: Jobs
    limits: Limits
    clock: ClockRules
    service: Service
    wechat: WeChat
    providers: Mapping[str, Provider]
    registry: Registry
    photos: Photos
    sandbox_url: str | None

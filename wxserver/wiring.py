"""The one place that knows which adapter answers which port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from wxserver.adapters.clock import ShiftedClock, SystemClock
from wxserver.adapters.credentials import Argon2Passwords, TimedCodes
from wxserver.adapters.files import FolderFiles
from wxserver.adapters.http import RequestsHttp
from wxserver.adapters.identity_signed import SignedIdentityProvider
from wxserver.adapters.pdfs import IsolatedPdfReader
from wxserver.adapters.photos import FaceModelUnusable, PillowInspector, YuNetFaces
from wxserver.adapters.registry import HttpCardRegistry, SignedRegistryCallbacks
from wxserver.adapters.vault import KeyRing, SealingVault
from wxserver.adapters.wechat import LoginAccount, PushDoor, WeChatOAuth
from wxserver.ports import (
    CardRegistry,
    Clock,
    FaceCounter,
    FileStore,
    PhotoInspector,
    RegistryCallbacks,
    WeChatLogin,
    WeChatPushDoor,
)
from wxserver.ports.credentials import DynamicCodes, Passwords
from wxserver.settings import Settings, SettingsFault
from wxserver.store.database import Database, prepare


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the use cases, behind ports."""

    clock: Clock
    database: Database
    registry: CardRegistry
    registry_callbacks: RegistryCallbacks
    providers: Mapping[str, SignedIdentityProvider]
    wechat: WeChatLogin
    push_doors: Mapping[str, WeChatPushDoor]
    files: FileStore
    photos: PhotoInspector
    passwords: Passwords
    codes: DynamicCodes
    csrf_key: bytes = field(repr=False)


def wire(settings: Settings, engine: Engine) -> World:
    """Build the adapters that the settings ask for. Raises KeysUnusable where the key file can't be read, and
    SettingsFault where the face model can't be loaded."""
    var = settings.server.var_dir
    clock: Clock = ShiftedClock(var / "clock") if settings.server.is_sandbox else SystemClock()
    http = RequestsHttp(settings.jobs.far_side_timeout_seconds)
    ring = KeyRing.from_file(var / "keys.json")
    prepare(engine)
    accounts = settings.wechat.accounts.values()
    return World(
        clock=clock,
        database=Database(engine, SealingVault(ring)),
        registry=HttpCardRegistry(settings.registry.base_url, settings.registry.secrets[0], http, clock),
        registry_callbacks=SignedRegistryCallbacks(settings.registry.secrets),
        providers={
            each.code: SignedIdentityProvider(each.code, each.name, each.base_url, each.secrets, http, clock)
            for each in settings.providers.values()
        },
        wechat=WeChatOAuth(
            {each.code: LoginAccount(each.kind, each.app_id, each.app_secret) for each in accounts},
            settings.wechat.api_base_url,
            settings.wechat.authorize_base_url,
            http,
        ),
        push_doors={
            each.code: PushDoor(each.app_id, each.token, each.encoding_aes_key, each.mode) for each in accounts
        },
        files=FolderFiles(var / "uploads"),
        photos=PillowInspector(pdfs=IsolatedPdfReader(), faces=_faces(settings.photos.face_model)),
        passwords=Argon2Passwords(),
        codes=TimedCodes(),
        csrf_key=ring.csrf_key,
    )


def _faces(model: Path | None) -> FaceCounter | None:
    try:
        return None if model is None else YuNetFaces(model)
    except FaceModelUnusable as unusable:
        raise SettingsFault("the configuration", [str(unusable)]) from None

"""The one place that knows which adapter answers which port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from wxserver.adapters.captchas import DrawnCaptchas
from wxserver.adapters.clock import ShiftedClock, SystemClock
from wxserver.adapters.credentials import Argon2Passwords, TimedCodes
from wxserver.adapters.eid import EidProvider, SessionKeys, SmMissing
from wxserver.adapters.files import FolderFiles
from wxserver.adapters.http import RequestsHttp
from wxserver.adapters.identity_signed import SignedIdentityProvider
from wxserver.adapters.pace import MinutePace
from wxserver.adapters.pdfs import IsolatedPdfReader
from wxserver.adapters.photos import FaceModelUnusable, PillowInspector, YuNetFaces
from wxserver.adapters.registry import HttpCardRegistry, SignedRegistryCallbacks
from wxserver.adapters.tokens_redis import RedisTokens
from wxserver.adapters.vault import KeyRing, SealBroken, SealingVault
from wxserver.adapters.wechat import (
    LoginAccount,
    PushDoor,
    WeChatAccountDesk,
    WeChatApi,
    WeChatFaceProvider,
    WeChatMessenger,
    WeChatOAuth,
    WeChatTicketBooth,
    meaning,
    signature,
)
from wxserver.ports import (
    CardRegistry,
    Clock,
    FaceCounter,
    FileStore,
    Http,
    IdentityProvider,
    KeptToken,
    PhotoInspector,
    RegistryCallbacks,
    TokenStore,
    VerificationCallbacks,
    WeChat,
    WeChatCalls,
)
from wxserver.ports.captchas import CaptchaDrawer
from wxserver.ports.credentials import DynamicCodes, Passwords
from wxserver.settings import Settings, SettingsFault
from wxserver.store import token_store
from wxserver.store.database import Database, prepare


class DatabaseTokens:
    """The port `TokenStore` over our own database: one row for each token, sealed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, name: str) -> KeptToken | None:
        with self._database.read() as unit:
            kept = token_store.read(unit, name)
        return None if kept is None else KeptToken(*kept)

    def lease(self, name: str, owner: str, seconds: float) -> bool:
        with self._database.write() as unit:
            return token_store.lease(unit, name, owner, seconds)

    def keep(self, name: str, owner: str, token: KeptToken) -> None:
        with self._database.write() as unit:
            token_store.keep(unit, name, owner, token.value, token.expires_at)

    def release(self, name: str, owner: str) -> None:
        with self._database.write() as unit:
            token_store.release(unit, name, owner)

    def forget(self, name: str, value: str) -> None:
        with self._database.write() as unit:
            token_store.forget(unit, name, value)


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the use cases, behind ports."""

    clock: Clock
    database: Database
    registry: CardRegistry
    registry_callbacks: RegistryCallbacks
    providers: Mapping[str, IdentityProvider]
    provider_callbacks: Mapping[str, VerificationCallbacks]
    http: Http
    wechat: WeChat
    files: FileStore
    photos: PhotoInspector
    passwords: Passwords
    codes: DynamicCodes
    captchas: CaptchaDrawer
    csrf_key: bytes = field(repr=False)


def wire(settings: Settings, engine: Engine) -> World:
    """Build the adapters that the settings ask for. Raises KeysUnusable where the key file can't be read, and
    SettingsFault where the face model can't be loaded."""
    var = settings.server.var_dir
    clock: Clock = ShiftedClock(var / "clock") if settings.server.is_sandbox else SystemClock()
    http = RequestsHttp(settings.jobs.far_side_timeout_seconds)
    ring = KeyRing.from_file(var / "keys.json")
    prepare(engine)
    vault = SealingVault(ring)
    database = Database(engine, vault)
    wechat, calls = _wechat(settings, database, vault, http, clock)
    signed = _signed_providers(settings, http, clock)
    return World(
        clock=clock,
        database=database,
        registry=HttpCardRegistry(settings.registry.base_url, settings.registry.secrets[0], http, clock),
        registry_callbacks=SignedRegistryCallbacks(settings.registry.secrets),
        providers=signed | _other_providers(settings, calls, http, clock),
        provider_callbacks=signed,
        http=http,
        wechat=wechat,
        files=FolderFiles(var / "uploads"),
        photos=PillowInspector(pdfs=IsolatedPdfReader(), faces=_faces(settings.photos.face_model)),
        passwords=Argon2Passwords(),
        codes=TimedCodes(),
        captchas=DrawnCaptchas(),
        csrf_key=ring.csrf_key,
    )


def _signed_providers(settings: Settings, http: Http, clock: Clock) -> dict[str, SignedIdentityProvider]:
    return {
        each.code: SignedIdentityProvider(
            each.code,
            each.name,
            each.base_url,
            each.secrets,
            http,
            clock,
            algorithms=each.algorithms,
            documents=frozenset(each.documents),
        )
        for each in settings.providers.values()
        if each.kind == "signed"
    }


def _other_providers(settings: Settings, calls: WeChatCalls, http: Http, clock: Clock) -> dict[str, IdentityProvider]:
    found: dict[str, IdentityProvider] = {}
    programs = frozenset(each.code for each in settings.wechat.accounts.values() if each.kind == "miniprogram")
    for each in settings.providers.values():
        if each.kind == "wechat_face":
            found[each.code] = WeChatFaceProvider(each.code, each.name, calls, programs, clock)
        elif each.kind == "eid":
            found[each.code] = EidProvider(
                each.code,
                each.name,
                secret_id=each.secret_id,
                secret_key=each.secrets[0],
                merchant_id=each.merchant_id,
                base_url=each.base_url,
                http=http,
                clock=clock,
                key=_session_keys(each.code, each.unseal_key),
            )
    return found


def _session_keys(provider: str, private_key: str) -> SessionKeys | None:
    try:
        return SessionKeys(private_key) if private_key else None
    except SmMissing as missing:
        raise SettingsFault("the configuration", [f"identity.providers.{provider}.private_key: {missing}"]) from None


def _wechat(
    settings: Settings, database: Database, vault: SealingVault, http: Http, clock: Clock
) -> tuple[WeChat, WeChatCalls]:
    accounts, api = settings.wechat.accounts.values(), settings.wechat.api_base_url
    logins = {each.code: LoginAccount(each.kind, each.app_id, each.app_secret) for each in accounts}
    app_ids = {each.code: each.app_id for each in accounts}
    tokens: TokenStore = DatabaseTokens(database)
    if settings.wechat.token_store:
        place = token_store.PLACE
        tokens = RedisTokens(
            settings.wechat.token_store,
            lambda name, value: vault.seal(place, name, value),
            lambda name, sealed: vault.open(place, name, sealed),
            SealBroken,
        )
    calls = WeChatApi(logins, api, http, tokens, clock)
    signing = {each.code: each.token for each in accounts}

    def explain(code: int) -> tuple[str, str]:
        told = meaning(code)
        return told.cause, told.mend

    wechat = WeChat(
        login=WeChatOAuth(logins, api, settings.wechat.authorize_base_url, http),
        accounts=WeChatAccountDesk(calls, app_ids),
        messages=WeChatMessenger(calls),
        tickets=WeChatTicketBooth(calls, tokens, app_ids, clock),
        doors={each.code: PushDoor(each.app_id, each.token, each.encoding_aes_key, each.mode) for each in accounts},
        pace=MinutePace(settings.limits.storage, settings.limits.texts_per_minute),
        sign=lambda account, timestamp, nonce: signature(signing[account], timestamp, nonce),
        explain=explain,
    )
    return wechat, calls


def _faces(model: Path | None) -> FaceCounter | None:
    try:
        return None if model is None else YuNetFaces(model)
    except FaceModelUnusable as unusable:
        raise SettingsFault("the configuration", [str(unusable)]) from None

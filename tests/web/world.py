"""The whole app over a SQLite file, with far sides inside the process that do as the test says."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, cast
from unittest.mock import patch

from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from bundles.people import subject_digest
from bundles.ports import Standing
from tests import drawn
from wxserver import app as building
from wxserver.ports import (
    BadSignature,
    IdentityDocument,
    IdentityProvider,
    Malformed,
    Production,
    ProductionRequest,
    Question,
    RegistryCard,
    StartedVerification,
    Unavailable,
    VerificationCallbacks,
    VerificationRequest,
    VerificationResult,
    WeChatAccounts,
    WeChatIdentity,
    WeChatProfile,
    WeChatRefused,
)
from wxserver.ports.identity import Group
from wxserver.settings import Settings, load
from wxserver.wiring import World, wire

EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"
NAME, NUMBER = "林小兰", "445202199001010026"
BUNDLE = "social-security-card"


_REFUSED = {
    "used": (40163, "code been used"),
    "blocked": (40226, "code blocked"),
    "misconfigured": (40125, "invalid appsecret"),
}


class Phones:
    """WeChat: a code is the openid of the user who brings it, but for a few words."""

    def authorize_url(self, account: str, redirect_uri: str, state: str, *, profile: bool = False) -> str:
        return f"https://wechat.example/authorize?redirect_uri={redirect_uri}&state={state}"

    def profile(self, account: str, code: str) -> WeChatProfile:
        return WeChatProfile(code, "榕江边的人", None)

    def exchange(self, account: str, code: str) -> WeChatIdentity:
        if code == "away":
            raise Unavailable
        if code in _REFUSED:
            raise WeChatRefused(*_REFUSED[code])
        return WeChatIdentity(code, snapshot=code == "snapshot")

    mini_program = exchange


class PhoneButton:
    """WeChat's phone button: `phone-` and a number is the code of that number; all else is asked of WeChat."""

    def __init__(self, others: WeChatAccounts) -> None:
        self._others = others

    def __getattr__(self, name: str) -> Any:
        return getattr(self._others, name)

    def phone_number(self, account: str, code: str) -> str:
        if not code.startswith("phone-"):
            raise WeChatRefused(40029, "invalid code")
        return code.removeprefix("phone-")


@dataclass
class Provider:
    """An identity provider that remembers what it was asked and answers what the test has put in `results`."""

    name: str = "signed"
    title: str = "粤信签"
    way: str = "page"
    documents: frozenset[str] = frozenset({"resident_id", "passport", "permanent_residence"})
    asks_consent: bool = True
    started: dict[str, VerificationRequest] = field(default_factory=dict)
    results: dict[str, VerificationResult] = field(default_factory=dict)

    def start(self, request: VerificationRequest) -> StartedVerification:
        reference = f"p{len(self.started)}"
        self.started[reference] = request
        return StartedVerification(
            reference, f"https://identity.example/face/{reference}", datetime.now(UTC) + timedelta(minutes=10)
        )

    def ask(self, question: Question) -> VerificationResult | None:
        return self.results.get(question.provider_reference)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        if headers.get("webhook-signature") != "good":
            raise BadSignature
        return headers["webhook-id"]

    def parse_callback(self, body: bytes) -> NoReturn:
        raise Malformed

    def decide(self, result: str = "passed") -> VerificationRequest:
        """The last verification begun ends like this, told only when asked."""
        reference, request = list(self.started.items())[-1]
        self.results[reference] = VerificationResult(
            request.reference,
            reference,
            result,
            "mismatch" if result == "failed" else cast("Group", result),
            None if result == "passed" else "face-mismatch",
            datetime.now(UTC),
            "face" if result == "passed" else None,
            subject_digest(request.document.kind, request.document.number, request.name),
        )
        return request


@dataclass
class CardOffice:
    """A registry where everybody has one active card, and which can be away."""

    away: bool = False
    known: Standing = field(default_factory=Standing)
    guardians: set[tuple[str, str]] = field(default_factory=set)
    """Numbers of guardians and minors."""

    def _answer(self) -> None:
        if self.away:
            raise Unavailable

    def card(self, reference: str) -> RegistryCard:
        self._answer()
        return RegistryCard(reference, "X00000019", "中国建设银行", "445202", "active", date(2030, 6, 30))

    def cards(self, holder: IdentityDocument) -> tuple[RegistryCard, ...]:
        return (self.card(f"card-of-{holder.number}"),)

    def update_profile(
        self, key: str, holder: IdentityDocument, card: str, changes: Mapping[str, str]
    ) -> tuple[str, ...]:
        self._answer()
        return tuple(changes)

    def start_production(self, key: str, request: ProductionRequest) -> Production:
        self._answer()
        return Production(f"production-{key}", "submitted")

    def production(self, reference: str) -> Production:
        self._answer()
        return Production(reference, "submitted")

    def productions(self, holder: IdentityDocument) -> tuple[Production, ...]:
        self._answer()
        return ()

    def activate(self, key: str, card: str) -> RegistryCard:
        return self.card(card)

    def report_loss(self, key: str, card: str, kind: str) -> RegistryCard:
        return replace(self.card(card), state="formally_lost")

    def lift_loss(self, key: str, card: str) -> RegistryCard:
        return self.card(card)

    def standing(self, holder: IdentityDocument) -> Standing:
        self._answer()
        return self.known

    def photo(self, holder: IdentityDocument) -> bytes | None:
        self._answer()
        return None

    def guardianship(self, guardian: IdentityDocument, minor: IdentityDocument) -> bool | None:
        self._answer()
        return (guardian.number, minor.number) in self.guardians

    def cancel_card(self, key: str, card: str) -> RegistryCard:
        return replace(self.card(card), state="cancelled")

    def restore_card(self, key: str, card: str) -> RegistryCard:
        return self.card(card)

    def set_pin(self, key: str, card: str, action: str) -> RegistryCard:
        return self.card(card)

    def unlock(self, key: str, card: str) -> RegistryCard:
        return self.card(card)


@dataclass
class Town:
    """The app and its far sides."""

    app: Flask
    provider: Provider
    registry: CardOffice
    clock: Path
    guests: int = 0
    _ahead: float = 0.0

    def later(self, seconds: float) -> None:
        """Time passes."""
        self._ahead += seconds
        self.clock.write_text(f"{self._ahead}", encoding="utf-8")

    def client(self) -> Any:
        """A browser that knows nothing yet; a FlaskClient."""
        return self.app.test_client()

    def wechat_only(self, openid: str | None = None) -> Citizen:
        """A mini-program's session that knows the WeChat user only."""
        self.guests += 1
        opened = self.client().post(
            "/api/v1/sessions", json={"account": "jieyang_mini", "code": openid or f"guest-{self.guests}"}
        )
        assert opened.status_code == 201, opened.data
        return Citizen(self, opened.json["token"])

    def citizen(self, openid: str | None = None, name: str = NAME, number: str = NUMBER) -> Citizen:
        """Somebody signed in by face in the mini-program."""
        guest = self.wechat_only(openid)
        started = guest.post("verifications", guest.verification(name=name, id_type="resident_id", id_number=number))
        assert started.status_code == 201, started.data
        self.provider.decide()
        looked = guest.get(f"verifications/{started.json['id']}")
        return Citizen(self, looked.json["session"]["token"])

    def browser(self, openid: str, next_path: str = "/", account: str = "jieyang") -> Any:
        """A browser signed in by WeChat's OAuth."""
        client = self.client()
        state = client.get(f"/wechat/{account}/login", query_string={"next": next_path}).location.rpartition("=")[2]
        landed = client.get(f"/wechat/{account}/oauth", query_string={"code": openid, "state": state})
        assert landed.status_code == 303, landed.data
        return client


@dataclass
class Citizen:
    """A client with a Bearer session."""

    town: Town
    token: str

    def call(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return self.town.client().open(f"/api/v1/{path}", method=method, headers=headers, **more)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, content: object, key: str | None = None) -> Any:
        return self.call("POST", path, json=content, headers={} if key is None else {"Idempotency-Key": key})

    def upload(self, kind: str = "photo", raw: bytes | None = None, key: str | None = None, **fields: Any) -> Any:
        """POST /uploads: a good picture of this kind, unless told otherwise."""
        if raw is None:
            raw = drawn.good_portrait() if kind == "photo" else drawn.card_sample()
        data = {"kind": kind, "file": FileStorage(io.BytesIO(raw), "picture.jpg")} | fields
        boundary, body = encode_multipart(data)
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        form = f"multipart/form-data; boundary={boundary}"
        return self.call("POST", "uploads", data=body, headers=headers, content_type=form)

    def papers(self) -> list[str]:
        """Ids of what `apply` demands, handed in just now."""
        return [self.upload(kind).json["id"] for kind in ("identity_document", "photo")]

    def verification(self, **more: object) -> dict[str, object]:
        """A request for one, with the consent in force."""
        consent, *_ = self.get("consents/current").json["items"]
        return {"provider": "signed", "consent": consent["version"], "purpose": "sign-in"} | more

    def change(self, **more: object) -> dict[str, object]:
        """A submission that can be carried out at once."""
        (card,) = self.get("cards").json["items"]
        form = {"phone": "13800005620"}
        return {"bundle": BUNDLE, "item": "change-information", "card_id": card["id"], "form": form} | more


@contextmanager
def town(directory: Path, changed: Callable[[Settings], Settings] = lambda settings: settings) -> Iterator[Town]:
    """A migrated, furnished app in the directory; its limit per source is out of reach."""
    settings = changed(load(EXAMPLE, {"VAR_DIR": str(directory)}))
    settings = replace(settings, limits=replace(settings.limits, requests_per_minute=10_000_000))
    provider, registry = Provider(), CardOffice()

    def with_far_sides(*arguments: Any) -> World:
        world = wire(*arguments)
        providers = {**world.providers, "signed": cast("IdentityProvider", provider)}
        callbacks = {"signed": cast("VerificationCallbacks", provider)}
        wechat = replace(
            world.wechat, login=Phones(), accounts=cast("WeChatAccounts", PhoneButton(world.wechat.accounts))
        )
        return replace(world, wechat=wechat, providers=providers, provider_callbacks=callbacks, registry=registry)

    with patch.object(building, "wire", with_far_sides):
        app = building.create_app(settings)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["setup"])
        assert done.exit_code == 0, done.output
    yield Town(app, provider, registry, directory / "clock")
    app.extensions["world"].database.engine.dispose()

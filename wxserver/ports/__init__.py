"""What the server asks of the world. Adapters answer; use cases know nothing but these types.

Far sides say no in two ways, shared with the domain: `Unavailable` (no definite answer, try again) and `Refused`
(a definite no with a reason for the citizen). What arrives unasked is either not authentic (`BadSignature`, 401) or
authentic but not of the agreed shape (`Malformed`, 400).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bundles.definition import PhotoRule as PhotoRule
from bundles.ports import CardRegistry as CardRegistry
from bundles.ports import IdentityDocument as IdentityDocument
from bundles.ports import Production as Production
from bundles.ports import ProductionRequest as ProductionRequest
from bundles.ports import Refused as Refused
from bundles.ports import RegistryCard as RegistryCard
from bundles.ports import Unavailable as Unavailable
from wxserver.ports.documents import Malformed as Malformed
from wxserver.ports.signatures import BadSecret as BadSecret
from wxserver.ports.signatures import BadSignature as BadSignature


class Clock(Protocol):
    """The one source of the time of day."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""


class WebhookVerifier(Protocol):
    """Checks callbacks signed by Standard Webhooks (contract, "Callbacks")."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The message id of an authentic callback; raises `BadSignature` and nothing else."""


# WeChat


class WeChatRefused(Exception):
    """WeChat definitely declined. `code`: its errcode (facts/wechat.md §2), `message`: its errmsg, for logs only."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


@dataclass(frozen=True, slots=True)
class WeChatIdentity:
    """A WeChat user as one account sees them.

    `snapshot`: the page was opened as a snapshot with a made-up openid; such a login must never pass.
    """

    openid: str
    unionid: str | None = None
    snapshot: bool = False


class WeChatLogin(Protocol):
    """Login by OAuth (official account) and by `wx.login` (mini-program). `account`: its name in the configuration.

    An unknown account, or one of the wrong kind, raises KeyError.
    """

    def authorize_url(self, account: str, redirect_uri: str, state: str) -> str:
        """Where to send the browser. `state`: 1 to 128 letters and digits, else ValueError."""

    def exchange(self, account: str, code: str) -> WeChatIdentity:
        """Redeem the code of an OAuth return; raises `WeChatRefused` or `Unavailable`."""

    def mini_program(self, account: str, code: str) -> WeChatIdentity:
        """Redeem a `wx.login` code; raises `WeChatRefused` or `Unavailable`."""


@dataclass(frozen=True, slots=True)
class Push:
    """One message or event pushed by WeChat; a text that is absent is empty.

    `create_time`: unix seconds. `msg_id`: `MsgId`, or `MsgID` where an event carries that. `fields`: every text in
    the message by its name, nested ones by path (`SubscribeMsgPopupEvent.List.TemplateId`; a second `List` is
    `List.2`). `wire`: the format it came in, and is answered in.
    """

    from_user: str
    to_user: str
    create_time: int
    msg_type: str
    event: str = ""
    event_key: str = ""
    msg_id: str = ""
    content: str = ""
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    wire: Literal["xml", "json"] = "xml"

    @property
    def key(self) -> tuple[str, ...]:
        """What tells two deliveries of one push from two pushes (facts/wechat.md §1.6); put the account before it."""
        return (self.from_user, str(self.create_time), self.msg_type, self.event, self.event_key, self.msg_id)


class WeChatPushDoor(Protocol):
    """The entrance for one account's pushes. `query`: the parameters of the request."""

    def verify_url(self, query: Mapping[str, str], now: datetime) -> str:
        """Answer WeChat's check of our address: the text to send back, as text/plain. Raises `BadSignature`."""

    def open(self, query: Mapping[str, str], body: bytes, content_type: str, now: datetime) -> Push:
        """Verify, decrypt and read a push; raises `BadSignature` or `Malformed`."""

    def answer(self, push: Push, text: str | None, query: Mapping[str, str], now: datetime) -> bytes:
        """The body of our answer: a text to the sender, or None for the bare acknowledgement."""


# Identity


@dataclass(frozen=True, slots=True)
class VerificationRequest:
    """Ask a provider to verify a person. `reference` is ours; `purpose`: `sign-in` or `case`."""

    reference: str
    name: str = field(repr=False)
    document: IdentityDocument = field(repr=False)
    return_url: str
    callback_url: str
    purpose: str


@dataclass(frozen=True, slots=True)
class StartedVerification:
    """A verification that waits for the person at `url`, until `expires_at`."""

    provider_reference: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """How a verification ended: `passed`, `failed`, `cancelled` or `expired`.

    `level`: `face` or `password`. `subject_digest`: who was verified (contract, "Generic signed provider"); level,
    instant and digest are always there when it passed. `reference` is ours.
    """

    reference: str
    provider_reference: str
    result: str
    fail_code: str | None
    verified_at: datetime | None
    level: str | None
    subject_digest: str | None


class IdentityProvider(Protocol):
    """Someone who verifies persons. Its calls raise `Unavailable` or `Refused`."""

    @property
    def name(self) -> str:
        """Its code in URLs and tables."""

    @property
    def title(self) -> str:
        """What citizens read."""

    def start(self, request: VerificationRequest) -> StartedVerification:
        """Begin; the person is then sent to the `url` of the answer."""

    def ask(self, provider_reference: str) -> VerificationResult | None:
        """The result as the provider knows it, None while there is none."""


class VerificationCallbacks(WebhookVerifier, Protocol):
    """The side of a provider that calls back."""

    def parse_callback(self, body: bytes) -> VerificationResult:
        """Read the body of an authentic callback; raises `Malformed`, a ValueError."""


# Card registry


@dataclass(frozen=True, slots=True)
class RegistryEvent:
    """One event from the card registry; it may come late, twice or out of order.

    `kind`: `production.made`, `card.state_changed` … (contract, "Card registry"). `subject`: the registry's reference
    of the production or card, as `kind` says. `sequence` grows with each event of one subject. `sent_at`: when it was
    sent. `details`: the other texts, e.g. `outlet`, `courier`, `tracking_number`, `state`.
    """

    kind: str
    subject: str
    at: datetime
    sequence: int
    sent_at: datetime
    details: Mapping[str, str] = field(default_factory=dict, repr=False)


class RegistryCallbacks(WebhookVerifier, Protocol):
    """The side of the card registry that calls back."""

    def parse_event(self, body: bytes) -> RegistryEvent:
        """Read the body of an authentic event; raises `Malformed`, a ValueError."""


# Files and pictures


class FileLost(LookupError):
    """There is no file of this name."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept; one that was never finished has another name than any that was given."""

    name: str
    written_at: datetime


class FileStore(Protocol):
    """Keeps files by name: 32 hexadecimal digits, else ValueError. What is kept is sealed before it gets here."""

    def write(self, name: str, content: bytes, at: datetime) -> None:
        """Keep a file, whole or not at all; it is safe when this returns. `at`: when, by our clock."""

    def read(self, name: str) -> bytes:
        """The file's content; raises `FileLost`."""

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is no fault."""

    def names(self) -> Iterator[StoredFile]:
        """Everything that is kept, in no order."""


class PhotoRefused(Exception):
    """A file that can't be taken. `code`: stable English; `message`: a Chinese sentence that says how to mend it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.code


class InspectorBusy(Exception):
    """Too many files are being looked at; try again in some seconds."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is kept of a file: a picture upright, without metadata, small enough (`image/jpeg`, one page), or a PDF as
    it came (`application/pdf`, without width and height)."""

    content: bytes = field(repr=False)
    media_type: str
    width: int | None
    height: int | None
    pages: int = 1


class PhotoInspector(Protocol):
    """Looks at files as they come from phones, and makes of them what we keep."""

    def inspect(
        self, kind: str, raw: bytes, rule: PhotoRule | None, accepted: Collection[str] = ("picture",)
    ) -> Prepared:
        """What to keep. `kind` as in `vocabulary.UPLOAD_KINDS`; with a `rule` it is a photo for a card. `accepted`:
        `picture`, `pdf`, or both.

        Raises `PhotoRefused` or `InspectorBusy`.
        """


class PdfReader(Protocol):
    """Looks into PDF files of strangers, without letting them do anything."""

    def pages(self, raw: bytes) -> int:
        """How many pages a harmless PDF has. Raises `PhotoRefused` or `InspectorBusy`."""


class FaceCounter(Protocol):
    """Counts faces; recognises nobody."""

    def count(self, pixels: bytes, width: int, height: int) -> int:
        """How many faces a picture shows. `pixels`: RGB, three bytes each, row by row."""


# HTTP


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A far side's answer, whole. `content_type`: as sent, in lower case, without parameters."""

    status: int
    content_type: str
    body: bytes = field(repr=False)


class Http(Protocol):
    """One request to a far side: bounded in time and size, no redirect followed, no cookie kept."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> HttpAnswer:
        """Send and read the whole answer, whatever its status; raises `Unavailable`."""

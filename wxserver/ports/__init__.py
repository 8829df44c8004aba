"""What the server asks of the world. Adapters answer; use cases know nothing but these types.

Far sides say no in two ways, shared with the domain: `Unavailable` (no definite answer, try again) and `Refused`
(a definite no with a reason for the citizen). What arrives unasked is either not authentic (`BadSignature`, 401) or
authentic but not of the agreed shape (`Malformed`, 400).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bundles.definition import PhotoRule as PhotoRule
from bundles.ports import CardRegistry as CardRegistry
from bundles.ports import IdentityDocument as IdentityDocument
from bundles.ports import Production as Production
from bundles.ports import ProductionRequest as ProductionRequest
from bundles.ports import Refused as Refused
from bundles.ports import RegistryCard as RegistryCard
from bundles.ports import Unavailable as Unavailable
from wxserver.ports.documents import Malformed as Malformed
from wxserver.ports.identity import IdentityProvider as IdentityProvider
from wxserver.ports.identity import Question as Question
from wxserver.ports.identity import StartedVerification as StartedVerification
from wxserver.ports.identity import VerificationCallbacks as VerificationCallbacks
from wxserver.ports.identity import VerificationRequest as VerificationRequest
from wxserver.ports.identity import VerificationResult as VerificationResult
from wxserver.ports.signatures import BadSecret as BadSecret
from wxserver.ports.signatures import BadSignature as BadSignature
from wxserver.ports.webhooks import WebhookVerifier as WebhookVerifier
from wxserver.ports.wechat import Follower as Follower
from wxserver.ports.wechat import KeptToken as KeptToken
from wxserver.ports.wechat import LiveTemplate as LiveTemplate
from wxserver.ports.wechat import MessageRefused as MessageRefused
from wxserver.ports.wechat import Outgoing as Outgoing
from wxserver.ports.wechat import Pace as Pace
from wxserver.ports.wechat import Push as Push
from wxserver.ports.wechat import Signed as Signed
from wxserver.ports.wechat import TokenStore as TokenStore
from wxserver.ports.wechat import WeChat as WeChat
from wxserver.ports.wechat import WeChatAccounts as WeChatAccounts
from wxserver.ports.wechat import WeChatCalls as WeChatCalls
from wxserver.ports.wechat import WeChatIdentity as WeChatIdentity
from wxserver.ports.wechat import WeChatLogin as WeChatLogin
from wxserver.ports.wechat import WeChatMessages as WeChatMessages
from wxserver.ports.wechat import WeChatProfile as WeChatProfile
from wxserver.ports.wechat import WeChatPushDoor as WeChatPushDoor
from wxserver.ports.wechat import WeChatRefused as WeChatRefused
from wxserver.ports.wechat import WeChatTickets as WeChatTickets


class Clock(Protocol):
    """The one source of the time of day."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""


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
    """A far side's answer, whole. `content_type`: as sent, in lower case, without parameters; `date`: its `Date` header
    as sent, or empty."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    date: str = ""


class Http(Protocol):
    """One request to a far side: bounded in time and size, no redirect followed, no cookie kept."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> HttpAnswer:
        """Send and read the whole answer, whatever its status; raises `Unavailable`."""

"""WeChat as the server asks for it: login, pushes, server calls with their tokens, messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from wxserver.ports.documents import Document


class WeChatRefused(Exception):
    """WeChat definitely declined. `code`: its errcode (facts/wechat.md §2), `message`: its errmsg, for logs only."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} {self.message}"

    @property
    def is_about_the_code(self) -> bool:
        """The code that the user's WeChat gave is unknown or another's, used before, or missing: a new one helps."""
        return self.code in (40029, 40163, 41008)

    @property
    def blocks_the_user(self) -> bool:
        """WeChat takes this user for a risk; nothing that we or they do here helps."""
        return self.code == 40226


@dataclass(frozen=True, slots=True)
class WeChatIdentity:
    """A WeChat user as one account sees them.

    `snapshot`: the page was opened as a snapshot with a made-up openid; such a login must never pass.
    `session_key`: of a mini-program's login; it never leaves the server.
    """

    openid: str
    unionid: str | None = None
    snapshot: bool = False
    session_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WeChatProfile:
    """What a WeChat user agreed to show: nickname, and avatar (JPEG, PNG or WebP, 64 KiB at most; None: there is none
    that we take)."""

    openid: str
    nickname: str = field(repr=False)
    avatar: bytes | None = field(repr=False)


class WeChatLogin(Protocol):
    """Login by OAuth (official account) and by `wx.login` (mini-program). `account`: its name in the configuration.

    An unknown account, or one of the wrong kind, raises KeyError.
    """

    def authorize_url(self, account: str, redirect_uri: str, state: str, *, profile: bool = False) -> str:
        """Where to send the browser. `state`: 1 to 128 letters and digits, else ValueError. `profile`: WeChat asks the
        person for nickname and avatar."""

    def profile(self, account: str, code: str) -> WeChatProfile:
        """Redeem the code of an OAuth return with consent; raises `WeChatRefused` or `Unavailable`."""

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
        """What tells two deliveries of one push from two pushes (facts/wechat.md §1.6); put the account before it.

        Of events whom they are about counts, too, and what their lists hold: changes of an authorisation all come from
        the platform (§1.8), and the numbers of notices stand in a list (§5). Two of them may bear the same second.
        """
        told = (self.from_user, str(self.create_time), self.msg_type, self.event, self.event_key, self.msg_id)
        if self.msg_type != "event":
            return told
        about = (f"{name}={self.fields[name]}" for name in sorted(self.fields) if name == "OpenID" or "." in name)
        return (*told, *about)


class WeChatPushDoor(Protocol):
    """The entrance for one account's pushes. `query`: the parameters of the request."""

    def verify_url(self, query: Mapping[str, str], now: datetime) -> str:
        """Answer WeChat's check of our address: the text to send back, as text/plain. Raises `BadSignature`."""

    def open(self, query: Mapping[str, str], body: bytes, content_type: str, now: datetime) -> Push:
        """Verify, decrypt and read a push; raises `BadSignature` or `Malformed`."""

    def answer(self, push: Push, text: str | None, query: Mapping[str, str], now: datetime, created: int = 0) -> bytes:
        """The body of our answer: a text to the sender, or None for the bare acknowledgement. `created`: unix seconds
        at which a repeated answer was given first; 0: now."""


class Pace(Protocol):
    """How often somebody may speak."""

    def allows(self, who: str) -> bool:
        """Count one more word of theirs; False where it is too many within a minute. `who`: a hash."""


# Server calls and what they need


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token or ticket of WeChat's. `expires_at`: unix seconds of our clock."""

    value: str = field(repr=False)
    expires_at: float


class TokenStore(Protocol):
    """Keeps tokens for all processes of one deployment, and lets one of them at a time fetch a new one.

    `name`: `<account>:access` or `<account>:jsapi`; nothing secret is in it. Whoever leases and dies loses the lease
    after `seconds` of the real clock.
    """

    def read(self, name: str) -> KeptToken | None:
        """What is kept, expired or not."""

    def lease(self, name: str, owner: str, seconds: float) -> bool:
        """True if `owner` is now the one who fetches; False while somebody else is."""

    def keep(self, name: str, owner: str, token: KeptToken) -> None:
        """Keep a fetched token and give the lease back."""

    def release(self, name: str, owner: str) -> None:
        """Give the lease back without a token; nothing happens where it is another's by now."""

    def forget(self, name: str, value: str) -> None:
        """This token is good no more; one that has replaced it meanwhile stays."""


class WeChatCalls(Protocol):
    """WeChat's server API with the account's access token. `account`: its name in the configuration."""

    def call(
        self,
        account: str,
        path: str,
        document: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Document:
        """POST the document, or GET where there is none; the answer, whose errcode is absent or 0.

        Raises `WeChatRefused` for a definite no, and `Unavailable` where there is no answer, WeChat is busy (-1), or
        it takes no token of ours after one retry.
        """


@dataclass(frozen=True, slots=True)
class Signed:
    """What a page hands to `wx.config` (JS-SDK)."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


class WeChatTickets(Protocol):
    """Signatures for pages that use the JS-SDK."""

    def sign(self, account: str, url: str) -> Signed:
        """For the page at `url`; what follows `#` does not count. Raises `WeChatRefused` or `Unavailable`."""


@dataclass(frozen=True, slots=True)
class Follower:
    """What WeChat tells of a user of an official account."""

    follows: bool
    unionid: str | None = None


@dataclass(frozen=True, slots=True)
class LiveTemplate:
    """A message template as the platform has it. `fields`: the names its text asks for, e.g. `thing1`."""

    template_id: str
    title: str
    fields: tuple[str, ...]


class WeChatAccounts(Protocol):
    """What an account can be asked and told besides messages. All raise `WeChatRefused` or `Unavailable`."""

    def menu(self, account: str) -> Mapping[str, object] | None:
        """The menu that is live, as `{"button": [...]}`; None where there is none."""

    def create_menu(self, account: str, menu: Mapping[str, object]) -> None:
        """Put a menu in place of the one that is live."""

    def scene_ticket(self, account: str, scene: str) -> str:
        """The address behind a lasting QR code with this scene (1 to 64 characters)."""

    def follower(self, account: str, openid: str) -> Follower:
        """Whether this user follows the account, and their unionid."""

    def templates(self, account: str, channel: str) -> Sequence[LiveTemplate]:
        """The templates of a channel: `template`, `bizsend` or `miniprogram`."""

    def session_alive(self, account: str, openid: str, session_key: str) -> bool:
        """Whether a mini-program's session key still holds (`checksession`)."""

    def phone_number(self, account: str, code: str) -> str:
        """The number behind the code of the phone button, without country code where that is 86."""

    def token_works(self, account: str) -> None:
        """Get an access token afresh and use it once; raises where that does not go."""


# Messages


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to one WeChat user.

    `channel`: `template`, `bizsend` (subscription notice of a service account) or `miniprogram`. `values`: by the
    template's field names, uncut. `url`: the page it leads to; `page`: path in the mini-program, or empty. `key`: tells
    a second sending of the same message (`client_msg_id`, 32 characters at most, where the channel knows it).
    """

    channel: str
    account: str
    openid: str = field(repr=False)
    template_id: str
    values: Mapping[str, str]
    url: str
    page: str
    key: str


Consequence = Literal[
    "not_following", "not_subscribed", "unknown_user", "bad_template", "bad_data", "quota", "account", "denied"
]
"""`account`: nothing goes out for this account until somebody mends its configuration."""


class MessageRefused(Exception):
    """WeChat definitely did not take a message. `code`: its errcode; 0 where we refused a value before sending."""

    def __init__(self, code: int, consequence: Consequence, message: str = "") -> None:
        super().__init__(code, consequence, message)
        self.code = code
        self.consequence: Consequence = consequence
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} {self.consequence} {self.message}"


class WeChatMessages(Protocol):
    """Sends messages; every value is cut to its field's limits first (facts/wechat.md §5)."""

    def send(self, message: Outgoing) -> str:
        """WeChat's number of the message, or empty. Raises `MessageRefused`, and `Unavailable` where it may or may not
        have gone out."""


@dataclass(frozen=True, slots=True)
class WeChat:
    """All of WeChat, as the server meets it. `doors`: by account; `sign(account, timestamp, nonce)`: how WeChat signs a
    check of our address; `explain(errcode)`: what a code means, and how to mend it, in English."""

    login: WeChatLogin
    accounts: WeChatAccounts
    messages: WeChatMessages
    tickets: WeChatTickets
    doors: Mapping[str, WeChatPushDoor]
    pace: Pace
    sign: Callable[[str, str, str], str]
    explain: Callable[[int], tuple[str, str]]

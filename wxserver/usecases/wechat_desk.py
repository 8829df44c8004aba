"""The use cases around WeChat, put together: what it tells us, what we tell through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wxserver.ports import Clock, Pace, WeChatAccounts, WeChatMessages, WeChatPushDoor
from wxserver.store.database import Database
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.conversing import Conversing
from wxserver.usecases.erasing import Erasing
from wxserver.usecases.hearing import Hearing
from wxserver.usecases.linking import Linking
from wxserver.usecases.notifying import Notifying, Template
from wxserver.usecases.replying import Replying
from wxserver.usecases.searching import Searching
from wxserver.usecases.working import Working


@dataclass(frozen=True, slots=True)
class Account:
    """An account of ours as use cases know it; its secrets stay with the adapters. `scenes`: scene of a QR code ->
    "bundle/item"."""

    code: str
    kind: str
    app_id: str
    greeting: str
    scenes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bureau:
    """What citizens read about us in a chat."""

    public_url: str
    name: str
    phone: str
    phone_hours: str


class WeChatDesk(NamedTuple):
    conversing: Conversing
    notifying: Notifying
    linking: Linking


def wechat_desk(
    database: Database,
    clock: Clock,
    catalogue: Catalogue,
    working: Working,
    *,
    accounts: Sequence[Account],
    bureau: Bureau,
    templates: Sequence[Template],
    doors: Mapping[str, WeChatPushDoor],
    wechat: WeChatAccounts,
    messages: WeChatMessages,
    pace: Pace,
    searching: Searching,
) -> WeChatDesk:
    """Over the same database, clock, catalogue and outbox as the others."""
    notifying = Notifying(
        database, clock, messages, catalogue, working, templates, public_url=bureau.public_url, service=bureau.name
    )
    services = frozenset(each.code for each in accounts if each.kind == "service")
    linking = Linking(database, clock, wechat, working, services)
    erasing = Erasing(database, clock, working, {each.code: each.app_id for each in accounts})
    replying = Replying(
        catalogue,
        searching,
        public_url=bureau.public_url,
        phone=bureau.phone,
        phone_hours=bureau.phone_hours,
        scenes={each.code: each.scenes for each in accounts},
        greetings={each.code: each.greeting for each in accounts},
    )
    hearing = Hearing(clock, erasing, notifying, linking)
    return WeChatDesk(Conversing(database, clock, doors, replying, hearing, pace), notifying, linking)

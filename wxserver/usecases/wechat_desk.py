"""The use cases around WeChat, put together: what it tells us, what we tell through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wxserver.ports import Clock, Http, WeChat
from wxserver.store.database import Database
from wxserver.usecases.addresses import Addresses
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.conversing import Conversing
from wxserver.usecases.doctoring import Doctoring
from wxserver.usecases.erasing import Erasing
from wxserver.usecases.hearing import Hearing
from wxserver.usecases.inbox import Inbox
from wxserver.usecases.linking import Linking
from wxserver.usecases.menus import Menus, QrCodes
from wxserver.usecases.message_reports import MessageReports
from wxserver.usecases.mini_programs import MiniPrograms
from wxserver.usecases.notice_words import Template
from wxserver.usecases.notifying import Notifying
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
    menu: Mapping[str, object]
    templates: tuple[Template, ...]
    mp_verify: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bureau:
    """What citizens read about us in a chat, and where WeChat and we are reached."""

    public_url: str
    api_base_url: str
    name: str
    phone: str
    phone_hours: str


class WeChatDesk(NamedTuple):
    conversing: Conversing
    notifying: Notifying
    linking: Linking
    inbox: Inbox
    mini_programs: MiniPrograms
    menus: Menus
    qr_codes: QrCodes
    doctoring: Doctoring


def wechat_desk(
    database: Database,
    clock: Clock,
    catalogue: Catalogue,
    working: Working,
    searching: Searching,
    *,
    wechat: WeChat,
    http: Http,
    accounts: Sequence[Account],
    bureau: Bureau,
) -> WeChatDesk:
    """Over the same database, clock, catalogue and outbox as the others."""
    url = bureau.public_url
    services = [each.code for each in accounts if each.kind == "service"]
    addresses = Addresses(url, services)
    templates = [template for each in accounts for template in each.templates]
    notifying = Notifying(
        database, clock, wechat.messages, catalogue, working, templates, addresses=addresses, service=bureau.name
    )
    linking = Linking(database, clock, wechat.accounts, working, frozenset(services))
    erasing = Erasing(database, clock, working, {each.code: each.app_id for each in accounts})
    replying = {
        each.code: Replying(
            catalogue,
            searching,
            account=each.code,
            addresses=addresses,
            phone=bureau.phone,
            phone_hours=bureau.phone_hours,
            scenes=each.scenes,
            greeting=each.greeting,
        )
        for each in accounts
    }
    hearing = Hearing(clock, erasing, MessageReports(clock, working), linking)
    offered = {each.code: [(one.code, one.channel, one.template_id) for one in each.templates] for each in accounts}
    return WeChatDesk(
        conversing=Conversing(database, clock, wechat.doors, replying, hearing, wechat.pace),
        notifying=notifying,
        linking=linking,
        inbox=Inbox(database, clock),
        mini_programs=MiniPrograms(database, wechat.accounts, wechat.tickets, offered, url),
        menus=Menus(database, clock, wechat.accounts, {each.code: each.menu for each in accounts}, wechat.explain),
        qr_codes=QrCodes(wechat.accounts, {each.code: each.scenes for each in accounts}, wechat.explain),
        doctoring=Doctoring(
            clock,
            http,
            wechat.accounts,
            accounts,
            public_url=url,
            api_base_url=bureau.api_base_url,
            sign=wechat.sign,
            explain=wechat.explain,
        ),
    )

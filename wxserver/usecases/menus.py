"""The menus of our accounts: what is configured, what WeChat shows, where they differ; and QR codes of scenes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import chain, count
from typing import Final

from wxserver.ports import Clock, Unavailable, WeChatAccounts, WeChatRefused
from wxserver.store import records
from wxserver.store.database import Database

Menu = Mapping[str, object]
Explain = Callable[[int], tuple[str, str]]
"""An errcode of WeChat's -> what it means, and how to mend it, in English."""

_MATTERS: Final = ("type", "key", "url", "appid", "pagepath", "media_id", "article_id")
"""What a button does; whatever else WeChat may answer is its own business."""
_NOWHERE: Final = 40164


class NotDone(Exception):
    """What an operator asked for did not come about. `cause` and `mend` are English sentences without a full stop."""

    def __init__(self, cause: str, mend: str) -> None:
        super().__init__(cause, mend)
        self.cause = cause
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.cause}; {self.mend}"


def told(error: WeChatRefused | Unavailable, explain: Explain) -> NotDone:
    """Why WeChat did not do something, and what to do about it. The address that WeChat names with 40164 is named."""
    if isinstance(error, Unavailable):
        return NotDone(f"WeChat gives no definite answer ({error})", "check wechat.api_base_url and the way there")
    cause, mend = explain(error.code)
    address = _address_in(error.message) if error.code == _NOWHERE else ""
    return NotDone(f"WeChat says {error.code}: {cause}" + (f": {address}" if address else ""), mend)


def _address_in(message: str) -> str:
    for word in message.replace(",", " ").split():
        try:
            return str(ipaddress.ip_address(word))
        except ValueError:
            continue
    return ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The menus of an account. `live`: as WeChat shows it, None where there is none."""

    account: str
    configured: Menu
    live: Menu | None


class Menus:
    """`configured`: the menus by account; none for one that has none. Its calls raise `NotDone`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wechat: WeChatAccounts,
        configured: Mapping[str, Menu],
        explain: Explain,
    ) -> None:
        self.database = database
        self.clock = clock
        self.wechat = wechat
        self.configured = {account: menu for account, menu in configured.items() if menu}
        self.explain = explain

    def default(self) -> str:
        """The first account with a menu."""
        return next(iter(self.configured), "")

    def show(self, account: str) -> Shown:
        """What is configured and what is live."""
        configured = self._configured(account)
        try:
            return Shown(account, configured, self.wechat.menu(account))
        except (WeChatRefused, Unavailable) as error:
            raise told(error, self.explain) from None

    def diff(self, account: str) -> tuple[str, ...]:
        """What a push would change, a line for each button; empty where nothing would."""
        shown = self.show(account)
        return difference(shown.live, shown.configured)

    def push(self, account: str) -> int:
        """Put the configured menu in place of the live one and see that it is; how many buttons it has.

        Where the answer of WeChat is lost the menu may be live; what is audited then says so.
        """
        menu = self._configured(account)
        buttons = len(list(_walk(menu)))
        try:
            self.wechat.create_menu(account, menu)
        except WeChatRefused as error:
            raise told(error, self.explain) from None
        except Unavailable as error:
            self._audit(account, buttons, certain=False)
            raise told(error, self.explain) from None
        self._audit(account, buttons, certain=True)
        if different := self.diff(account):
            raise NotDone(
                f"WeChat took the menu but shows another one: {' / '.join(different)}",
                "push once more, and see whether somebody edits the menu in the console",
            )
        return buttons

    def _configured(self, account: str) -> Menu:
        if account in self.configured:
            return self.configured[account]
        known = ", ".join(self.configured) or "no account"
        raise NotDone(f"there is no menu for {account or 'any account'}", f"configured are those of: {known}")

    def _audit(self, account: str, buttons: int, *, certain: bool) -> None:
        with self.database.write() as unit:
            records.audit(
                unit,
                actor_kind="operator",
                actor_id=None,
                action="menu_pushed",
                subject_kind="wechat_account",
                subject_id=account,
                reason="",
                data={"buttons": buttons, "certain": certain},
                now=self.clock.now(),
            )


class QrCodes:
    """`scenes`: by account, scene -> "bundle/item". Its call raises `NotDone`."""

    def __init__(self, wechat: WeChatAccounts, scenes: Mapping[str, Mapping[str, str]], explain: Explain) -> None:
        self.wechat = wechat
        self.scenes = scenes
        self.explain = explain

    def address(self, account: str, scene: str) -> str:
        """What a lasting QR code of a configured scene holds."""
        known = self.scenes.get(account)
        if known is None:
            raise NotDone(f"there is no account {account}", f"there are: {', '.join(self.scenes)}")
        if scene not in known:
            raise NotDone(
                f"{scene} is no scene of {account}, whoever scans it would be led nowhere",
                f"add it to [wechat.accounts.{account}.scenes]; there are: {', '.join(known) or 'none'}",
            )
        try:
            return self.wechat.scene_ticket(account, scene)
        except (WeChatRefused, Unavailable) as error:
            raise told(error, self.explain) from None


# Comparing


@dataclass(frozen=True, slots=True)
class _Button:
    """`names`: of the lists that lead to it and its own, with a number where a name stands twice in one list."""

    names: tuple[str, ...]
    does: Mapping[str, object] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return " > ".join(self.names)

    @property
    def words(self) -> str:
        return " ".join(str(value) for value in self.does.values()) or "opens a list"


def difference(live: Menu | None, wanted: Menu) -> tuple[str, ...]:
    """What makes `wanted` of `live`: a line for each button added (+), removed (-), changed (~) or moved (>)."""
    before = {each.names: each for each in _walk(live or {})}
    after = {each.names: each for each in _walk(wanted)}
    gone = [each for names, each in before.items() if names not in after]
    lines: list[str] = []
    for names, button in after.items():
        old = before.get(names)
        if old is None:
            came_from = next((each for each in gone if _same(each, button)), None)
            if came_from is None:
                lines.append(f"+ {button.path}: {button.words}")
            else:
                gone.remove(came_from)
                lines.append(f"> {button.path}: moved from {came_from.path}")
        elif old.does != button.does:
            lines.append(f"~ {button.path}: {_changes(old, button)}")
    lines.extend(f"- {each.path}: {each.words}" for each in gone)
    lines.extend(_moved(list(before), list(after)))
    return tuple(lines)


def _walk(menu: Menu, above: tuple[str, ...] = (), key: str = "button") -> Iterator[_Button]:
    rows = menu.get(key)
    taken: set[str] = set()
    for row in rows if isinstance(rows, list) else ():
        name = str(row.get("name", ""))
        label = next(each for each in chain([name], (f"{name} ({nth})" for nth in count(2))) if each not in taken)
        taken.add(label)
        names = (*above, label)
        yield _Button(names, {each: row[each] for each in _MATTERS if row.get(each)})
        yield from _walk(row, names, "sub_button")


def _same(one: _Button, other: _Button) -> bool:
    return one.names[-1] == other.names[-1] and one.does == other.does and bool(one.does)


def _changes(old: _Button, new: _Button) -> str:
    changed = [each for each in _MATTERS if old.does.get(each) != new.does.get(each)]
    return ", ".join(f"{each} {old.does.get(each, '(none)')} -> {new.does.get(each, '(none)')}" for each in changed)


def _moved(before: list[tuple[str, ...]], after: list[tuple[str, ...]]) -> Iterator[str]:
    """Buttons that stay in their list but at another place; as few as explain the new order."""
    for above in dict.fromkeys(names[:-1] for names in after):
        old = [names for names in before if names[:-1] == above and names in after]
        new = [names for names in after if names[:-1] == above and names in before]
        kept = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        still = {names for block in kept for names in old[block.a : block.a + block.size]}
        for names in new:
            if names not in still:
                places = [names for names in after if names[:-1] == above]
                yield f"> {' > '.join(names)}: moved to place {places.index(names) + 1}"

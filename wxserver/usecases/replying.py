"""What is said to citizens in the chat: greetings, answers to their own words, the way to an item or to a case.

Every reply is a few short lines with links to tap, 2,048 bytes at most (WeChat sends no longer one). None
holds anything about anybody: a case number leads to the case's page, behind the sign-in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bundles.definition import Item, Question
from bundles.explanation import day_text
from bundles.search import Hit
from wxserver.ports import Push
from wxserver.usecases.addresses import Addresses
from wxserver.usecases.catalogue import Catalogue, Published
from wxserver.usecases.searching import Searching

LONGEST: Final = 2048
"""Bytes of UTF-8 that a text reply may have."""
_SCENE: Final = "qrscene_"
_ITEM_KEY: Final = "ITEM:"
_HUMAN_KEY: Final = "HUMAN"
_HUMAN: Final = re.compile("人工(?!智能|耳蜗)|客服|转接|有人吗")
_CALL: Final = re.compile("(?!.*[改换变更])[^，。,]{0,8}(电话|热线)(号码)?(是?多少|几号|呢|吗)?[?？]?")
"""Asks for our number, and does not tell of one's own."""
_HELLO: Final = re.compile(
    "([你您]们?好|哈喽|hello|hi|在吗|在不在|有没有人在?|(早上|上午|中午|下午|晚上|大家)好|谢谢[你您]?|多谢|好的?)+",
    re.IGNORECASE,
)
_MARKS: Final = re.compile(r"[\W啊呀哦]+")
_GAP: Final = r"[\s\-‐‑–—_]*"
_NUMBER: Final = re.compile(
    rf"(?<![A-Z0-9])([A-Z]{{2,6}}){_GAP}(20\d\d){_GAP}(\d\d){_GAP}(\d\d){_GAP}(\d{{4,6}})(?!\d)"
)
_BESIDE: Final = 3
_SENTENCES: Final = 120
"""Characters of an answer that are shown before its page goes on."""


class Replying:
    """What one account says. `scenes`: scene of a QR code -> "bundle/item"; `greeting`: what a new follower reads."""

    def __init__(
        self,
        catalogue: Catalogue,
        searching: Searching,
        *,
        account: str,
        addresses: Addresses,
        phone: str,
        phone_hours: str,
        scenes: Mapping[str, str],
        greeting: str,
    ) -> None:
        self.catalogue = catalogue
        self.searching = searching
        self.account = account
        self.addresses = addresses
        self.human = f"要找工作人员，请打 {phone}，\n{phone_hours} 有人接听。"
        self.scenes = scenes
        self.greeting = greeting
        self._offer: tuple[str, str] = ("", "")

    def reply(self, push: Push) -> str | None:
        """The text to answer a push with; None: nothing is to be said."""
        if push.msg_type == "event":
            return self._to_event(push)
        words = push.content if push.msg_type == "text" else push.fields.get("Recognition", "")
        if push.msg_type not in ("text", "voice") or (push.msg_type == "voice" and not words.strip()):
            return _fitting(["这里只能看文字。请打几个字告诉我们您要办什么，", f"或者点这里：{self._home()}"])
        return self._to_words(words)

    def too_fast(self) -> str:
        """To somebody who writes faster than anybody reads."""
        return f"您发得太快了，请过一分钟再发。\n急着办，请点：{self._home()}"

    def _to_event(self, push: Push) -> str | None:
        if push.event == "subscribe":
            scene = push.event_key.removeprefix(_SCENE) if push.event_key.startswith(_SCENE) else ""
            asked = self._of_scene(scene)
            return _fitting([*(asked or ()), self.greeting, self._offered()])
        if push.event == "SCAN":
            return _fitting(self._of_scene(push.event_key) or [self._offered()])
        if push.event == "CLICK":
            if push.event_key == _HUMAN_KEY:
                return self.human
            asked = self._named(push.event_key.removeprefix(_ITEM_KEY))
            return _fitting(asked or [self._offered(), self.human])
        return None

    def _to_words(self, words: str) -> str:
        plain = unicodedata.normalize("NFKC", words).strip()
        if not plain or _HELLO.fullmatch(_MARKS.sub("", plain)):
            return _fitting([self._offered(), self.human])
        if _HUMAN.search(plain) or _CALL.fullmatch(plain):
            return self.human
        number = _NUMBER.search(plain.upper())
        if number is not None:
            found = f"{number[1]}{number[2]}{number[3]}{number[4]}-{number[5]}"
            return _fitting([f"办件 {found}：", self._link(f"/cases/{found}", "点这里登录后看进度")])
        hits = self.searching.find(plain)
        if not hits:
            return _fitting(
                [
                    "没有找到您说的事。您可以点下面要办的事，",
                    "也可以换个说法，比如“社保卡丢了”。",
                    *self._others("您是不是想找：", self.searching.near(plain)),
                    "",
                    self._offered(),
                    self.human,
                ]
            )
        best, published = self._shown_first(hits)
        elsewhere = best.bundle.region != self.catalogue.region()
        where = [f"这是“{_plain(best.bundle.name)}”的事，不在本市办："] if elsewhere else []
        answer = self._answer(published, best.item, best.question)
        human = ["", self.human] if elsewhere else []
        return _fitting([*where, *answer, *self._beside(best, hits), *human])

    def _shown_first(self, hits: Sequence[Hit]) -> tuple[Hit, Published]:
        """The best find; of the same item in several bundles of a region, that of the bundle which is shown first."""
        best = hits[0]
        same = {
            each.bundle.code: each
            for each in reversed(hits)
            if (each.item.code, each.bundle.region, each.question)
            == (best.item.code, best.bundle.region, best.question)
        }
        offered = self.catalogue.bundles()
        return next((same[each.bundle.code], each) for each in offered if each.bundle.code in same)

    def _of_scene(self, scene: str) -> list[str] | None:
        return self._named(self.scenes.get(scene, ""))

    def _named(self, place: str) -> list[str] | None:
        """The answer about an item by its "bundle/item"; None where it is on offer no more."""
        bundle, _, code = place.partition("/")
        for published in self.catalogue.bundles():
            item = published.bundle.item(code)
            if published.bundle.code == bundle and item is not None:
                return self._answer(published, item, None)
        return None

    def _answer(self, published: Published, item: Item, question: Question | None) -> list[str]:
        """What it is, until when it is done, and where to tap."""
        path = f"/bundles/{published.bundle.code}/{item.code}"
        lines = [f"【{_plain(item.short_name)}】{_plain(_cut(question.answer if question else item.summary))}"]
        if "online" in item.channels:
            lines.append(self._limit(published, item))
            lines.append(self._link(path, f"点这里打开“{_plain(item.short_name)}”"))
        else:
            lines.append("这一项要到窗口办。")
            lines.append(self._link(path, "点这里看到哪里办、带什么"))
        return lines

    def _limit(self, published: Published, item: Item) -> str:
        promise = self.catalogue.promise(published.bundle, item)
        if promise.due is None or promise.due.due_on is None:
            return "当场办好。" if promise.due is None else f"时限：{promise.text}。"
        day = day_text(promise.due.due_on, promise.today)
        provisional = "，日期暂定" if promise.due.provisional else ""
        return f"现在申请，最晚 {day}办结（{promise.text}{provisional}）。"

    def _beside(self, best: Hit, others: Sequence[Hit]) -> Iterable[str]:
        near = [each for each in others if each.bundle.region == best.bundle.region]
        return self._others("您是不是还想找：", near, but=best)

    def _others(self, words: str, hits: Sequence[Hit], but: Hit | None = None) -> Iterable[str]:
        """Under these words, a link for each of the first items found."""
        seen = {(but.bundle.code, but.item.code)} if but else set()
        links: list[str] = []
        for hit in hits:
            if (hit.bundle.code, hit.item.code) not in seen and len(links) < _BESIDE:
                seen.add((hit.bundle.code, hit.item.code))
                links.append(self._link(f"/bundles/{hit.bundle.code}/{hit.item.code}", _plain(hit.item.name)))
        return ["", words, *links] if links else []

    def _offered(self) -> str:
        """What can be done, a link for each item of the bundle that is shown first."""
        published = self.catalogue.bundles()
        if not published:
            return self._home()
        first = published[0]
        if self._offer[0] != first.id:
            links = [
                self._link(f"/bundles/{first.bundle.code}/{each.code}", _plain(each.name))
                for each in first.bundle.items
            ]
            self._offer = (first.id, "\n".join(["可以办：", *links]))
        return self._offer[1]

    def _home(self) -> str:
        return self._link("/", "打开首页")

    def _link(self, path: str, words: str) -> str:
        return f'<a href="{self.addresses.of(self.account, path)}">{words}</a>'


def _plain(text: str) -> str:
    """A text that can't be taken for a link."""
    return text.replace("<", "＜").replace(">", "＞")


def _cut(text: str) -> str:
    """The first sentences of a text, or its beginning."""
    text = " ".join(text.split())
    if len(text) <= _SENTENCES:
        return text
    end = text.rfind("。", 0, _SENTENCES)
    return text[: end + 1] if end > 0 else text[: _SENTENCES - 1] + "…"


def _fitting(parts: Iterable[str]) -> str:
    """As many whole lines as a reply may hold."""
    kept: list[str] = []
    room = LONGEST
    for line in (line for part in parts if part or kept for line in part.split("\n")):
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join(kept).strip()

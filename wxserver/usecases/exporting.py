"""Taking one's data along (PIPL art. 45): one JSON document, in clear, of what is the person's own.

Keys are stable English, as everywhere in the API; every section bears a Chinese title. Of others it holds nothing: of a
child only what the guardian typed, of staff the office, of us no internal ids. Each export stands in the access ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from bundles.case import STATUS_TEXTS
from bundles.definition import Bundle, Field
from bundles.vocabulary import CARD_STATES, DOCUMENT_KINDS, UPLOAD_KINDS
from bundles.working_days import SHANGHAI
from wxserver.ports import Clock
from wxserver.store import accounts, cards, cases, consents, exports, guardianships, history, holding, people
from wxserver.store.cases import CaseRow
from wxserver.store.database import Database, Unit
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.faults import TooMany
from wxserver.usecases.held_data import as_oneself, held_kinds
from wxserver.usecases.seen_by import MOST, SeenBy
from wxserver.usecases.sessions import SessionView, require
from wxserver.usecases.staff_case_views import in_clear
from wxserver.usecases.wards import STATE_TEXTS, sees

FRESH_MINUTES: Final = 30
DAY: Final = timedelta(hours=24)
MOST_A_DAY: Final = 5
MOST_ACCESSES: Final = 1000
"""Newest rows of the access ledger in one document; all of them stand on the page."""
_ABOUT: Final = "这是您在本系统里的个人信息。里面有您的姓名、证件号码和填过的内容，请保管好，不要发给别人。"

Value: TypeAlias = "str | int | bool | list[Value] | dict[str, Value] | None"


NOT_FOLLOWED: Final = "您的监护关系没有通过核对，后来的进展不在这里。"
"""The status of a child's case for somebody who turned out not to be its guardian."""


@dataclass(frozen=True, slots=True)
class Export:
    """A document to take along. `name`: of the file, without anything personal."""

    name: str
    content: dict[str, Value] = field(repr=False)


class Exporting:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        seen_by: SeenBy,
        *,
        accounts: Mapping[str, str],
        providers: Mapping[str, str],
    ) -> None:
        self.database = database
        self.clock = clock
        self.catalogue = catalogue
        self.seen_by = seen_by
        self.accounts = accounts
        self.providers = providers

    def export(self, session: SessionView) -> Export:
        """Everything that is the person's own. Raises AssuranceRequired where signing in is more than 30 minutes ago,
        Forbidden for an organisation's account, TooMany `too-many-exports`."""
        now = self.clock.now()
        person_id = require(session, assurance="password", fresh_minutes=FRESH_MINUTES, now=now)
        as_oneself(session)
        with self.database.write() as unit:
            holding.lock(unit, person_id)
            before = holding.exports_since(unit, person_id, now - DAY)
            if len(before) >= MOST_A_DAY:
                until = before[MOST_A_DAY - 1] + DAY
                sentence = f"24 小时里最多下载 {MOST_A_DAY} 次，请明天再来。急着要，请带证件到窗口。"
                wait = {"until": until.isoformat(), "retry_after": int((until - now).total_seconds()) + 1}
                raise TooMany(sentence, code="too-many-exports", extra=wait)
            holding.exported(unit, person_id, now)
        with self.database.read() as unit:
            sections = self._sections(unit, person_id, now)
        content: dict[str, Value] = {"about": _ABOUT, "made_at": _moment(now), "sections": sections}
        return Export(f"my-data-{now.astimezone(SHANGHAI):%Y%m%d}.json", content)

    def _sections(self, unit: Unit, person_id: str, now: datetime) -> dict[str, Value]:
        makers: Mapping[str, tuple[str, Callable[[Unit, str], Iterable[dict[str, Value]]]]] = {
            "identity": ("姓名和证件", self._identity),
            "account": ("账号", self._account),
            "bindings": ("绑定的微信", self._bindings),
            "sessions": ("登录", lambda unit, of: self._live(unit, of, now)),
            "consents": ("您同意过的", self._consents),
            "verifications": ("核对身份的记录", self._verifications),
            "cards": ("社保卡", self._cards),
            "registry": ("从社保卡系统查到的信息", self._registry),
            "guardianships": ("您登记的孩子", self._guardianships),
            "drafts": ("没有提交的草稿", self._drafts),
            "uploads": ("交过的材料", self._uploads),
            "cases": ("办件", self._cases),
            "messages": ("给您的消息", self._messages),
            "accesses": ("谁看过您的信息", self._accesses),
            "kept": ("保存多久", lambda unit, of: self._kept(unit, of, now)),
        }
        found: dict[str, Value] = {}
        for code, (title, make) in makers.items():
            items: list[Value] = list(make(unit, person_id))
            found[code] = {"title": title, "items": items}
        return found

    def _identity(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        found = people.person(unit, person_id)
        yield {
            "name": found.name,
            "id_type": found.document.kind,
            "id_type_text": DOCUMENT_KINDS.get(found.document.kind, ""),
            "id_number": found.document.number,
        }

    def _account(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for row in accounts.all_of(unit, person_id):
            name = accounts.name_of(unit, row)
            yield {"username": name, "kind": row.kind, "created_at": _moment(row.created_at)}

    def _bindings(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for row in holding.bindings(unit, person_id):
            yield {
                "account": self.accounts.get(row.account, row.account),
                "bound_at": _moment(row.bound_at),
                "by": row.bound_by,
                "nickname": row.nickname,
            }

    def _live(self, unit: Unit, person_id: str, now: datetime) -> Iterable[dict[str, Value]]:
        for row in holding.sessions(unit, person_id, now):
            yield {
                "account": self.accounts.get(row.account, row.account),
                "device": row.device,
                "assurance": row.assurance,
                "began_at": _moment(row.began_at),
                "seen_at": _moment(row.seen_at),
            }

    def _consents(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        users = [each.wechat_user_id for each in holding.bindings(unit, person_id)]
        for row in consents.of(unit, person_id, users):
            yield {
                "purpose": row.purpose,
                "title": row.title,
                "version": row.version,
                "given_at": _moment(row.given_at),
                "withdrawn_at": _moment(row.withdrawn_at),
            }

    def _verifications(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for row in holding.verifications(unit, person_id):
            provider = self.providers.get(row.provider, row.provider)
            yield {"provider": provider, "purpose": row.purpose, "status": row.status, "at": _moment(row.at)}

    def _cards(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for known in cards.of_person(unit, person_id):
            card = known.card
            yield {
                "number": card.number,
                "bank": card.bank,
                "region": card.region,
                "state": card.state,
                "state_text": CARD_STATES.get(card.state, card.state),
                "expires_on": None if card.expires_on is None else card.expires_on.isoformat(),
            }

    def _registry(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for row in exports.answered(unit, person_id):
            yield {"question": row.question, "answer": _plain(row.answer), "at": _moment(row.asked_at)}

    def _guardianships(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for row in guardianships.of_guardian(unit, person_id):
            # The number is what the guardian typed: it is by this number that the child was found.
            document = people.person(unit, row.minor_id).document
            yield {
                "name": row.name,
                "id_type": document.kind,
                "id_number": document.number,
                "born_on": row.born_on.isoformat(),
                "relation": row.relation,
                "state_text": STATE_TEXTS.get(row.state, row.state),
                "created_at": _moment(row.created_at),
            }

    def _drafts(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for row in exports.typed(unit, person_id):
            answers = self._answers(row.bundle_version_id, row.item_code, row.form)
            yield {"bundle": row.bundle_code, "item": row.item_code, "answers": answers, "at": _moment(row.updated_at)}

    def _uploads(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for row in exports.handed(unit, person_id):
            yield {
                "kind": row.kind,
                "kind_text": UPLOAD_KINDS.get(row.kind, row.kind),
                "media_type": row.media_type,
                "size": row.size,
                "at": _moment(row.created_at),
            }

    def _cases(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for number in holding.case_numbers(unit, person_id):
            row = cases.by_number(unit, number)
            if row is not None:
                yield self._case(unit, person_id, row)

    def _case(self, unit: Unit, person_id: str, row: CaseRow) -> dict[str, Value]:
        ward = None if row.guardianship_id is None else guardianships.by_id(unit, row.guardianship_id)
        wards_name = ward.name if ward is not None and ward.guardian_id == person_id else None
        own = row.actor_id == person_id and row.organisation_id is None
        typed = own and (row.applicant_id == person_id or wards_name is not None)
        follows = wards_name is None or ward is None or row.applicant_id == person_id or sees(ward, row.submitted_at)
        told = history.histories(unit, [row.id]).get(row.id, []) if follows else []
        item = self.catalogue.pinned_item(row.bundle_version_id, row.item_code)
        return {
            "number": row.number,
            "item": item.name,
            "status_text": STATUS_TEXTS[row.status] if follows else NOT_FOLLOWED,
            "acting_as": row.acting_as,
            "for": wards_name,
            "submitted_at": _moment(row.submitted_at),
            "completed_at": _moment(row.completed_at) if follows else None,
            "due_on": row.due_on.isoformat() if follows and row.due_on is not None else None,
            "refusal": row.refusal if follows else None,
            "answers": self._answers(row.bundle_version_id, row.item_code, cases.form(unit, row)) if typed else [],
            "timeline": [{"at": _moment(each.at), "text": each.text} for each in told],
        }

    def _messages(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        for row in exports.told(unit, person_id):
            yield {"at": _moment(row.at), "title": row.title, "text": row.text, "case": row.case_number}

    def _accesses(self, unit: Unit, person_id: str) -> Iterable[dict[str, Value]]:
        after: str | None = None
        for _ in range(MOST_ACCESSES // MOST):
            found = self.seen_by.page(unit, person_id, after, MOST)
            for each in found.items:
                what: list[Value] = list(each.what)
                yield {"at": _moment(each.at), "who": each.who, "what": what, "why": each.why, "case": each.case_number}
            after = found.next
            if after is None:
                return

    def _kept(self, unit: Unit, person_id: str, now: datetime) -> Iterable[dict[str, Value]]:
        for each in held_kinds(unit, person_id, now):
            yield {"code": each.code, "title": each.title, "count": each.count, "kept": each.kept}

    def _answers(self, version_id: str, item_code: str, form: Mapping[str, object]) -> list[Value]:
        """Answers under the labels of their questions, choices and places by name; what no question asks, as it is."""
        bundle = self.catalogue.pinned(version_id).bundle
        asked = _questions(bundle, item_code)
        return [
            {"label": asked[code].label, "value": in_clear(bundle, asked[code], str(value))}
            if code in asked
            else {"label": code, "value": _plain(value)}
            for code, value in form.items()
        ]


def _questions(bundle: Bundle, item_code: str) -> dict[str, Field]:
    """The questions of an item, or of items chosen together."""
    items = [found for code in item_code.split("+") if (found := bundle.item(code)) is not None]
    return {each.code: each for item in items for each in item.fields}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _plain(value: object) -> Value:
    """A value that came out of JSON, as one that goes into it."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int) else str(value)

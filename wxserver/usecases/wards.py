"""The minors for whom somebody may act, as other use cases ask for them. What is found is judged by today's date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

from bundles.acting import PROOFS, is_minor
from bundles.application import Fault
from bundles.masking import mask_name
from bundles.vocabulary import UPLOAD_KINDS
from bundles.working_days import legal_date
from wxserver.store import consents, guardianships, people
from wxserver.store.database import Unit
from wxserver.store.guardianships import LIVING, GuardianshipRow
from wxserver.usecases.consenting import CHILD_DATA
from wxserver.usecases.faults import Invalid, NotFound

CONSENT_DUE: Final = Fault(
    "acting.ward", "consent-due", "孩子信息的使用说明有更新。请到“我照看的孩子”里点开这个孩子，看过、同意以后再办。"
)
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
UNKNOWN: Final = "没有找到这个孩子。请到“我照看的孩子”里看，或者重新选。"

PROOF_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "staff": "已由窗口核对",
        "registry": "由社保卡系统证明",
        "case": "已由窗口核对",
        "materials": "正在核对",
        "seen": "窗口已看过原件",
        "agent": "单位账号已登录",
    }
)
"""Why somebody may act for somebody else (`acting_proof`), as people read it."""


STATE_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "claimed": "正在核对",
        "confirmed": "已核对",
        "refused": "没有通过核对",
        "ended": "已结束",
    }
)
"""States of a guardianship, as people read them."""

NOT_CLAIMED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "confirmed": "监护关系已经核对好了，不用再交材料。",
        "refused": "这次没有通过核对。请看原因，重新登记这个孩子，再交材料。",
        "ended": "这个孩子的登记已经结束。要再办，请重新登记。",
    }
)
"""State -> why no papers are taken."""


@dataclass(frozen=True, slots=True)
class Ward:
    """A minor for whom somebody acts. `name`: as the guardian wrote it. `proven`: the guardianship was confirmed;
    until then nothing that is known of the child may be shown."""

    id: str
    minor_id: str
    name: str = field(repr=False)
    born_on: date = field(repr=False)
    proven: bool
    proof: str

    @property
    def masked(self) -> str:
        return mask_name(self.name)


def ward_of(unit: Unit, guardian_id: str, ward_id: object, today: date) -> Ward:
    """This person's ward. Raises Invalid (`acting.ward`): unknown, another guardian's, refused, over, or of age; or the
    guardian has not agreed to the text in force on a child's data (`consent-due`, with the `ward`)."""
    row = guardianships.by_id(unit, ward_id) if isinstance(ward_id, str) else None
    if row is None or not stands(row, guardian_id, today):
        raise Invalid.of([Fault("acting.ward", "unknown-ward", UNKNOWN)])
    if not agreed(unit, row):
        raise Invalid(CONSENT_DUE.message, code=CONSENT_DUE.code, faults=[CONSENT_DUE], extra={"ward": row.id})
    return _ward(row)


def agreed(unit: Unit, row: GuardianshipRow) -> bool:
    """Whether the guardian agreed to the text in force on a child's data, for this child (PIPL art. 14, 31)."""
    version = consents.version(unit, CHILD_DATA)
    return version is None or consents.agreed_about(unit, row.guardian_id, row.minor_id, CHILD_DATA, version)


def confirmed_ward(unit: Unit, guardian_id: str, ward_id: str, today: date) -> Ward:
    """This person's ward, of whom they may be shown what is known. Raises NotFound, also before it is confirmed."""
    row = guardianships.by_id(unit, ward_id)
    if row is None or not stands(row, guardian_id, today) or row.state != "confirmed":
        raise NotFound(UNKNOWN, code="unknown-ward")
    return _ward(row)


def filed_under(unit: Unit, guardian_id: str) -> list[tuple[str, str, datetime]]:
    """(guardianship, minor, since when filed) of all whose cases this person sees, oldest guardianship first."""
    found = ((each, follows_from(each)) for each in guardianships.of_guardian(unit, guardian_id))
    return [(row.id, row.minor_id, since) for row, since in found if since is not None]


def follows_from(row: GuardianshipRow) -> datetime | None:
    """The guardian sees what was filed under it from this moment on; None: nothing.

    What was begun for a minor is theirs to follow also when the child has come of age since; not once it was refused,
    or ended while the child was a minor. Whoever claims again sees what was before when it is proven.
    """
    if row.state not in LIVING and (row.ended_at is None or is_minor(row.born_on, legal_date(row.ended_at))):
        return None
    return row.created_at if row.proof is None else _EVER


def sees(row: GuardianshipRow, submitted_at: datetime) -> bool:
    """Whether the guardian sees a case filed under it at this moment."""
    since = follows_from(row)
    return since is not None and submitted_at >= since


def stands(row: GuardianshipRow, guardian_id: str, today: date) -> bool:
    """Whether this is a guardianship of that person that is neither refused nor over, the child a minor still."""
    return row.guardian_id == guardian_id and row.state in LIVING and is_minor(row.born_on, today)


def _ward(row: GuardianshipRow) -> Ward:
    proven = row.state == "confirmed"
    return Ward(row.id, row.minor_id, row.name, row.born_on, proven, (row.proof or "staff") if proven else "materials")


def state_on(row: GuardianshipRow, today: date) -> str:
    """A guardianship's state on a day: over as soon as the child is of age, whatever the row still says."""
    return row.state if row.state == "refused" or stands(row, row.guardian_id, today) else "ended"


def named(unit: Unit, row: GuardianshipRow, now: datetime) -> bool:
    """Whether the child is known by the name that this guardian wrote, from now on if nobody vouched for another."""
    if people.person(unit, row.minor_id).name == row.name:
        return True
    if not guardianships.only_claimed(unit, row.minor_id):
        return False
    guardianships.rename(unit, row.minor_id, row.name, now)
    return True


def confirm(unit: Unit, row: GuardianshipRow, proof: str, by: str | None, now: datetime) -> None:
    """It is proven: `proof` is `staff`, `registry` or `case`."""
    guardianships.change(unit, row.id, state="confirmed", proof=proof, reason=None, decided_at=now, decided_by=by)


def stage_text(state: str, missing: Sequence[str]) -> str:
    """A guardianship's state as its guardian's own page tells it. `missing`: kinds of papers not handed in yet."""
    if missing:
        return "还没有交材料" if len(missing) == len(PROOFS) else "材料还没有交齐"
    return STATE_TEXTS[state]


def next_step(state: str, missing: Sequence[str], *, with_case: bool) -> str:
    """What its guardian does now. `with_case`: the papers came with an application, which is still open."""
    if state == "refused":
        return "请看原因，准备好材料，重新登记这个孩子。"
    if state != "claimed":
        return ""
    if len(missing) == len(PROOFS):
        return "请上传孩子的户口簿和监护关系证明，工作人员核对后，就能替孩子办事。"
    if missing:
        received = "、".join(UPLOAD_KINDS[each] for each in PROOFS if each not in missing)
        return f"{received}已收到，还差{UPLOAD_KINDS[missing[0]]}。交齐了，工作人员才能核对。"
    if with_case:
        return "材料随申请一起交了，工作人员正在核对。核对好了，会发消息告诉您，也可以到这里看。"
    return "材料已经收到，工作人员正在核对。核对好了，会发消息告诉您，也可以到这里看。"

"""Who applies for whom: found out once per application, before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from bundles import people as documents
from bundles.application import Actor, Fault, Holder, Mandate
from wxserver.store import people
from wxserver.store.database import Unit
from wxserver.store.people import KnownPerson
from wxserver.usecases.faults import Invalid
from wxserver.usecases.sessions import SessionView, UnitView, signed_in
from wxserver.usecases.submissions import Filing, Submission
from wxserver.usecases.wards import Ward, ward_of

SELF = "self"
_UNREADABLE = Fault("acting.as", "invalid", "请选是本人办，还是替别人办。")
_NO_WARD = Fault("acting.ward", "required", "请写明替哪个孩子办。孩子在“我照看的孩子”里登记。")


@dataclass(frozen=True, slots=True)
class Applicant:
    """Whose key, drafts and uploads these are: a person, and the organisation for which they signed in."""

    person_id: str
    unit: UnitView | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """`holder`: whose card it is; `actor_id` acts for them, or is them. `proof` as on the case; `ward`: of a guardian;
    `faults`: what a clerk has to mend of who came."""

    owner_id: str
    actor_id: str
    holder: KnownPerson
    acting_as: str = SELF
    proof: str | None = None
    ward: Ward | None = None
    unit: UnitView | None = None
    actor: Actor | None = None
    mandate: Mandate | None = None
    faults: tuple[Fault, ...] = field(default=())

    @property
    def as_holder(self) -> Holder:
        """The holder as the engine judges them. Of a ward whose document tells no date of birth the guardian has."""
        document = self.holder.document
        born_on = documents.birth_date(document.kind, document.number)
        return Holder(document, self.holder.name, born_on or (self.ward.born_on if self.ward else None))

    @property
    def unproven(self) -> bool:
        """Whether nobody has confirmed yet that the guardian is one: nothing known of the holder may be shown."""
        return self.ward is not None and not self.ward.proven

    @property
    def organisation_id(self) -> str | None:
        return self.unit.organisation_id if self.unit is not None and self.acting_as == "unit_agent" else None


def applicant_of(session: SessionView) -> Applicant:
    """Who is signed in; raises Unauthenticated where only the WeChat user is known."""
    return Applicant(signed_in(session), session.unit)


def online(unit: Unit, applicant: Applicant, submission: Submission, today: date) -> Party:
    """Who acts for whom in an application from a phone. Raises Invalid (`acting.as`, `acting.ward`): while that is not
    known, nothing else can be judged."""
    person = people.person(unit, applicant.person_id)
    oneself = Party(person.id, person.id, person)
    acting_as = submission.acting_as
    if not isinstance(acting_as, str):
        raise Invalid.of([_UNREADABLE])
    named = (submission.acting or {}).get("ward")
    if acting_as == "guardian" and named is None:
        return replace(oneself, acting_as=acting_as, faults=(_NO_WARD,))
    if acting_as == "guardian":
        ward = ward_of(unit, person.id, named, today)
        minor = people.person(unit, ward.minor_id)
        known = minor if ward.proven else replace(minor, name=ward.name)
        actor = Actor(documents.birth_date(person.document.kind, person.document.number), minor.id == person.id)
        return replace(oneself, holder=known, acting_as=acting_as, proof=ward.proof, ward=ward, actor=actor)
    if acting_as == "unit_agent":
        mandate = None if applicant.unit is None else Mandate(applicant.unit.scope, applicant.unit.ends_on)
        return replace(oneself, acting_as=acting_as, proof="agent", unit=applicant.unit, mandate=mandate)
    return replace(oneself, acting_as=acting_as)


def at_the_window(unit: Unit, filing: Filing, submission: Submission, holder_id: str, actor_id: str) -> Party:
    """Who acts for whom in an application that a clerk has taken: they have seen who came."""
    holder = people.person(unit, holder_id)
    acting_as, faults = submission.acting_as, tuple[Fault, ...]()
    if not isinstance(acting_as, str):
        return Party(holder_id, actor_id, holder, faults=(_UNREADABLE,))
    if (acting_as == SELF) != (filing.actor is None):
        sentence = "本人来办的不填代办人；别人来办的，请填写代办人的证件和姓名。"
        faults = (Fault("acting.as", "actor-mismatch", sentence),)
    actor = None
    if filing.actor is not None:
        document = people.person(unit, actor_id).document
        actor = Actor(documents.birth_date(document.kind, document.number), actor_id == holder_id)
    return Party(
        holder_id,
        actor_id,
        holder,
        acting_as=acting_as,
        proof=None if acting_as == SELF else "seen",
        actor=actor,
        faults=faults,
    )

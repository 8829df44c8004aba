"""What the registry knows about a person, asked once per application: the answer is good for some minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from bundles.facts import Question
from bundles.masking import mask_address, mask_email, mask_phone, mask_text
from bundles.ports import Production, RegistryCard, Standing
from wxserver.ports import CardRegistry, Clock, Refused, Unavailable
from wxserver.store import cards, registry_answers
from wxserver.store.database import Database, Unit
from wxserver.usecases.cards import FRESH, Cards

AWAY_FOR = timedelta(seconds=30)
"""How long a registry that was away is not asked again for what only makes things easier."""

Json = dict[str, object]


class Asking:
    def __init__(self, database: Database, clock: Clock, registry: CardRegistry, cards: Cards) -> None:
        self.database = database
        self.clock = clock
        self.registry = registry
        self._cards = cards

    def cards(self, person_id: str) -> Sequence[RegistryCard]:
        """The person's cards; raises Unavailable."""

        def ask() -> Json:
            self._cards.refreshed(person_id)
            return {}

        self._answer(person_id, "cards", ask)
        with self.database.read() as unit:
            return [each.card for each in cards.of_person(unit, person_id)]

    def productions(self, person_id: str) -> Sequence[Production]:
        """The person's cards in the making, with their nodes only; raises Unavailable."""

        def ask() -> Json:
            return {"nodes": [each.node for each in self._cards.productions(person_id)]}

        nodes = self._answer(person_id, "productions", ask).get("nodes")
        return [Production("", str(each)) for each in nodes] if isinstance(nodes, list) else []

    def standing(self, person_id: str, *, patient: bool = True) -> Standing:
        """What is known of the person beside cards; raises Unavailable.

        Not `patient`: a registry that was away a moment ago counts as away still, so that no page waits for it.
        """

        def ask() -> Json:
            found = self.registry.standing(self._cards.handed_out(person_id, "standing"))
            return {
                "insured": None if found.insured is None else list(found.insured),
                "lives_elsewhere": found.lives_elsewhere,
                "batch_state": found.batch_state,
                "profile": dict(found.profile),
            }

        return _standing(self._answer(person_id, "standing", ask, patient=patient))

    def profile_shown(self, person_id: str) -> Mapping[str, str]:
        """What the registry holds to answer prefilled fields with, masked; empty while it is away."""
        try:
            profile = self.standing(person_id, patient=False).profile
        except Unavailable:
            return {}
        masks: Mapping[str, Callable[[str], str]] = {"phone": mask_phone, "address": mask_address, "email": mask_email}
        return {name: masks.get(name, mask_text)(value) for name, value in profile.items()}

    def forget(self, unit: Unit, person_id: str) -> None:
        """Something about the person is about to change: ask anew next time."""
        registry_answers.forget(unit, person_id)

    def _answer(self, person_id: str, question: Question, ask: Callable[[], Json], *, patient: bool = True) -> Json:
        now = self.clock.now()
        with self.database.read() as unit:
            known = registry_answers.find(unit, person_id, question)
        if known is not None:
            age = abs(now - known.asked_at)
            if known.answer is not None and age <= FRESH:
                return known.answer
            if known.answer is None and not patient and age <= AWAY_FOR:
                raise Unavailable("the registry was away a moment ago")
        try:
            answer = ask()
        except Unavailable:
            self._keep(person_id, question, None)
            raise
        except Refused:
            answer = {}
        self._keep(person_id, question, answer)
        return answer

    def _keep(self, person_id: str, question: str, answer: Json | None) -> None:
        with self.database.write() as unit:
            registry_answers.keep(unit, person_id, question, answer, self.clock.now())


def _standing(answer: Json) -> Standing:
    insured, elsewhere, batch, profile = (
        answer.get(name) for name in ("insured", "lives_elsewhere", "batch_state", "profile")
    )
    return Standing(
        insured=tuple(str(each) for each in insured) if isinstance(insured, list) else None,
        lives_elsewhere=elsewhere if isinstance(elsewhere, bool) else None,
        batch_state=batch if isinstance(batch, str) else None,
        profile={str(name): str(value) for name, value in profile.items()} if isinstance(profile, dict) else {},
    )

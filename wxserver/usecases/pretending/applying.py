"""Applying in a preview: everything is checked, and nothing is handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bundles import engine
from bundles.definition import Item
from bundles.engine import Fault
from bundles.masking import mask_address, mask_email, mask_phone, mask_text
from wxserver.usecases import made_up
from wxserver.usecases.applying import Submitted
from wxserver.usecases.faults import Invalid
from wxserver.usecases.pretending.cases import PretendCasework
from wxserver.usecases.pretending.scene import Json, Scene, applications, drafts, kind_of
from wxserver.usecases.proofs import Sure
from wxserver.usecases.sessions import SessionView
from wxserver.usecases.submissions import Submission

MOST_APPLICATIONS = 10
_MASKS: Mapping[str, Callable[[str], str]] = {"phone": mask_phone, "address": mask_address, "email": mask_email}


class PretendApplying:
    def __init__(self, scene: Scene, casework: PretendCasework) -> None:
        self._scene, self._casework = scene, casework

    def allow(self, session: SessionView, item: Item) -> None:
        """Whoever looks is sure enough."""

    def held(self, session: SessionView, item: Item, acting: Mapping[str, object] | None = None) -> Mapping[str, str]:
        """Field code -> what a registry might hold, masked."""
        known = made_up.profile(self._scene.bundle)
        return {
            each.code: _MASKS.get(each.prefill, mask_text)(known[each.prefill])
            for each in item.fields
            if each.prefill in known
        }

    def precheck(self, session: SessionView, submission: Submission) -> tuple[Fault, ...]:
        """What is certain to refuse whoever applies, by the real rules."""
        return engine.precheck(self._request(submission))

    def preview(self, session: SessionView, submission: Submission) -> tuple[Fault, ...]:
        """All that would keep this from being submitted, by the real rules."""
        return engine.check(self._request(submission)).faults

    def sure(self, session: SessionView, key: str, submission: Submission) -> Sure:
        """Whoever looks is certain enough."""
        return Sure(session.person_id or "", None)

    def submit(self, session: SessionView, key: str, submission: Submission) -> Submitted:
        """Nothing is submitted: the application is noted down, so that its pages can be seen. Raises Invalid."""
        checked = engine.check(self._request(submission))
        if checked.faults:
            raise Invalid.of(checked.faults)
        application: Json = {
            "key": key,
            "item": submission.item,
            "card": submission.card_id,
            "form": dict(checked.form),
            "uploads": list(submission.uploads),
            "at": self._scene.now.isoformat(),
        }

        def change(notes: Json) -> None:
            drafts(notes).pop(submission.item, None)
            if all(each["key"] != key for each in applications(notes)):
                notes["applications"] = [*applications(notes), application][-MOST_APPLICATIONS:]

        self._scene.notes.change(change)
        return Submitted(key, self._casework.of_application(key), created=True)

    def _request(self, submission: Submission) -> engine.Request:
        item = self._scene.item(submission.item)
        return made_up.request(
            self._scene.bundle,
            item,
            self._scene.somebody(item),
            self._scene.now,
            card_id=submission.card_id,
            form=submission.form,
            uploads=tuple(engine.Handed(each, kind_of(each)) for each in submission.uploads),
        )

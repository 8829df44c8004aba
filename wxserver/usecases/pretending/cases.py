"""Cases that nobody opened, as their person would see them at once after submitting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from bundles.case import STATUS_TEXTS, node_text
from bundles.clock import Due
from bundles.definition import Item, parts_of
from bundles.definition.combining import predecessors
from bundles.working_days import legal_date
from wxserver.usecases import made_up
from wxserver.usecases.case_views import AWAITED, CaseView, Page, SiblingView, TimelineEntry, masked
from wxserver.usecases.faults import NotFound
from wxserver.usecases.opening import awaited, start_of
from wxserver.usecases.pretending.scene import Json, Scene, applications, kind_of, picture, texts
from wxserver.usecases.sessions import SessionView
from wxserver.usecases.timing import Timing
from wxserver.usecases.uploading import UploadView

ONLINE = "online"


@dataclass(frozen=True, slots=True)
class PretendClock:
    """Stands still for a request."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


class PretendCasework:
    def __init__(self, scene: Scene, timing: Timing) -> None:
        self._scene, self._timing = scene, timing
        self.clock = PretendClock(scene.now)

    def list(self, session: SessionView, after: str | None = None, limit: int = 20, *, brief: bool = False) -> Page:
        """Newest first."""
        return Page(tuple(reversed(self._all()))[:limit], None)

    def open_cases(self, session: SessionView) -> tuple[CaseView, ...]:
        return tuple(each for each in self.list(session).items if each.completed_at is None)

    def case(self, session: SessionView, number: str) -> CaseView:
        """Raises NotFound."""
        found = self._all()
        case = next((each for each in found if each.number == number), None)
        if case is None:
            raise NotFound("预览里没有这件办件。请从选事项那一页再走一遍。", code="unknown-case")
        together = tuple(
            SiblingView(each.number, each.item_name, each.status, each.status_text)
            for each in found
            if each.application_id == case.application_id and each.number != number
        )
        return replace(case, together=together)

    def of_application(self, application_id: str) -> tuple[CaseView, ...]:
        """The cases of one application."""
        return tuple(each for each in self._all() if each.application_id == application_id)

    def _all(self) -> tuple[CaseView, ...]:
        """The cases of all applications, oldest first; those of items that the version has no more are left out."""
        bundle, number, views = self._scene.bundle, 0, []
        for application in applications(self._scene.notes.read()):
            item = bundle.item(str(application["item"]))
            at = datetime.fromisoformat(str(application["at"]))
            for part in parts_of(item) if item else ():
                number += 1
                named = f"{bundle.number_prefix}{legal_date(at):%Y%m%d}-{number:04d}"
                views.append(self._view(named, application, cast("Item", item), part, at))
        return tuple(views)

    def _view(self, number: str, application: Json, item: Item, part: Item, at: datetime) -> CaseView:
        bundle, limit = self._scene.bundle, part.limits[ONLINE]
        waits = "items" if predecessors(part, parts_of(item)) else awaited(part, ONLINE)
        instant = limit.unit == "instant"
        accepted = not instant and waits in (None, "staff")
        done = instant and waits is None
        due = self._due(part, at) if not instant and (accepted or part.clock_starts == "submission") else None
        status = "completed" if done else "accepted" if accepted else "submitted"
        reached = [("submitted", "citizen"), *([(status, "system")] if status != "submitted" else [])]
        form = cast("Mapping[str, object]", application["form"])
        somebody = self._scene.somebody(item, form) if part.needs_card else None
        card = somebody.card(cast("str | None", application["card"])) if somebody else None
        following = [each for code in part.then if (each := bundle.item(code))]
        return CaseView(
            number=number,
            application_id=str(application["key"]),
            bundle=bundle.code,
            bundle_name=bundle.name,
            bundle_version=self._scene.published.version,
            item=part.code,
            item_name=part.name,
            status=status,
            status_text=STATUS_TEXTS[status],
            submitted_at=at,
            accepted_at=at if accepted else None,
            due_on=due.due_on if due else None,
            due_provisional=due.provisional if due else False,
            due_explained=due.explained if due else (),
            completed_at=at if done else None,
            result=None,
            refusal=None,
            timeline=tuple(TimelineEntry(at, node, node_text(node, part), actor) for node, actor in reached),
            actions=(),
            correction=None,
            limit_text=limit.text,
            waiting_text=AWAITED[waits] if waits else None,
            stages=part.steps,
            answers=tuple(
                (each.label, masked(bundle, each, str(form[each.code]))) for each in part.fields if each.code in form
            ),
            card=made_up.view_of(card) if card else None,
            uploads=tuple(_handed(part, application, at)),
            nexts=tuple((each.code, each.name, each.summary) for each in following),
        )

    def _due(self, part: Item, at: datetime) -> Due | None:
        with self._timing.database.read() as unit:
            calendar_id = self._timing.active_id(unit, self._scene.bundle.region)
        return self._timing.due(part.limits[ONLINE], [start_of(part, at)], calendar_id)


def _handed(part: Item, application: Json, at: datetime) -> Iterator[tuple[str, UploadView]]:
    names = {each.kind: each.name for each in part.uploads_for(ONLINE, "self")}
    for each in texts(application["uploads"]):
        if kind_of(each) in names:
            yield names[kind_of(each)], picture(each, at)

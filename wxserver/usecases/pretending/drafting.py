"""Drafts in a preview, kept in its notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

from bundles.application import Fault
from bundles.working_days import legal_date
from wxserver.usecases.catalogue import Published
from wxserver.usecases.drafting import LIFETIME, MOST_TEXT, DraftView
from wxserver.usecases.faults import Invalid
from wxserver.usecases.pretending.scene import Json, Scene, drafts, kind_of, picture, texts
from wxserver.usecases.sessions import SessionView
from wxserver.usecases.tokens import new_token

MOST_DRAFTS = 20


class PretendDrafting:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def get(self, session: SessionView, bundle: str, item: str) -> DraftView | None:
        """The draft, or None; also where the version has no such item any more."""
        found = drafts(self._scene.notes.read()).get(item)
        return None if found is None or self._scene.bundle.item(item) is None else self._view(item, found)

    def definition(self, session: SessionView | None, bundle: str, item: str) -> Published:
        """The version that is looked at. Raises NotFound where it has no such item."""
        self._scene.item(item)
        return self._scene.published

    def save(
        self,
        session: SessionView,
        bundle: str,
        item: str,
        *,
        form: Mapping[str, object] | None = None,
        card_id: str | None = None,
        uploads: Sequence[str] | None = None,
        acting: Mapping[str, object] | None = None,
    ) -> DraftView:
        """Merge what was typed into the draft, right or wrong. An empty text removes a field. Whoever looks acts for
        themself."""
        known = {each.code for each in self._scene.item(item).fields}
        typed = {code: value for code, value in (form or {}).items() if code in known}

        def change(draft: Json) -> None:
            merged = {**cast("Json", draft["form"]), **typed}
            if sum(len(str(value)) for value in merged.values()) > MOST_TEXT:
                raise Invalid.of([Fault("form", "too-long", "填的内容太长了，请写短一些。")])
            draft["form"] = {code: value for code, value in merged.items() if value not in ("", None)}
            draft["card"] = card_id or draft["card"]
            if uploads is not None:
                draft["uploads"] = list(uploads)

        return self._change(item, change)

    def attach(self, session: SessionView, bundle: str, item: str, upload_id: str) -> DraftView:
        """Add a made-up picture; of as many as its material takes, the oldest goes."""
        kind = kind_of(upload_id)
        asked = self._scene.item(item).uploads_for("online", "self")
        most = max((each.most for each in asked if each.kind == kind), default=1)

        def change(draft: Json) -> None:
            kept = [each for each in texts(draft["uploads"]) if each != upload_id]
            alike = [each for each in kept if kind_of(each) == kind]
            draft["uploads"] = [*(each for each in kept if each not in alike), *[*alike, upload_id][-most:]]

        return self._change(item, change)

    def detach(self, session: SessionView, bundle: str, item: str, upload_id: str) -> DraftView:
        """Take a made-up picture out."""

        def change(draft: Json) -> None:
            draft["uploads"] = [each for each in texts(draft["uploads"]) if each != upload_id]

        return self._change(item, change)

    def drop(self, session: SessionView, bundle: str, item: str) -> None:
        def change(notes: Json) -> None:
            drafts(notes).pop(item, None)

        self._scene.notes.change(change)

    def _change(self, item: str, how: Callable[[Json], None]) -> DraftView:
        self._scene.item(item)

        def change(notes: Json) -> None:
            found = drafts(notes)
            draft = found.pop(item, None) or {"form": {}, "card": None, "uploads": [], "key": new_token()[:32]}
            how(draft)
            found[item] = {**draft, "at": self._scene.now.isoformat()}
            for oldest in list(found)[:-MOST_DRAFTS]:
                del found[oldest]

        return self._view(item, drafts(self._scene.notes.change(change))[item])

    def _view(self, code: str, draft: Json) -> DraftView:
        item, published = self._scene.item(code), self._scene.published
        known = {each.code for each in item.fields}
        kinds = {each.kind for each in item.uploads_for("online", "self")}
        at = datetime.fromisoformat(str(draft["at"]))
        card = draft["card"]
        return DraftView(
            published.bundle.code,
            code,
            published.version,
            published.id,
            str(draft["key"]),
            {name: value for name, value in cast("Json", draft["form"]).items() if name in known},
            card if isinstance(card, str) and item.needs_card else None,
            at,
            legal_date(self._scene.now + LIFETIME),
            tuple(picture(each, at) for each in texts(draft["uploads"]) if kind_of(each) in kinds),
        )

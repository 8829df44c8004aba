"""What all parts of a pretend desk share: the version that is looked at, and what was done in this preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from bundles.definition import Bundle, Item
from wxserver.store import previews
from wxserver.store.database import Database
from wxserver.usecases import made_up
from wxserver.usecases.catalogue import Published
from wxserver.usecases.faults import NotFound
from wxserver.usecases.made_up import MadeUp
from wxserver.usecases.uploading import UploadView

Json = dict[str, object]

_PICTURE = (358, 441)


@dataclass(frozen=True, slots=True)
class Notes:
    """What was done in one preview: drafts by item, and applications in their order."""

    database: Database
    preview_id: str

    def read(self) -> Json:
        with self.database.read() as unit:
            return previews.answers(unit, self.preview_id)

    def change(self, how: Callable[[Json], None]) -> Json:
        """Change them by `how`; gives them as they are then."""
        with self.database.write() as unit:
            found = previews.answers(unit, self.preview_id, lock=True)
            how(found)
            previews.keep(unit, self.preview_id, found)
        return found


@dataclass(frozen=True, slots=True)
class Scene:
    """`page_of`: the code of the item whose page is asked for, or empty."""

    published: Published
    notes: Notes
    now: datetime
    page_of: str = ""

    @property
    def bundle(self) -> Bundle:
        return self.published.bundle

    def item(self, code: str) -> Item:
        """Raises NotFound where the version has it no more."""
        found = self.bundle.item(code)
        if found is None:
            raise NotFound("这一版里没有这个事项，可能刚刚删掉了。请从选事项那一页再进去。", code="unknown-item")
        return found

    def somebody(self, item: Item, form: Mapping[str, object] | None = None) -> MadeUp:
        """Who applies for it, with these answers; None: those of the draft."""
        if form is None:
            draft = drafts(self.notes.read()).get(item.code)
            form = cast("Json", draft["form"]) if draft else {}
        return made_up.fitting(self.bundle, item, self.now, form)


def drafts(notes: Json) -> dict[str, Json]:
    """The drafts in notes, by item."""
    return cast("dict[str, Json]", notes.setdefault("drafts", {}))


def applications(notes: Json) -> list[Json]:
    """The applications in notes, the first one first."""
    return cast("list[Json]", notes.setdefault("applications", []))


def texts(value: object) -> list[str]:
    """A list of words in notes."""
    return [str(each) for each in value] if isinstance(value, list) else []


def kind_of(picture_id: str) -> str:
    """The kind of upload that a made-up picture stands for."""
    return picture_id.partition("-")[0]


def picture(picture_id: str, at: datetime) -> UploadView:
    """A picture that was never handed in; `picture_id` begins with its kind."""
    width, height = _PICTURE
    return UploadView(picture_id, kind_of(picture_id), 0, "", width, height, at)

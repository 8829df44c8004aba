"""What is offered in a preview: the one bundle, with real dates, and the cards of somebody who does not exist."""

from __future__ import annotations

from bundles.definition import Bundle, Item
from wxserver.usecases import made_up
from wxserver.usecases.cards import CardView
from wxserver.usecases.catalogue import Catalogue, Promise, Published
from wxserver.usecases.faults import NotFound
from wxserver.usecases.pretending.scene import Scene
from wxserver.usecases.sessions import SessionView


class PretendCatalogue:
    def __init__(self, scene: Scene, real: Catalogue) -> None:
        self._scene, self._real = scene, real

    def bundles(self) -> tuple[Published, ...]:
        """The one that is looked at."""
        return (self._scene.published,)

    def bundle(self, code: str) -> Published:
        """The one that is looked at; raises NotFound for any other."""
        if code != self._scene.bundle.code:
            raise NotFound("预览里只有这一件事。请从选事项那一页再进去。", code="unknown-bundle")
        return self._scene.published

    def promise(self, bundle: Bundle, item: Item, channel: str = "online") -> Promise:
        """As the real one: it only reads the calendar."""
        return self._real.promise(bundle, item, channel)


class PretendCards:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def list(self, session: SessionView, ward: str | None = None) -> tuple[CardView, ...]:
        """The cards of whoever applies for the item of this page."""
        return self.known(session)

    def known(self, session: SessionView, ward: str | None = None) -> tuple[CardView, ...]:
        """The same."""
        somebody = self._scene.somebody(self._scene.item(self._scene.page_of))
        return tuple(made_up.view_of(each) for each in somebody.cards)

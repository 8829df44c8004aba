"""The desk behind a preview: it answers the citizen's pages as the real one does, by the real rules, for somebody who
does not exist. It holds nothing but the preview's own notes, so that nothing else can be touched.

Each class stands for the use case of the same name and takes the same arguments; what no page of a preview asks, is
not there. Front door: `pretend`, `VISITOR`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bundles.masking import mask_name, mask_number
from wxserver.usecases import made_up
from wxserver.usecases.catalogue import Catalogue
from wxserver.usecases.consenting import Consenting, ConsentText
from wxserver.usecases.pretending.applying import PretendApplying
from wxserver.usecases.pretending.cases import PretendCasework
from wxserver.usecases.pretending.drafting import PretendDrafting
from wxserver.usecases.pretending.offering import PretendCards, PretendCatalogue
from wxserver.usecases.pretending.scene import Scene
from wxserver.usecases.sessions import PersonView, SessionView

__all__ = ["VISITOR", "PretendDesk", "pretend"]

VISITOR = SessionView("preview", "preview", "", "", "preview", "face", None, datetime(9999, 1, 1, tzinfo=UTC), "")
"""Who goes through a preview. `assured_at` None: a sign-in that is none does not run out."""


class PretendSessions:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def person(self, session: SessionView) -> PersonView:
        """Who applies for the item of this page, masked."""
        item = self._scene.bundle.item(self._scene.page_of) or self._scene.bundle.items[0]
        holder = self._scene.somebody(item).holder
        return PersonView(mask_name(made_up.NAME), holder.document.kind, mask_number(holder.document.number))


class PretendConsenting:
    """The texts that people agree to are the real ones: they are only read."""

    def __init__(self, real: Consenting) -> None:
        self._real = real

    def current(self) -> tuple[ConsentText, ...]:
        return self._real.current()

    def text(self, purpose: str) -> ConsentText:
        return self._real.text(purpose)


class PretendReusing:
    """Somebody who does not exist has handed in nothing before."""

    def held(self, session: SessionView, bundle: str, item: str, material: str) -> None:
        return None


@dataclass(frozen=True, slots=True)
class PretendSigningIn:
    public_url: str


@dataclass(frozen=True, slots=True)
class PretendDesk:
    """What `UseCases` is for the real pages."""

    catalogue: PretendCatalogue
    drafting: PretendDrafting
    cards: PretendCards
    applying: PretendApplying
    casework: PretendCasework
    sessions: PretendSessions
    consenting: PretendConsenting
    reusing: PretendReusing
    signing_in: PretendSigningIn


def pretend(scene: Scene, catalogue: Catalogue, consenting: Consenting, *, public_url: str) -> PretendDesk:
    """A desk for one request of a preview. Of the real use cases it keeps those that only read what is public."""
    casework = PretendCasework(scene, catalogue.timing)
    return PretendDesk(
        catalogue=PretendCatalogue(scene, catalogue),
        drafting=PretendDrafting(scene),
        cards=PretendCards(scene),
        applying=PretendApplying(scene, casework),
        casework=casework,
        sessions=PretendSessions(scene),
        consenting=PretendConsenting(consenting),
        reusing=PretendReusing(),
        signing_in=PretendSigningIn(public_url),
    )

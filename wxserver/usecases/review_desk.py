"""The use cases around a version's publishing, put together."""

from __future__ import annotations

from typing import NamedTuple

from wxserver.usecases.comparing import Comparing
from wxserver.usecases.editing import Editing
from wxserver.usecases.impact import Impacts
from wxserver.usecases.publishing import Publishing
from wxserver.usecases.releasing import Releasing
from wxserver.usecases.replaying import Replaying
from wxserver.usecases.reviewing import Reviewing
from wxserver.usecases.transferring import Transferring


class ReviewDesk(NamedTuple):
    reviewing: Reviewing
    releasing: Releasing
    transferring: Transferring


def review_desk(editing: Editing, publishing: Publishing) -> ReviewDesk:
    """Reviewing, releasing and transferring over the same database, clock and rights as editing."""
    database, clock, catalogue, rights = editing.database, editing.clock, editing.catalogue, editing.rights
    releasing = Releasing(database, clock, rights, editing, publishing)
    reviewing = Reviewing(
        database,
        clock,
        catalogue,
        rights,
        editing=editing,
        releasing=releasing,
        comparing=Comparing(catalogue.timing),
        impacts=Impacts(database, clock, catalogue, links=publishing.links),
        replaying=Replaying(database, clock, catalogue),
    )
    return ReviewDesk(reviewing, releasing, Transferring(database, rights, editing, releasing))

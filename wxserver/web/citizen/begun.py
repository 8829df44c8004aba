"""Where a visitor stands in an application: the walk as their draft has it."""

from bundles.definition import Bundle, Item
from bundles.people import age_on
from bundles.working_days import legal_date
from wxserver.usecases.drafting import DraftView
from wxserver.usecases.faults import NotFound
from wxserver.web.citizen.blueprint import owner
from wxserver.web.citizen.walk import Walk, Whom
from wxserver.web.desk import desk


def walk_of(bundle: Bundle, item: Item, draft: DraftView | None) -> Walk:
    """The walk as a draft has it. One for a child for whom its guardian acts no more goes on as for oneself; what is
    wrong with it is said by the check."""
    if draft is None:
        return Walk(bundle, item)
    handed = frozenset(each.kind for each in draft.uploads)
    return Walk(bundle, item, draft.form, handed, None if draft.ward is None else whom(draft.ward))


def whom(ward: str) -> Whom | None:
    """The visitor's ward as a walk needs it; None where they act for it no more."""
    try:
        view = desk().guardianships.one(owner(), ward)
    except NotFound:
        return None
    if view.state not in ("claimed", "confirmed"):
        return None
    today = legal_date(desk().guardianships.clock.now())
    return Whom(view.id, view.name, age_on(view.born_on, today), view.id_type, view.state == "confirmed")

"""The blueprint of the staff's pages, and what every one of its templates gets."""

from typing import Final

from flask import Blueprint, g

from wxserver.usecases.rights import ROLES, holds
from wxserver.web.desk import desk
from wxserver.web.staff_guard import SETUP, me, needs

__all__ = ["SETUP", "blueprint", "me", "needs"]

blueprint: Final = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.context_processor
def frame() -> dict[str, object]:
    """`member` (None before signing in), `csrf_token`, `may(act)` and the names of `roles`."""
    member = g.get("member")
    return {
        "member": member,
        "csrf_token": member.csrf_token if member is not None else "",
        "may": lambda act: member is not None and holds(member, act),
        "roles": ROLES,
        "calendar_late": desk().calendar_desk.late() if member is not None else None,
    }

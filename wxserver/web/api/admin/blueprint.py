"""The blueprint of the staff's API."""

from typing import Final

from flask import Blueprint

from wxserver.web.staff_guard import me, needs

__all__ = ["blueprint", "me", "needs"]

blueprint: Final = Blueprint("admin_api", __name__, url_prefix="/api/v1/admin")

"""Where one goes after signing in, and what that page asks for."""

import re
from typing import Final
from urllib.parse import unquote

from flask import request, url_for

from wxserver.usecases.faults import NotFound
from wxserver.usecases.sessions import SessionView
from wxserver.usecases.signing_in import safe_next
from wxserver.web.citizen.offering import find

_STEP: Final = re.compile(r"/bundles/([^/?]+)/([^/?]+)/")


def onward(path: str | None) -> str:
    """A path on this site to go to after signing in; `/` for anything else, and for the ways of signing in
    themselves, which would lead round in a circle."""
    safe, login = safe_next(path), url_for("citizen.login")
    page = safe.partition("?")[0].partition("#")[0]
    return "/" if page == login or page.startswith(f"{login}/") else safe


def face_alone(session: SessionView | None, next_path: str) -> bool:
    """Whether nothing but a face opens the page one is on the way to: the address says so (`needs`), it is a step of an
    item that asks for one, or who is signed in already is proving it to set a password."""
    if request.values.get("needs") == "face":
        return True
    if next_path.partition("?")[0] == url_for("citizen.account"):
        return session is not None and session.person_id is not None
    step = _STEP.match(next_path)
    if step is None:
        return False
    try:
        _, item = find(*(unquote(code) for code in step.groups()))
    except NotFound:
        return False
    return item.assurance == "face"

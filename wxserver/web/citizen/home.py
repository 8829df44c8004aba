"""Pages that are open to everybody: home, help, privacy, and the size of the letters."""

from flask import current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from wxserver.usecases.signing_in import safe_next
from wxserver.web.citizen.blueprint import DISPLAY_COOKIE, blueprint, known
from wxserver.web.desk import desk

_A_YEAR = 31_536_000
_SHOWN_CASES = 2


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The home page: what needs the person first, then what is offered."""
    session = known()
    return render_template(
        "citizen/home.html",
        person=desk().sessions.person(session) if session else None,
        cases=desk().casework.list(session, None, _SHOWN_CASES) if session else None,
        bundles=[published.bundle for published in desk().catalogue.bundles()],
    )


@blueprint.get("/help")
def help_page() -> ResponseReturnValue:
    """Phone, window, and how an application goes."""
    return render_template("citizen/help.html", bundles=[published.bundle for published in desk().catalogue.bundles()])


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """The full texts that people consent to, one section per purpose (`#<purpose>`)."""
    return render_template("citizen/privacy.html", texts=desk().consenting.current())


@blueprint.get("/display")
def display() -> ResponseReturnValue:
    """Remember `size` (big, normal) on this phone and go back to `next`, a page of ours."""
    response = redirect(safe_next(request.args.get("next")), 303)
    size = "big" if request.args.get("size") == "big" else "normal"
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(DISPLAY_COOKIE, size, max_age=_A_YEAR, secure=secure, httponly=True, samesite="Lax")
    response.headers["Cache-Control"] = "no-store"
    return response

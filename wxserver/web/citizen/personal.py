"""个人中心: who is signed in, their cards, and the way out."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from wxserver.usecases.faults import FarSideAway
from wxserver.web.citizen.blueprint import blueprint, known, owner
from wxserver.web.desk import desk
from wxserver.web.guard import clear_session_cookie


@blueprint.get("/me")
def me() -> ResponseReturnValue:
    """The person, masked, with their cards; who is not signed in finds 点击登录 here."""
    session = known()
    if session is None:
        return render_template("citizen/me.html", person=None, cards=None)
    try:
        cards = desk().cards.list(session)
    except FarSideAway:
        cards = None
    return render_template(
        "citizen/me.html",
        person=desk().sessions.person(session),
        cards=cards,
        unread=desk().inbox.unread(session),
    )


@blueprint.post("/me/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session and go home."""
    desk().sessions.end(owner())
    response = redirect(url_for("citizen.home"), 303)
    clear_session_cookie(response)
    return response

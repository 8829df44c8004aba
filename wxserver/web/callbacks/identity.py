"""Results of identity providers, and browsers that come back from them."""

from urllib.parse import urlencode

from flask import Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxserver.usecases.sessions import SessionView
from wxserver.web.bodies import read_body
from wxserver.web.callbacks.blueprint import blueprint, headers, told
from wxserver.web.desk import desk
from wxserver.web.guard import set_session_cookie


@blueprint.post("/identity/<provider>/callback")
def identity_result(provider: str) -> Response:
    """A signed result."""
    answer = desk().verifying.verdicts.callback(provider, headers(), read_body())
    return told(answer.status, answer.body)


@blueprint.get("/identity/<provider>/return")
def identity_return(provider: str) -> ResponseReturnValue:
    """A browser is back. It brings no result, only the reason to look for one.

    In a webview that does not know the cookie of the account in which it was begun, WeChat signs the same user in there
    silently and leads back here. A mini-program asks by itself; its user is sent back to it.
    """
    # A provider may hang its own parameters onto our address with a second question mark.
    reference, state = (request.args.get(name, "").partition("?")[0] for name in ("reference", "state"))
    session: SessionView | None = g.get("session")
    account = desk().verifying.begun_in(provider, reference, state)
    if account not in desk().signing_in.service_accounts:
        return render_template("citizen/back_to_mini_program.html")
    if session is None or session.account != account:
        here = url_for("callbacks.identity_return", provider=provider)
        back = f"{here}?{urlencode({'reference': reference, 'state': state})}"
        return redirect(url_for("callbacks.login", account=account, next=back), 303)
    looked = desk().verifying.returned(provider, reference, state, session)
    if looked.verification.status != "passed":
        return redirect(f"/login/face/{looked.verification.id}", 303)
    response = redirect(looked.next_path, 303)
    if looked.token is not None:
        set_session_cookie(response, looked.token)
    return response

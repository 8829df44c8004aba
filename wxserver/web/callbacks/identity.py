"""Results of identity providers, and browsers that come back from them."""

from urllib.parse import urlencode

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from wxserver.usecases.sessions import SessionView
from wxserver.web.bodies import read_body
from wxserver.web.callbacks.blueprint import blueprint, headers, told
from wxserver.web.desk import desk
from wxserver.web.guard import set_session_cookie


@blueprint.post("/identity/<provider>/callback")
def identity_result(provider: str) -> Response:
    """A signed result."""
    answer = desk().verifying.callback(provider, headers(), read_body())
    return told(answer.status, answer.body)


@blueprint.get("/identity/<provider>/return")
def identity_return(provider: str) -> ResponseReturnValue:
    """A browser is back. It brings no result, only the reason to look for one.

    In a webview that does not know our cookie, WeChat signs the same user in silently and leads back here.
    """
    reference, state = request.args.get("reference", ""), request.args.get("state", "")
    session: SessionView | None = g.get("session")
    if session is None:
        here = url_for("callbacks.identity_return", provider=provider)
        back = f"{here}?{urlencode({'reference': reference, 'state': state})}"
        account = desk().signing_in.default_account
        return redirect(url_for("callbacks.login", account=account, next=back), 303)
    looked = desk().verifying.returned(provider, reference, state, session)
    if looked.verification.status != "passed":
        return redirect(f"/login/face/{looked.verification.id}", 303)
    response = redirect(looked.next_path, 303)
    if looked.token is not None:
        set_session_cookie(response, looked.token)
    return response

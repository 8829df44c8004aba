"""WeChat: pushes to the official account, and signing in by OAuth."""

from typing import Final

from flask import Response, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from wxserver.usecases.conversing import Spoken
from wxserver.usecases.devices import device_of
from wxserver.usecases.faults import Unauthenticated
from wxserver.usecases.sessions import SessionView
from wxserver.web.bodies import read_body
from wxserver.web.callbacks.blueprint import blueprint, query
from wxserver.web.desk import desk
from wxserver.web.guard import session_token, set_session_cookie
from wxserver.web.problems import bare

FLOW_COOKIE: Final = "wx_flow"
_FLOW_SECONDS: Final = 600


@blueprint.get("/wechat/<account>/push")
def check_push(account: str) -> Response:
    """WeChat makes sure that this address is ours."""
    return _told(desk().conversing.push_url(account, query()))


@blueprint.post("/wechat/<account>/push")
def push(account: str) -> Response:
    """A message or an event; the answer is the reply."""
    return _told(desk().conversing.push(account, query(), read_body(), request.content_type or ""))


@blueprint.get("/wechat/<account>/login")
def login(account: str) -> ResponseReturnValue:
    """Send the browser to WeChat; it comes back to `oauth`, and from there goes to `next`."""
    begun = desk().signing_in.begin(account, request.args.get("next"), request.cookies.get(FLOW_COOKIE))
    response = redirect(begun.url, 302)
    keep_flow(response, begun.browser_key)
    return response


@blueprint.get("/wechat/<account>/oauth")
def oauth(account: str) -> ResponseReturnValue:
    """The browser is back from WeChat, with a code, or without one where the person refused."""
    landed = desk().signing_in.finish(
        account,
        request.args.get("code"),
        request.args.get("state"),
        request.cookies.get(FLOW_COOKIE),
        session_token(),
        device_of(request.headers.get("User-Agent", "")),
    )
    response = redirect(landed.next_path, 303)
    if landed.token is not None:
        set_session_cookie(response, landed.token)
    return response


@blueprint.get("/wechat/<account>/profile")
def profile(account: str) -> ResponseReturnValue:
    """The browser is back from WeChat, which has asked for nickname and avatar; the person is signed in."""
    session: SessionView | None = g.get("session")
    if session is None or session.account != account:
        raise Unauthenticated("请先登录，再继续。")
    code, state = request.args.get("code"), request.args.get("state")
    return redirect(desk().profiles.finish(session, code, state, request.cookies.get(FLOW_COOKIE)), 303)


def keep_flow(response: AnyResponse, browser_key: str) -> None:
    """Let the browser keep the key that its round to WeChat is bound to."""
    response.set_cookie(
        FLOW_COOKIE,
        browser_key,
        max_age=_FLOW_SECONDS,
        path="/wechat",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def _told(spoken: Spoken) -> Response:
    if spoken.status >= 300:
        return bare(spoken.status)
    return Response(spoken.body, status=spoken.status, content_type=spoken.content_type)

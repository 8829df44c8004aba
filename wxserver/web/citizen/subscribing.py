"""微信通知: where somebody in an official account agrees, tap by tap, to be told by WeChat.

The only page with a script that is not ours (WeChat's JS-SDK and its tag `wx-open-subscribe`), so nothing on it says
who is looking. WeChat tells us of each tap by a push of its own.
"""

from flask import current_app, g, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.desk import desk


@blueprint.get("/me/notices")
def subscribe() -> ResponseReturnValue:
    """What can be agreed to, and how many messages are still agreed to. 404 where the account sends none of these."""
    asking = desk().mini_programs.asking(owner())
    if asking is None:
        raise NotFound
    return render_template("citizen/subscribe.html", asking=asking, jssdk_url=current_app.extensions["jssdk_url"])


def is_needed() -> bool:
    """Whether a page of the person's own leads here: they are told nothing unless they agree. A preview never does."""
    return "stage" not in g and desk().mini_programs.has_to_ask(owner())

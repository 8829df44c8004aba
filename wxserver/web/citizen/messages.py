"""我的消息: what the person was told about their cases.

Looking is reading: the page marks what it shows as read, and so does a case's own page with what is about that case.
A page that a browser loads ahead of its person is not looked at.
"""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from wxserver.web.citizen.blueprint import blueprint, owner
from wxserver.web.citizen.subscribing import is_needed
from wxserver.web.desk import desk

_PER_PAGE = 20


@blueprint.get("/messages")
def messages() -> ResponseReturnValue:
    """The person's messages, newest first; `after` shows earlier ones."""
    page = desk().inbox.list(owner(), request.args.get("after"), _PER_PAGE)
    shown = render_template(
        "citizen/messages.html", page=page, continued="after" in request.args, may_subscribe=is_needed()
    )
    if is_looked_at():
        desk().inbox.shown(owner(), page)
    return shown


def is_looked_at() -> bool:
    """Whether this request brings a page before somebody's eyes."""
    return request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "").lower()

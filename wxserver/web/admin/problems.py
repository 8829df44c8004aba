"""Pages of the desk for what went wrong: what it is, what to do next, and the way back.

They ask nothing of the use cases, so that they also work when the database is away.
"""

from collections.abc import Mapping
from typing import Final

from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from wxserver.usecases.faults import Problem, Unauthenticated

_USUAL: Final = "刚才那一步没有办成"
_TITLES: Final[Mapping[int, str]] = {
    403: "这里您不能进",
    404: "没有找到这一页",
    409: "现在还不能这样做",
    410: "这一页已经过期了",
    413: "内容太多了",
    422: "有内容要改",
    429: "点得太快了",
    503: "暂时没有回音",
}
_SENTENCES: Final[Mapping[int, str]] = {
    400: "请回到上一页，再点一次。",
    403: "您的账号没有这项权限。要办这件事，请找管理员。",
    404: "地址可能不完整，也可能这一页已经不在了。请从左边的目录进去找。",
    405: "请从左边的目录进去，再办一次。",
    413: "请删短一些，或者分几次保存。已经保存过的都还在。",
    429: "请等 1 分钟，再试一次。",
    500: "不是您的问题。请过几分钟再试，已经保存过的都还在。",
    503: "请过几分钟再试，已经保存过的都还在。",
}
_HOME: Final = "/admin/"


def page(problem: Problem) -> ResponseReturnValue:
    """The page for a use case's refusal; who has no session is led to the sign-in."""
    if isinstance(problem, Unauthenticated):
        return redirect("/admin/login", 303)
    return _shown(problem.status, problem.detail, [fault.message for fault in problem.faults])


def error_page(status: int) -> ResponseReturnValue:
    """The page for an HTTP status from 400 up."""
    known = status if status in _SENTENCES else (500 if status >= 500 else 400)
    return _shown(status, _SENTENCES[known], [])


def _shown(status: int, sentence: str, errors: list[str]) -> ResponseReturnValue:
    again = request.full_path.rstrip("?") if request.method == "GET" and status in (429, 500, 503) else None
    html = render_template(
        "admin/error.html",
        title=_TITLES.get(status, _USUAL),
        sentence=sentence,
        errors=errors,
        again=again,
        home=_HOME,
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response

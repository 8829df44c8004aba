"""Pages for what went wrong. Each says in a plain sentence what to do next, and names the phone and the window.

They ask nothing of the use cases, so that they also work when the database is away.
"""

from collections.abc import Mapping
from typing import Final

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wxserver.usecases.faults import AssuranceRequired, Problem, Unauthenticated
from wxserver.usecases.sessions import LEVELS
from wxserver.usecases.wards import CONSENT_DUE
from wxserver.web.citizen.blueprint import visitor
from wxserver.web.citizen.onward import onward

_USUAL: Final = "刚才那一步没有办成"
_TITLES: Final[Mapping[int, str]] = {
    403: "这一页不能打开",
    404: "没有找到这一页",
    413: "内容太多了",
    429: "点得太快了",
    503: "暂时没有回音",
}
_SENTENCES: Final[Mapping[int, str]] = {
    400: "请回到上一页，再点一次。",
    403: "可能是换了微信。请用您自己的微信，从公众号菜单再打开一次。",
    404: "地址可能不完整，也可能这一页已经不用了。请从首页进去找。",
    405: "请从首页进去，再办一次。",
    413: "请删短一些，再提交一次。",
    429: "请等 1 分钟，再试一次。",
    500: "不是您的问题。请过几分钟再试，已经提交的申请不会丢。",
    503: "请过几分钟再试，已经提交的申请不会丢。",
}
_PAPERS_STEP: Final = "citizen.hand_in_papers"
_PHOTO_STEPS: Final = ("citizen.save_photo", _PAPERS_STEP)
_TOO_MUCH_AT_ONCE: Final = "一次最多交 20 MB。请一次选一份，分几次交，交过的都留着。一份就太大的，请重新拍一张。"
_PROVING: Final = "citizen.prove"
_BY_CODE: Final[Mapping[str, str]] = {
    "verification-rests": "人脸核验先停一停",
    "too-many-verifications": "人脸核验先停一停",
    "too-many-captchas": "数字图换得太多了",
    "captcha-over": "这段声音过了时间",
}
"""Titles of refusals that happen on the way of signing in, each with a way on in `_way_on`."""


def page(problem: Problem) -> ResponseReturnValue:
    """The page for a use case's refusal; who must sign in, sign in more surely or agree first, is led there."""
    if isinstance(problem, AssuranceRequired):
        return redirect(url_for("citizen.login", next=_here(), why=_why(problem), needs=_needs(problem)), 303)
    if isinstance(problem, Unauthenticated):
        return redirect(url_for("citizen.login", next=_here()), 303)
    if problem.code == CONSENT_DUE.code:
        return redirect(url_for("citizen.child", ward_id=problem.extra["ward"], next=_here()), 303)
    return _shown(problem.status, problem.detail, problem.code)


def error_page(status: int) -> ResponseReturnValue:
    """The page for an HTTP status from 400 up."""
    known = status if status in _SENTENCES else (500 if status >= 500 else 400)
    return _shown(status, _SENTENCES[known])


def _shown(status: int, sentence: str, code: str = "") -> ResponseReturnValue:
    with_photo = request.endpoint in _PHOTO_STEPS
    returns = request.method == "GET" and status in (429, 500, 503)
    again = _here() if returns or with_photo else None
    title = "照片太大了" if with_photo and status == 413 else _TITLES.get(status, _USUAL)
    words = "重新选一张" if with_photo else "再试一次"
    if status == 413 and request.endpoint == _PAPERS_STEP:
        sentence = _TOO_MUCH_AT_ONCE
    if code in _BY_CODE:
        title, (again, words) = _BY_CODE[code], _way_on(code)
    html = render_template("citizen/error.html", title=title, sentence=sentence, again=again, again_words=words)
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _way_on(code: str) -> tuple[str, str]:
    """Where who was refused while signing in goes on, and what that is called."""
    if code == "captcha-over":
        return url_for("citizen.password"), "回到登录，换一张图"
    came_from = request.path.removesuffix("/prove") if request.endpoint == _PROVING else request.values.get("next")
    path = onward(came_from)
    words = "用人脸核验登录" if code == "too-many-captchas" else "换一种办法"
    return url_for("citizen.login", next=path if path != "/" else None), words


def _here() -> str:
    """The page to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def _needs(problem: AssuranceRequired) -> str | None:
    """`face` where a password is not enough."""
    needs = problem.extra.get("needs")
    return "face" if isinstance(needs, Mapping) and needs.get("assurance") == "face" else None


def _why(problem: AssuranceRequired) -> str:
    """`stale` where the sign-in was sure enough but too long ago, else `assurance`."""
    needs = problem.extra.get("needs")
    wanted = str(needs.get("assurance")) if isinstance(needs, Mapping) else ""
    session = visitor()
    if session is None or session.person_id is None or wanted not in LEVELS:
        return "assurance"
    return "stale" if LEVELS.index(session.assurance) >= LEVELS.index(wanted) else "assurance"

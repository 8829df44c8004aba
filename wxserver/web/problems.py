"""What goes wrong, as the edge says it: problem documents under /api, bare statuses for machines, pages for people.

In: a `Problem` of the use cases, or an HTTP exception of Flask and Werkzeug. Out: one frozen `Shown`, from which each
audience gets its own form. Problem documents follow RFC 9457; `type` is "/problems/" and the stable English `code`,
`detail` and `errors` are Chinese and say how to mend it. No exception's own text ever leaves the server.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from bundles.engine import Fault
from wxserver.usecases.faults import Problem

PROBLEM_TYPE: Final = "application/problem+json"
BODY_LIMIT: Final = 64 * 1024
"""Bytes a JSON body or a callback may have (contract, "JSON API" and "Callbacks")."""

_MEMBERS: Final = frozenset({"type", "title", "status", "detail", "code", "errors"})
_MACHINES: Final = re.compile(r"/(registry/|wechat/[^/]+/push/?$|identity/[^/]+/callback/?$)")
_RETRY_SECONDS: Final = {429: 60, 503: 10}

TITLES: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "请求读不懂",
        401: "请先登录",
        403: "这样不能办",
        404: "没有找到",
        405: "不支持这个动作",
        409: "和已有的记录对不上",
        413: "内容太大",
        415: "内容的格式不对",
        422: "有内容要改",
        429: "操作太快",
        500: "这一步没有办成",
        503: "暂时没有回音",
    }
)

_TITLES_BY_CODE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "already-open": "已有一件在办",
        "assurance-required": "请先核对身份",
        "idempotency-key-missing": "缺少提交编号",
        "idempotency-key-invalid": "提交编号的格式不对",
        "idempotency-mismatch": "同一个编号，内容不一样",
        "malformed-json": "内容读不懂",
    }
)

_HTTP: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        400: ("bad-request", "这次的请求读不懂。请退回上一步，再试一次。"),
        401: ("unauthenticated", "请先登录，再继续。"),
        403: ("forbidden", "这里您不能看。请回首页，从您自己的办件进入。"),
        404: ("not-found", "没有找到这个地址。请回首页再找一找。"),
        405: ("method-not-allowed", "这个地址不支持这个动作。请看看用的方法对不对。"),
        413: ("body-too-large", "内容太大了，最多 64 KB。请减少一些再提交。"),
        415: ("unsupported-media-type", "请用 application/json 提交内容。"),
        422: ("invalid", "有内容要改，请看下面每一项的说明。"),
        429: ("too-many-requests", "操作太快了，请过 {seconds} 秒再试。"),
        500: ("internal-error", "这一步没有办成，不是您的问题。请过几分钟再试。"),
        503: ("unavailable", "现在办不了，请过几分钟再试。"),
    }
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A fault made ready for showing. `errors`: path to Chinese sentences; `extra`: further members of the problem."""

    status: int
    code: str
    title: str
    detail: str
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def shown(error: Problem | HTTPException) -> Shown:
    """The one description of an error, whoever raised it."""
    if isinstance(error, Problem):
        return Shown(
            status=error.status,
            code=error.code,
            title=_title(error.status, error.code),
            detail=error.detail,
            errors=_by_path(error.faults),
            extra={name: value for name, value in error.extra.items() if name not in _MEMBERS},
            headers=_retry(error.status, _wait(error)),
        )
    return _shown_http(error)


def respond(what: Shown) -> Response:
    """The problem document of an error, RFC 9457."""
    document: dict[str, object] = {
        "type": f"/problems/{what.code}",
        "title": what.title,
        "status": what.status,
        "detail": what.detail,
        "code": what.code,
        "errors": {path: list(sentences) for path, sentences in what.errors.items()},
        **what.extra,
    }
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")
    response = Response(body, status=what.status, content_type=PROBLEM_TYPE)
    response.headers.update(what.headers)
    response.headers["Cache-Control"] = "no-store"
    if what.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def register(
    app: Flask,
    *,
    problem_page: Callable[[Problem], ResponseReturnValue],
    error_page: Callable[[int], ResponseReturnValue],
) -> None:
    """Answer every error of the app in the form its path calls for; the two callables present one to a person."""

    def refused(problem: Problem) -> ResponseReturnValue:
        return _for_programs(problem) or problem_page(problem)

    def failed(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or error.code is None or error.code < 400:
            return error
        return _for_programs(error) or error_page(error.code)

    def without_html(response: Response) -> Response:
        if response.mimetype == "text/html" and not is_for_people(request.path):
            response.set_data(b"")
            del response.headers["Content-Type"]
        return response

    app.register_error_handler(Problem, refused)
    app.register_error_handler(HTTPException, failed)
    # Werkzeug's redirects for doubled slashes come with HTML and pass no error handler.
    app.after_request(without_html)


def speaks_json(path: str) -> bool:
    """Whether errors under this path are problem documents."""
    return path == "/api" or path.startswith("/api/")


def is_for_people(path: str) -> bool:
    """Whether errors under this path are pages. Far sides get bare statuses (contract, "Callbacks")."""
    return not speaks_json(path) and _MACHINES.match(path) is None


def bare(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """A status and nothing else."""
    response = Response(status=status, headers=dict(headers or {}))
    del response.headers["Content-Type"]
    return response


def _for_programs(error: Problem | HTTPException) -> Response | None:
    if is_for_people(request.path):
        return None
    what = shown(error)
    return respond(what) if speaks_json(request.path) else bare(what.status, what.headers)


def _shown_http(error: HTTPException) -> Shown:
    status = error.code or 500
    known = status if status in _HTTP else (400 if status < 500 else 500)
    code, detail = _HTTP[known]
    headers = {}
    methods = getattr(error, "valid_methods", None)
    if status == 405 and methods:
        headers["Allow"] = ", ".join(sorted(methods))
    seconds = getattr(error, "retry_after", None)
    seconds = seconds if isinstance(seconds, int) else _RETRY_SECONDS.get(status)
    headers |= _retry(status, seconds)
    return Shown(status, code, _title(status, code), detail.replace("{seconds}", str(seconds)), headers=headers)


def _wait(error: Problem) -> int | None:
    """Seconds to wait: what the use case says, or what is usual for such a problem."""
    told = error.extra.get("retry_after")
    return told if isinstance(told, int) else _RETRY_SECONDS.get(error.status)


def _retry(status: int, seconds: int | None) -> dict[str, str]:
    return {"Retry-After": str(seconds)} if status in _RETRY_SECONDS and seconds is not None else {}


def _title(status: int, code: str) -> str:
    return _TITLES_BY_CODE.get(code) or TITLES.get(status) or TITLES[400 if status < 500 else 500]


def _by_path(faults: Iterable[Fault]) -> dict[str, tuple[str, ...]]:
    collected: dict[str, tuple[str, ...]] = {}
    for fault in faults:
        collected[fault.path] = (*collected.get(fault.path, ()), fault.message)
    return collected

"""The API's blueprint, and how an operation describes itself for the OpenAPI document.

flask-smorest collects the descriptions and apispec turns the schemas into components; requests are read by `reading`
and answers are written by the views themselves, so neither stands in the way of a request.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response
from flask_smorest import Api, Blueprint
from marshmallow import Schema
from werkzeug.exceptions import NotFound

from wxserver.web.api.reading import asked, received
from wxserver.web.api.schemas.answers import PROBLEM
from wxserver.web.bodies import is_readable
from wxserver.web.problems import PROBLEM_TYPE, TITLES

View = Callable[..., Response]

PREFIX: Final = "/api/v1"
blueprint: Final = Blueprint("api", __name__, url_prefix=PREFIX)

_ABOUT: Final = """The bureau's API for its mini-program and other clients.

Times are RFC 3339 with offset, dates are YYYY-MM-DD, money is in fen. Errors are problem documents (RFC 9457): decide
by `code`, show `detail` and `errors`. Lists are paged by `next`. A cookie session sends its `csrf_token`, from
`GET /sessions/current`, as header `X-CSRFToken` with every change; a Bearer session needs none."""

_TAGS: Final = {
    "sessions": "Who is at the other end, and how sure we are.",
    "verifications": "Proving who one is, at an identity provider.",
    "bundles": "What can be applied for. Open to all.",
    "cards": "The person's cards.",
    "wards": "The children for whom the person acts.",
    "uploads": "Pictures handed in: photos and documents.",
    "drafts": "What has been typed so far.",
    "cases": "Applying, and how it goes on.",
    "messages": "What the person was told.",
    "personal": "What is held about the person: bindings, consents, data.",
    "wechat": "What clients in WeChat ask about WeChat.",
}

_WHEN: Final[Mapping[int, str]] = {
    400: "The request can't be read.",
    401: "No session, or one that has ended.",
    403: "The session may not do this, or not yet: see `needs`.",
    404: "There is no such thing, or it is somebody else's.",
    409: "The state forbids it; `code` says why.",
    413: "The body is over 64 KiB, or the file over 20 MB.",
    415: "The body is not of the type that is asked for.",
    422: "Something is to be mended; `errors` has all of it at once.",
    429: "Too fast; `Retry-After` says when to try again.",
    500: "Our fault.",
    503: "A far side is away; `Retry-After` says when to try again.",
}

_SECURITY: Final[Mapping[str, Mapping[str, str]]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token of POST /sessions."},
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": "With a cookie session, on every change: `csrf_token` of GET /sessions/current.",
    },
}

IDEMPOTENCY_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "The client's name for this submission. The same key again gives the same case.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "example": "8d0f6a52e1f04b0c9a4f",
}


@dataclass(frozen=True, slots=True)
class Success:
    """One way in which an operation succeeds. `location`: the answer names the new resource's address.

    With a `media_type` that is not JSON the answer is a file and has no schema.
    """

    schema: Schema | None
    description: str
    example: object = None
    location: bool = False
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client sends: a JSON body or a query string, with examples by name."""

    schema: Schema
    examples: Mapping[str, object] = field(default_factory=dict)


def operation(
    method: str,
    rule: str,
    *,
    tag: str,
    answers: Mapping[int, Success],
    problems: Sequence[int] = (),
    body: Sent | None = None,
    query: Sent | None = None,
    form: Schema | None = None,
    headers: Sequence[Mapping[str, object]] = (),
    is_open: bool = False,
) -> Callable[[View], View]:
    """Register a view under `PREFIX`; its docstring is its summary and description. `form`: what it takes as a
    multipart form, which it reads itself.

    The view gets the path's values by name, and the checked body or query as `body` or `query`.
    """
    statuses = {429, 500, *problems} | (set() if is_open else {401}) | ({404} if "<" in rule else set())
    statuses |= ({400, 413, 415, 422} if body or form else set()) | ({422} if query else set())
    document: dict[str, Any] = {
        "responses": {
            **{str(status): _success(each) for status, each in answers.items()},
            **{str(status): HTTPStatus(status).name for status in sorted(statuses)},
        },
    }
    if is_open:
        document["security"] = []
    elif method in {"GET", "HEAD"}:
        document["security"] = [{"bearer": []}, {"cookie": []}]
    parameters = [dict(each) for each in headers]
    if query is not None:
        parameters.append({"in": "query", "schema": query.schema})
    if parameters:
        document["parameters"] = parameters
    if body is not None:
        examples = {name: {"value": value} for name, value in body.examples.items()}
        content: dict[str, object] = {"schema": body.schema} | ({"examples": examples} if examples else {})
        document["requestBody"] = {"required": True, "content": {"application/json": content}}

    if form is not None:
        document["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}

    def decorate(view: View) -> View:
        @wraps(view)
        def bound(**path: str) -> Response:
            if not all(is_readable(value) for value in path.values()):
                raise NotFound
            sent: dict[str, dict[str, Any]] = {}
            if body is not None:
                sent["body"] = received(body.schema)
            if query is not None:
                sent["query"] = asked(query.schema)
            return view(**path, **sent)

        documented = blueprint.doc(operationId=view.__name__, **document)(bound)
        blueprint.route(rule, methods=[method], endpoint=view.__name__, tags=[tag])(documented)
        return view

    return decorate


def answer(content: object, status: int = 200, *, kept: bool = False) -> Response:
    """A JSON answer. `kept`: anybody may keep it for a minute; otherwise nobody keeps it at all."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    response = Response(body, status=status, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=60" if kept else "no-store"
    return response


def nothing() -> Response:
    """204."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


class _Documents(Api):  # type: ignore[misc]
    """flask-smorest's collector; errors are answered by `wxserver.web.problems`, its own handler stays out."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        return

    def _register_pagination_header(self) -> None:
        return

    def _register_responses(self) -> None:
        for status, description in _WHEN.items():
            content = {PROBLEM_TYPE: {"schema": PROBLEM, "example": _problem_example(status)}}
            response: dict[str, object] = {"description": description, "content": content}
            if status in {429, 503}:
                response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
            self.spec.components.response(HTTPStatus(status).name, response, lazy=True)


def collect(app: Flask, *, version: str, cookie: str) -> Callable[[], Mapping[str, object]]:
    """Register the blueprint on the app; the result gives the OpenAPI document. `cookie`: the session cookie's name."""
    documents = _Documents(
        app,
        spec_kwargs={
            "title": "wxserver",
            "version": version,
            "openapi_version": "3.1.0",
            "info": {"description": _ABOUT},
            "servers": [{"url": "/"}],
            "security": [{"bearer": []}, {"cookie": [], "csrf": []}],
        },
    )
    for name, scheme in _SECURITY.items():
        documents.spec.components.security_scheme(name, dict(scheme))
    documents.spec.components.security_scheme("cookie", {"type": "apiKey", "in": "cookie", "name": cookie})
    documents.register_blueprint(blueprint)

    def document() -> Mapping[str, object]:
        found: dict[str, object] = documents.spec.to_dict()
        return found | {"tags": [{"name": name, "description": text} for name, text in _TAGS.items()]}

    return document


def _success(success: Success) -> dict[str, object]:
    described: dict[str, object] = {"description": success.description}
    if success.schema is not None:
        content: dict[str, object] = {"schema": success.schema}
        if success.example is not None:
            content["example"] = success.example
        described["content"] = {"application/json": content}
    elif success.media_type != "application/json":
        described["content"] = {success.media_type: {"schema": {"type": "string", "format": "binary"}}}
    if success.location:
        described["headers"] = {"Location": {"schema": {"type": "string", "format": "uri-reference"}}}
    return described


_CODES: Final[Mapping[int, tuple[str, str, Mapping[str, object]]]] = {
    400: ("malformed-json", "发来的内容不是完整的 JSON，没有收下。请检查括号和引号，再发一次。", {}),
    401: ("unauthenticated", "请先登录，再继续。", {}),
    403: (
        "assurance-required",
        "办这一项要先核对您本人的身份，请先登录。",
        {"needs": {"assurance": "password", "fresh_minutes": 30}},
    ),
    404: ("not-found", "没有找到这件申请。请从“我的办件”里看。", {}),
    409: (
        "already-open",
        "您已有一件在办，编号 JY20261112-0041。可以去看它办到哪一步。",
        {"number": "JY20261112-0041"},
    ),
    413: ("body-too-large", "内容太大了，最多 64 KB。请减少一些再提交。", {}),
    415: ("unsupported-media-type", "请用 application/json 提交内容。", {}),
    422: (
        "invalid",
        "手机号码应是 11 位数字，现在是 10 位，请看看少了哪一位。",
        {"errors": {"form.phone": ["手机号码应是 11 位数字，现在是 10 位，请看看少了哪一位。"]}},
    ),
    429: ("too-many-requests", "操作太快了，请过 60 秒再试。", {}),
    500: ("internal-error", "这一步没有办成，不是您的问题。请过几分钟再试。", {}),
    503: ("far-side-away", "社保卡系统暂时没有回音，您的卡还查不到。请过一会儿再试，或打 12333。", {}),
}


def _problem_example(status: int) -> dict[str, object]:
    code, detail, more = _CODES[status]
    example = {"type": f"/problems/{code}", "title": TITLES[status], "status": status, "detail": detail, "code": code}
    return {**example, "errors": {}, **more}

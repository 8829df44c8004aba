"""The blueprint, and the two forms of answer that machines get."""

import json
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from wxserver.web.bodies import is_readable
from wxserver.web.problems import bare

blueprint: Final = Blueprint("callbacks", __name__)

_SIGNED_QUERIES: Final = frozenset({"callbacks.check_push", "callbacks.push"})
"""What stands in these is proven by its signature, and refused with 401."""


@blueprint.before_request
def refuse_unreadable() -> None:
    """No account, provider, code or state of ours holds characters that can't be stored."""
    texts = [*(request.view_args or {}).values()]
    if request.endpoint not in _SIGNED_QUERIES:
        texts += [*request.args.keys(), *request.args.values()]
    if not is_readable("".join(map(str, texts))):
        raise NotFound


@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    """Codes, states and results are for once."""
    response.headers["Cache-Control"] = "no-store"
    return response


def headers() -> dict[str, str]:
    """The request's headers, names in lower case."""
    return {name.lower(): value for name, value in request.headers.items()}


def query() -> dict[str, str]:
    """The query string; of a parameter given several times the first counts."""
    return request.args.to_dict()


def told(status: int, body: Mapping[str, object]) -> Response:
    """An answer to a far side. A refusal has no body."""
    if status >= 300:
        return bare(status)
    return Response(json.dumps(dict(body)), status=status, content_type="application/json; charset=utf-8")

"""Requests, read strictly: JSON bodies and query strings into plain dicts, or a problem that says how to mend them."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from bundles.engine import Fault
from wxserver.usecases.faults import BadRequest, Invalid
from wxserver.web.bodies import is_readable, read_body, readable
from wxserver.web.problems import BODY_LIMIT

DEEPEST: Final = 16
"""How many objects and lists a body may nest. The contract's own shapes need four."""

_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_INVISIBLE: Final = "这里有看不见的字符，请删掉后重新填写。"


def received(schema: Schema, limit: int = BODY_LIMIT) -> dict[str, Any]:
    """The JSON body of at most `limit` bytes, checked by `schema`."""
    if request.mimetype != "application/json" or _charset() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType
    document = _parse(read_body(limit))
    faults = [Fault(path or "body", "unreadable", _INVISIBLE) for path in _unreadable(document, "", 0)]
    if faults:
        raise Invalid.of(faults)
    return _checked(schema, document)


def asked(schema: Schema) -> dict[str, Any]:
    """The query string, checked by `schema`; of a parameter given several times the first counts."""
    arguments = request.args.to_dict()
    faults = [
        Fault(readable(name), "unreadable", _INVISIBLE)
        for name, value in arguments.items()
        if not (is_readable(name) and is_readable(value))
    ]
    if faults:
        raise Invalid.of(faults)
    return _checked(schema, arguments)


def idempotency_key() -> str:
    """The header that makes a submit repeatable: 1 to 200 visible ASCII characters."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise BadRequest(
            "请在 Idempotency-Key 里写上这次提交的编号。重试时用同一个编号，就不会办成两件。",
            code="idempotency-key-missing",
        )
    if _IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise BadRequest(
            "Idempotency-Key 要写 1 到 200 个英文字母、数字或符号，中间不留空格。", code="idempotency-key-invalid"
        )
    return key


def _charset() -> str:
    return request.mimetype_params.get("charset", "utf-8").lower()


def _parse(raw: bytes) -> object:
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_not_json, parse_float=_finite)
    except (ValueError, RecursionError):
        raise _malformed() from None


def _malformed() -> BadRequest:
    return BadRequest("发来的内容不是完整的 JSON，没有收下。请检查括号和引号，再发一次。", code="malformed-json")


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def _unreadable(value: object, path: str, depth: int) -> Iterator[str]:
    """The paths of texts and names that can't be stored."""
    if isinstance(value, str):
        if not is_readable(value):
            yield path
    elif isinstance(value, dict):
        _bound(depth)
        for name, each in value.items():
            below = f"{path}.{readable(name)}" if path else readable(name)
            if not is_readable(name):
                yield below
            yield from _unreadable(each, below, depth + 1)
    elif isinstance(value, list):
        _bound(depth)
        for index, each in enumerate(value):
            yield from _unreadable(each, f"{path}.{index}" if path else str(index), depth + 1)


def _bound(depth: int) -> None:
    if depth >= DEEPEST:
        raise _malformed()


def _checked(schema: Schema, document: object) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(document)  # type: ignore[arg-type]
    except ValidationError as error:
        raise Invalid.of(tuple(_faults(error.messages, ""))) from None
    return loaded


def _faults(messages: object, path: str) -> Iterator[Fault]:
    """Marshmallow's tree of messages as faults with dotted paths."""
    if isinstance(messages, Mapping):
        for name, below in messages.items():
            step = "body" if name == "_schema" and not path else str(name)
            yield from _faults(below, path if name == "_schema" and path else f"{path}.{step}".lstrip("."))
    elif isinstance(messages, list):
        for each in messages:
            yield from _faults(each, path)
    else:
        yield Fault(path, "invalid", str(messages))

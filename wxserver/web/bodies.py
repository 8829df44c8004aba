"""Bodies and words as they arrive, bounded and readable before anything looks at them."""

import re
from typing import Final

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from wxserver.web.problems import BODY_LIMIT

# PostgreSQL stores no NUL, UTF-8 knows no lone surrogates, and nobody types the other control characters.
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def read_body(limit: int = BODY_LIMIT) -> bytes:
    """The raw body. Raises 413 as soon as it is known to pass `limit` bytes, without reading the rest."""
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge
    request.max_content_length = limit
    body = request.get_data(cache=False, parse_form_data=False)
    if len(body) > limit:
        raise RequestEntityTooLarge
    return body


def is_readable(text: str) -> bool:
    """Whether a text holds only characters that can be stored and shown."""
    return _INVISIBLE.search(text) is None


def readable(text: str) -> str:
    """The text with a question mark for every character that can't be shown."""
    return _INVISIBLE.sub("?", text)

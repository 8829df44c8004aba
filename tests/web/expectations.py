"""What tests of the API hold answers against."""

from __future__ import annotations

import json
from typing import Any

from jsonschema_rs import Draft202012Validator

OTHER = {"name": "陈桂英", "number": "110101199003070214"}
"""Somebody who is not the usual citizen."""


def conforms(document: dict[str, Any], response: Any, name: str, *, exactly: bool = True) -> Any:
    """The answer, once it has been held against a schema of the document."""
    content = json.loads(response.data)
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema, validate_formats=True).validate(content)
    assert response.content_type == "application/json; charset=utf-8"
    if exactly:
        assert set(content) == set(document["components"]["schemas"][name]["properties"])
    return content


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(response.data)
    assert (response.status_code, content["code"]) == (status, code)
    assert response.content_type == "application/problem+json"
    assert content["status"] == status
    assert any("\u4e00" <= letter <= "\u9fff" for letter in content["detail"])
    return content

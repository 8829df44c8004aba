"""Fields that refuse what is not exactly theirs, in Chinese sentences."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

_SENTENCES: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "这一项要填。",
    "null": "这一项不能是空的。不填的话，请去掉它。",
}


class Strict(Schema):
    """A request: unknown members are refused."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "没有这一项，请去掉它再提交。", "type": "这里应是一个 JSON 对象。"}  # noqa: RUF012


class Text(fields.String):
    """A text of at most `longest` characters, not empty unless `empty`."""

    default_error_messages = _SENTENCES | {"invalid": "这一项要写成文字。", "invalid_utf8": "这一项要写成文字。"}

    def __init__(self, longest: int, *, empty: bool = False, **rest: Any) -> None:
        error = "这一项最多 {max} 个字。" if empty else "这一项要填，最多 {max} 个字。"
        super().__init__(validate=validate.Length(min=None if empty else 1, max=longest, error=error), **rest)


class Count(fields.Integer):
    """A whole number in a query string, written in ASCII digits."""

    default_error_messages = _SENTENCES | {"invalid": "这一项要写 {least} 到 {most} 的整数。"}

    def __init__(self, least: int, most: int, **rest: Any) -> None:
        super().__init__(metadata={"minimum": least, "maximum": most, **rest.pop("metadata", {})}, **rest)
        self.least, self.most = least, most

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) and self.least <= int(value) <= self.most:
            return int(value)
        raise self.make_error("invalid", least=self.least, most=self.most)


class Texts(fields.List[str]):
    """A list of texts."""

    default_error_messages = _SENTENCES | {"invalid": "这一项要写成列表。"}


class Answers(fields.Field[Mapping[str, object]]):
    """Answers to a form's fields, by code. Values pass untouched; whether they fit is for the engine to say."""

    default_error_messages = _SENTENCES | {
        "invalid": "这一项要写成 JSON 对象。",
        "answer": "这里只能写文字、数字或是与否。没有要填的，请去掉这一项。",
    }

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: Any) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        faults = {
            code: [self.error_messages["answer"]]
            for code, answer in value.items()
            if not isinstance(answer, str | bool | int | float)
        }
        if faults:
            raise ValidationError(faults)
        return value


class Particulars(fields.Field[Mapping[str, object]]):
    """An object whose member `key` is one of `words`, where `key` is given; the rest is for the use case."""

    default_error_messages = _SENTENCES | {
        "invalid": "这一项要写成 JSON 对象。",
        "word": "这里要写 {words} 中的一个。",
    }

    def __init__(self, key: str = "", words: tuple[str, ...] = (), **rest: Any) -> None:
        super().__init__(**rest)
        self.key, self.words = key, words

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: Any) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        if self.key and value.get(self.key) not in self.words:
            error = self.make_error("word", words="、".join(self.words))
            raise ValidationError({self.key: error.messages})
        return value

"""Document (TOML, JSON) <-> definition. Every fault is reported with its path, its line in a TOML text, and a sentence.

The marshmallow schemas are derived once from the dataclasses of `definition`, so that the two cannot drift apart;
what they cannot see (references, handlers, conditions) stands in `consistency`. Sentences are Chinese, for editors.
"""

import dataclasses
import re
import tomllib
import types
import typing
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from bundles import case, consistency, definition, vocabulary
from bundles.definition import Bundle, frozen
from bundles.document import SCHEMA_VERSION, DefinitionFault, DefinitionFaults, dump_bundle, located, named, path_text
from bundles.forms import has_forbidden_characters
from bundles.mending import mended
from bundles.toml_lines import Path

__all__ = [
    "SCHEMA_VERSION",
    "DefinitionFault",
    "DefinitionFaults",
    "dump_bundle",
    "faults_in",
    "load_bundle",
    "load_stored",
    "load_toml",
    "located",
    "path_text",
    "upgrade",
]

UPGRADES: Final[dict[int, Callable[[dict[str, object]], dict[str, object]]]] = {}
"""schema_version -> what makes a document of that version one of the next version."""


def load_bundle(document: Mapping[str, object]) -> Bundle:
    """The definition that a document describes. Older schema versions are upgraded. Raises `DefinitionFaults`."""
    bundle, faults = _load(document)
    if bundle is None or faults:
        raise DefinitionFaults(named(faults))
    return bundle


def faults_in(document: Mapping[str, object]) -> list[tuple[Path, str]]:
    """All faults of a document, each with its path as keys and positions; empty for a good definition."""
    return _load(document)[1]


def load_stored(document: Mapping[str, object]) -> Bundle:
    """The definition of a version that was published once: its parts must be well formed, and are not judged again, so
    that stricter rules never take away what cases have pinned. Raises `DefinitionFaults`."""
    try:
        current = upgrade(document)
        del current["schema_version"]
        bundle: Bundle = _BUNDLE.load(current)
    except ValidationError as error:
        raise DefinitionFaults(named(_flatten((), error.messages))) from error
    return bundle


def load_toml(text: str) -> Bundle:
    """The definition that a TOML text describes. Raises `DefinitionFaults` with lines."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place.group(1)) if place else text.count("\n") + 1
        raise DefinitionFaults((DefinitionFault("", "这里不是合格的 TOML，请检查引号、括号和等号。", line),)) from error
    bundle, faults = _load(document)
    if bundle is None or faults:
        raise DefinitionFaults(located(text, faults))
    return bundle


def upgrade(document: Mapping[str, object]) -> dict[str, object]:
    """The same document in the current schema version. Raises `DefinitionFaults` where its version is unknown."""
    current = dict(document)
    version = current.get("schema_version")
    while version is True or version != SCHEMA_VERSION:
        if not isinstance(version, int) or isinstance(version, bool) or version not in UPGRADES:
            sentence = f"“schema_version”要写 {SCHEMA_VERSION}，现在的写法这个程序读不懂。"
            raise DefinitionFaults((DefinitionFault("schema_version", sentence),))
        current = UPGRADES[version](current)
        current["schema_version"] = version = version + 1
    return current


def _load(document: Mapping[str, object]) -> tuple[Bundle | None, list[tuple[Path, str]]]:
    try:
        current = upgrade(document)
    except DefinitionFaults as error:
        return None, [((fault.path,), fault.sentence) for fault in error.faults]
    del current["schema_version"]
    try:
        bundle = _BUNDLE.load(current)
        return bundle, list(consistency.faults_of(bundle))
    except ValidationError as error:
        faults = list(_flatten((), error.messages))
        return None, [*faults, *_further(current, [path for path, _ in faults])]
    except RecursionError:
        return None, [((), "条件一层套一层，套得太深了，请拆开写。")]


def _further(document: Mapping[str, object], faulty: list[Path]) -> typing.Iterator[tuple[Path, str]]:
    """The faults that would only show once these are mended, but for those that they may have caused."""
    made = mended(document, faulty, _KEYS)
    if made is None:
        return
    _, faults = _load({"schema_version": SCHEMA_VERSION, **made})
    for path, sentence in faults:
        if not any(other[: len(path)] == path for other in faulty):
            yield path, sentence


def _flatten(path: Path, messages: object) -> typing.Iterator[tuple[Path, str]]:
    if isinstance(messages, dict):
        for key, value in messages.items():
            yield from _flatten(path if key == "_schema" else (*path, key), value)
    else:
        for message in typing.cast("list[str]", messages):
            yield path, message


class _Text(fields.Field[str]):
    def __init__(self, owner: type, name: str, required: bool) -> None:
        self.owner, self.attribute_name = owner, name
        super().__init__(required=required, error_messages=_MESSAGES)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("这里要写文字（用引号括起来）。")
        if len(value) > 5000:
            raise ValidationError(f"这里最多 5000 个字，现在有 {len(value)} 个，请写短一些。")
        if has_forbidden_characters(value):
            raise ValidationError("文字里有看不见的特殊字符或换行，请删掉。")
        if self.required and not value.strip():
            raise ValidationError("这一项不能空着。")
        text = unicodedata.normalize("NFC", value)
        words = _WORDS.get((self.owner, self.attribute_name))
        if words is not None and text not in words:
            raise ValidationError(f"没有“{text}”这种写法，可用的有：{'、'.join(words)}。")
        shape = _SHAPES.get((self.owner, self.attribute_name))
        if shape is not None and not re.fullmatch(shape[0], text):
            raise ValidationError(shape[1])
        return text


class _Integer(fields.Field[int]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError("这里要写整数。")
        if not 0 <= value <= 100_000_000:
            raise ValidationError("这个数要在 0 到 100000000 之间。")
        return value


class _Flag(fields.Field[bool]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("这里要写 true 或 false。")
        return value


class _Word(fields.Field[str]):
    def __init__(self, words: tuple[str, ...], required: bool) -> None:
        self.words = words
        super().__init__(required=required, error_messages=_MESSAGES)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if value not in self.words or not isinstance(value, str):
            raise ValidationError(f"这里要写：{'、'.join(self.words)} 中的一个。")
        return value


class _Many(fields.Field[tuple[object, ...]]):
    def __init__(self, inner: fields.Field[Any], required: bool) -> None:
        self.inner = inner
        super().__init__(required=required, error_messages=_MESSAGES)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[object, ...]:
        if not isinstance(value, list | tuple):
            raise ValidationError("这里要写一个列表（用方括号括起来）。")
        return tuple(_each(self.inner, enumerate(value)).values())


class _Table(fields.Field[Mapping[str, object]]):
    def __init__(self, owner: type, name: str, inner: fields.Field[Any] | None, required: bool) -> None:
        self.owner, self.attribute_name, self.inner = owner, name, inner
        super().__init__(required=required, error_messages=_MESSAGES)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Mapping[str, object]:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise ValidationError("这里要写一张表（名字 = 值）。")
        if self.inner is None:
            return frozen({key: _freeze(each) for key, each in value.items()})
        words = _WORDS[(self.owner, self.attribute_name)]
        for key in value:
            if key not in words:
                raise ValidationError({key: [f"没有“{key}”这种写法，可用的有：{'、'.join(words)}。"]})
        return frozen(_each(self.inner, value.items()))


class _Nested(fields.Field[object]):
    def __init__(self, kind: type, required: bool) -> None:
        self.kind = kind
        super().__init__(required=required, allow_none=not required, error_messages=_MESSAGES)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> object:
        return _schema_of(self.kind).load(value)


def _each(inner: fields.Field[Any], pairs: typing.Iterable[tuple[Any, object]]) -> dict[Any, object]:
    loaded: dict[Any, object] = {}
    faults: dict[Any, object] = {}
    for key, value in pairs:
        try:
            loaded[key] = inner.deserialize(value)
        except ValidationError as error:
            faults[key] = error.messages
    if faults:
        raise ValidationError(typing.cast("dict[str, Any]", faults))
    return loaded


def _freeze(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(_freeze(each) for each in value)
    if isinstance(value, Mapping):
        return frozen({str(key): _freeze(each) for key, each in value.items()})
    return value


class _Document(Schema):
    target: ClassVar[type]
    error_messages = {  # noqa: RUF012  (marshmallow's own declaration is an instance's)
        "unknown": "没有这一项，请删掉或改对名字。",
        "type": "这里要写一张表（名字 = 值）。",
    }

    class Meta:
        unknown = RAISE

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> object:
        """The frozen value."""
        return self.target(**{name: value for name, value in data.items() if value is not None})


_MESSAGES: Final[dict[str, str | list[Any] | dict[Any, Any]]] = {
    "required": "缺少这一项，请补上。",
    "null": "这一项不能空着。",
}
_CODE: Final = (r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", "代号只用小写字母、数字和连字符，以字母开头。")
_REGION: Final = (r"[1-9]\d{5}", "行政区划代码是 6 位数字。")
_SHAPES: Final[Mapping[tuple[type, str], tuple[str, str]]] = {
    **{
        (kind, "code"): _CODE
        for kind in (
            definition.Bundle,
            definition.Item,
            definition.Field,
            definition.Choice,
            definition.Material,
            definition.Rule,
            definition.Question,
            definition.Bank,
            definition.Period,
            definition.Reminder,
        )
    },
    (definition.Bundle, "number_prefix"): (r"[A-Z]{2,6}", "办件编号的前缀是 2 到 6 个大写字母。"),
    (definition.Bundle, "region"): _REGION,
    (definition.Place, "code"): _REGION,
    (definition.Field, "within"): _REGION,
}
_NODES: Final = dict.fromkeys(case.NODES, "")
_WORDS: Final[Mapping[tuple[type, str], Mapping[str, str]]] = {
    (definition.Item, "channels"): vocabulary.CHANNELS,
    (definition.Item, "limits"): vocabulary.CHANNELS,
    (definition.Item, "hours"): vocabulary.CHANNELS,
    (definition.Item, "acting"): vocabulary.CAPACITIES,
    (definition.Item, "card_states"): vocabulary.CARD_STATES,
    (definition.Item, "card_advice"): vocabulary.CARD_STATES,
    (definition.Item, "archive"): vocabulary.CHANNELS,
    (definition.Guide, "flow"): vocabulary.CHANNELS,
    (definition.Period, "starts"): _NODES,
    (definition.Period, "channels"): vocabulary.CHANNELS,
    (definition.Material, "kind"): vocabulary.UPLOAD_KINDS,
    (definition.Material, "channels"): vocabulary.CHANNELS,
    (definition.Material, "acting"): vocabulary.CAPACITIES,
    (definition.Material, "documents"): vocabulary.DOCUMENT_KINDS,
    (definition.LossKind, "code"): vocabulary.LOSS_KINDS,
    (definition.LossKind, "lifted_by"): vocabulary.CAPACITIES,
    (definition.Stage, "node"): _NODES,
    (definition.Notification, "node"): _NODES,
}
_SCHEMAS: Final[dict[type, Schema]] = {}


def _schema_of(kind: type) -> Schema:
    if kind not in _SCHEMAS:
        hints = typing.get_type_hints(kind)
        members: dict[str, Any] = {
            each.name: _field(
                kind,
                each.name,
                hints[each.name],
                each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING,
            )
            for each in dataclasses.fields(kind)
        }
        _SCHEMAS[kind] = type(f"{kind.__name__}Document", (_Document,), {**members, "target": kind})()
    return _SCHEMAS[kind]


def _field(owner: type, name: str, hint: Any, required: bool) -> fields.Field[Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        optional = _field(owner, name, arguments[0], False)
        optional.allow_none = True
        return optional
    if origin is Literal:
        return _Word(arguments, required)
    if origin is tuple:
        return _Many(_field(owner, name, arguments[0], True), required)
    if origin is not None:
        inner = None if arguments[1] is object else _field(owner, f"each of {name}", arguments[1], True)
        return _Table(owner, name, inner, required)
    if dataclasses.is_dataclass(hint):
        return _Nested(typing.cast(type, hint), required)
    if hint is str:
        return _Text(owner, name, required)
    kind = _Flag if hint is bool else _Integer
    return kind(required=required, error_messages=_MESSAGES)


_BUNDLE: Final = _schema_of(Bundle)
_KEYS: Final = frozenset(
    each.name
    for kind in vars(definition).values()
    if dataclasses.is_dataclass(kind)
    for each in dataclasses.fields(kind)
)

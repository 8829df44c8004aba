"""The form of an item as a JSON Schema, drawn from the same definition as its pages: what `form` in a submission holds.

It says what can be said without knowing the person: an answer that is only asked under a condition is not required
here. What a schema lets pass is judged again by the engine.
"""

from collections.abc import Iterable
from typing import Final

from bundles.definition import PICTURE_KINDS, PLACE_KINDS, Bundle, Field, Item
from bundles.engine import HELD
from wxserver.usecases.catalogue import Published
from wxserver.web.api.presenting import Json

_PATTERNS: Final = {"phone": r"^[+0-9 ()（）－-]{11,24}$", "date": r"^\d{4}-\d{2}-\d{2}$", "region": r"^[1-9]\d{5}$"}


def form_schemas(published: Iterable[Published]) -> dict[str, Json]:
    """Name -> schema, one for each item in force: `social-security-card.apply.form`."""
    return {
        schema_name(each.bundle, item): form_schema(each.bundle, item)
        for each in published
        for item in each.bundle.items
    }


def schema_name(bundle: Bundle, item: Item) -> str:
    """Where an item's form stands among the document's components."""
    return f"{bundle.code}.{item.code}.form"


def form_schema(bundle: Bundle, item: Item) -> Json:
    """What the answers of an item may look like."""
    asked = [each for each in item.fields if each.kind not in PICTURE_KINDS]
    schema: Json = {
        "type": "object",
        "title": item.name,
        "additionalProperties": False,
        "properties": {each.code: _answer(bundle, each) for each in asked},
    }
    required = [each.code for each in asked if each.required and each.visible_when is None]
    if required:
        schema["required"] = required
    if item.at_least_one:
        schema["anyOf"] = [{"required": [code]} for code in item.at_least_one]
    return schema


def _answer(bundle: Bundle, each: Field) -> Json:
    told: Json = {"title": each.label}
    if each.hint:
        told["description"] = each.hint
    written = _written(bundle, each)
    return told | ({"anyOf": [written, {"const": HELD}]} if each.prefill else written)


def _written(bundle: Bundle, each: Field) -> Json:
    if each.kind == "yes_no":
        return {"enum": ["yes", "no", True, False]}
    if each.kind == "choice":
        return {"enum": [choice.code for choice in each.choices]}
    if each.kind in PLACE_KINDS:
        return {"enum": [one.code for one in (bundle.places if each.kind == "place" else bundle.banks)]}
    schema: Json = {"type": "string"}
    if each.kind in _PATTERNS:
        schema["pattern"] = _PATTERNS[each.kind]
    else:
        schema |= {"maxLength": each.max_length} | ({"minLength": each.min_length} if each.min_length else {})
    return schema

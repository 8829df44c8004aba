"""A form's fields as markup. Each is built once per version of its definition, with holes where people differ.

Sixty fields cost a template ten milliseconds, and this a fraction of one. A field with a fault is built on the spot.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from flask import current_app
from markupsafe import Markup, escape

from bundles.application import Fault
from bundles.definition import Field
from wxserver.web.citizen.typed import PREFIX, date_parts

_HOLES: Final = ("\ufdd0", "\ufdd1", "\ufdd2")
_HELD: Final = "\ufdd3"
"""Noncharacters: no text that is meant for people holds one."""

_MOST: Final = 4096
"""Built fields that a process keeps; then it begins anew."""

_Key = tuple[int, str, bool]
_built: dict[_Key, tuple[Field, str]] = {}


def fields_markup(
    fields: Iterable[Field], typed: Mapping[str, str], faults: Sequence[Fault], held: Mapping[str, str]
) -> Markup:
    """The fields of a page, in order. `typed`: what was typed; `faults`: of the whole page; `held`: what the registry
    holds, masked; all by the field's code."""
    wrong = {fault.path for fault in faults}
    built: list[str] = []
    for each in fields:
        value, known = typed.get(each.code, ""), held.get(each.code)
        if PREFIX + each.code in wrong:
            built.append(_build(each, value, faults, known))
            continue
        shape, filling = _shape(each, value)
        markup = _known(each, shape, known is not None)
        for hole, text in filling:
            markup = markup.replace(hole, escape(text))
        built.append(markup if known is None else markup.replace(_HELD, escape(known)))
    return Markup("".join(built))  # noqa: S704  (built here, what people typed is escaped)


def _shape(each: Field, value: str) -> tuple[str, Sequence[tuple[str, str]]]:
    """The value with which the field is built, and what goes into its holes."""
    if each.kind == "date":
        return "-".join(_HOLES), tuple(zip(_HOLES, date_parts(value).values(), strict=True))
    if each.kind in ("choice", "yes_no", "region"):
        return value[:40], ()
    return _HOLES[0], ((_HOLES[0], value),)


def _known(each: Field, shape: str, held: bool) -> str:
    key = (id(each), shape, held)
    found = _built.get(key)
    if found is None or found[0] is not each:
        if len(_built) >= _MOST:
            _built.clear()
        found = (each, str(_build(each, shape, (), _HELD if held else None)))
        _built[key] = found
    return found[1]


def _build(each: Field, value: str, faults: Iterable[Fault], held: str | None) -> Markup:
    macros = current_app.jinja_env.get_template("citizen/macros/fields.html").module
    return cast("Markup", macros.field(each, value, faults, held))  # type: ignore[attr-defined]

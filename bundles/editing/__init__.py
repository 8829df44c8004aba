"""The editor's pure part: what of a document is shown where, and what a press of a button makes of it.

A document is a plain table as `schema.dump_bundle` gives it, and may be faulty or unfinished. Sections and rows are
addressed by keys ("items/apply/fields/phone"), widgets by their path in the document.
"""

from bundles.editing.acts import act
from bundles.editing.beginning import blank_bundle, blank_item, copied_bundle
from bundles.editing.comparing import kind_of, root_of, said, section_digest, side_by_side
from bundles.editing.placing import form, place, rows, sections
from bundles.editing.posting import CONTROLS, apply
from bundles.editing.widgets import Option, Row, Section, Widget, walk

__all__ = [
    "CONTROLS",
    "Option",
    "Row",
    "Section",
    "Widget",
    "act",
    "apply",
    "blank_bundle",
    "blank_item",
    "copied_bundle",
    "form",
    "kind_of",
    "place",
    "root_of",
    "rows",
    "said",
    "section_digest",
    "sections",
    "side_by_side",
    "walk",
]

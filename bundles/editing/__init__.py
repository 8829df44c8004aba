"""The editor's pure part: what of a document is shown where, and what a press of a button makes of it."""

from bundles.editing.beginning import blank_bundle, blank_item, copied_bundle

__all__ = ["blank_bundle", "blank_item", "copied_bundle"]

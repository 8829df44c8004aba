"""The canonical form of a document, its digest, and what changed between two versions of a bundle, in sentences."""

import hashlib
import json
from collections.abc import Mapping

from bundles.changes import Change, changes, label_of
from bundles.definition import Bundle

__all__ = ["Change", "canonical_json", "changes", "difference", "digest", "label_of", "sentence_of"]


def canonical_json(document: object) -> str:
    """A document as JSON that is the same for equal documents: keys sorted, no blanks, no escapes but JSON's own.

    Raises ValueError for NaN and infinities, TypeError for what JSON does not know.
    """
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
    )


def digest(document: object) -> str:
    """Hex SHA-256 of the canonical JSON. Lone surrogates, which a JSON body may hold, do not break it."""
    return hashlib.sha256(canonical_json(document).encode("utf-8", "surrogatepass")).hexdigest()


def difference(a: Bundle, b: Bundle) -> list[str]:
    """What changes from version `a` to version `b`, one Chinese sentence each; empty if nothing does."""
    return [sentence_of(each) for each in changes(a, b)]


def sentence_of(change: Change) -> str:
    """A change as a Chinese sentence."""
    where = f"事项“{change.item}”的{change.label}" if change.item else change.label
    if change.kind == "added":
        return f"{where}里新增了“{change.name}”。"
    if change.kind == "removed":
        return f"{where}里去掉了“{change.name}”。"
    if change.kind == "moved":
        return f"{where}的顺序变了。"
    return f"{where}由“{change.old or '没有'}”改为“{change.new or '没有'}”。"


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not a document: {type(value).__name__}")

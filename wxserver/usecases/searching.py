"""Searching what is on offer in a citizen's own words."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from bundles.search import Hit, Index
from wxserver.usecases.catalogue import Catalogue

_REMEMBERED: Final = 1024
_USUAL: Final = 12
"""Characters of words that many people type; longer ones, and any with a digit, may tell of somebody and are not kept
in memory."""


class Searching:
    """The index is built once for each set of versions in force. Home is the region of the bundle shown first."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._versions: tuple[str, ...] = ()
        self._built = _Built(Index.build(()))

    def find(self, words: str, most: int = 8) -> tuple[Hit, ...]:
        """Items and questions that fit the words, the best first; none for words that fit nothing."""
        built, home = self._index()
        usual = len(words) <= _USUAL and not any(map(str.isdigit, words))
        return built.usual(words, most, home) if usual else built.index.find(words, most, home)

    def near(self, words: str, most: int = 8) -> tuple[Hit, ...]:
        """What may have been meant by words that fit nothing."""
        built, home = self._index()
        return built.index.near(words, most, home)

    def _index(self) -> tuple[_Built, str]:
        """The index of what is in force, and the region at home."""
        published = self.catalogue.bundles()
        versions = tuple(each.id for each in published)
        if versions != self._versions:
            self._built, self._versions = _Built(Index.build([each.bundle for each in published])), versions
        return self._built, published[0].bundle.region if published else ""


class _Built:
    """An index, and what was found in it for the words that most people use."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.usual: Callable[[str, int, str], tuple[Hit, ...]] = lru_cache(_REMEMBERED)(index.find)

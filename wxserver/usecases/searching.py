"""Searching what is on offer in a citizen's own words."""

from __future__ import annotations

from bundles.search import Hit, Index
from wxserver.usecases.catalogue import Catalogue


class Searching:
    """The index is built once for each set of versions in force. Home is the region of the bundle shown first."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._built: tuple[tuple[str, ...], Index] = ((), Index.build(()))

    def find(self, words: str, most: int = 8) -> tuple[Hit, ...]:
        """Items and questions that fit the words, the best first; none for words that fit nothing."""
        published = self.catalogue.bundles()
        versions, index = tuple(each.id for each in published), self._built[1]
        if versions != self._built[0]:
            index = Index.build([each.bundle for each in published])
            self._built = (versions, index)
        return index.find(words, most, home=published[0].bundle.region if published else "")

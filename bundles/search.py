"""Finding an item or a question by a citizen's own words.

Chinese is not cut into words: texts are compared by pairs of characters (and single ones, which count less), so that
“社保卡丢了” meets “卡丢了”. A pair that few entries hold says more than one that all hold. Any text gets an answer,
mostly an empty one; nothing is ever raised.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from bundles.definition import Bundle, Item, Question

LONGEST: Final = 60
"""Characters of a query that are looked at."""

_SYNONYM, _NAME, _SUMMARY, _QUESTION, _ANSWER = 1.0, 0.9, 0.6, 0.7, 0.35
_WHOLE: Final = 0.6
"""What it adds when all of a name or synonym is in the query, or all of the query is in it; or, of three characters and
more, in a question."""
_SINGLE: Final = 0.2
"""What a single character counts against a pair."""
_UNKNOWN: Final = 0.4
"""What a gram that no entry holds counts against the rarest one that is held: words of the query that nobody knows."""
_ENOUGH: Final = 0.17
"""The share of a query's weight that an entry must hold to answer it."""
_NEAR: Final = 0.09
"""The share with which it may still be what was meant, to be asked back."""
_ELSEWHERE: Final = 0.6
"""What a find counts that belongs to another region than the one whose citizens ask."""
_BESIDE: Final = 0.4
"""A find shows if it has this share of the best one's score."""

_STOP: Final = re.compile(
    "请问|怎么样|怎么办理|怎么|怎样|如何|我想要|我想|我要|想要|办理一下|办理|一下|能不能|可不可以|可以|需要|什么|哪些|"
    "[我你您的了吗呢啊吧嘛是去请]"
)
_LATIN: Final = re.compile("[a-z0-9]")
_PIECE: Final = re.compile(r"[a-z0-9]+|[㐀-鿿]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: an item, or one of its questions. `score` orders hits of one query, nothing else."""

    bundle: Bundle
    item: Item
    question: Question | None
    score: float


@dataclass(frozen=True, slots=True)
class _Entry:
    """`whole`: the names of an item; `asked`: the words of a question."""

    bundle: Bundle
    item: Item
    question: Question | None
    grams: Mapping[str, float]
    whole: tuple[str, ...] = ()
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """An index over bundles; build it once for a set of versions with `build`.

    `postings`: gram -> the entries that hold it, by their place, with its weight there times its rarity. `spelt`: the
    entries with a name in Latin letters, of which a part may be typed.
    """

    entries: tuple[_Entry, ...]
    postings: Mapping[str, tuple[tuple[int, float], ...]]
    rarity: Mapping[str, float]
    unknown: float
    spelt: tuple[int, ...]

    @classmethod
    def build(cls, bundles: Sequence[Bundle]) -> "Index":
        """Read names, summaries, synonyms, questions and answers of all items."""
        entries = tuple(entry for bundle in bundles for item in bundle.items for entry in _entries(bundle, item))
        held: dict[str, list[tuple[int, float]]] = {}
        for place, entry in enumerate(entries):
            for gram, weight in entry.grams.items():
                held.setdefault(gram, []).append((place, weight))
        rarity = {gram: _rarity(len(entries), len(places)) for gram, places in held.items()}
        postings = {
            gram: tuple((place, weight * rarity[gram]) for place, weight in places) for gram, places in held.items()
        }
        spelt = tuple(place for place, entry in enumerate(entries) if any(_LATIN.search(each) for each in entry.whole))
        unknown = _UNKNOWN * _rarity(len(entries), 0)
        return cls(entries, MappingProxyType(postings), MappingProxyType(rarity), unknown, spelt)

    def find(self, text: str, most: int = 8, home: str = "") -> tuple[Hit, ...]:
        """The best finds first, items before questions where they are equal; empty where nothing fits, or where less
        than two characters say anything.

        `home`: a region (GB/T 2260) whose bundles count for more than those of others.
        """
        query = _plain(text[:LONGEST])
        return self._found(query, most, home, _ENOUGH) if len(query) > 1 else ()

    def near(self, text: str, most: int = 8, home: str = "") -> tuple[Hit, ...]:
        """What may have been meant by a text that fits nothing, to be asked back; as `find`."""
        return self._found(_plain(text[:LONGEST]), most, home, _NEAR)

    def _found(self, query: str, most: int, home: str, share_held: float) -> tuple[Hit, ...]:
        grams = _grams(query)
        total = sum(share * self.rarity.get(gram, self.unknown) for gram, share in grams.items())
        if not total:
            return ()
        found: dict[int, float] = dict.fromkeys(self.spelt, 0.0) if _LATIN.search(query) else {}
        for gram, share in grams.items():
            for place, weight in self.postings.get(gram, ()):
                found[place] = found.get(place, 0.0) + share * weight
        enough, hits = share_held * total, []
        for place, sum_ in found.items():
            entry = self.entries[place]
            named = query in entry.asked if entry.question and len(query) > 2 else _meets(entry.whole, query)
            if sum_ < enough and not named:
                continue
            score = sum_ / total + (_WHOLE if named else 0.0)
            if home and entry.bundle.region != home:
                score *= _ELSEWHERE
            hits.append((-score, entry.question is not None, place))
        hits.sort()
        best = hits[0][0] if hits else 0.0
        return tuple(self._hit(place, -score) for score, _, place in hits[:most] if score <= _BESIDE * best)

    def _hit(self, place: int, score: float) -> Hit:
        entry = self.entries[place]
        return Hit(entry.bundle, entry.item, entry.question, score)


def _meets(names: Sequence[str], query: str) -> bool:
    """Whether all of a name is in the query, or all of the query in it."""
    for each in names:  # noqa: SIM110 - a generator takes twice as long, for every entry that is looked at
        if each in query or query in each:
            return True
    return False


def _entries(bundle: Bundle, item: Item) -> Iterator[_Entry]:
    whole = (item.name, item.short_name, *item.synonyms)
    texts = [(each, _SYNONYM) for each in item.synonyms]
    texts += [(item.short_name, _NAME), (item.name, _NAME), (item.summary, _SUMMARY)]
    texts += [(each, _ANSWER) for material in item.materials for each in (material.name, material.note)]
    yield _Entry(bundle, item, None, _weighed(texts), tuple(plain for each in whole if len(plain := _plain(each)) > 1))
    for each in item.questions:
        texts = [(each.question, _QUESTION), (each.answer, _ANSWER)]
        yield _Entry(bundle, item, each, _weighed(texts), asked=_plain(each.question))


def _weighed(texts: Sequence[tuple[str, float]]) -> Mapping[str, float]:
    """Gram -> the greatest weight of a text that holds it."""
    found: dict[str, float] = {}
    for text, weight in texts:
        for gram in _grams(_plain(text)):
            found[gram] = max(weight, found.get(gram, 0.0))
    return MappingProxyType(found)


def _plain(text: str) -> str:
    """Letters and characters only, folded, without the words that every question has; all of them if there are no
    others."""
    folded = " ".join(_PIECE.findall(unicodedata.normalize("NFKC", text).casefold()))
    return " ".join(_STOP.sub(" ", folded).split()) or folded


def _grams(plain: str) -> dict[str, float]:
    """Pairs and single characters of Chinese, words of the rest -> how much each counts."""
    found: dict[str, float] = {}
    for piece in plain.split():
        if piece.isascii():
            found[piece] = 1.0
            continue
        for character in piece:
            found[character] = _SINGLE
        for first, second in pairwise(piece):
            found[first + second] = 1.0
    return found


def _rarity(entries: int, holding: int) -> float:
    """How much a gram says that so many of the entries hold."""
    return math.log((entries + 1) / (holding + 0.5))

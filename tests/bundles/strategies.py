"""Definitions made at random, each good by itself: for properties that must hold of all of them."""

import unicodedata

from hypothesis import strategies as st

from bundles.definition import Bundle, Choice, Contact, Field, Guide, Item, Material, Question, Rule, TimeLimit, frozen
from bundles.definition.basics import Condition
from bundles.forms import has_forbidden_characters

_LETTERS = st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Po", "Sm", "Zs"], max_codepoint=0xFFFF)


def texts() -> st.SearchStrategy[str]:
    """What may stand in a definition: no control characters, not blank, composed, sending nobody anywhere."""
    return (
        st.text(_LETTERS, min_size=1, max_size=30)
        .map(lambda text: unicodedata.normalize("NFC", text))
        .filter(lambda text: bool(text.strip()) and not has_forbidden_characters(text) and "“" not in text)
    )


def codes() -> st.SearchStrategy[str]:
    return st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,4})?", fullmatch=True)


_LEAVES = st.one_of(
    st.builds(Condition, kind=st.just("age"), minimum=st.integers(0, 50), maximum=st.integers(51, 120)),
    st.builds(
        Condition,
        kind=st.just("document"),
        values=st.lists(st.sampled_from(["resident_id", "passport"]), min_size=1, unique=True).map(tuple),
    ),
    st.builds(Condition, kind=st.sampled_from(["insured", "card_held", "open_case"]), expected=st.booleans()),
)
CONDITIONS = st.one_of(
    _LEAVES, st.builds(Condition, kind=st.just("any"), of=st.lists(_LEAVES, min_size=1, max_size=3).map(tuple))
)


@st.composite
def fields(draw, code):
    kind = draw(st.sampled_from(["text", "phone", "address", "email", "choice", "yes_no", "date", "region"]))
    few = draw(st.lists(codes(), min_size=1, max_size=4, unique=True)) if kind == "choice" else []
    return Field(
        code=code,
        kind=kind,
        label=draw(texts()),
        hint=draw(st.just("") | texts()),
        required=draw(st.booleans()),
        choices=tuple(Choice(each, draw(texts())) for each in few),
        max_length=draw(st.integers(1, 500)),
        visible_when=draw(st.none() | CONDITIONS),
        sensitive=draw(st.booleans()),
        prefill=draw(st.sampled_from(["", "phone", "email"])),
        within="440000" if kind == "region" and draw(st.booleans()) else "",
    )


@st.composite
def items(draw, code):
    channels = tuple(draw(st.lists(st.sampled_from(["online", "window", "kiosk"]), min_size=1, unique=True)))
    limit = draw(st.sampled_from([TimeLimit("instant"), TimeLimit("hours", 9)]))
    return Item(
        code=code,
        name=draw(texts()),
        short_name=draw(texts()),
        summary=draw(texts()),
        handler="profile",
        limits=frozen(dict.fromkeys(channels, limit)),
        guide=Guide(served=draw(texts()), flow=frozen({channels[0]: tuple(draw(st.lists(texts(), max_size=3)))})),
        channels=channels,
        legal_limit=draw(st.none() | st.just(TimeLimit("working_days", 20))),
        conditions=tuple(
            Rule(each, draw(CONDITIONS), draw(texts()), draw(st.none() | CONDITIONS))
            for each in draw(st.lists(codes(), max_size=2, unique=True))
        ),
        materials=tuple(
            Material(each, draw(texts()), "other", channels=channels[:1], copies=draw(st.integers(1, 9)))
            for each in draw(st.lists(codes(), max_size=2, unique=True))
        ),
        fields=tuple(draw(fields(each)) for each in draw(st.lists(codes(), max_size=4, unique=True))),
        before_you_start=tuple(draw(st.lists(texts(), max_size=3))),
        questions=tuple(
            Question(each, draw(texts()), draw(texts())) for each in draw(st.lists(codes(), max_size=2, unique=True))
        ),
        synonyms=tuple(draw(st.lists(texts(), max_size=3))),
        minutes=draw(st.integers(1, 90)),
    )


@st.composite
def bundles(draw):
    """A good definition."""
    return Bundle(
        code=draw(codes()),
        name=draw(texts()),
        short_name=draw(texts()),
        number_prefix=draw(st.from_regex(r"[A-Z]{2,6}", fullmatch=True)),
        region="445200",
        organiser=draw(texts()),
        introduction=draw(texts()),
        items=tuple(draw(items(each)) for each in draw(st.lists(codes(), min_size=1, max_size=3, unique=True))),
        contacts=tuple(Contact("enquiry", draw(texts()), each) for each in draw(st.lists(texts(), max_size=2))),
        legal_basis=tuple(draw(st.lists(texts(), max_size=2))),
    )

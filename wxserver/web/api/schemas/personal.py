"""What is held about a person, as clients send and get it. One instance of each Schema, kept."""

from __future__ import annotations

from typing import Final

from bundles.vocabulary import ASSURANCES
from wxserver.web.api.schemas.answers import (
    Answered,
    flag,
    many,
    moment,
    open_object,
    page_of,
    string,
    strings,
    whole,
    word,
)
from wxserver.web.api.schemas.fields import Strict, Text
from wxserver.web.api.schemas.requests import CODE


class HeldSessionSchema(Answered):
    id = string("Goes into DELETE /sessions/{session_id}.")
    account = string("The official account or mini-program, by name.")
    device = string("In a few words: iPhone · 微信, 电脑 · 浏览器, 小程序.")
    assurance = word(tuple(ASSURANCES))
    how = string("How it was proven, in words.")
    began_at = moment()
    seen_at = moment("To five minutes.")
    current = flag("The one that asks.")


class BindingSchema(Answered):
    id = string("Goes into DELETE /bindings/{binding_id}.")
    account = string("The official account or mini-program, by name.")
    bound_at = moment(null=True)
    by = string("How it was proven, in words.")
    here = flag("The WeChat user that asks.")
    nickname = string("Where the person agreed that it is kept.", null=True)


class GivenConsentSchema(Answered):
    id = string("Goes into DELETE /consents/{consent_id}.")
    purpose = string()
    title = string("Of the text that was shown.")
    version = string()
    given_at = moment()
    withdrawn_at = moment("Taken back; the row stays as proof.", null=True)
    about = string("The child whose data it is about, masked.", null=True)
    effect = string("What taking it back does, in words.")


class ConsentRequestSchema(Strict):
    purpose = Text(CODE, required=True, metadata={"description": "As in GET /consents/current; not `child_data`."})
    version = Text(CODE, required=True, metadata={"description": "The version that was shown and ticked."})


class HeldKindSchema(Answered):
    code = string("Stable English.")
    title = string()
    count = whole()
    details = strings("Masked, or numbers of the newest cases.")
    kept = string("How long it stays, in words.")
    erasable = flag("POST /my-data/erasure deletes it.")


class AccessSchema(Answered):
    at = moment()
    who_kind = string("staff, far_side, citizen.")
    who = string("In words; a member of staff by office.")
    what = strings("Kinds of data, in words.")
    why = string("In words.")
    case = string("Number of the case that it was for.", null=True)


class ExportSchema(Answered):
    about = string()
    made_at = moment()
    sections = open_object("Kind of data -> `title` and `items`, in clear.")


class GoneSchema(Answered):
    code = string("Stable English.")
    title = string()
    count = whole()


class GoneForGoodSchema(GoneSchema):
    note = string("What of it is kept all the same, in words; empty: nothing.")


class StaysSchema(GoneSchema):
    details = strings("Numbers of the cases that go on.")
    ground = string("Why it stays, in words.")


class ErasedSchema(Answered):
    gone = many(GoneForGoodSchema, "What was deleted.")
    stays = many(StaysSchema, "What was not, and why.")
    notes = strings("What the person should know, in words.")


HELD_SESSIONS: Final = page_of(HeldSessionSchema, "HeldSessions")
BINDINGS: Final = page_of(BindingSchema, "Bindings")
GIVEN_CONSENTS: Final = page_of(GivenConsentSchema, "GivenConsents")
CONSENT_REQUEST: Final = ConsentRequestSchema()
MY_DATA: Final = page_of(HeldKindSchema, "MyData")
ACCESSES: Final = page_of(AccessSchema, "Accesses")
EXPORT: Final = ExportSchema()
ERASED: Final = ErasedSchema()

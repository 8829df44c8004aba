"""The children for whom somebody acts: what clients send and get."""

from __future__ import annotations

from typing import Final

from marshmallow import fields, validate

from bundles.vocabulary import DOCUMENT_KINDS
from wxserver.usecases.claims import RELATIONS
from wxserver.usecases.wards import STATE_TEXTS
from wxserver.web.api.schemas.answers import Answered, UploadSchema, day, flag, many, moment, page_of, string, word
from wxserver.web.api.schemas.fields import Strict, Text, Texts

_CODE: Final = 64


class WardSchema(Answered):
    id = string("Goes into `acting` of a draft or a case, and into GET /cards.")
    name = string("As the guardian wrote it, masked.")
    id_type = word(tuple(DOCUMENT_KINDS))
    id_number = string("Masked.")
    born_on = day()
    relation = word(tuple(RELATIONS))
    relation_text = string()
    state = word(tuple(STATE_TEXTS))
    state_text = string()
    proof = string("What proved it: staff, registry, case.", null=True)
    reason = string("Why it was refused.", null=True)
    created_at = moment()
    decided_at = moment(null=True)
    needs_proof = flag("The papers have to be handed in before anybody can confirm it.")
    consent_due = flag("The text `child_data` is newer than the one agreed to: agree first, then act for the child.")
    next_step = string("What to do now; empty where nothing.")
    proofs = many(UploadSchema, "The papers handed in.")


class WardRequestSchema(Strict):
    name = Text(100, required=True, metadata={"description": "The child's name as in the document."})
    id_type = Text(_CODE, required=True, metadata={"enum": list(DOCUMENT_KINDS)})
    id_number = Text(_CODE, required=True)
    born_on = fields.Date(
        "iso",
        load_default=None,
        metadata={"description": "Needed where the document tells no date of birth."},
        error_messages={"invalid": "出生日期请写成 2015-05-08 这样。", "format": "出生日期请写成 2015-05-08 这样。"},
    )
    relation = Text(_CODE, required=True, metadata={"enum": list(RELATIONS)})
    consent = Text(
        _CODE, required=True, metadata={"description": "Version of the text `child_data` that was agreed to just now."}
    )


class WardProofsSchema(Strict):
    uploads = Texts(
        Text(_CODE),
        required=True,
        validate=validate.Length(min=1, max=20, error="请先上传户口簿和监护关系证明。"),
        metadata={
            "description": "Ids of household register and proof of guardianship, in order; they replace those before."
        },
    )


class WardConsentSchema(Strict):
    consent = Text(
        _CODE, required=True, metadata={"description": "Version of the text `child_data` agreed to just now."}
    )


class CardsQuerySchema(Strict):
    ward = Text(_CODE, load_default=None, metadata={"description": "A confirmed ward; left out, the person's own."})


WARD: Final = WardSchema()
WARDS: Final = page_of(WardSchema, "Wards")
WARD_REQUEST: Final = WardRequestSchema()
WARD_PROOFS: Final = WardProofsSchema()
WARD_CONSENT: Final = WardConsentSchema()
CARDS_QUERY: Final = CardsQuerySchema()

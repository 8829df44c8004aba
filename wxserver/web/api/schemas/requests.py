"""What clients send. One instance of each Schema, kept."""

from typing import Final

from marshmallow import Schema, fields, validate

from bundles.vocabulary import CAPACITIES, DOCUMENT_KINDS, UPLOAD_KINDS
from wxserver.web.api.schemas.fields import Answers, Count, Particulars, Strict, Text, Texts

CODE: Final = 64
"""Characters of a code: of an account, a bundle, an item, a provider, a card's id."""


class SignInSchema(Strict):
    account = Text(CODE, required=True, metadata={"description": "Code of the mini-program's account."})
    code = Text(512, required=True, metadata={"description": "What wx.login gave; usable once."})


def _acting(description: str) -> Particulars:
    return Particulars(
        "as",
        tuple(CAPACITIES),
        load_default=None,
        metadata={
            "type": "object",
            "required": ["as"],
            "properties": {
                "as": {"type": "string", "enum": list(CAPACITIES)},
                "ward": {"type": "string", "description": "Id from /wards, with `guardian`."},
            },
            "description": description,
        },
    )


class DraftRequestSchema(Strict):
    form = Answers(
        load_default=dict,
        metadata={
            "type": "object",
            "additionalProperties": {"type": ["string", "boolean", "number"]},
            "description": "Answers so far, by the field's code; kept as typed, right or wrong.",
        },
    )
    card_id = Text(CODE, load_default=None, metadata={"description": "The card chosen so far."})
    uploads = Texts(
        Text(CODE),
        load_default=None,
        metadata={"description": "Ids of all its pictures, in order; left out, they stay as they are."},
    )
    acting = _acting(
        "For whom it is filled in from now on: for somebody else it loses card and pictures; left out, it stays."
    )


class SubmissionSchema(Strict):
    bundle = Text(CODE, required=True)
    item = Text(CODE, required=True)
    card_id = Text(CODE, load_default=None, metadata={"description": "From /cards, where the item needs a card."})
    form = Answers(
        load_default=dict,
        metadata={
            "type": "object",
            "additionalProperties": {"type": ["string", "boolean", "number"]},
            "description": "Answers by the field's code: the component `<bundle>.<item>.form`.",
        },
    )
    uploads = Texts(
        Text(CODE), load_default=list, metadata={"description": "Ids from POST /uploads, as the item's materials ask."}
    )
    acting = _acting("Who acts; the person themself where left out.")
    delivery = Particulars(
        load_default=None, metadata={"type": "object", "description": "How the card is handed over."}
    )


class VerificationRequestSchema(Strict):
    provider = Text(CODE, required=True, metadata={"description": "Code of the identity provider."})
    name = Text(
        100,
        empty=True,
        load_default=None,
        metadata={"description": "Left out where this WeChat user is bound to a person already."},
    )
    id_type = Text(
        CODE, empty=True, load_default=None, metadata={"description": "Goes with `name`.", "enum": list(DOCUMENT_KINDS)}
    )
    id_number = Text(CODE, empty=True, load_default=None, metadata={"description": "Goes with `name`."})
    consent = Text(
        CODE,
        empty=True,
        load_default=None,
        metadata={"description": "Version of the text shown, from /consents/current."},
    )
    face_consent = Text(
        CODE,
        empty=True,
        load_default=None,
        metadata={"description": "Version of the text on using the face; for providers that don't ask themselves."},
    )
    purpose = Text(CODE, load_default="sign-in", metadata={"enum": ["sign-in", "case"]})
    case = fields.Nested(
        SubmissionSchema,
        load_default=None,
        metadata={
            "description": "With `key`, and purpose `case`: what POST /cases will get under that Idempotency-Key. "
            "The result then serves for exactly this content, once."
        },
    )
    key = Text(200, load_default=None, metadata={"description": "Goes with `case`."})


class ApplicationRequestSchema(SubmissionSchema):
    """Several items of one bundle; their answers and pictures together, each asked once."""

    class Meta(SubmissionSchema.Meta):
        exclude = ("item",)

    items = Texts(
        Text(CODE),
        required=True,
        validate=validate.Length(min=1, max=20, error="请选 1 到 20 个事项。"),
        metadata={"description": "Codes of the items, in any order."},
    )


class EligibilityRequestSchema(Strict):
    bundle = Text(CODE, required=True)
    item = Text(200, required=True, metadata={"description": 'Code of the item; of several, joined by "+".'})
    card_id = Text(CODE, load_default=None, metadata={"description": "The card, if one has been chosen."})
    form = Answers(
        load_default=dict, metadata={"type": "object", "description": "Place and bank, if they have been chosen."}
    )
    acting = _acting("Who acts; the person themself where left out.")


class HeldRequestSchema(Strict):
    material = Text(CODE, required=True, metadata={"description": "From GET of the same address."})
    source = Text(CODE, required=True, metadata={"enum": ["earlier_case", "registry"]})
    consent = Text(
        CODE, required=True, metadata={"description": "Version of the text that the person agreed to just now."}
    )


class UploadFormSchema(Schema):
    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary", "description": "The file."})
    kind = fields.String(required=True, metadata={"enum": list(UPLOAD_KINDS), "description": "The material's kind."})


class PageSchema(Strict):
    after = Text(200, load_default=None, metadata={"description": "`next` of the page before."})
    limit = Count(1, 50, load_default=20, metadata={"default": 20})


SIGN_IN: Final = SignInSchema()
VERIFICATION_REQUEST: Final = VerificationRequestSchema()
DRAFT_REQUEST: Final = DraftRequestSchema()
SUBMISSION: Final = SubmissionSchema()
APPLICATION_REQUEST: Final = ApplicationRequestSchema()
ELIGIBILITY_REQUEST: Final = EligibilityRequestSchema()
HELD_REQUEST: Final = HeldRequestSchema()
UPLOAD_FORM: Final = UploadFormSchema()
PAGE: Final = PageSchema()

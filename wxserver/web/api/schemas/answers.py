"""What the API answers, as documentation. `presenting` builds the dicts; tests hold the two against each other."""

from typing import Any, Final

from marshmallow import EXCLUDE, Schema, fields, validate

from bundles.case import NODES, STATUSES
from bundles.vocabulary import ASSURANCES, CAPACITIES, CARD_STATES, DOCUMENT_KINDS, UPLOAD_KINDS

VERIFICATION_STATUSES: Final = ("created", "redirected", "passed", "failed", "cancelled", "expired")


def string(description: str = "", *, null: bool = False, **more: Any) -> fields.String:
    """A text that is always there; `null`: it may be null. `more`: further keywords of the document."""
    about = {"description": description} if description else {}
    return fields.String(required=True, allow_none=null, metadata={**about, **more})


def word(words: tuple[str, ...], description: str = "") -> fields.String:
    """One of a closed list of words."""
    about = {"description": description} if description else {}
    return fields.String(required=True, validate=validate.OneOf(words), metadata=about)


def moment(description: str = "", *, null: bool = False) -> fields.String:
    """RFC 3339 with offset +08:00."""
    return string(description, null=null, format="date-time")


def day(description: str = "", *, null: bool = False) -> fields.String:
    """YYYY-MM-DD, in China."""
    return string(description, null=null, format="date")


def flag(description: str = "") -> fields.Boolean:
    return fields.Boolean(required=True, metadata={"description": description} if description else {})


def whole(description: str = "", *, null: bool = False) -> fields.Integer:
    about = {"description": description} if description else {}
    return fields.Integer(required=True, strict=True, allow_none=null, metadata=about)


def strings(description: str = "") -> "fields.List[Any]":
    about = {"description": description} if description else {}
    inner: fields.Field[Any] = fields.String()
    return fields.List(inner, required=True, metadata=about)


def open_object(description: str, values: "fields.Field[Any] | None" = None, *, null: bool = False) -> fields.Dict:
    """An object whose members the description names, each like `values`."""
    return fields.Dict(values=values, required=True, allow_none=null, metadata={"description": description})


def one(schema: type[Schema], *, null: bool = False, description: str = "") -> fields.Nested:
    about = {"description": description} if description else {}
    return fields.Nested(schema, required=True, allow_none=null, metadata=about)


def many(schema: type[Schema], description: str = "") -> "fields.List[Any]":
    about = {"description": description} if description else {}
    return fields.List(fields.Nested(schema), required=True, metadata=about)


class Answered(Schema):
    """An answer: clients take no offence at members that are added later."""

    class Meta:
        unknown = EXCLUDE


def page_of(schema: type[Schema], name: str) -> Schema:
    """A list as the contract has it."""
    members: dict[str, Any] = {
        "items": many(schema),
        "next": string("Send it as `after` for the next page; null on the last.", null=True),
    }
    return Answered.from_dict(members, name=name)()


class ProblemSchema(Answered):
    type = string("`/problems/` and the code.", format="uri-reference")
    title = string()
    status = whole()
    detail = string("A Chinese sentence that says how to mend it.")
    code = string("Stable English; decide by this one.")
    errors = open_object(
        "Chinese sentences by the path of what is to be mended, `form.phone`.",
        strings(),
    )
    needs = fields.Dict(
        metadata={
            "description": "With `assurance-required`: what the item asks for.",
            "properties": {"assurance": {"type": "string"}, "fresh_minutes": {"type": "integer"}},
        }
    )
    how = fields.Dict(metadata={"description": "With `assurance-required`: where to get it."})
    number = fields.String(metadata={"description": "With `already-open`: the number of the case that is open."})


class PersonSchema(Answered):
    name = string("Masked.")
    id_type = word(tuple(DOCUMENT_KINDS))
    id_number = string("Masked.")


class SessionSchema(Answered):
    assurance = word(tuple(ASSURANCES))
    expires_at = moment()
    person = one(PersonSchema, null=True)


class CurrentSessionSchema(SessionSchema):
    csrf_token = fields.String(metadata={"description": "Cookie sessions only: sent back as header X-CSRFToken."})


class OpenedSessionSchema(SessionSchema):
    token = string("To be sent as `Authorization: Bearer`.")


class StartedVerificationSchema(Answered):
    id = string()
    status = word(VERIFICATION_STATUSES)
    url = fields.String(metadata={"description": "The provider's own page; ends in its reference.", "format": "uri"})
    verify_id = fields.String(metadata={"description": "In place of `url`: what wx.requestFacialVerify takes."})
    expires_at = moment()


class ProviderSchema(Answered):
    code = string()
    name = string()
    way = word(("page", "client"), "Open the verification's `url`, or call WeChat with its `verify_id`.")
    documents = fields.List(
        fields.String(validate=validate.OneOf(tuple(DOCUMENT_KINDS))),
        required=True,
        metadata={"description": "The kinds of identity document it can verify."},
    )
    away = fields.Boolean(required=True, metadata={"description": "It failed a moment ago; another may do better."})
    consents = fields.List(
        fields.String(), required=True, metadata={"description": "Purposes to be agreed to before it is asked."}
    )


class VerificationSchema(Answered):
    id = string()
    status = word(VERIFICATION_STATUSES)
    reason = string("Stable English code of why it did not pass.", null=True)
    session = fields.Nested(
        OpenedSessionSchema,
        metadata={"description": "Only in the one answer that replaces a Bearer session: use this token from now on."},
    )


class ConsentSchema(Answered):
    purpose = string()
    version = string()
    title = string()
    text = string("The text to show beside an empty box to tick.")


class CardSchema(Answered):
    id = string("Stable.")
    number = string("Masked.")
    bank = string()
    region = string()
    state = word(tuple(CARD_STATES))
    state_text = string()
    expires_on = day(null=True)


class UploadSchema(Answered):
    id = string("Goes into the `uploads` of a draft or a case.")
    kind = word(tuple(UPLOAD_KINDS))
    media_type = word(("image/jpeg", "application/pdf"), "As it is kept, whatever it came as.")
    pages = whole("1 for a picture.")
    size = whole("Bytes of the file as it is kept.")
    sha256 = string("Of the file as it is kept, in hexadecimal digits.")
    width = whole("In pixels; null for a PDF.", null=True)
    height = whole("In pixels; null for a PDF.", null=True)


class HeldSchema(Answered):
    material = string("Code of the material that need not be handed in anew.")
    source = word(("earlier_case", "registry"))
    uploads = many(UploadSchema, "What an earlier case holds; empty with `registry`, which is asked only by POST.")
    item_name = string("What the earlier case was about; empty with `registry`.")
    day = day("The day on which it was submitted.", null=True)
    consent = string("Version of the text to agree to, from /consents/current (`reuse_materials`).")


class DraftSchema(Answered):
    bundle = string()
    item = string()
    bundle_version = whole()
    submission_key = string("Send it as Idempotency-Key when this draft is submitted.")
    acting = open_object("For whom it is filled in, as a case has it.")
    form = open_object("As typed.")
    card_id = string(null=True)
    uploads = strings("Ids of the pictures in it, in order.")
    updated_at = moment()
    expires_on = day("On this day the draft is thrown away.")


class TimelineEntrySchema(Answered):
    at = moment()
    node = word(NODES)
    text = string()


class AnswerSchema(Answered):
    label = string()
    value = string("Masked.")


# `as` is a keyword of Python.
ActingSchema = Answered.from_dict(
    {
        "as": word(tuple(CAPACITIES)),
        "text": string("The same in words."),
        "person": string("Who acted, masked."),
        "holder": string("For whom, masked."),
        "proof": string("Why they may, in words."),
        "ward": string("The guardianship, where there is one.", null=True),
    },
    name="Acting",
)


class CaseSchema(Answered):
    number = string()
    application = string("Id of the application it belongs to.")
    bundle = string()
    bundle_name = string()
    bundle_version = whole()
    item = string()
    item_name = string()
    status = word(STATUSES)
    status_text = string()
    submitted_at = moment()
    accepted_at = moment(null=True)
    due_on = day(null=True)
    due_provisional = flag("The year it falls into has no published holidays yet.")
    due_explained = strings("Why this date.")
    limit = string("The promised limit in words.")
    completed_at = moment(null=True)
    result = open_object("What came of it, by the item's own members.", null=True)
    refusal = string("Why it was refused.", null=True)
    waiting = string("What is being waited for, where a far side is away.", null=True)
    timeline = many(TimelineEntrySchema, "Oldest first.")
    actions = strings("What the person can do now.")
    correction = open_object("What is to be corrected, by when and why.", null=True)
    acting = one(
        ActingSchema, null=True, description="Who filed it for somebody else; null where the person did it themself."
    )
    card = one(CardSchema, null=True, description="The card it is about; null in lists.")
    answers = many(AnswerSchema, "What was filled in; empty in lists.")


class ApplicationSchema(Answered):
    id = string()
    cases = many(CaseSchema)


class EligibilitySchema(Answered):
    eligible = flag("Whether nothing is certain to keep the person from this.")
    errors = open_object(
        "What does, by the place of the application, in sentences for the citizen.", fields.List(fields.String())
    )


class PrefillAnswerSchema(Answered):
    field = string("The field's code.")
    masked = string("What the registry holds, masked.")
    answer = string("Send this as the answer to use it.")


PROBLEM: Final = ProblemSchema()
CURRENT_SESSION: Final = CurrentSessionSchema()
OPENED_SESSION: Final = OpenedSessionSchema()
STARTED_VERIFICATION: Final = StartedVerificationSchema()
VERIFICATION: Final = VerificationSchema()
PROVIDERS: Final = page_of(ProviderSchema, "IdentityProviders")
CONSENTS: Final = page_of(ConsentSchema, "Consents")
CARDS: Final = page_of(CardSchema, "Cards")
UPLOAD: Final = UploadSchema()
HELD: Final = page_of(HeldSchema, "HeldMaterials")
DRAFT: Final = DraftSchema()
CASE: Final = CaseSchema()
CASES: Final = page_of(CaseSchema, "Cases")
APPLICATION: Final = ApplicationSchema()
ELIGIBILITY: Final = EligibilitySchema()
PREFILL: Final = page_of(PrefillAnswerSchema, "Prefill")

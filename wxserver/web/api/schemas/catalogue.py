"""Bundles and items as citizens see them, as documentation."""

from typing import Final, get_args

from marshmallow import fields

from bundles.definition import Assurance, ClockStart, FieldKind, Selection, Unit
from bundles.regions import LEVELS
from bundles.vocabulary import CAPACITIES, CARD_STATES
from wxserver.web.api.schemas.answers import (
    Answered,
    day,
    flag,
    many,
    one,
    open_object,
    page_of,
    string,
    strings,
    whole,
    word,
)


class LimitSchema(Answered):
    unit = word(get_args(Unit))
    amount = whole("0 where it is done at once.")
    text = string()


class PromiseSchema(Answered):
    text = string("The limit in words.")
    due_on = day("Done by this day if it is submitted now; null where it is done at once.", null=True)
    provisional = flag("The year it falls into has no published holidays yet.")


class ConditionSchema(Answered):
    kind = string()
    field = string("The field it looks at, or empty.")
    values = strings()
    minimum = whole(null=True)
    maximum = whole(null=True)
    expected = flag()
    of = fields.List(fields.Nested(lambda: ConditionSchema()), required=True)  # noqa: PLW0108


class ChoiceSchema(Answered):
    code = string()
    label = string()
    hint = string()


class FieldSchema(Answered):
    code = string("Key of the answer in `form`.")
    kind = word(get_args(FieldKind))
    label = string()
    hint = string()
    required = flag()
    choices = many(ChoiceSchema)
    min_length = whole()
    max_length = whole("In characters.")
    autocomplete = string("An HTML autofill name, or empty.")
    sensitive = flag("Shown masked after submission.")
    prefill = string("What of the person's own data it may begin with, or empty.")
    within = string("GB/T 2260: a region is chosen inside this one; empty: in the whole country.")
    level = word(LEVELS, "How far down a region is chosen, or as far as there is one.")
    region_field = string("The field whose region stands before this address, or empty.")
    visible_when = one(ConditionSchema, null=True)


class PhotoSchema(Answered):
    width = whole("In pixels.")
    height = whole("In pixels.")
    background = string()
    min_bytes = whole()
    max_bytes = whole()


class MaterialSchema(Answered):
    code = string()
    name = string()
    kind = string("The kind of upload.")
    whose = word(("holder", "actor", "unit"))
    necessity = word(("required", "optional", "if_changed"))
    channels = strings()
    acting = strings("Who acts when it is asked for.")
    form = word(("original", "copy", "electronic"))
    copies = whole()
    documents = strings("Kinds of identity document accepted as this material.")
    group = string("Materials of one group are alternatives, told apart by `variant`.")
    variant = string()
    photo = one(PhotoSchema, null=True)
    source = string()
    note = string()
    upload = flag("Asked for in the online application.")
    most = whole("How many pictures of it may be handed in.")
    accepted = strings("As what it may be handed in: picture, pdf.")
    held = strings("Where it may come from instead, with consent: earlier_case, registry.")
    held_days = whole("How old one of an earlier case may be.")
    when = one(ConditionSchema, null=True)


class DeliverySchema(Answered):
    zone = string()
    label = string()
    fen = whole()


class FeeSchema(Answered):
    fen = whole("Money in fen.")
    text = string()
    legal_basis = string()
    delivery = many(DeliverySchema)


class ContactSchema(Answered):
    kind = word(("enquiry", "supervision", "outlet", "hall", "portal"))
    label = string()
    value = string()
    hours = string()


class StageSchema(Answered):
    node = string()
    title = string()


class QuestionSchema(Answered):
    code = string()
    question = string()
    answer = string()


class PeriodSchema(Answered):
    code = string()
    label = string()
    limit = one(LimitSchema)
    starts = string("The timeline node from which it counts.")
    channels = strings("Those that it concerns; none: all.")
    note = string()


class GuideSchema(Answered):
    served = string("Who is served.")
    conditions = strings()
    flow = open_object("The steps, by channel.", strings())
    result = string()
    window = string("How it is done at a window.")
    legal_basis = strings()


class ItemSummarySchema(Answered):
    code = string()
    name = string()
    short_name = string()
    summary = string()
    limits = open_object("By channel.", fields.Nested(LimitSchema))
    promise = one(PromiseSchema)
    fee = string("In words.")
    needs_card = flag()
    assurance = word(get_args(Assurance), "How certain of the person the item must be.")
    minutes = whole("What filling it in takes.")


class ItemSchema(Answered):
    bundle = string()
    version = whole()
    code = string()
    name = string()
    short_name = string()
    summary = string()
    limits = open_object("By channel.", fields.Nested(LimitSchema))
    promise = one(PromiseSchema)
    channels = strings()
    hours = open_object("By channel, in words.", fields.String())
    acting = fields.List(fields.String(metadata={"enum": list(CAPACITIES)}), required=True)
    needs_card = flag()
    card_states = fields.List(fields.String(metadata={"enum": list(CARD_STATES)}), required=True)
    assurance = word(get_args(Assurance), "How certain of the person the item must be.")
    fresh_minutes = whole("How long ago the person may have been verified.")
    review = flag("A clerk looks at it before it is accepted.")
    clock_starts = word(get_args(ClockStart))
    fee = one(FeeSchema)
    minutes = whole("What filling it in takes.")
    before_you_start = strings()
    materials = many(MaterialSchema)
    fields_ = fields.List(fields.Nested(FieldSchema), required=True, data_key="fields")
    at_least_one = strings("Fields of which one must be answered.")
    steps = many(StageSchema)
    guide = one(GuideSchema)
    questions = many(QuestionSchema)
    contacts = many(ContactSchema)
    after = strings("Items that are carried out first where they are chosen together with this one.")
    then = strings("Items that are offered once this one is done.")
    periods = many(PeriodSchema, "Spans of time to know of.")
    delivery = strings("How a card reaches its holder: mail, pickup.")
    archive = open_object("What is kept on file, by channel: kinds of upload.", strings())


class BundleSummarySchema(Answered):
    code = string()
    name = string()
    short_name = string()
    version = whole()
    organiser = string()
    region = string("GB/T 2260.")
    introduction = string()


class BankSchema(Answered):
    code = string()
    name = string()


class PlaceSchema(Answered):
    code = string("GB/T 2260.")
    name = string()
    items = strings("Codes of the items that are open there.")
    banks = strings("Codes of the banks that are open there.")


class ReminderSchema(Answered):
    code = string()
    of = string("The date that it is about: card_expiry.")
    days_before = whole()
    item = string("The item to apply for then.")
    text = string()


class RegionChildSchema(Answered):
    code = string("GB/T 2260.")
    name = string()
    level = word(LEVELS)
    leaf = flag("Nothing lies under it.")


class RegionSchema(Answered):
    code = string("GB/T 2260; empty for the country.")
    name = string()
    full_name = string("From the province down; empty for the country.")
    level = word(("country", *LEVELS))
    children = many(RegionChildSchema)
    next = string("The list is always whole: null.", null=True)


class BundleSchema(BundleSummarySchema):
    selection = word(get_args(Selection), "How many items one application carries.")
    items = many(ItemSummarySchema)
    contacts = many(ContactSchema)
    legal_basis = strings()
    banks = many(BankSchema)
    places = many(PlaceSchema, "Where which items and banks are open; none: in the whole region.")
    reminders = many(ReminderSchema, "What cardholders are told before a date.")


LIMIT: Final = LimitSchema()
ITEM: Final = ItemSchema()
BUNDLE: Final = BundleSchema()
BUNDLES: Final = page_of(BundleSummarySchema, "Bundles")
REGION: Final = RegionSchema()

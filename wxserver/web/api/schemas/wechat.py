"""What the API takes and answers of messages, and of what clients in WeChat ask us about WeChat."""

from typing import Final

from wxserver.web.api.schemas.answers import Answered, flag, moment, page_of, string, whole, word
from wxserver.web.api.schemas.fields import Strict, Text


class MessageSchema(Answered):
    id = string()
    at = moment("When that happened of which it tells.")
    title = string()
    text = string()
    case = string("Number of the case that it is about; null where it is about a child.", null=True)
    ward = string("Id of the guardianship that it is about; null where it is about a case.", null=True)
    read = flag()


class PhoneCodeSchema(Strict):
    code = Text(512, required=True, metadata={"description": "What the phone button gave; usable once."})


class PhoneSchema(Answered):
    phone = string("In full; with + and the country's code where that is not 86.")


class LoginStateSchema(Answered):
    alive = flag("False: call wx.login and open a session anew.")


class SubscriptionTemplateSchema(Answered):
    template_id = string("For wx.requestSubscribeMessage, or wx-open-subscribe on a page.")
    channel = word(("bizsend", "miniprogram"))
    code = string("What the template is called here; stable.")


class PageAddressSchema(Strict):
    url = Text(2000, required=True, metadata={"description": "Address of the page, as location.href has it."})


class SignatureSchema(Answered):
    app_id = string()
    timestamp = whole("In seconds.")
    nonce_str = string()
    signature = string()


MESSAGES: Final = page_of(MessageSchema, "Messages")
PHONE_CODE: Final = PhoneCodeSchema()
PHONE: Final = PhoneSchema()
LOGIN_STATE: Final = LoginStateSchema()
SUBSCRIPTION_TEMPLATES: Final = page_of(SubscriptionTemplateSchema, "SubscriptionTemplates")
PAGE_ADDRESS: Final = PageAddressSchema()
SIGNATURE: Final = SignatureSchema()

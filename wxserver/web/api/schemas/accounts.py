"""What clients send and get about accounts, passwords and captchas. One instance of each Schema, kept."""

from typing import Final

from marshmallow import fields

from wxserver.usecases.password_signing_in import KINDS
from wxserver.web.api.schemas.answers import Answered, CurrentSessionSchema, flag, moment, string, word
from wxserver.web.api.schemas.fields import Strict, Text
from wxserver.web.api.schemas.requests import CODE

_NAME: Final = 128
_PASSWORD: Final = 512
"""Characters as typed; what is too long to be kept is told by the rules."""


class PasswordSignInSchema(Strict):
    kind = Text(CODE, required=True, metadata={"enum": list(KINDS)})
    username = Text(_NAME, required=True)
    password = Text(_PASSWORD, required=True)
    captcha_id = Text(CODE, required=True, metadata={"description": "Of POST /captchas."})
    captcha = Text(CODE, required=True, metadata={"description": "The digits, read or heard."})
    new_password = Text(
        _PASSWORD,
        load_default=None,
        metadata={"description": "Where `password` was given out by staff (403 `password-change-required`)."},
    )


class AccountRequestSchema(Strict):
    username = Text(
        _NAME,
        required=True,
        metadata={"description": "4 to 32 letters, digits or Chinese characters; a mobile number; an e-mail address."},
    )
    password = Text(_PASSWORD, required=True, metadata={"description": "The new one."})
    current = Text(
        _PASSWORD,
        empty=True,
        load_default="",
        metadata={"description": "The one in force; not asked within 30 minutes of a face verification."},
    )


class CaptchaSchema(Answered):
    id = string("Goes into `captcha_id`; serves once, right or wrong.")
    image = string("The digits as `data:image/png;base64,…`.")
    audio = string("The digits spoken in Mandarin, as `data:audio/wav;base64,…`.")
    expires_at = moment()


class PasswordSessionSchema(CurrentSessionSchema):
    token = fields.String(
        metadata={"description": "Bearer sessions only: use this token from now on. Cookie sessions get a new cookie."}
    )


class AccountSchema(Answered):
    username = string("In clear: only its owner sees it.")
    kind = word(KINDS)
    changed_at = moment("When the password was set.")
    must_change = flag("The password was given out by staff and serves once.")
    disabled = flag("Stopped by staff: nobody signs in with it.")


PASSWORD_SIGN_IN: Final = PasswordSignInSchema()
ACCOUNT_REQUEST: Final = AccountRequestSchema()
CAPTCHA: Final = CaptchaSchema()
PASSWORD_SESSION: Final = PasswordSessionSchema()
ACCOUNT: Final = AccountSchema()

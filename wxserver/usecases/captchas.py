"""Captchas: four digits to read or to hear, for one WeChat user, once."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bundles.engine import Fault
from wxserver.ports import Clock
from wxserver.ports.captchas import CaptchaDrawer
from wxserver.store import guesses
from wxserver.store.database import Database, Unit
from wxserver.usecases.faults import Invalid, NotFound, TooMany
from wxserver.usecases.sessions import SessionView
from wxserver.usecases.tokens import same

LIFETIME = timedelta(minutes=5)
MOST, WITHIN = 30, timedelta(minutes=10)
"""So many are drawn for one WeChat user within so long."""
WRONG: Final = "数字不对，或者放得太久了。请填新的 4 个数字。"
_DIGITS: Final = "023456789"
"""Without 1, which old eyes take for 7, and old ears too."""
_LENGTH: Final = 4
_BETWEEN: Final = re.compile(r"[\s\-,.，。、]+")


@dataclass(frozen=True, slots=True)
class CaptchaView:
    """A captcha as it is shown: a PNG, and, where it was asked for, the same digits as a WAV."""

    id: str
    image: bytes = field(repr=False)
    expires_at: datetime
    audio: bytes = field(default=b"", repr=False)


class Captchas:
    def __init__(self, database: Database, clock: Clock, drawer: CaptchaDrawer) -> None:
        self.database = database
        self.clock = clock
        self.drawer = drawer

    def draw(self, session: SessionView) -> CaptchaView:
        """A new captcha for the WeChat user of a session. Raises TooMany (`too-many-captchas`)."""
        return self._drawn(session)[0]

    def both(self, session: SessionView) -> CaptchaView:
        """A new captcha as picture and sound. Raises as `draw`."""
        view, answer = self._drawn(session)
        return replace(view, audio=self.drawer.say(answer))

    def again(self, session: SessionView, captcha_id: str) -> bytes | None:
        """The picture of a captcha that was not answered yet, drawn anew; None where it is another user's, used or
        over."""
        answer = self._waiting(session, captcha_id)
        return None if answer is None else self.drawer.draw(answer)

    def audio(self, session: SessionView, captcha_id: str) -> bytes:
        """The digits of a captcha spoken, as often as they are asked for. Raises NotFound (`captcha-over`) where it is
        another user's, used or over."""
        answer = self._waiting(session, captcha_id)
        if answer is None:
            raise NotFound("这张图的数字过了时间，或者已经用过。请换一张。", code="captcha-over")
        return self.drawer.say(answer)

    def take(self, unit: Unit, session: SessionView, captcha_id: str, answer: str) -> bool:
        """Whether this is the answer; right or wrong, the captcha is used up by it. Blanks and full-width digits are
        as good as others."""
        right = guesses.use_captcha(unit, captcha_id, session.wechat_user_id, self.clock.now())
        given = _BETWEEN.sub("", unicodedata.normalize("NFKC", answer))
        return right is not None and same(right, given)

    def demand(self, session: SessionView, captcha_id: str, answer: str) -> None:
        """Go on only with the right answer. Raises Invalid (`bad-captcha`, path `captcha`)."""
        with self.database.write() as unit:
            taken = self.take(unit, session, captcha_id, answer)
        if not taken:
            raise Invalid(WRONG, code="bad-captcha", faults=[Fault("captcha", "wrong", WRONG)])

    def _waiting(self, session: SessionView, captcha_id: str) -> str | None:
        with self.database.read() as unit:
            return guesses.answer_of(unit, captcha_id, session.wechat_user_id, self.clock.now())

    def _drawn(self, session: SessionView) -> tuple[CaptchaView, str]:
        now = self.clock.now()
        answer = "".join(secrets.choice(_DIGITS) for _ in range(_LENGTH))
        with self.database.write() as unit:
            since = now - WITHIN
            if guesses.drawn(unit, session.wechat_user_id, since=since, expiring_after=since + LIFETIME) >= MOST:
                raise TooMany(
                    "数字图换得太多了，请过 10 分钟再试。现在要登录，可以用人脸核验登录。",
                    code="too-many-captchas",
                    extra={"retry_after": int(WITHIN.total_seconds())},
                )
            new = guesses.add_captcha(
                unit, answer=answer, wechat_user_id=session.wechat_user_id, now=now, expires_at=now + LIFETIME
            )
        return CaptchaView(new, self.drawer.draw(answer), now + LIFETIME), answer

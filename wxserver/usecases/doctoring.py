"""What keeps our WeChat accounts from working, found out by asking WeChat and ourselves; each with how to mend it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal, Protocol
from urllib.parse import urlencode, urlsplit

from wxserver.ports import Clock, Http, HttpAnswer, LiveTemplate, Unavailable, WeChatAccounts, WeChatRefused
from wxserver.usecases.menus import Explain, Menu, difference, told

Grade = Literal["ok", "warning", "fault"]
Sign = Callable[[str, str, str], str]
"""Account, timestamp, nonce -> the signature that WeChat would give a check of our address."""

_SKEW_WARNS: Final = 60.0
_SKEW_FAULT: Final = 300.0
"""Seconds between our clock and WeChat's; from the second on pushes are refused as stale."""
_PORTS: Final = (80, 443)
"""WeChat pushes to no others (facts/wechat.md §1.1)."""
_MENU: Final = "flask --app wsgi menu push"


class Wanted(Protocol):
    """A template that is configured."""

    @property
    def code(self) -> str:
        """Its name in the configuration."""

    @property
    def channel(self) -> str:
        """`template`, `bizsend` or `miniprogram`."""

    @property
    def template_id(self) -> str:
        """Its id at WeChat."""

    @property
    def fields(self) -> Iterable[str]:
        """Names of the fields that we fill."""


class Patient(Protocol):
    """An account of ours, as it is configured."""

    @property
    def code(self) -> str:
        """Its name in the configuration."""

    @property
    def menu(self) -> Menu:
        """Empty where none is configured."""

    @property
    def templates(self) -> Sequence[Wanted]:
        """What messages are sent by."""

    @property
    def mp_verify(self) -> Sequence[str]:
        """The middles of the names of WeChat's domain files."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`account`: empty where it is about all of them; `about`: what was looked at; `mend`: empty where all is well."""

    grade: Grade
    account: str
    about: str
    what: str
    mend: str = ""


class Doctoring:
    """`http` reaches WeChat and, at `public_url`, ourselves as WeChat would."""

    def __init__(
        self,
        clock: Clock,
        http: Http,
        wechat: WeChatAccounts,
        patients: Iterable[Patient],
        *,
        public_url: str,
        api_base_url: str,
        sign: Sign,
        explain: Explain,
    ) -> None:
        self.clock = clock
        self.http = http
        self.wechat = wechat
        self.patients = tuple(patients)
        self.public_url = public_url.rstrip("/")
        self.api_base_url = api_base_url.rstrip("/")
        self.sign = sign
        self.explain = explain

    def examine(self) -> Iterator[Finding]:
        """Look at everything; a finding each, as soon as it is known. None of them raises."""
        yield self._skew()
        yield from self._ports()
        for patient in self.patients:
            yield from self._account(patient)

    def _account(self, patient: Patient) -> Iterator[Finding]:
        token = self._token(patient)
        yield token
        yield self._callback(patient)
        yield from self._domain_files(patient)
        needs = [name for name, needed in (("menu", patient.menu), ("templates", patient.templates)) if needed]
        if token.grade == "fault":
            if needs:
                what = f"{' and '.join(needs)} not looked at: that takes a token"
                yield Finding("warning", patient.code, "skipped", what, "mend the token first")
            return
        if patient.menu:
            yield from self._menu(patient)
        for channel in dict.fromkeys(each.channel for each in patient.templates):
            yield from self._templates(patient, channel)

    # What WeChat says

    def _token(self, patient: Patient) -> Finding:
        with self._noting(patient.code, "token") as found:
            self.wechat.token_works(patient.code)
            found.append(Finding("ok", patient.code, "token", "app id, secret and our address are taken by WeChat"))
        return found[0]

    def _menu(self, patient: Patient) -> Iterator[Finding]:
        with self._noting(patient.code, "menu") as found:
            live = self.wechat.menu(patient.code)
            different = difference(live, patient.menu)
            mend = f"{_MENU} {patient.code}"
            if live is None:
                found.append(Finding("fault", patient.code, "menu", "WeChat shows none, one is configured", mend))
            elif different:
                found.append(Finding("fault", patient.code, "menu", f"WeChat's differs: {' / '.join(different)}", mend))
            else:
                found.append(Finding("ok", patient.code, "menu", "WeChat shows what is configured"))
        yield from found

    def _templates(self, patient: Patient, channel: str) -> Iterator[Finding]:
        with self._noting(patient.code, f"templates ({channel})") as found:
            live = {each.template_id: each for each in self.wechat.templates(patient.code, channel)}
            for wanted in patient.templates:
                if wanted.channel == channel:
                    found.append(_compared(patient.code, wanted, live.get(wanted.template_id)))
        yield from found

    def _skew(self) -> Finding:
        before = self.clock.now()
        try:
            answer = self.http.send("GET", f"{self.api_base_url}/cgi-bin/getcallbackip", {"Accept": "application/json"})
        except Unavailable as away:
            why = told(away, self.explain)
            return Finding("fault", "", "clock", f"WeChat's clock can't be read: {why.cause}", why.mend)
        theirs = _moment(answer.date)
        if theirs is None:
            mend = "compare the clock by hand; is something between us and WeChat that answers for it"
            return Finding("warning", "", "clock", "WeChat's answer bears no date that can be read", mend)
        after = self.clock.now()
        # Its date has whole seconds, and lies somewhere between asking and answer.
        least, most = (before - theirs).total_seconds() - 1, (after - theirs).total_seconds()
        ahead = max(least, 0.0) + min(most, 0.0)
        what = f"ours is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} WeChat's"
        mend = "let the machine keep its time by NTP (chronyd)"
        if abs(ahead) > _SKEW_FAULT:
            return Finding("fault", "", "clock", f"{what}, so pushes are refused as stale", mend)
        if abs(ahead) > _SKEW_WARNS:
            return Finding("warning", "", "clock", f"{what}; from {_SKEW_FAULT:.0f} s on pushes are refused", mend)
        return Finding("ok", "", "clock", "agrees with WeChat's")

    # What we say, asked from outside

    def _ports(self) -> Iterator[Finding]:
        parts = urlsplit(self.public_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        loopback = parts.hostname in ("localhost", "::1") or (parts.hostname or "").startswith("127.")
        if port not in _PORTS and not loopback:
            what = f"server.public_url is on port {port}, WeChat pushes to 80 and 443 only"
            yield Finding("fault", "", "address", what, "let a reverse proxy serve it on 443")

    def _callback(self, patient: Patient) -> Finding:
        timestamp, nonce = str(int(self.clock.now().timestamp())), str(secrets.randbelow(10**10))
        echo = str(10**18 + secrets.randbelow(10**18))
        signature = self.sign(patient.code, timestamp, nonce)
        query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
        path = f"/wechat/{patient.code}/push"
        answer = self._asked(f"{path}?{urlencode(query)}")
        if isinstance(answer, HttpAnswer) and answer.status == 200 and answer.body == echo.encode():
            return Finding("ok", patient.code, "callback", f"{self.public_url}{path} answers as WeChat wants it")
        return Finding("fault", patient.code, "callback", f"{self.public_url}{path} {_said(answer)}", _mend(answer))

    def _domain_files(self, patient: Patient) -> Iterator[Finding]:
        for code in patient.mp_verify:
            path = f"/MP_verify_{code}.txt"
            answer = self._asked(path)
            if isinstance(answer, HttpAnswer) and answer.status == 200 and answer.body.strip() == code.encode():
                yield Finding("ok", patient.code, "domain file", f"{self.public_url}{path} is served")
            else:
                what = f"{self.public_url}{path} {_said(answer)}"
                yield Finding("fault", patient.code, "domain file", what, _mend(answer))

    def _asked(self, path: str) -> HttpAnswer | str:
        """What is answered at our public address, or the name of what went wrong on the way."""
        try:
            return self.http.send("GET", self.public_url + path, {"Accept": "text/plain"})
        except Unavailable as away:
            return str(away)

    @contextmanager
    def _noting(self, account: str, about: str) -> Iterator[list[Finding]]:
        """A list for findings; what WeChat refuses, or does not answer, becomes one."""
        found: list[Finding] = []
        try:
            yield found
        except (WeChatRefused, Unavailable) as error:
            why = told(error, self.explain)
            found[:] = [Finding("fault", account, about, why.cause, why.mend)]


def _compared(account: str, wanted: Wanted, live: LiveTemplate | None) -> Finding:
    about = f"template {wanted.code} ({wanted.channel})"
    if live is None:
        what = f"WeChat knows no template {wanted.template_id}"
        return Finding("fault", account, about, what, "correct template_id, or apply for the template in the console")
    strange = [each for each in wanted.fields if each not in live.fields]
    left_out = [each for each in live.fields if each not in wanted.fields]
    if not strange and not left_out:
        return Finding("ok", account, about, "WeChat has it, with the same fields")
    parts = [f"WeChat's has no {', '.join(strange)}"] if strange else []
    parts += [f"we do not fill {', '.join(left_out)}"] if left_out else []
    mend = f"make fields the same as WeChat's ({', '.join(live.fields)}), else messages are refused with 47003"
    return Finding("fault", account, about, "; ".join(parts), mend)


def _moment(date: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _said(answer: HttpAnswer | str) -> str:
    if isinstance(answer, str):
        return f"does not answer ({answer})"
    return "answers something else" if answer.status == 200 else f"answers {answer.status}"


def _mend(answer: HttpAnswer | str) -> str:
    """How to mend an address of ours that does not answer as it should."""
    if isinstance(answer, str):
        if "SSL" in answer:
            return "renew the certificate, and let the server send its whole chain"
        if "imeout" in answer:
            return "see whether the server hangs, and open the firewall for this address, also from this machine"
        return "start the server, correct server.public_url, or open the firewall"
    if answer.status == 200 or answer.status == 404:
        return "let the proxy pass this path on to this server, and restart the server after a change of configuration"
    if answer.status in (401, 403):
        return "restart the server so that it runs with this configuration (token), and set its clock right"
    if 300 <= answer.status < 400:
        return "set server.public_url to where it redirects: WeChat follows no redirect"
    return "read the server's log; if it is a proxy that answers, see whether the server behind it runs"

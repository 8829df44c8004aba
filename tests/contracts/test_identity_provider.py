"""The contract of the ports `IdentityProvider` and `VerificationCallbacks`, over each adapter against the sandbox."""

import hashlib
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import requests

from bundles.ports import IdentityDocument
from tests.contracts.waiting import until
from wxserver.adapters.identity_signed import SignedIdentityProvider
from wxserver.ports import BadSignature, Question, Refused, Unavailable, VerificationRequest

ADAPTERS = {
    "signed": lambda settings, http, clock: SignedIdentityProvider(
        "signed", "粤信签", settings.providers["signed"].base_url, settings.providers["signed"].secrets, http, clock
    )
}


@pytest.fixture(params=ADAPTERS)
def build(request, settings):
    return lambda http, clock: ADAPTERS[request.param](settings, http, clock)


@pytest.fixture
def provider(build, http, clock, sandbox):
    return build(http, clock)


@pytest.fixture
def hasty(build, impatient, clock, sandbox):
    return build(impatient, clock)


@pytest.fixture
def wanted(sandbox):
    person = sandbox.person()
    base = f"{sandbox.app_url}/identity/signed"
    return VerificationRequest(
        reference=f"ref{person['id_number']}",
        name=person["name"],
        document=IdentityDocument(person["id_type"], person["id_number"]),
        return_url=f"{base}/return?" + urlencode({"reference": f"ref{person['id_number']}", "state": "abc"}),
        callback_url=f"{base}/callback",
        purpose="sign-in",
        account="jieyang",
        openid=person["openid"],
    )


def asked(wanted, started):
    """The question about a verification that was begun."""
    return Question(
        wanted.reference, started.provider_reference, wanted.name, wanted.document, wanted.account, wanted.openid
    )


def unknown(wanted, reference):
    return Question(wanted.reference, reference, wanted.name, wanted.document, wanted.account, wanted.openid)


def digest(request):
    document = request.document
    return hashlib.sha256(f"{document.kind}|{document.number}|{request.name}".encode()).hexdigest()


def face(started, result):
    """Press a button of the provider's face page; the answer of the provider."""
    with requests.Session() as session:
        session.trust_env = False
        return session.post(started.url, data={"result": result}, allow_redirects=False, timeout=10)


def callbacks(app_side):
    return [request for request in list(app_side.received) if request.path == "/identity/signed/callback"]


def test_a_verification_waits_at_the_providers_own_address(provider, wanted, sandbox, clock):
    started = provider.start(wanted)
    assert started.url.startswith(f"{sandbox.url}/identity/")
    assert started.url.endswith(started.provider_reference)
    assert started.expires_at > clock.now()
    assert provider.ask(asked(wanted, started)) is None


@pytest.mark.parametrize("result", ["passed", "failed", "cancelled"])
def test_the_result_comes_by_callback_and_by_asking_alike(provider, wanted, app_side, clock, result):
    started = provider.start(wanted)
    back = face(started, result)
    assert back.headers["Location"] == wanted.return_url
    called = until(lambda: callbacks(app_side))[0]
    assert provider.verify(called.headers, called.body, clock.now())
    told = provider.parse_callback(called.body)
    assert told == provider.ask(asked(wanted, started))
    assert (told.reference, told.provider_reference, told.result) == (
        wanted.reference,
        started.provider_reference,
        result,
    )
    if result == "passed":
        assert (told.level, told.subject_digest, told.fail_code) == ("face", digest(wanted), None)
        assert abs(told.verified_at - clock.now()) < timedelta(minutes=1)
    else:
        assert told.fail_code


def test_a_verification_that_nobody_finishes_expires(provider, wanted, sandbox, app_side, clock):
    started = provider.start(wanted)
    sandbox.control("time", {"advance": "PT2H"})
    assert provider.ask(asked(wanted, started)).result == "expired"
    called = until(lambda: callbacks(app_side))[0]
    provider.verify(called.headers, called.body, clock.now())
    assert provider.parse_callback(called.body).result == "expired"


def test_a_lost_callback_is_made_up_for_by_asking(provider, wanted, sandbox, app_side):
    started = provider.start(wanted)
    sandbox.mishap("identity", "no_callback")
    face(started, "passed")
    assert provider.ask(asked(wanted, started)).result == "passed"
    assert callbacks(app_side) == []


def test_a_callback_that_comes_twice_bears_one_id(provider, wanted, sandbox, app_side, clock):
    started = provider.start(wanted)
    sandbox.mishap("identity", "duplicate")
    face(started, "passed")
    first, second = until(lambda: len(callbacks(app_side)) == 2 and callbacks(app_side))
    assert first.body == second.body
    assert provider.verify(first.headers, first.body, clock.now()) == provider.verify(
        second.headers, second.body, clock.now()
    )


def test_a_forged_or_altered_callback_is_refused(provider, wanted, sandbox, app_side, clock):
    started = provider.start(wanted)
    sandbox.mishap("identity", "bad_signature")
    face(started, "failed")
    called = until(lambda: callbacks(app_side))[0]
    with pytest.raises(BadSignature):
        provider.verify(called.headers, called.body, clock.now())
    good = until(lambda: next((one for one in callbacks(app_side) if _is_good(provider, one, clock)), None))
    for body in (good.body.replace(b"failed", b"passed"), good.body + b" ", b""):
        with pytest.raises(BadSignature):
            provider.verify(good.headers, body, clock.now())
    with pytest.raises(BadSignature):
        provider.verify(good.headers, good.body, clock.now() + timedelta(seconds=330))


def _is_good(provider, request, clock):
    try:
        return bool(provider.verify(request.headers, request.body, clock.now()))
    except BadSignature:
        return False


def test_a_verification_that_does_not_exist_is_refused(provider, wanted):
    with pytest.raises(Refused):
        provider.ask(unknown(wanted, "nothing"))


def test_a_provider_that_is_away_is_no_definite_answer(provider, hasty, wanted, sandbox):
    sandbox.mishap("identity", "error", 2)
    with pytest.raises(Unavailable):
        provider.start(wanted)
    with pytest.raises(Unavailable):
        provider.ask(unknown(wanted, "x"))
    sandbox.mishap("identity", "timeout")
    with pytest.raises(Unavailable):
        hasty.start(wanted)


def test_a_start_whose_reply_was_lost_may_be_repeated(hasty, wanted, sandbox):
    sandbox.mishap("identity", "lost_reply")
    with pytest.raises(Unavailable):
        hasty.start(wanted)
    assert hasty.start(wanted).url
    assert len(sandbox.effects("identity")) == 1

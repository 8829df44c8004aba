"""The generic signed provider by HMAC-SM3, with keys that take turns, with every reason and every lie."""

import hashlib

import pytest
import requests

from bundles.ports import IdentityDocument
from tests.adapters.scripted import far_side, plain_answer
from tests.contracts.waiting import until
from tests.far_sides import running_sandbox
from wxserver.adapters.clock import ShiftedClock
from wxserver.adapters.http import RequestsHttp
from wxserver.adapters.identity_signed import SignedIdentityProvider
from wxserver.adapters.identity_signed.sm3 import hmac_sm3
from wxserver.ports import BadSignature, Question, Unavailable, VerificationRequest

NEW, OLD, NONE = ("whsec_" + letter * 32 for letter in "NOX")
MORE = f"""
[identity.providers.guomi]
name = "国密平台"
base_url = "http://127.0.0.1:1/identity"
secret = ["{NEW}", "{OLD}"]
algorithm = "v1sm3"
"""
GROUPS = {
    "face-mismatch": "mismatch",
    "no-record": "mismatch",
    "liveness": "again",
    "poor-image": "again",
    "device": "again",
    "network": "again",
    "vendor-fault": "ours",
    "quota": "ours",
}


@pytest.fixture(scope="module")
def app_side():
    with far_side() as running:
        yield running


@pytest.fixture(scope="module")
def place(tmp_path_factory, app_side):
    port = int(app_side.url.rpartition(":")[2])
    with running_sandbox(tmp_path_factory.mktemp("guomi"), port, more=MORE) as sandbox:
        yield sandbox


def build(place, secrets=(NEW, OLD), algorithms=("v1sm3",)):
    clock = ShiftedClock(place.var_dir / "clock")
    return SignedIdentityProvider(
        "guomi", "国密平台", f"{place.url}/identity", secrets, RequestsHttp(5), clock, algorithms=algorithms
    )


@pytest.fixture
def wanted(place, app_side):
    app_side.says(plain_answer(b""))
    app_side.received.clear()
    person = place.person()
    return VerificationRequest(
        reference=f"sm-{person['id_number']}",
        name=person["name"],
        document=IdentityDocument(person["id_type"], person["id_number"]),
        return_url=f"{place.app_url}/identity/guomi/return",
        callback_url=f"{place.app_url}/identity/guomi/callback",
        purpose="sign-in",
        account="jieyang",
        openid=person["openid"],
    )


def asked(wanted, started):
    return Question(wanted.reference, started.provider_reference, wanted.name, wanted.document, "jieyang", "o")


def face(started, **form):
    with requests.Session() as session:
        session.trust_env = False
        return session.post(started.url, data=form or {"result": "passed"}, allow_redirects=False, timeout=10)


def called(app_side):
    return until(lambda: [each for each in list(app_side.received) if each.path.endswith("/callback")])[0]


def test_calls_and_callbacks_are_signed_by_sm3(place, wanted, app_side):
    provider = build(place)
    started = provider.start(wanted)
    assert provider.ask(asked(wanted, started)) is None
    face(started)
    one = called(app_side)
    assert one.headers["webhook-signature"].count("v1sm3,") == 2, "signed with each key while they take turns"
    now = ShiftedClock(place.var_dir / "clock").now()
    assert provider.verify(one.headers, one.body, now)
    assert provider.parse_callback(one.body).group == "passed"
    for secrets in ((NEW,), (OLD,), (NONE, OLD)):
        assert build(place, secrets).verify(one.headers, one.body, now)
    with pytest.raises(BadSignature):
        build(place, (NONE,)).verify(one.headers, one.body, now)
    with pytest.raises(BadSignature):
        build(place, algorithms=("v1",)).verify(one.headers, one.body, now)
    with pytest.raises(BadSignature):
        provider.verify(one.headers, one.body.replace(b"passed", b"failed"), now)


def test_another_algorithm_or_a_key_that_was_taken_away_begins_nothing(place, wanted):
    assert build(place, (OLD,)).start(wanted).url
    for provider in (build(place, algorithms=("v1",)), build(place, (NONE,))):
        with pytest.raises(Unavailable):
            provider.start(wanted)


@pytest.mark.parametrize("reason", GROUPS)
def test_each_reason_means_something_for_the_next_try(place, wanted, reason):
    provider = build(place)
    started = provider.start(wanted)
    face(started, result="failed", fail_code=reason)
    told = provider.ask(asked(wanted, started))
    assert (told.result, told.group, told.fail_code) == ("failed", GROUPS[reason], reason)


def test_a_lie_is_told_as_it_is_for_the_server_to_judge(place, wanted):
    provider = build(place)
    place.control("identity", {"lie": "other_person"})
    started = provider.start(wanted)
    face(started)
    told = provider.ask(asked(wanted, started))
    mine = f"{wanted.document.kind}|{wanted.document.number}|{wanted.name}"
    assert told.result == "passed"
    assert told.subject_digest != hashlib.sha256(mine.encode()).hexdigest()


def rotate(word, by):
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def sm3(message):
    """SM3 by GB/T 32905, written for this test alone."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = message + b"\x80" + b"\x00" * ((55 - len(message)) % 64) + (8 * len(message)).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[start + 4 * n : start + 4 * n + 4], "big") for n in range(16)]
        for n in range(16, 68):
            x = w[n - 16] ^ w[n - 9] ^ rotate(w[n - 3], 15)
            w.append(x ^ rotate(x, 15) ^ rotate(x, 23) ^ rotate(w[n - 13], 7) ^ w[n - 6])
        a, b, c, d, e, f, g, h = state
        for n in range(64):
            t = 0x79CC4519 if n < 16 else 0x7A879D8A
            ss1 = rotate((rotate(a, 12) + e + rotate(t, n % 32)) & 0xFFFFFFFF, 7)
            ff = a ^ b ^ c if n < 16 else a & b | a & c | b & c
            gg = e ^ f ^ g if n < 16 else e & f | ~e & g
            tt1 = (ff + d + (ss1 ^ rotate(a, 12)) + (w[n] ^ w[n + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[n]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, rotate(b, 9), c
            e, f, g, h = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17), e, rotate(f, 19), g
        state = [one ^ other for one, other in zip(state, (a, b, c, d, e, f, g, h), strict=True)]
    return b"".join(word.to_bytes(4, "big") for word in state)


def test_the_keyed_digest_agrees_with_one_written_from_the_standard():
    assert sm3(b"abc").hex().startswith("66c7f0f4")
    for key, message in ((bytes(range(32)), b""), (b"k" * 24, b"m" * 200), (b"x" * 64, "身份".encode())):
        inner = sm3(bytes(b ^ 0x36 for b in key.ljust(64, b"\0")) + message)
        assert hmac_sm3(key, message) == sm3(bytes(b ^ 0x5C for b in key.ljust(64, b"\0")) + inner)

"""Signature and encryption of pushes: official vectors, an independent implementation, and what never opens."""

import base64
import json
from datetime import UTC, datetime

import pytest
import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from tests.adapters.pushes import (
    APP_ID,
    KEY,
    NONCE,
    NOW,
    SAFE,
    STAMP,
    TOKEN,
    plain_query,
    readable,
)
from wxserver.adapters.wechat import PushDoor
from wxserver.adapters.wechat.crypto import PushCipher, signature
from wxserver.ports import BadSignature, Malformed, Push


def test_the_official_url_check_is_answered():
    door = PushDoor("wxba5fad812f8e6fb9", "AAAAA", "A" * 43, "safe")
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "echostr": "4375120948345356249",
        "timestamp": "1714036504",
        "nonce": "1514711492",
    }
    assert door.verify_url(query, datetime.fromtimestamp(1714036504, UTC)) == "4375120948345356249"


def test_the_official_plain_push_is_signed_as_we_sign():
    assert signature("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"


OFFICIAL = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR"
    "8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km3"
    "2IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)


@pytest.mark.parametrize("wire", ["xml", "json"])
def test_the_official_encrypted_push_opens(wire):
    door = PushDoor("wxba5fad812f8e6fb9", "AAAAA", "A" * 43, "safe")
    query = {
        "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
        "timestamp": "1714112445",
        "nonce": "415670741",
        "openid": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        "encrypt_type": "aes",
        "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    }
    envelope = {"ToUserName": "gh_97417a04a28d", "Encrypt": OFFICIAL}
    if wire == "json":
        body, content_type = json.dumps(envelope).encode(), "application/json"
    else:
        body, content_type = xmltodict.unparse({"xml": envelope}).encode(), "text/xml"
    push = door.open(query, body, content_type, datetime.fromtimestamp(1714112445, UTC))
    assert push == Push(
        from_user="o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        to_user="gh_97417a04a28d",
        create_time=1714112445,
        msg_type="event",
        event="debug_demo",
        fields=dict(push.fields),
        wire="json",
    )
    assert push.fields["debug_str"] == "hello world"


def test_the_official_reply_encrypts_to_its_known_ciphertext():
    found = PushCipher("wxba5fad812f8e6fb9", "A" * 43).encrypt(b'{"demo_resp":"good luck"}', b"707722b803182950")
    assert found == "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    assert signature("AAAAA", "1713424427", "415670741", found) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_another_implementations_vector_encrypts_and_decrypts():
    cipher = PushCipher("wxb11529c136998cb6", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    sealed_text = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    assert cipher.encrypt("我是中文abcd123".encode(), b"aaaabbbbccccdddd") == sealed_text
    assert cipher.decrypt(sealed_text).decode() == "我是中文abcd123"


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_what_the_oracle_encrypts_opens_and_what_we_encrypt_the_oracle_opens(text):
    oracle = WeChatCrypto(TOKEN, KEY, APP_ID)
    inner = json.dumps({"ToUserName": "gh_x", "FromUserName": "o", "CreateTime": 1, "MsgType": "text", "Content": text})
    body = oracle.encrypt_message(inner, NONCE, STAMP)
    query = plain_query(msg_signature=xmltodict.parse(body)["xml"]["MsgSignature"])
    if "\x00" in text:
        with pytest.raises(Malformed):
            SAFE.open(query, body.encode(), "text/xml", NOW)
        return
    push = SAFE.open(query, body.encode(), "text/xml", NOW)
    assert push.content == text
    ours = xmltodict.parse(SAFE.answer(push_like(push, wire="xml"), "好" + text, query, NOW))["xml"]
    shown = oracle.decrypt_message(xmltodict.unparse({"xml": ours}), ours["MsgSignature"], ours["TimeStamp"], NONCE)
    assert xmltodict.parse(shown, strip_whitespace=False)["xml"]["Content"] == readable("好" + text)


def push_like(push, wire):
    return Push(push.from_user, push.to_user, push.create_time, push.msg_type, wire=wire)


@given(st.binary(max_size=500))
def test_any_message_survives_encryption(content):
    cipher = PushCipher(APP_ID, KEY)
    found = cipher.encrypt(content)
    assert cipher.decrypt(found) == content
    assert len(base64.b64decode(found)) % 32 == 0
    assert found != cipher.encrypt(content)


@given(st.text() | st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()))
def test_what_was_not_encrypted_for_us_never_opens(text):
    with pytest.raises(BadSignature):
        PushCipher(APP_ID, KEY).decrypt(text)


def full(message, length=None, app_id=APP_ID):
    return b"r" * 16 + (len(message) if length is None else length).to_bytes(4, "big") + message + app_id.encode()


def encrypted(padded):
    """Whole blocks under the account's key, whatever stands in them."""
    key = base64.b64decode(KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param(full(b"m", length=999), id="length too large"),
        pytest.param(full(b"m", length=0), id="length too small"),
        pytest.param(full(b"m", length=2**32 - 1), id="length of four gigabytes"),
        pytest.param(full(b"m", app_id=""), id="no appid"),
        pytest.param(full(b"m", app_id="wx0000000000000000"), id="another appid"),
        pytest.param(full(b"m", app_id=APP_ID + "x"), id="more than the appid"),
        pytest.param(b"r" * 10, id="too short"),
    ],
)
def test_length_and_appid_are_checked(plain):
    size = 32 - len(plain) % 32
    with pytest.raises(BadSignature):
        PushCipher(APP_ID, KEY).decrypt(encrypted(plain + bytes([size]) * size))


# 16 + 4 + 25 + 18 bytes lack one to a whole block, 16 + 4 + 1 + 18 lack 25.
@pytest.mark.parametrize(
    ("message", "tail", "opens"),
    [
        pytest.param(b"m" * 25, b"\x01", True, id="one byte"),
        pytest.param(b"m", b"\x19" * 25, True, id="many bytes"),
        pytest.param(b"m", bytes(25), False, id="zeros"),
        pytest.param(b"m", bytes(24) + b"\x19", False, id="only the last byte right"),
        pytest.param(b"m" * 25, b"\x21" * 33, False, id="more than a block"),
    ],
)
def test_padding_is_checked(message, tail, opens):
    ciphertext = encrypted(full(message) + tail)
    if opens:
        assert PushCipher(APP_ID, KEY).decrypt(ciphertext) == message
    else:
        with pytest.raises(BadSignature):
            PushCipher(APP_ID, KEY).decrypt(ciphertext)


@pytest.mark.parametrize("stray", ["!", "\n", " ", "="])
def test_base64_with_a_stray_letter_never_opens(stray):
    ciphertext = PushCipher(APP_ID, KEY).encrypt(b"m")
    with pytest.raises(BadSignature):
        PushCipher(APP_ID, KEY).decrypt(ciphertext[:8] + stray + ciphertext[8:])

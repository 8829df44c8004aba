"""The platform's own example pushes (facts §1.1, §1.5), through our door and through the sandbox's codec alike."""

import base64
import json
from datetime import UTC, datetime

import pytest
import xmltodict

from tests.adapters.test_wechat_crypto import OFFICIAL
from wxserver.adapters.wechat import PushDoor
from wxserver.adapters.wechat.crypto import PushCipher, cert_hash, signature
from wxserver.sandbox import wechat_crypto

APP_ID, TOKEN, KEY = "wxba5fad812f8e6fb9", "AAAAA", "A" * 43
PUSHED = (
    '{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,'
    '"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)
PUSH_QUERY = {
    "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    "timestamp": "1714112445",
    "nonce": "415670741",
    "encrypt_type": "aes",
    "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
}
ANSWERED = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
THEIRS = ("wxb11529c136998cb6", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
THEIR_TEXT = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="


def at(stamp):
    return datetime.fromtimestamp(stamp, UTC)


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
def test_the_check_of_our_address_is_signed_the_same_in_every_mode(mode):
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "echostr": "4375120948345356249",
        "timestamp": "1714036504",
        "nonce": "1514711492",
    }
    assert PushDoor(APP_ID, TOKEN, KEY, mode).verify_url(query, at(1714036504)) == "4375120948345356249"


@pytest.mark.parametrize("wire", ["xml", "json"])
def test_the_plain_push_opens_in_plain_mode(wire):
    query = {
        "signature": "899cf89e464efb63f54ddac96b0a0a235f53aa78",
        "timestamp": "1714037059",
        "nonce": "486452656",
    }
    fields = json.loads(PUSHED)
    body = PUSHED if wire == "json" else xmltodict.unparse({"xml": fields})
    push = PushDoor(APP_ID, TOKEN, "", "plain").open(query, body.encode(), "", at(1714037059))
    assert (push.wire, push.from_user, push.event) == (wire, fields["FromUserName"], "debug_demo")


@pytest.mark.parametrize("mode", ["compat", "safe"])
@pytest.mark.parametrize("wire", ["xml", "json"])
def test_the_encrypted_push_opens_in_both_encrypted_modes(mode, wire):
    envelope = {"ToUserName": "gh_97417a04a28d", "Encrypt": OFFICIAL}
    body = json.dumps(envelope) if wire == "json" else xmltodict.unparse({"xml": envelope})
    push = PushDoor(APP_ID, TOKEN, KEY, mode).open(PUSH_QUERY, body.encode(), "", at(1714112445))
    assert push.fields == {name: str(value) for name, value in json.loads(PUSHED).items()}


@pytest.mark.parametrize("encrypt", [PushCipher.encrypt, None], ids=["ours", "the sandbox's"])
@pytest.mark.parametrize(
    ("account", "random", "message", "known"),
    [
        pytest.param((APP_ID, KEY), b"a8eedb185eb2fecf", PUSHED, OFFICIAL, id="push"),
        pytest.param((APP_ID, KEY), b"707722b803182950", '{"demo_resp":"good luck"}', ANSWERED, id="reply"),
        pytest.param(THEIRS, b"aaaabbbbccccdddd", "我是中文abcd123", THEIR_TEXT, id="second set"),
    ],
)
def test_both_codecs_write_and_read_the_known_ciphertexts(encrypt, account, random, message, known):
    app_id, key = account
    if encrypt is None:
        written = wechat_crypto.encrypt(key, app_id, message.encode(), random)
        read = wechat_crypto.decrypt(key, app_id, known)
    else:
        written = PushCipher(app_id, key).encrypt(message.encode(), random)
        read = PushCipher(app_id, key).decrypt(known)
    assert (written, read.decode()) == (known, message)


def test_the_known_push_has_the_length_that_the_page_tells():
    assert len(PUSHED.encode()) == 167
    assert len(base64.b64decode(OFFICIAL)) == 224


@pytest.mark.parametrize("sign", [signature, wechat_crypto.signature], ids=["ours", "the sandbox's"])
@pytest.mark.parametrize(
    ("parts", "known"),
    [
        (("1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        (("1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        (("1714112445", "415670741"), PUSH_QUERY["signature"]),
        (("1714112445", "415670741", OFFICIAL), PUSH_QUERY["msg_signature"]),
        (("1713424427", "415670741", ANSWERED), "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"),
    ],
)
def test_both_sides_sign_as_the_page_does(sign, parts, known):
    assert sign(TOKEN, *parts) == known


@pytest.mark.parametrize("number", ["310101199801011234", " 310101199801011234 "])
def test_the_official_cert_hash_of_face_verification(number):
    official = "3c241f7ff324977aeb91f173bb2a7b06569e6fd784d5573db34a636d8671108b"
    assert cert_hash("IDENTITY_CARD", "张三", number) == official
    assert cert_hash("IDENTITY_CARD", "张三", "31010119980101123x") == cert_hash(
        "IDENTITY_CARD", "张三", "31010119980101123X"
    )

"""Pushes as WeChat would send them to one account, in each mode."""

from datetime import UTC, datetime

from wxserver.adapters.wechat import PushDoor
from wxserver.adapters.wechat.crypto import PushCipher, signature

APP_ID, TOKEN, KEY = "wxf6eb1f9307aaab49", "98ed9eb0a246a8def7b93ed0", "s7zTFdhWUL1wTmqzRx4nLWk9n03EU3801v9ZAUDpr8L"
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
NONCE = "415670741"
CLICK = (
    "<xml><ToUserName><![CDATA[gh_x]]></ToUserName><FromUserName><![CDATA[oOPENID]]></FromUserName>"
    "<CreateTime>1795658984</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[CLICK]]></Event>"
    "<EventKey><![CDATA[HELP_CARD]]></EventKey></xml>"
)
PLAIN, COMPAT, SAFE = (PushDoor(APP_ID, TOKEN, KEY, mode) for mode in ("plain", "compat", "safe"))
DOORS = {"plain": PLAIN, "compat": COMPAT, "safe": SAFE}


def message(*fields, to="gh_x", sender="oOPENID", time="1795658984", kind="text"):
    head = (("ToUserName", to), ("FromUserName", sender), ("CreateTime", time), ("MsgType", kind))
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in (*head, *fields) if value is not None)
    return f"<xml>{inner}</xml>"


def plain_query(timestamp=STAMP, nonce=NONCE, **changes):
    return {"signature": signature(TOKEN, timestamp, nonce), "timestamp": timestamp, "nonce": nonce} | changes


def sealed(text, mode="safe", app_id=APP_ID, key=KEY, timestamp=STAMP, **changes):
    """Query and body of an encrypted push, as the official client would send it."""
    ciphertext = text if isinstance(text, bytes) else PushCipher(app_id, key).encrypt(text.encode()).encode()
    beside = "<FromUserName>oFORGED</FromUserName><MsgType>text</MsgType>" if mode == "compat" else ""
    body = b"<xml><ToUserName>gh_x</ToUserName>%b<Encrypt>%b</Encrypt></xml>" % (beside.encode(), ciphertext)
    query = plain_query(
        timestamp,
        encrypt_type="aes",
        msg_signature=signature(TOKEN, timestamp, NONCE, ciphertext.decode("utf-8", "replace")),
    )
    return query | changes, body


def readable(text):
    """The text as XML can carry it: without control characters, line ends unified."""
    kept = "".join(
        letter for letter in text if letter in "\t\n\r" or (letter >= "\x20" and letter not in "\ufffe\uffff")
    )
    return kept.replace("\r\n", "\n").replace("\r", "\n")

"""Two implementations that share no line read each other: ours, and the sandbox's own codec, over 10 000 messages."""

import json
import random
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.pushes import APP_ID, DOORS, KEY, NONCE, NOW, STAMP, TOKEN, plain_query, readable
from wxserver.ports import Push
from wxserver.sandbox import wechat_crypto, wechat_push

BATCH = 10
PIECES = ["]]>", "<![CDATA[", "&amp;", "<", "😀", "👨‍👩‍👧", "𠮷", "卡", "\u202e", " ", "\n", "\r\n"]
RANGES = [(0x01, 0x7F), (0x80, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
MANY = settings(max_examples=250, deadline=None)
"""250 batches of 10, in two formats and two directions: 10 000 messages."""


def messages(seed):
    """A batch of two texts and a mode each. Drawn from a seed: drawn letter by letter they take minutes."""
    chance = random.Random(seed)

    def letter():
        return chance.choice(PIECES) if chance.random() < 0.4 else chr(chance.randint(*chance.choice(RANGES)))

    def text():
        return "".join(letter() for _ in range(chance.choice([0, 1, chance.randint(2, 30)])))

    return [(text(), text(), chance.choice(["compat", "safe"])) for _ in range(BATCH)]


@pytest.mark.parametrize("form", ["xml", "json"])
@MANY
@given(seed=st.integers(0, 2**64))
def test_the_other_side_reads_what_we_write(form, seed):
    for text, sender, mode in messages(seed):
        push = Push(sender or "oA", "gh_x", 1, "text", wire=form)
        body = DOORS[mode].answer(push, text or "…", plain_query(), NOW)
        account: Any = SimpleNamespace(mode=mode, token=TOKEN, encoding_aes_key=KEY, app_id=APP_ID)
        clear: Any
        clear, fault = wechat_push.understand(account, NONCE, body)
        assert fault is None
        assert clear["Content"] == (readable(text or "…") if form == "xml" else text or "…")
        assert str(clear["CreateTime"]) == STAMP


@pytest.mark.parametrize("form", ["xml", "json"])
@MANY
@given(seed=st.integers(0, 2**64))
def test_we_read_what_the_other_side_writes(form, seed):
    for text, key, mode in messages(seed):
        fields = {
            "ToUserName": "gh_x",
            "FromUserName": "oOPENID",
            "CreateTime": int(STAMP),
            "MsgType": "text",
            "EventKey": key,
            "Content": text,
        }
        if form == "xml":
            fields |= {"Content": readable(text), "EventKey": readable(key)}
        whole = wechat_push.xml(fields) if form == "xml" else json.dumps(fields, ensure_ascii=False)
        encrypted = wechat_crypto.encrypt(KEY, APP_ID, whole.encode())
        beside = {"FromUserName": "oFORGED", "Content": "forged"} if mode == "compat" else {}
        outside = {"ToUserName": "gh_x", **beside, "Encrypt": encrypted}
        body = wechat_push.xml(outside) if form == "xml" else json.dumps(outside)
        query = plain_query(encrypt_type="aes", msg_signature=wechat_crypto.signature(TOKEN, STAMP, NONCE, encrypted))
        push = DOORS[mode].open(query, body.encode(), f"text/{form}", datetime.fromtimestamp(int(STAMP), UTC))
        assert (push.from_user, push.content, push.event_key) == ("oOPENID", fields["Content"], fields["EventKey"])

"""One push is one, however often and from however many sides it arrives."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sqlalchemy import func, select

from wxserver.sandbox import wechat_crypto, wechat_push
from wxserver.settings import load
from wxserver.store.tables.identity import WeChatUser
from wxserver.store.tables.machinery import InboundMessage
from wxserver.store.tables.messages import SubscriptionCredit

DELIVERIES, CONNECTIONS = 200, 16


@pytest.fixture(scope="module")
def town(lone_town):
    """Nobody else's pushes are among those counted."""
    return lone_town


def delivery(town, openid, fields, stamp=None):
    """Address and body of a push to the service account, signed and encrypted by the other side's own code."""
    account = load(town.config).wechat.accounts["jieyang"]
    stamp, nonce = str(stamp or int(time.time())), "415670741"
    whole = {"ToUserName": account.original_id, "FromUserName": openid, "CreateTime": int(stamp)} | fields
    encrypted = wechat_crypto.encrypt(account.encoding_aes_key, account.app_id, wechat_push.xml(whole).encode())
    signature = wechat_crypto.signature(account.token, stamp, nonce, encrypted)
    url = f"{town.url}/wechat/jieyang/push?timestamp={stamp}&nonce={nonce}&encrypt_type=aes&msg_signature={signature}"
    body = wechat_push.xml({"ToUserName": account.original_id, "Encrypt": encrypted}).encode()
    return account, nonce, url, body


def delivered(town, openid, fields):
    """What 200 deliveries over 16 connections were answered, in clear."""
    account, nonce, url, body = delivery(town, openid, fields)
    own = threading.local()

    def send(_):
        if not hasattr(own, "session"):
            own.session = direct()
        answer = own.session.post(url, data=body, headers={"Content-Type": "text/xml"}, timeout=30)
        assert answer.status_code == 200, answer.text
        clear, fault = wechat_push.understand(account, nonce, answer.content)
        assert fault is None
        return json.dumps(clear, ensure_ascii=False, sort_keys=True)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        return list(threads.map(send, range(DELIVERIES)))


def direct():
    """A connection of its own, whatever proxies the environment names."""
    session = requests.Session()
    session.trust_env = False
    return session


def count(town, table, *where):
    with town.database.read() as unit:
        return unit.session.scalar(select(func.count()).select_from(table).where(*where))


def test_200_deliveries_of_a_text_over_16_connections_get_one_row_and_200_equal_replies(town):
    citizen = town.citizen()
    before = count(town, InboundMessage)
    replies = delivered(town, citizen.openid, {"MsgType": "text", "Content": "社保卡丢了", "MsgId": 23456789012345})
    assert len(replies) == DELIVERIES
    assert len(set(replies)) == 1
    assert "挂失" in replies[0]
    assert count(town, InboundMessage) == before + 1


def test_200_deliveries_of_an_event_have_one_effect(town):
    citizen = town.citizen().sign_in()
    entry = {"TemplateId": "a-template", "SubscribeStatusString": "accept", "PopupScene": "1"}
    fields = {
        "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "SubscribeMsgPopupEvent": {"List": entry},
    }
    replies = delivered(town, citizen.openid, fields)
    assert set(replies) == {'"success"'}
    user = select(WeChatUser.id).where(WeChatUser.openid == citizen.openid).scalar_subquery()
    assert count(town, SubscriptionCredit, SubscriptionCredit.wechat_user_id == user) == 1


def test_a_repeat_in_a_later_second_bears_the_second_of_the_first(town):
    citizen = town.citizen()
    fields = {"MsgType": "text", "Content": "社保卡丢了", "MsgId": 99887766}
    account, nonce, url, body = delivery(town, citizen.openid, fields)
    replies = []
    for pause in (1.1, 0):
        answer = direct().post(url, data=body, headers={"Content-Type": "text/xml"}, timeout=30)
        replies.append(wechat_push.understand(account, nonce, answer.content))
        time.sleep(pause)
    assert replies[0] == replies[1]


def test_two_events_of_one_second_are_two(town):
    citizen = town.citizen()
    stamp, before = int(time.time()), count(town, InboundMessage)
    for event, key in (("CLICK", "HELP_CARD"), ("VIEW", f"{town.url}/"), ("CLICK", "HUMAN")):
        _, _, url, body = delivery(town, citizen.openid, {"MsgType": "event", "Event": event, "EventKey": key}, stamp)
        assert direct().post(url, data=body, headers={"Content-Type": "text/xml"}, timeout=30).status_code == 200
    assert count(town, InboundMessage) == before + 3

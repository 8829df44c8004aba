"""What a browser says it is, in a few words that tell nobody apart."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wxserver.usecases.devices import DEVICES, device_of

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
ANDROID = "Mozilla/5.0 (Linux; Android 14; PEEM00 Build/UKQ1) AppleWebKit/537.36 Chrome/116.0.0.0 Mobile Safari/537.36"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
WECHAT = " MicroMessenger/8.0.47 NetType/WIFI Language/zh_CN"


@pytest.mark.parametrize(
    ("said", "device"),
    [
        (SAFARI + WECHAT, "iPhone · 微信"),
        (SAFARI, "iPhone · 浏览器"),
        (ANDROID + WECHAT, "安卓 · 微信"),
        (WINDOWS + WECHAT, "电脑 · 微信"),
        (WINDOWS, "电脑 · 浏览器"),
        ("Mozilla/5.0 (iPad; CPU OS 17_2 like Mac OS X)" + WECHAT, "iPad · 微信"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1 Mobile" + WECHAT, "鸿蒙 · 微信"),
        (ANDROID + WECHAT + " miniProgram/wx0123456789abcdef", "小程序"),
        ("python-requests/2.32", "其他"),
        ("", "其他"),
    ],
)
def test_a_phone_is_told_from_a_computer_and_wechat_from_a_browser(said, device):
    assert device_of(said) == device


@given(st.text(max_size=3000))
@example("\0" * 5000)
@example("Android" * 1000)
def test_whatever_is_sent_the_words_are_from_a_closed_list(said):
    assert device_of(said) in DEVICES


@given(st.sampled_from([SAFARI, ANDROID, WINDOWS]), st.from_regex(r"\A[0-9.]{1,20}\Z"))
def test_no_version_tells_two_phones_of_a_kind_apart(said, version):
    assert device_of(said.replace("17_2", version).replace("14", version)) == device_of(said)


def test_every_word_fits_its_column():
    assert max(map(len, DEVICES)) <= 80

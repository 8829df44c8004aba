"""One sandbox for all suites, told afresh before each test, and a stand-in for our app that keeps what it is sent."""

import pytest

from tests.adapters.scripted import far_side, plain_answer
from tests.far_sides import running_sandbox
from wxserver.adapters.clock import ShiftedClock
from wxserver.adapters.http import RequestsHttp
from wxserver.settings import load

MORE = "".join(
    f"""
[wechat.accounts.{mode}]
name = "{mode}"
original_id = "gh_{mode}"
app_id = "wx0000000000{mode}"
app_secret = "secret-of-{mode}"
token = "token-of-{mode}"
encoding_aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
mode = "{mode}"
kind = "service"
"""
    for mode in ("plain", "compat", "safe")
)


@pytest.fixture(scope="session")
def app_side():
    """What stands where our app would."""
    with far_side() as running:
        yield running


@pytest.fixture(scope="session")
def running(tmp_path_factory, app_side):
    port = int(app_side.url.rpartition(":")[2])
    with running_sandbox(tmp_path_factory.mktemp("far"), port, more=MORE) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running, app_side):
    app_side.says(plain_answer(b""))
    running.control("reset")
    app_side.received.clear()
    yield running
    running.control("reset")


@pytest.fixture(scope="session")
def settings(running):
    return load(running.config)


@pytest.fixture(scope="session")
def clock(running):
    return ShiftedClock(running.var_dir / "clock")


@pytest.fixture(scope="session")
def http():
    client = RequestsHttp(timeout=5)
    yield client
    client.close()


@pytest.fixture(scope="session")
def impatient():
    """An `Http` that gives up long before a far side that keeps silent answers."""
    client = RequestsHttp(timeout=0.7)
    yield client
    client.close()

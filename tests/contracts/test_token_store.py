"""The contract of the port `TokenStore`, over SQLite, PostgreSQL and Redis; and what a Redis that is away means."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.token_stores import STORES, redis_server, redis_shop, redis_tokens, shop, some_name
from tests.far_sides import free_port
from wxserver.adapters.vault import KeyRing, SealingVault
from wxserver.ports import KeptToken, Unavailable

LONG = 60.0


@pytest.fixture(scope="module", params=STORES)
def stores(request, tmp_path_factory):
    with shop(request.param, request, tmp_path_factory.mktemp("tokens")) as opened:
        yield opened


@pytest.fixture(scope="module")
def store(stores):
    return stores.open()


@pytest.fixture(scope="module")
def another(stores):
    """The same store, opened by another process."""
    return stores.open()


@pytest.fixture
def name():
    return some_name()


def test_where_nothing_was_kept_there_is_nothing(store, name):
    assert store.read(name) is None
    store.forget(name, "t")
    store.release(name, "a")
    assert store.read(name) is None


def test_what_one_process_keeps_another_reads_expired_or_not(store, another, name):
    for token in (KeptToken("价" * 512, 1795396800.123456), KeptToken("t", 1.5)):
        assert store.lease(name, "a", LONG)
        store.keep(name, "a", token)
        assert another.read(name) == token


def test_keeping_a_token_gives_the_lease_back(store, another, name):
    assert store.lease(name, "a", LONG)
    assert not another.lease(name, "b", LONG)
    assert not store.lease(name, "a", LONG)
    store.keep(name, "a", KeptToken("t", 1.0))
    assert another.lease(name, "b", LONG)


def test_of_many_at_once_one_gets_the_lease(store, another, name):
    start = Barrier(20)

    def lease(serial):
        start.wait()
        return (store if serial % 2 else another).lease(name, f"o{serial}", LONG)

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(lease, range(20))) == 1


def test_one_who_dies_loses_the_lease_after_its_seconds(store, another, name):
    assert store.lease(name, "dead", 0.3)
    assert not another.lease(name, "b", LONG)
    time.sleep(0.35)
    assert another.lease(name, "b", LONG)
    store.release(name, "dead")
    assert not store.lease(name, "c", LONG)


def test_one_who_lost_the_lease_to_another_keeps_nothing(store, another, name):
    assert store.lease(name, "slow", 0.05)
    time.sleep(0.1)
    assert another.lease(name, "b", LONG)
    store.keep(name, "slow", KeptToken("old", 1.0))
    assert store.read(name) is None
    assert not store.lease(name, "c", LONG)
    another.keep(name, "b", KeptToken("new", 2.0))
    assert store.read(name) == KeptToken("new", 2.0)


def test_one_whose_lease_ran_out_untaken_still_keeps_what_was_fetched(store, name):
    assert store.lease(name, "slow", 0.05)
    time.sleep(0.1)
    store.keep(name, "slow", KeptToken("t", 1.0))
    assert store.read(name) == KeptToken("t", 1.0)


def test_a_lease_is_given_back_by_its_owner_only(store, name):
    assert store.lease(name, "a", LONG)
    store.release(name, "b")
    assert not store.lease(name, "b", LONG)
    store.release(name, "a")
    assert store.lease(name, "b", LONG)


def test_a_token_is_forgotten_unless_another_has_replaced_it(store, another, name):
    store.keep(name, "a", KeptToken("old", 1.0))
    store.keep(name, "a", KeptToken("new", 2.0))
    another.forget(name, "old")
    assert store.read(name) == KeptToken("new", 2.0)
    another.forget(name, "new")
    assert store.read(name) is None


def test_accounts_and_kinds_of_token_do_not_meet(store, name):
    ticket = name.replace("access", "jsapi")
    store.keep(name, "a", KeptToken("t1", 1.0))
    store.keep(ticket, "a", KeptToken("t2", 2.0))
    assert store.lease(name, "a", LONG)
    assert store.lease(ticket, "b", LONG)
    store.forget(name, "t1")
    assert store.read(ticket) == KeptToken("t2", 2.0)


def test_no_token_lies_there_in_clear(store, stores, name):
    token = "80_secretVALUE" + "x" * 100
    store.keep(name, "a", KeptToken(token, 1.0))
    assert name in stores.contents()
    assert "secretVALUE" not in stores.contents()
    assert "secretVALUE" not in repr(store.read(name))


OWNERS, VALUES = ("a", "b"), ("t", "u")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("lease"), st.sampled_from(OWNERS)),
        st.tuples(st.just("release"), st.sampled_from(OWNERS)),
        st.tuples(st.just("keep"), st.sampled_from(OWNERS), st.sampled_from(VALUES)),
        st.tuples(st.just("forget"), st.sampled_from(VALUES)),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_any_order_of_steps_leaves_what_the_rules_say(store, another, steps):
    name, holder, kept = some_name(), None, None
    for serial, (step, *what) in enumerate(steps):
        side = store if serial % 2 else another
        if step == "lease":
            assert side.lease(name, what[0], LONG) is (holder is None)
            holder = holder or what[0]
        elif step == "release":
            side.release(name, what[0])
            holder = None if holder == what[0] else holder
        elif step == "keep":
            side.keep(name, what[0], KeptToken(what[1], float(serial)))
            if holder in (None, what[0]):
                holder, kept = None, KeptToken(what[1], float(serial))
        else:
            side.forget(name, what[0])
            kept = None if kept is not None and kept.value == what[0] else kept
        assert store.read(name) == kept


# Redis alone


@pytest.mark.parametrize(
    "ask",
    [
        lambda tokens: tokens.read("n"),
        lambda tokens: tokens.lease("n", "a", 1.0),
        lambda tokens: tokens.keep("n", "a", KeptToken("secretVALUE", 1.0)),
        lambda tokens: tokens.release("n", "a"),
        lambda tokens: tokens.forget("n", "secretVALUE"),
    ],
)
def test_a_redis_that_is_away_is_no_definite_answer_and_its_password_is_not_told(ask, caplog):
    tokens = redis_tokens(f"redis://wx:hushhush@127.0.0.1:{free_port()}/0")
    with pytest.raises(Unavailable) as caught:
        ask(tokens)
    assert caught.value.__context__ is None
    for told in (str(caught.value), caplog.text):
        assert "hushhush" not in told
        assert "secretVALUE" not in told
    tokens.close()


def test_a_token_that_does_not_open_any_more_is_replaced(tmp_path, name):
    with redis_server(tmp_path) as url, redis_shop(url) as opened:
        before, after = (
            opened.open(),
            redis_tokens(url, SealingVault(KeyRing("k2", {"k2": b"z" * 32}, *[b"i" * 32] * 2))),
        )
        before.keep(name, "a", KeptToken("t", 1.0))
        assert after.read(name) is None
        after.forget(name, "t")
        assert after.lease(name, "b", LONG)
        after.keep(name, "b", KeptToken("u", 2.0))
        assert after.read(name) == KeptToken("u", 2.0)
        after.close()

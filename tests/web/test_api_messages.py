"""The inbox over the API: what stands there, page by page, and that nobody reads for somebody else."""

import base64
from datetime import timedelta

import pytest

from tests.web.expectations import conforms, refused
from tests.web.letters import read_at, someone, tell


@pytest.fixture
def database(jieyang):
    return jieyang.app.extensions["world"].database


@pytest.fixture
def now(jieyang):
    return jieyang.app.extensions["world"].clock.now()


@pytest.fixture(scope="module")
def lin(jieyang):
    return someone(jieyang)


@pytest.fixture(scope="module")
def case(lin):
    return lin.applied()


def test_messages_are_listed_newest_first_and_looking_reads_nothing(jieyang, document, database, now):
    lin = someone(jieyang)
    case = lin.applied()
    older = tell(database, case, now - timedelta(hours=1), "旧的", read=True)
    newer = tell(database, case, now, "新的")

    content = conforms(document, lin.mini.get("messages"), "Messages")

    assert [(each["id"], each["read"]) for each in content["items"]] == [(newer, False), (older, True)]
    assert content["items"][0]["case"] == case
    assert content["items"][0]["at"].endswith("+08:00")
    assert read_at(database, newer) is None


def test_pages_follow_one_another_without_gap_or_double_also_in_one_instant(jieyang, database, now):
    who = someone(jieyang)
    case = who.applied()
    told = {tell(database, case, now) for _ in range(5)}

    seen, path = [], "messages?limit=2"
    while True:
        content = who.mini.get(path).json
        seen += [each["id"] for each in content["items"]]
        if content["next"] is None:
            break
        path = f"messages?limit=2&after={content['next']}"

    assert len(seen) == 5
    assert set(seen) == told


def test_a_message_is_read_once_and_the_time_stays(database, now, lin, case):
    told = tell(database, case, now)

    assert lin.mini.post(f"messages/{told}/read", {}).status_code == 204
    first = read_at(database, told)
    assert first is not None
    assert lin.mini.post(f"messages/{told}/read", {}).status_code == 204
    assert read_at(database, told) == first


def test_somebody_elses_message_does_not_exist(jieyang, database, now, case):
    told, stranger = tell(database, case, now), someone(jieyang)

    refused(stranger.mini.post(f"messages/{told}/read", {}), 404, "unknown-message")
    refused(stranger.mini.post("messages/nothing/read", {}), 404, "unknown-message")
    assert read_at(database, told) is None
    assert stranger.mini.get("messages").json == {"items": [], "next": None}


def test_the_inbox_needs_a_person(jieyang):
    guest = jieyang.wechat_only()

    refused(guest.get("messages"), 401, "sign-in-required")
    refused(guest.post("messages/x/read", {}), 401, "sign-in-required")


def test_a_form_of_another_site_reads_nothing(jieyang, database, now, lin, case):
    told = tell(database, case, now)

    answer = lin.browser().post(f"/api/v1/messages/{told}/read")

    refused(answer, 403, "csrf")
    assert read_at(database, told) is None


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "2026-11-23T10:00:00|" + "a" * 32,
        "0001-01-01T00:00:00+14:00|" + "a" * 32,
        "9999-12-31T23:59:59-14:00|" + "a" * 32,
        "2026-11-23T10:00:00+00:00|short",
        "2026-11-23T10:00:00+00:00|" + "\x00" * 32,
    ],
)
def test_a_place_that_is_none_is_refused(lin, text):
    place = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    refused(lin.mini.get(f"messages?after={place}"), 400, "bad-cursor")

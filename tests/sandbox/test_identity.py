"""The identity provider: signed calls in, a face page, a signed callback and a return that carries no result."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.sandbox.conftest import IDENTITY_SECRET, Answer, Far, StandIn, until
from wxserver.sandbox.identity import subject_digest


def _ask(far: Far, stand_in: StandIn, reference: str = "ref-1", **more: Any) -> Answer:
    body = {
        "reference": reference, "name": "林秀兰", "id_type": "resident_id", "id_number": "445202195603120021",
        "return_url": f"{stand_in.url}/identity/signed/return?reference={reference}&state=abc",
        "callback_url": f"{stand_in.url}/identity/signed/callback", "purpose": "sign-in",
    }  # fmt: skip
    return far.signed("POST", "/identity/verifications", body | more)


def _callbacks(stand_in: StandIn) -> list[Any]:
    return stand_in.at("/identity/signed/callback")


def _genuine(one: Any) -> bool:
    try:
        Webhook(IDENTITY_SECRET).verify(one.body, dict(one.headers))
    except Exception:  # noqa: BLE001
        return False
    return True


def test_a_started_verification_has_the_providers_own_page_whose_address_ends_in_its_reference(
    far: Far, stand_in: StandIn
) -> None:
    answer = _ask(far, stand_in)
    assert answer.status == 201
    assert answer.json["url"] == f"{far.url}/identity/face/{answer.json['provider_reference']}"
    asked = far.signed("GET", f"/identity/verifications/{answer.json['provider_reference']}").json
    assert (asked["reference"], asked["result"]) == ("ref-1", None)


def test_a_call_without_a_good_signature_is_401(far: Far, stand_in: StandIn) -> None:
    reference = _ask(far, stand_in).json["provider_reference"]
    wrong = "whsec_" + "AAAA" * 8
    assert far.signed("GET", f"/identity/verifications/{reference}", secret=wrong).status == 401
    assert far.get(f"/identity/verifications/{reference}").status == 401


def test_the_same_reference_from_twenty_threads_is_one_verification(far: Far, stand_in: StandIn) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: _ask(far, stand_in).body, range(20)))
    assert len(set(answers)) == 1
    assert [(effect["effect"], effect["key"]) for effect in far.items("effects?far_side=identity")] == [
        ("verifications", "ref-1")
    ]
    assert _ask(far, stand_in, name="陈桂英").status == 409


@pytest.mark.parametrize(
    "fault", [{"name": ""}, {"id_type": "x"}, {"return_url": "https://example.com/"}, {"purpose": 1}]
)
def test_an_incomplete_request_is_400_with_a_sentence(far: Far, stand_in: StandIn, fault: dict[str, Any]) -> None:
    answer = _ask(far, stand_in, **fault)
    assert answer.status == 400
    assert answer.json["detail"].endswith("。")


@pytest.mark.parametrize(
    ("result", "fail_code"), [("passed", None), ("failed", "face-mismatch"), ("cancelled", "user-cancelled")]
)
def test_a_result_is_called_back_signed_before_the_person_is_sent_back(
    far: Far, stand_in: StandIn, result: str, fail_code: str | None
) -> None:
    started = _ask(far, stand_in).json
    answer = far.form(f"/identity/face/{started['provider_reference']}", f"result={result}")
    assert answer.status == 303
    assert answer.headers["location"] == f"{stand_in.url}/identity/signed/return?reference=ref-1&state=abc"
    (one,) = _callbacks(stand_in)
    assert _genuine(one)
    assert one.json["type"] == "verification.completed"
    data = one.json["data"]
    assert {name: data[name] for name in ("reference", "provider_reference", "result", "fail_code", "level")} == {
        "reference": "ref-1", "provider_reference": started["provider_reference"], "result": result,
        "fail_code": fail_code, "level": "face",
    }  # fmt: skip
    digest = hashlib.sha256("resident_id|445202195603120021|林秀兰".encode()).hexdigest()
    assert data["subject_digest"] == digest
    assert far.signed("GET", f"/identity/verifications/{started['provider_reference']}").json == data


def test_a_second_result_changes_nothing_and_calls_back_no_more(far: Far, stand_in: StandIn) -> None:
    page = f"/identity/face/{_ask(far, stand_in).json['provider_reference']}"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda result: far.form(page, f"result={result}"), ["passed", "failed"] * 4))
    assert {answer.status for answer in answers} == {303}
    assert len(_callbacks(stand_in)) == 1


def test_the_digest_unifies_the_dots_and_blanks_of_names_and_the_case_of_numbers() -> None:
    spellings = ("阿依古丽•买买提", "阿依古丽・买买提", "阿依古丽.买买提", "阿依古丽·买买提", " 阿依古丽 · 买买提")
    assert len({subject_digest("resident_id", "65010119900307002x", name) for name in spellings}) == 1
    assert subject_digest("resident_id", "１x", "甲") == subject_digest("resident_id", "1X ", "甲")


def test_the_face_page_wants_the_tick_first_and_works_without_script(far: Far, stand_in: StandIn) -> None:
    page = f"/identity/face/{_ask(far, stand_in).json['provider_reference']}"
    first = far.get(page)
    assert "林*兰" in first.text
    assert "4452**********0021" in first.text
    assert "林秀兰" not in first.text
    assert "我同意用人脸核对本人身份" in first.text
    assert "通过" not in first.text
    assert "请先勾选" in far.get(f"{page}?step=2").text
    second = far.get(f"{page}?step=2&agreed=yes").text
    assert all(f'value="{result}"' in second for result in ("passed", "failed", "cancelled"))
    assert "<script" not in first.text + second
    assert far.form(page, "result=maybe").status == 400
    assert far.get("/identity/face/none").status == 404


def test_a_verification_expires_after_ten_minutes_and_says_so_by_itself(far: Far, stand_in: StandIn) -> None:
    started = _ask(far, stand_in).json
    far.control("time", {"advance": "PT9M50S"})
    now = far.world.clock.now().astimezone(UTC)
    asked = far.signed("GET", f"/identity/verifications/{started['provider_reference']}", at=now)
    assert asked.json["result"] is None
    far.control("time", {"advance": "PT11S"})
    event = until(lambda: _callbacks(stand_in))[0]
    assert (event.json["data"]["result"], event.json["data"]["fail_code"]) == ("expired", "expired")
    answer = far.form(f"/identity/face/{started['provider_reference']}", "result=passed")
    assert answer.status == 303
    assert "已经结束" in far.get(f"/identity/face/{started['provider_reference']}").text
    assert len(_callbacks(stand_in)) == 1


def test_a_callback_that_is_not_taken_is_sent_again_after_a_second(far: Far, stand_in: StandIn) -> None:
    stand_in.respond = lambda _: ("", 500 if len(stand_in.received) < 2 else 200)
    far.form(f"/identity/face/{_ask(far, stand_in).json['provider_reference']}", "result=passed")
    until(lambda: len(_callbacks(stand_in)) == 2)
    first, second = _callbacks(stand_in)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert 0.8 < second.at - first.at < 2.5


def _decided(far: Far, stand_in: StandIn, mishap: str) -> None:
    far.control("mishaps", {"target": "identity", "mishap": mishap})
    far.form(f"/identity/face/{_ask(far, stand_in).json['provider_reference']}", "result=passed")


def test_duplicate_sends_the_same_callback_twice(far: Far, stand_in: StandIn) -> None:
    _decided(far, stand_in, "duplicate")
    until(lambda: len(_callbacks(stand_in)) == 2)
    first, second = _callbacks(stand_in)
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert _genuine(first)
    assert _genuine(second)


def test_bad_signature_is_followed_by_the_true_one(far: Far, stand_in: StandIn) -> None:
    stand_in.respond = lambda one: ("", 200 if _genuine(one) else 401)
    _decided(far, stand_in, "bad_signature")
    until(lambda: len(_callbacks(stand_in)) == 2)
    assert [_genuine(one) for one in _callbacks(stand_in)] == [False, True]


def test_no_callback_never_comes_but_the_result_can_be_asked_for(far: Far, stand_in: StandIn) -> None:
    _decided(far, stand_in, "no_callback")
    reference = _ask(far, stand_in).json["provider_reference"]
    assert far.signed("GET", f"/identity/verifications/{reference}").json["result"] == "passed"
    _ask(far, stand_in, "ref-2")
    other = _ask(far, stand_in, "ref-2").json["provider_reference"]
    far.form(f"/identity/face/{other}", "result=passed")
    assert [one.json["data"]["reference"] for one in _callbacks(stand_in)] == ["ref-2"]


def test_late_callback_comes_seconds_after_the_person(
    far: Far, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wxserver.sandbox.outbox.LATE", 0.6)
    _decided(far, stand_in, "late_callback")
    assert _callbacks(stand_in) == []
    until(lambda: len(_callbacks(stand_in)) == 1)


def test_reorder_holds_a_callback_until_after_the_next_one(far: Far, stand_in: StandIn) -> None:
    _decided(far, stand_in, "reorder")
    assert _callbacks(stand_in) == []
    other = _ask(far, stand_in, "ref-2").json["provider_reference"]
    far.form(f"/identity/face/{other}", "result=failed")
    until(lambda: len(_callbacks(stand_in)) == 2)
    assert [one.json["data"]["reference"] for one in _callbacks(stand_in)] == ["ref-2", "ref-1"]


def test_reorder_without_a_next_one_ends_by_itself(
    far: Far, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wxserver.sandbox.outbox.HELD", 0.5)
    _decided(far, stand_in, "reorder")
    until(lambda: len(_callbacks(stand_in)) == 1)


def test_a_verification_survives_a_restart(start: Callable[[], Far], stand_in: StandIn) -> None:
    reference = _ask(start(), stand_in).json["provider_reference"]
    far = start()
    far.form(f"/identity/face/{reference}", "result=passed")
    assert far.signed("GET", f"/identity/verifications/{reference}").json["result"] == "passed"


def test_in_the_phones_frame_the_provider_asks_its_whole_way_once_and_elsewhere_goes_straight_to_the_face(
    far: Far, stand_in: StandIn
) -> None:
    page = f"/identity/face/{_ask(far, stand_in).json['provider_reference']}"
    framed = {"Sec-Fetch-Dest": "iframe"}
    assert "请选择服务" in far.get(page, framed).text
    assert "申请获取您的昵称和头像" in far.get(f"{page}?way=nickname", framed).text
    assert "即将打开“粤信签”小程序" in far.get(f"{page}?way=open", framed).text
    allowed = far.get(f"{page}?way=face", framed)
    assert "核验谁" in allowed.text
    cookie = allowed.cookies[0].partition(";")[0]
    assert "核验谁" in far.get(page, framed | {"Cookie": cookie}).text
    another = far.person()["openid"]
    assert "请选择服务" in far.get(page, framed | {"Cookie": f"{cookie}; sandbox_user={another}"}).text
    assert "核验谁" in far.get(page).text
    trace = [one["meaning"] for one in far.get("/phone/state.json").json["trace"]]
    assert "允许昵称和头像，看打开小程序的请求" in trace

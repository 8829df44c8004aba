"""What scripts drive the sandbox by, its time, its settings, and who is kept out."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Far, StandIn, call, document
from wxserver.sandbox import create_app
from wxserver.sandbox.people import DEMO, resident_id


def _valid(number: str) -> bool:
    """An oracle of its own for the checksum: weights as powers of two modulo 11."""
    total = sum((2 ** (17 - place) % 11) * (10 if sign == "X" else int(sign)) for place, sign in enumerate(number))
    return re.fullmatch(r"\d{17}[\dX]", number) is not None and total % 11 == 1


def test_a_person_without_a_number_gets_a_valid_one_and_each_card_a_number(far: Far) -> None:
    answer = far.control("people", {"name": "陈桂英", "phone": "13800138000", "cards": [{"state": "sealed"}, {}]})
    assert answer.status == 201
    told = answer.json
    assert _valid(told["id_number"])
    assert len(told["openid"]) == 28
    assert [card["state"] for card in told["cards"]] == ["sealed", "active"]
    assert all(re.fullmatch(r"X\d{8}", card["number"]) for card in told["cards"])
    assert set(told["cards"][0]) == {"card", "number", "bank", "region", "state", "expires_on"}


def test_the_demo_people_are_there_with_valid_numbers_and_their_cards(far: Far) -> None:
    people = {person["name"]: person for person in far.items("people")}
    assert [person["name"] for person in DEMO] == list(people)
    assert all(_valid(person["id_number"]) for person in people.values())
    assert people["林秀兰"]["id_number"].startswith("4452021956")
    assert int(people["林秀兰"]["id_number"][16]) % 2 == 0
    states = {name: [card["state"] for card in person["cards"]] for name, person in people.items()}
    assert states == {"林秀兰": ["active", "sealed"], "陈志强": [], "黄美珍": ["formally_lost"], "陈小雨": []}
    assert people["林秀兰"]["cards"][0]["number"] == "X00000019"


def test_the_checksum_is_that_of_the_published_example() -> None:
    assert resident_id("11010519491231002") == "11010519491231002X"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("people", {"name": ""}),
        ("people", {"id_type": "x"}),
        ("people", {"id_type": "passport"}),
        ("people", {"cards": {}}),
        ("people", {"cards": [{"state": "new"}]}),
        ("people", {"cards": [{"expires_on": "soon"}]}),
        ("people", []),
        ("mishaps", {"target": "x", "mishap": "error"}),
        ("mishaps", {"target": "wechat", "mishap": "x"}),
        ("mishaps", {"target": "wechat", "mishap": "error", "times": 0}),
        ("mishaps", {"target": "wechat", "mishap": "error", "times": True}),
        ("mishaps", {"target": "wechat", "mishap": "error", "only": "reads"}),
        ("productions/none", {"node": "x"}),
        ("push", {"openid": "o"}),
        ("push", {"text": "x"}),
        ("push", {"openid": "o", "text": "x", "account": "none"}),
        ("push", {"openid": "o", "text": "x", "deliveries": 0}),
        ("time", {}),
        ("time", {"set": "2026-11-26T10:00:00"}),
        ("time", {"set": "noon"}),
        ("time", {"advance": "72h"}),
        ("time", {"advance": "P"}),
        ("time", {"advance": "P999999999W"}),
        ("time", {"real": False}),
        ("time", {"real": True, "advance": "PT1H"}),
    ],
)
def test_faulty_input_is_400_with_a_sentence(far: Far, path: str, body: Any) -> None:
    raw = __import__("json").dumps(body).encode()
    answer = call("POST", f"{far.url}/control/{path}", raw)
    assert answer.status == 400
    assert answer.json["detail"].endswith("。")


def test_broken_json_is_400_and_too_much_of_it_413(far: Far) -> None:
    for raw, status in ((b"{", 400), (b"[" * 60_000, 400), (b"x" * 70_000, 413)):
        assert call("POST", f"{far.url}/control/people", raw).status == status


def test_a_production_that_is_not_there_is_404(far: Far) -> None:
    assert far.control("productions/none", {"node": "made"}).status == 404


def test_calls_are_listed_per_far_side_without_their_query(far: Far) -> None:
    far.get("/cgi-bin/token?grant_type=client_credential&appid=x&secret=hush")
    far.signed("GET", "/registry/cards/none")
    far.get("/identity/face/none")
    calls = far.items("calls")
    assert [(one["target"], one["method"], one["path"], one["mishap"]) for one in calls] == [
        ("wechat", "GET", "/cgi-bin/token", None),
        ("registry", "GET", "/registry/cards/none", None),
    ]
    assert [one["path"] for one in far.items("calls?target=registry")] == ["/registry/cards/none"]


def test_time_is_set_advanced_and_made_real_in_a_file_that_both_sides_read(far: Far, tmp_path: Path) -> None:
    clock = tmp_path / "var" / "clock"
    told = far.control("time", {"set": "2026-11-26T10:00:00+08:00"}).json
    assert told["now"].startswith("2026-11-26T10:00:00")
    offset = float(clock.read_text(encoding="ascii"))
    assert abs(datetime.now(UTC) + timedelta(seconds=offset) - datetime(2026, 11, 26, 2, tzinfo=UTC)) < timedelta(
        seconds=2
    )
    assert abs(far.control("time", {"advance": "PT72H"}).json["offset"] - offset - 72 * 3600) < 0.01
    assert far.control("time", method="GET").json["now"].startswith("2026-11-29T10:00:0")
    clock.write_text("3600.0", encoding="ascii")
    assert far.control("time", method="GET").json["offset"] == 3600.0
    assert far.control("time", {"real": True}).json["offset"] == 0.0
    assert not clock.exists()


def test_a_reset_leaves_the_demo_people_and_nothing_else(far: Far, stand_in: StandIn) -> None:
    person = far.person(cards=[{"state": "sealed"}])
    far.signed("POST", f"/registry/cards/{person['cards'][0]['card']}/activation", {}, key="k")
    far.control("mishaps", {"target": "wechat", "mishap": "error"})
    far.control("push", {"openid": person["openid"], "text": "x"})
    far.control("time", {"advance": "P3D"})
    assert far.control("reset").status == 204
    assert [len(far.items(path)) for path in ("people", "calls", "effects", "mishaps", "messages", "productions")] == [
        len(DEMO), 0, 0, 0, 0, 0,
    ]  # fmt: skip
    assert far.control("time", method="GET").json["offset"] == 0.0
    assert far.signed("GET", f"/registry/cards/{person['cards'][0]['card']}").status == 404


def test_everything_survives_a_restart(start: Callable[[], Far]) -> None:
    far = start()
    person = far.person(cards=[{"state": "active"}])
    far.control("mishaps", {"target": "registry", "mishap": "error", "times": 2})
    far = start()
    assert person["openid"] in [one["openid"] for one in far.items("people")]
    assert far.items("mishaps")[0]["remaining"] == 2
    assert len(far.items("people")) == len(DEMO) + 1


def test_it_is_healthy_for_anyone_and_a_web_page_from_elsewhere_cannot_drive_it(far: Far) -> None:
    assert far.get("/healthz").status == 200
    body, foreign = b'{"target":"wechat","mishap":"error"}', {"Origin": "http://evil.example"}
    assert call("POST", f"{far.url}/control/mishaps", body, foreign).status == 403
    assert call("POST", f"{far.url}/control/mishaps", body, {"Origin": "null"}).status == 403
    assert call("POST", f"{far.url}/control/mishaps", body, {"Host": "evil.example"}).status == 403
    assert call("POST", f"{far.url}/control/mishaps", body, {"Origin": far.url}).status == 201


def test_every_page_has_a_policy_without_inline_script(far: Far, stand_in: StandIn) -> None:
    for path in ("/", "/identity/face/none", "/connect/oauth2/authorize", "/nowhere"):
        policy = far.get(path).headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert f"frame-src 'self' {stand_in.url};" in policy
        assert "unsafe" not in policy


def test_unknown_addresses_and_methods_get_a_problem(far: Far) -> None:
    assert far.get("/nowhere").status == 404
    assert far.get("/control/push").status == 405


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('environment = "sandbox"', 'environment = "production"', "environment"),
        ('public_url = "http://127.0.0.1', 'public_url = "https://rs.example.gov.cn', "public_url"),
        ('api_base_url = "http://127.0.0.1:1"', 'api_base_url = "https://api.weixin.qq.com"', "api_base_url"),
        ('base_url = "http://127.0.0.1:1/registry"', 'base_url = "http://10.1.2.3/registry"', "[registry]"),
        ('base_url = "http://127.0.0.1:1/identity"', 'base_url = "ftp://127.0.0.1/"', "identity.providers.signed"),
        ("whsec_AAEC", "whsec_!!!!", "[registry]"),
        ("abcdefghijklmnop", "abc", "encoding_aes_key"),
        ('app_secret = "secret-of-jieyang"', "", "app_secret"),
        ('mode = "safe"', 'mode = "secret"', "mode"),
        ('kind = "service"', 'kind = "miniprogram"', "service"),
        ("${SANDBOX_URL:-http://127.0.0.1:1}", "${NEVER_SET_ANYWHERE}", "NEVER_SET_ANYWHERE"),
        ("[server]", "[server", "TOML"),
        ("[registry]", "registry = 1\n[x]", "[registry]"),
    ],
)
def test_it_refuses_to_start_beside_anything_real_or_broken_and_says_why(
    config: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, named: str
) -> None:
    monkeypatch.delenv("SANDBOX_URL", raising=False)
    text = config.read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    if new.startswith("registry = 1"):
        text = new.partition("\n")[0] + "\n" + text.replace(new, "[x]", 1)
    config.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=re.escape(named)):
        create_app()


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WXSERVER_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(SystemExit, match=r"none\.toml"):
        create_app()


def test_var_dir_of_the_environment_wins(
    start: Callable[[], Far], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "elsewhere"))
    start()
    assert (tmp_path / "elsewhere" / "sandbox.db").exists()


def test_hundreds_of_requests_at_once_are_all_answered(far: Far) -> None:
    from concurrent.futures import ThreadPoolExecutor

    begun = time.monotonic()
    with ThreadPoolExecutor(50) as pool:
        told = list(pool.map(lambda number: far.person(name=f"市民{number}"), range(150)))
    assert len({person["openid"] for person in told}) == 150
    assert time.monotonic() - begun < 20


def test_the_written_config_is_what_the_tests_think(tmp_path: Path) -> None:
    assert 'environment = "production"' in document("a", "b", tmp_path, environment="production")

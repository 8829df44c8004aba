"""`kill -9` while submits wait for a registry that does not answer: every accepted case completes, once."""

import random
import threading
import time
import uuid

import pytest
import requests

from tests.database import fresh_postgres, sqlite_url
from tests.far_sides import free_port, running_app, running_sandbox
from tests.town import Citizen, Town, sqlite_default, wait_for

ROUNDS = 20


def _submit(citizen, card, accepted):
    key = uuid.uuid4().hex
    body = {"card_id": card, "form": {"phone": "13800005620"}}
    try:
        answer = citizen.submit("change-information", key, **body)
    except requests.RequestException:
        return
    if answer.status_code == 201:
        accepted.append(answer.json()["number"])


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_cases_survive_being_killed_twenty_times_at_random_moments(kind, request, tmp_path):
    """Ten rounds on each database. A case counts as accepted once its row is written, answered or not."""
    if kind == "sqlite":
        _kill_again_and_again(sqlite_url(tmp_path), tmp_path, kind)
        return
    with fresh_postgres(request.getfixturevalue("postgres_server")) as url:
        _kill_again_and_again(url, tmp_path, kind)


def _kill_again_and_again(url, tmp_path, kind):
    port, seed = free_port(), random.randrange(10**6)
    moments = random.Random(seed)
    replacing = {
        f'url = "{sqlite_default(tmp_path)}"': f'url = "{url}"',
        "far_side_timeout_seconds = 5": "far_side_timeout_seconds = 0.5",
        "lease_seconds = 30": "lease_seconds = 1.5",
    }
    with running_sandbox(tmp_path, port, replacing=replacing) as sandbox:
        town = Town(kind, f"http://127.0.0.1:{port}", sandbox, None, sandbox.config)
        with running_app(sandbox.config, port, tmp_path / "var") as app:
            citizens = [town.citizen("active").sign_in() for _ in range(3)]
            cards = [citizen.cards()[0]["id"] for citizen in citizens]
            app.kill()
        accepted: list[str] = []
        for _ in range(ROUNDS // 2):
            sandbox.mishap("registry", moments.choice(["timeout", "lost_reply"]), 2, only_effects=True)
            with running_app(sandbox.config, port, tmp_path / "var", set_up=False) as app:
                threads = [
                    threading.Thread(target=_submit, args=(citizen, card, accepted))
                    for citizen, card in zip(citizens, cards, strict=True)
                ]
                for thread in threads:
                    thread.start()
                time.sleep(moments.uniform(0.01, 0.8))
                app.kill()
                for thread in threads:
                    thread.join()
        with running_app(sandbox.config, port, tmp_path / "var", set_up=False):
            wait_for(lambda: all(case["status"] == "completed" for each in citizens for case in _cases(each)), 30)
            everything = [case["number"] for citizen in citizens for case in _cases(citizen)]
            assert set(accepted) <= set(everything)
            assert everything, f"no case at all; seed {seed}"
            keys = sorted(effect["key"] for effect in sandbox.effects())
            assert keys == sorted(f"{number}:profile" for number in everything), f"seed {seed}"


def _cases(citizen: Citizen):
    return citizen.api("GET", "/cases?limit=50").json()["items"]

"""Logs: nothing personal and nothing secret leaves the process."""

import io
import json
import logging

import pytest

from wxserver import log


@pytest.fixture
def lines():
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = root.handlers[:]
    stream = io.StringIO()
    log.configure(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "secret",
    [
        "11010519491231002X",
        "440524188001010014",
        "610104620927690",
        "13800005620",
        "+8613800005620",
        "6222021234567890123",
        "H12345678",
        "whsec_LfHpRwI0V6MMNdFoAnh1G1kVE92tJo3XJQEci/1sbO4=",
        "Bearer 0123456789abcdef",
    ],
)
def test_personal_data_and_secrets_are_masked_wherever_they_turn_up(lines, secret):
    logging.getLogger("anywhere").warning("seen %s, twice: %s", secret, secret)
    try:
        raise ValueError(f"bad value {secret}")
    except ValueError:
        logging.getLogger("anywhere").exception("it failed", extra={"detail": {"deep": [secret]}})
    assert secret not in json.dumps(lines(), ensure_ascii=False)


def test_addresses_lose_their_codes_and_states(lines):
    logging.getLogger("anywhere").info("GET /wechat/jieyang/oauth?code=abc123&state=def456")
    (line,) = lines()
    assert "abc123" not in line["event"]
    assert "def456" not in line["event"]


def test_fields_that_name_personal_data_are_hidden_whatever_they_hold(lines):
    logging.getLogger("anywhere").info("asked", extra={"phone": "unusual", "form": {"a": 1}})
    (line,) = lines()
    assert line["phone"] == line["form"] == "[hidden]"


def test_lines_keep_what_operators_need(lines):
    logging.getLogger("wxserver.jobs").error("work exhausted", extra={"work": "abc", "kind": "carry_out"})
    (line,) = lines()
    assert (line["event"], line["level"], line["work"]) == ("work exhausted", "error", "abc")

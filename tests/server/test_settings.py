"""Settings: the example runs, every fault is named at once, and nothing unsafe starts."""

import copy
import tomllib
from datetime import time

import pytest

from tests.far_sides import EXAMPLE
from wxserver.settings import SettingsFault, load, parse
from wxserver.settings.values import ClockRules


@pytest.fixture
def document():
    return copy.deepcopy(tomllib.loads(EXAMPLE.read_text("utf-8")))


def faults(document, environment=None):
    with pytest.raises(SettingsFault) as caught:
        parse(document, "test", environment or {})
    return caught.value.faults


def test_the_example_runs_and_its_addresses_move_with_the_variables(document):
    settings = parse(document, "example", {"PORT": "9000", "SANDBOX_PORT": "9001", "VAR_DIR": "elsewhere"})
    assert settings.server.public_url == "http://127.0.0.1:9000"
    assert settings.registry.base_url == "http://127.0.0.1:9001/registry"
    assert str(settings.server.var_dir) == "elsewhere"


def test_every_fault_is_named_at_once_with_its_path(document):
    del document["registry"]["secret"]
    document["server"]["public_urll"] = "x"
    document["jobs"]["lease_seconds"] = "long"
    document["wechat"]["accounts"]["jieyang"]["mode"] = "open"
    found = faults(document)
    for path in ("registry.secret", "server.public_urll", "jobs.lease_seconds", "wechat.accounts.jieyang.mode"):
        assert any(fault.startswith(f"{path}:") for fault in found), path


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("registry.base_url", "https://registry.example.gov.cn", "registry.secret"),
        ("registry.base_url", "https://registry.example.gov.cn", "server.environment"),
        ("wechat.api_base_url", "https://api.weixin.qq.com", "wechat.accounts.jieyang.app_secret"),
        ("identity.providers.signed.base_url", "ftp://x", "identity.providers.signed.base_url"),
        ("jobs.lease_seconds", 4, "jobs.lease_seconds"),
        ("server.environment", "production", "sandbox"),
        ("server.environment", "production", "server.public_url"),
        ("server.environment", "production", "wechat.jssdk_url"),
        ("wechat.jssdk_url", "res.wx.qq.com", "wechat.jssdk_url"),
        ("wechat.accounts.jieyang.encoding_aes_key", "short", "wechat.accounts.jieyang.encoding_aes_key"),
        ("registry.secret", [], "registry.secret"),
        ("server.trusted_proxies", True, "server.trusted_proxies"),
        ("wechat.accounts", {}, "wechat.accounts"),
    ],
)
def test_what_is_unsafe_or_wrong_keeps_the_server_from_starting(document, path, value, named):
    *tables, key = path.split(".")
    place = document
    for table in tables:
        place = place[table]
    place[key] = value
    assert any(fault.startswith(named) for fault in faults(document))


def test_a_menu_leads_to_https_addresses_alone_in_production(document):
    document["server"]["environment"] = "production"
    with pytest.raises(SettingsFault) as fault:
        parse(document, "example", {})
    assert "wechat.accounts.jieyang.menu[0].sub_button[0].url: must be https in production" in fault.value.faults


def test_a_variable_without_default_must_be_set(document):
    document["service"]["phone"] = "${PHONE_OF_THE_BUREAU}"
    assert faults(document) == ["service.phone: the environment variable PHONE_OF_THE_BUREAU is not set"]


def test_secrets_may_be_lists_while_they_rotate(document):
    first = document["registry"]["secret"]
    document["registry"]["secret"] = ["whsec_" + "QUJD" * 8, first]
    assert parse(document, "test", {}).registry.secrets[1] == first


def test_printing_settings_shows_no_secret(document):
    shown = repr(parse(document, "test", {}))
    account = document["wechat"]["accounts"]["jieyang"]
    for secret in (
        account["app_secret"],
        account["token"],
        account["encoding_aes_key"],
        document["registry"]["secret"],
    ):
        assert secret not in shown


def test_a_file_that_is_absent_or_no_toml_is_told_plainly(tmp_path):
    with pytest.raises(SettingsFault, match="copy config"):
        load(tmp_path / "config.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[server\n")
    with pytest.raises(SettingsFault, match="not readable as TOML"):
        load(broken)


def test_the_choices_of_the_clock_have_lawful_defaults_and_can_be_made(document):
    assert parse(document, "test", {}).clock == ClockRules("primary", None, False)
    del document["clock"]
    assert parse(document, "test", {}).clock == ClockRules("primary", None, False)
    document["clock"] = {"pause_rule": "half_open", "close": "17:30", "late_counts_next": True}
    assert parse(document, "test", {}).clock == ClockRules("half_open", time(17, 30), True)


@pytest.mark.parametrize(
    ("clock", "path"),
    [
        ({"pause_rule": "kind"}, "clock.pause_rule"),
        ({"close": "25:00"}, "clock.close"),
        ({"close": "17:30:00"}, "clock.close"),
        ({"late_counts_next": True}, "clock.late_counts_next"),
        ({"late_counts_next": "yes", "close": "17:30"}, "clock.late_counts_next"),
        ({"opens": "08:30"}, "clock.opens"),
    ],
)
def test_a_choice_of_the_clock_that_makes_no_sense_is_named(document, clock, path):
    document["clock"] = clock
    (fault,) = faults(document)
    assert fault.startswith(f"{path}:")


def test_outlets_are_read_in_order_and_may_be_left_out(document):
    outlets = parse(document, "test", {}).service.outlets
    assert len(outlets) == 3
    assert all("（示例）" in each.name and each.address and each.hours and each.phone for each in outlets)
    del document["service"]["outlets"][0]["region"]
    assert [each.region for each in parse(document, "test", {}).service.outlets] == ["", "揭东区", "普宁市"]
    del document["service"]["outlets"]
    assert parse(document, "test", {}).service.outlets == ()


OUTLET = {"name": "窗口", "address": "示例路 1 号", "hours": "工作日", "phone": "0663-8888888"}


@pytest.mark.parametrize(
    ("outlets", "named"),
    [
        ("一个窗口", "service.outlets: must be a list of tables, each under [[service.outlets]]"),
        (["一个窗口"], "service.outlets: must be a list of tables, each under [[service.outlets]]"),
        ([OUTLET, {key: OUTLET[key] for key in ("name", "hours", "phone")}], "service.outlets[1].address: is missing"),
        ([OUTLET | {"hours": ""}], "service.outlets[0].hours: must not be empty"),
        ([OUTLET | {"fax": "1"}], "service.outlets[0].fax: is not a known key"),
        ([OUTLET | {"phone": 12333}], "service.outlets[0].phone: must be a str"),
        (
            [OUTLET | {"phone": "问门卫"}],
            "service.outlets[0].phone: must be a phone number of digits, blanks and hyphens",
        ),
        ([OUTLET, OUTLET], "service.outlets[1].name: stands twice"),
    ],
)
def test_an_outlet_that_nobody_could_find_or_call_is_named(document, outlets, named):
    document["service"]["outlets"] = outlets
    assert named in faults(document)

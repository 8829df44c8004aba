"""`flask doctor` against the sandbox's WeChat: well as it is, and each fault planted, found and told how to mend."""

import threading
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.adapters.scripted import far_side, plain_answer, raw_answer
from tests.far_sides import free_port
from tests.server.clinic import Clinic, explain, run
from wxserver.adapters.clock import ShiftedClock
from wxserver.adapters.http import RequestsHttp
from wxserver.cli.doctor import doctor
from wxserver.web import domain_files

CODE = "aB3dE5fG7hJ9kL1m"
FILE = f"/MP_verify_{CODE}.txt"


@pytest.fixture
def clinic(town):
    found = Clinic(town)
    found.menus().push("jieyang")
    yield found
    found.put_right()


def faults(found):
    return {key: each for key, each in found.items() if each.grade == "fault"}


def test_a_deployment_that_is_well_has_only_good_findings_and_ends_with_zero(clinic):
    said = clinic.flask("doctor")
    assert said.endswith(" checks, 0 faults, 0 warnings\n")
    assert "->" not in said
    for subject in ("jieyang token", "jieyang callback", "jieyang menu", "jieyang template progress (template)"):
        assert f"ok      {subject}: " in said
    assert "ok      jieyang_mini template progress (miniprogram): " in said


def test_a_fault_ends_with_one_and_has_its_mend_on_the_next_line(clinic):
    clinic.at_the_platform("/cgi-bin/menu/delete")
    lines = clinic.flask("doctor", expect=1).splitlines()
    place = lines.index("fault   jieyang menu: WeChat shows none, one is configured")
    assert lines[place + 1] == "        -> flask --app wsgi menu push jieyang"
    assert lines[-1].endswith(" checks, 1 faults, 0 warnings")


# Token, secret, addresses


@pytest.mark.parametrize(
    ("changed", "code"), [({"app_secret": "0" * 32}, 40125), ({"app_id": "wx0000000000000000"}, 40013)]
)
def test_wrong_credentials_are_named_and_stop_only_what_needs_them(clinic, changed, code):
    found = clinic.examined(wechat=clinic.wechat(**changed))
    assert list(faults(found)) == [("jieyang", "token")]
    told = found["jieyang", "token"]
    assert told.what == f"WeChat says {code}: {explain(code)[0]}"
    assert told.mend == explain(code)[1]
    assert found["jieyang", "skipped"].what == "menu and templates not looked at: that takes a token"
    assert found["jieyang", "callback"].grade == found["jieyang_mini", "token"].grade == "ok"


def test_the_address_that_is_not_in_the_whitelist_is_the_one_to_add(clinic):
    clinic.town.sandbox.control("wechat/whitelist", {"account": "jieyang", "addresses": ["10.1.2.3"]}, "PUT")
    told = clinic.examined()["jieyang", "token"]
    assert (told.grade, told.what) == ("fault", f"WeChat says 40164: {explain(40164)[0]}: 127.0.0.1")


def test_a_frozen_secret_is_told_as_what_it_is(clinic):
    clinic.town.sandbox.control("wechat/secret", {"account": "jieyang", "frozen": True}, "PUT")
    assert f"40243: {explain(40243)[0]}" in clinic.examined()["jieyang", "token"].what


def test_a_wechat_that_nobody_reaches_is_told_and_we_are_looked_at_all_the_same(clinic):
    nowhere = f"http://127.0.0.1:{free_port()}"
    clinic.town.sandbox.mishap("wechat", "error", times=20)
    found = clinic.examined(api_base_url=nowhere)
    assert set(faults(found)) == {("", "clock"), ("jieyang", "token"), ("jieyang_mini", "token")}
    assert found["", "clock"].what.startswith("WeChat's clock can't be read")
    assert found["jieyang", "callback"].grade == "ok"


# Clock


@pytest.mark.parametrize(
    ("seconds", "grade", "said"),
    [
        (3, "ok", "agrees"),
        (120, "warning", "ahead of"),
        (-120, "warning", "behind"),
        (400, "fault", "ahead of"),
        (-400, "fault", "behind"),
    ],
)
def test_a_clock_that_goes_wrong_is_told_before_pushes_are_refused(clinic, tmp_path, seconds, grade, said):
    (tmp_path / "clock").write_text(str(float(seconds)))
    found = clinic.examined(clock=ShiftedClock(tmp_path / "clock"))
    assert (found["", "clock"].grade, said in found["", "clock"].what) == (grade, True)
    assert (found["jieyang", "callback"].grade == "fault") == (grade == "fault")


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 99999999999 25:00:00 GMT"])
def test_an_answer_without_a_date_that_can_be_read_leaves_the_clock_in_doubt(clinic, date):
    with far_side() as side:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: {date}\r\nConnection: close\r\n\r\n{{}}"
        side.says(raw_answer(head.encode()))
        assert clinic.examined(api_base_url=side.url)["", "clock"].grade == "warning"


# Our own address


def test_a_public_address_where_nobody_listens_is_told_once_for_each_account(clinic):
    found = clinic.examined(public_url=f"http://127.0.0.1:{free_port()}")
    assert set(faults(found)) == {("jieyang", "callback"), ("jieyang_mini", "callback")}
    told = found["jieyang", "callback"]
    assert "/wechat/jieyang/push does not answer" in told.what
    assert told.mend.startswith("start the server")
    assert "signature" not in told.what


@pytest.mark.parametrize(
    ("answer", "mend"),
    [
        (plain_answer(b"<html>", 404), "let the proxy pass this path on"),
        (plain_answer(b"hello"), "let the proxy pass this path on"),
        (plain_answer(b"", 401), "restart the server so that it runs with this configuration"),
        (plain_answer(b"", 302, Location="https://www.example.gov.cn/"), "set server.public_url to where it redirects"),
        (plain_answer(b"", 502), "read the server's log"),
    ],
)
def test_an_address_that_answers_otherwise_is_told_how_to_mend(clinic, answer, mend):
    with far_side() as side:
        side.says(answer)
        patient = clinic.patients(mp_verify=(CODE,))[0]
        found = clinic.examined(public_url=side.url, patients=[patient])
    assert found["jieyang", "callback"].mend.startswith(mend)
    assert found["jieyang", "domain file"].mend.startswith(mend)


def test_an_address_that_hangs_and_one_without_a_certificate_are_told_apart(clinic):
    impatient = RequestsHttp(timeout=0.3)
    (patient, *_) = clinic.patients()
    with far_side() as side:
        side.says(raw_answer(b"x", every=5.0, far_side=side))
        hangs = clinic.examined(public_url=side.url, http=impatient, patients=[patient])["jieyang", "callback"]
        side.says(plain_answer(b""))
        secure = side.url.replace("http:", "https:")
        untrusted = clinic.examined(public_url=secure, patients=[patient])["jieyang", "callback"]
    impatient.close()
    assert hangs.mend.startswith("see whether the server hangs")
    assert untrusted.mend.startswith("renew the certificate")


def test_a_server_that_runs_with_another_token_is_found(clinic):
    found = clinic.examined(sign=lambda *_: "0" * 40)
    assert found["jieyang", "callback"].what.endswith("answers 401")


def test_a_port_that_wechat_does_not_push_to_is_told(clinic):
    found = clinic.examined(public_url="https://wx.example.invalid:8443", patients=[])
    assert found["", "address"].grade == "fault"


def test_domain_files_are_asked_for_where_wechat_would(clinic):
    app = Flask("files")
    app.extensions["mp_verify"] = frozenset({CODE})
    domain_files.register(app)
    server = make_server("127.0.0.1", free_port(), app)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        patients = clinic.patients(mp_verify=(CODE, CODE[::-1]))[:1]
        url = f"http://127.0.0.1:{server.server_port}"
        doctoring = clinic.doctoring(public_url=url, patients=patients)
        found = [each for each in doctoring.examine() if each.about == "domain file"]
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
    assert [each.grade for each in found] == ["ok", "fault"]
    assert FILE in found[0].what
    assert found[1].what.endswith("answers 404")


# Menu and templates


def test_a_menu_changed_in_the_console_is_told_button_by_button(clinic):
    menu = clinic.menu
    menu["button"][0]["sub_button"][0]["name"] = "别的名字"
    clinic.at_the_platform("/cgi-bin/menu/create", menu)
    told = clinic.examined()["jieyang", "menu"]
    assert told.grade == "fault"
    assert "+ 微动态 > 智慧人社" in told.what
    assert "- 微动态 > 别的名字" in told.what
    assert told.mend == "flask --app wsgi menu push jieyang"


def test_an_account_without_menu_and_templates_is_not_asked_for_them(clinic):
    found = clinic.examined(patients=clinic.patients(menu={}, templates=())[:1])
    assert list(found) == [("", "clock"), ("jieyang", "token"), ("jieyang", "callback")]


def test_a_template_that_wechat_took_away_is_told_and_the_others_are_looked_at(clinic):
    (_, wanted) = clinic.patients()[0].templates
    clinic.town.sandbox.control("wechat/templates", {"template_id": wanted.template_id, "granted": False}, "PUT")
    found = clinic.examined()
    assert list(faults(found)) == [("jieyang", "template notice (bizsend)")]
    assert wanted.template_id in found["jieyang", "template notice (bizsend)"].what
    assert found["jieyang", "template progress (template)"].grade == "ok"


def test_fields_that_wechat_has_not_and_fields_we_leave_out_are_named(clinic):
    first, second = clinic.patients()[0].templates
    strange = replace(first, fields={"thing1": "item", "thing9": "status"})
    found = clinic.examined(patients=clinic.patients(templates=(strange, second))[:1])
    told = found["jieyang", "template progress (template)"]
    assert told.grade == "fault"
    assert told.what == ("WeChat's has no thing9; we do not fill phrase2, character_string3, time4, thing5")
    assert found["jieyang", "template notice (bizsend)"].grade == "ok"


def test_what_wechat_refuses_to_list_is_one_finding_and_the_rest_goes_on(clinic):
    clinic.town.sandbox.mishap("wechat", "error", at="get_all_private_template")
    found = clinic.examined()
    assert list(faults(found)) == [("jieyang", "templates (template)")]
    assert found["jieyang", "template notice (bizsend)"].grade == "ok"


def test_no_finding_shows_a_secret(clinic):
    said = run(doctor, expect=1, doctoring=clinic.doctoring(wechat=clinic.wechat(app_secret="f" * 32)))
    for account in clinic.settings.wechat.accounts.values():
        for secret in (account.app_secret, account.token, account.encoding_aes_key, "f" * 32):
            assert secret not in said

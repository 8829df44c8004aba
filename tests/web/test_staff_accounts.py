"""Accounts of staff: the administrators' pages, their API, and the command line."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.staff import StaffClient, staff_client
from tests.web.world import Town


@pytest.fixture
def boss(jieyang: Town) -> StaffClient:
    return staff_client(jieyang.app, "administrator")


def run(jieyang: Town, *words: str) -> Any:
    with jieyang.app.app_context():
        return jieyang.app.test_cli_runner().invoke(args=["staff", *words])


def accounts(jieyang: Town) -> Any:
    return jieyang.app.extensions["usecases"].staff_accounts


def test_a_person_is_added_on_a_page_and_the_password_is_shown_once(jieyang: Town, boss: StaffClient) -> None:
    form = boss.get("/admin/staff/new").text
    assert "社会保障卡" in form
    made = boss.post_form(
        "/admin/staff/new",
        data={
            "username": "Li.Na",
            "name": " 李 娜 ",
            "roles": ["editor", "clerk"],
            "regions": ["445200"],
            "other_regions": "500000，650000",
            "bundles": ["social-security-card"],
        },
    )
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    password = re.search(r"data-password>([^<]+)<", made.text)[1]  # type: ignore[index]
    scope = accounts(jieyang).account(None, "li.na").scope
    assert (scope.name, scope.roles) == ("李 娜", ("clerk", "editor"))
    assert (scope.regions, scope.bundles) == (("445200", "500000", "650000"), ("social-security-card",))
    page = boss.get("/admin/staff/li.na").text
    assert password not in page
    assert "还在等本人第一次登录" in page
    entered = jieyang.client().post("/admin/login", data={"username": "li.na", "password": password})
    assert entered.location == "/admin/setup"
    listed = boss.get("/admin/staff").text
    assert "李 娜" in listed
    assert "广东省揭阳市，重庆市，新疆维吾尔自治区" in listed


def test_everything_typed_stays_when_something_is_wrong(boss: StaffClient) -> None:
    fields = {"username": "9x", "name": "张三", "roles": ["clerk"], "other_regions": "999999"}
    wrong = boss.post_form("/admin/staff/new", data=fields)
    assert wrong.status_code == 422
    for kept in ('value="9x"', 'value="张三"', 'value="clerk" checked', 'value="999999"'):
        assert kept in wrong.text, kept
    assert 'href="#f-username"' in wrong.text
    assert 'href="#f-regions"' in wrong.text
    stale = boss.post("/admin/staff/new", data=fields)
    assert stale.status_code == 400
    assert 'value="张三"' in stale.text


def test_a_person_is_changed_reset_disabled_and_signed_out(jieyang: Town, boss: StaffClient) -> None:
    other = staff_client(jieyang.app, "clerk")
    path = f"/admin/staff/{other.member.username}"
    changed = boss.post_form(path, data={"name": "赵", "roles": ["clerk", "supervisor"], "other_regions": "445202"})
    assert (changed.status_code, changed.location) == (303, path)
    assert "督查员" in other.get("/admin/me").text
    session = re.search(r'name="session" value="(\w+)"', boss.get(path).text)[1]  # type: ignore[index]
    assert boss.post_form(f"{path}/sessions/end", session=session).status_code == 303
    assert other.get("/admin/me").status_code == 303
    assert boss.post_form(f"{path}/disable").status_code == 303
    assert "停用了" in boss.get(path).text
    assert boss.post_form(f"{path}/enable").status_code == 303
    reset = boss.post_form(f"{path}/reset")
    assert "data-password" in reset.text
    assert boss.post_form("/admin/staff/nobody-here/reset").status_code == 404


def test_ones_own_roles_are_another_administrators_affair(jieyang: Town, boss: StaffClient) -> None:
    path = f"/admin/staff/{boss.member.username}"
    more = boss.post_form(path, data={"name": "我", "roles": ["administrator", "publisher"]})
    assert more.status_code == 409
    assert "另一位管理员" in more.text
    assert boss.post_form(f"{path}/disable").status_code == 409
    assert boss.call("PATCH", f"staff/{boss.member.username}", json={"disabled": True}).json["code"] == "own-account"
    assert accounts(jieyang).account(None, boss.member.username).scope.roles == ("administrator",)


def test_an_administrator_of_one_region_sees_and_touches_nobody_beyond_it(jieyang: Town) -> None:
    local = staff_client(jieyang.app, "administrator", regions=("445200",))
    stranger = staff_client(jieyang.app, "clerk", regions=("500000",))
    assert stranger.member.username not in local.get("/admin/staff").text
    path = f"/admin/staff/{stranger.member.username}"
    assert local.get(path).status_code == 403
    for act in ("/reset", "/disable", "/sessions/end", ""):
        assert local.post_form(path + act, name="x", roles="clerk").status_code == 403
    form = local.get("/admin/staff/new").text
    assert "广东省揭阳市" in form
    assert "重庆市" not in form
    beyond = local.post_form("/admin/staff/new", username="mole", name="鼹鼠", roles="clerk")
    assert (beyond.status_code, 'value="鼹鼠"' in beyond.text, "范围比您的大" in beyond.text) == (403, True, True)
    everywhere = {"username": "mole", "name": "x", "roles": ["administrator"]}
    assert local.call("POST", "staff", json=everywhere).status_code == 403
    assert local.call("POST", "staff", json=everywhere | {"regions": ["445202"]}).status_code == 201


def test_texts_of_accounts_are_shown_and_never_run(jieyang: Town, boss: StaffClient) -> None:
    evil = '"><script>alert(1)</script>{{7*7}}'
    made = boss.post_form("/admin/staff/new", data={"username": "evil", "name": evil, "roles": ["clerk"]})
    pages = [made.text, *(boss.get(path).text for path in ("/admin/staff", "/admin/staff/evil"))]
    wrong = boss.post_form("/admin/staff/new", data={"username": evil, "name": evil, "other_regions": evil})
    assert wrong.status_code == 422
    for page in (*pages, wrong.text):
        assert "<script>alert" not in page
        assert "49" not in page.split("alert(1)")[1][:40]


def test_the_api_does_what_the_pages_do(jieyang: Town, boss: StaffClient) -> None:
    made = boss.call("POST", "staff", json={"username": "api.user", "name": "接口", "roles": ["clerk"]})
    assert made.status_code == 201
    assert made.headers["Location"] == "/api/v1/admin/staff/api.user"
    assert re.fullmatch(r"\w{4}(-\w{4}){4}", made.json["password"])
    changed = boss.call("PATCH", "staff/api.user", json={"regions": ["445202"], "disabled": True})
    assert (changed.json["regions"], changed.json["roles"]) == (["445202"], ["clerk"])
    assert changed.json["disabled_by"] == boss.member.username
    assert boss.call("PATCH", "staff/api.user", json={"disabled": False}).json["disabled_at"] is None
    assert boss.call("POST", "staff/api.user/reset").json["password"] != made.json["password"]
    shown = boss.call("GET", "staff/api.user").json
    assert (shown["sessions"], "password" in shown) == ([], False)
    assert boss.call("DELETE", "staff/api.user/sessions").status_code == 204
    assert boss.call("DELETE", "staff/api.user/sessions/none").status_code == 404
    listed = boss.call("GET", "staff").json
    assert listed["next"] is None
    assert "api.user" in {each["username"] for each in listed["items"]}
    wrong = boss.call("POST", "staff", json={"username": "api.user", "name": "x", "roles": ["king"]})
    assert (wrong.status_code, set(wrong.json["errors"])) == (422, {"username", "roles"})
    assert boss.call("PATCH", "staff/api.user", json={"password": "x"}).status_code == 422
    assert boss.call("GET", "staff/nobody").json["code"] == "unknown-account"


def test_the_command_line_adds_lists_resets_and_disables(jieyang: Town) -> None:
    words = ("--name", "钱", "--role", "publisher", "--region", "445200", "--bundle", "social-security-card")
    added = run(jieyang, "add", "Qian", *words)
    assert re.search(r"qian: first password \w{4}(-\w{4}){4}", added.output)
    line = next(each for each in run(jieyang, "list").output.splitlines() if each.startswith("qian"))
    assert line == "qian  publisher  in 445200  for social-security-card  waits for its first sign-in"
    assert "first password" in run(jieyang, "reset", "qian").output
    assert run(jieyang, "disable", "qian").output == "qian is disabled\n"
    assert run(jieyang, "enable", "qian").output == "qian is in use\n"
    again = run(jieyang, "add", "qian", *words)
    assert (again.exit_code, "username: " in again.output) == (1, True)
    assert run(jieyang, "disable", "nobody").exit_code == 1

"""Who may come in where: every route of the staff desk, by every role and by those who are nobody here.

The routes are those the app has, so a new one is covered by being there. What a view does is put out of action where
the guard alone is asked, and left in where what it says to strangers counts.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from flask import g
from sqlalchemy import text

from tests.web.staff import StaffClient, staff_client
from tests.web.world import Town
from wxserver.usecases.rights import ACTS, ROLES
from wxserver.web.staff_guard import COOKIE, OPEN, PREFIXES, SETUP

SAMPLES: Mapping[str, str] = {"IntegerConverter": "7", "UUIDConverter": str(uuid.UUID(int=7))}
SAFE = {"GET"}
WHOSE = (
    ("/admin/staff", {"staff.manage"}),
    ("/admin/audit", {"audit.see", "audit.export"}),
    ("/admin/cases", {"cases.see", "cases.decide", "cases.unmask"}),
    ("/admin/calendar", {"calendar.see", "calendar.propose", "calendar.activate"}),
    ("/admin/accounts", {"accounts.manage"}),
    ("/admin/organisations", {"accounts.manage"}),
    ("/admin/guardianships", {"guardianships.decide"}),
    ("/admin/bundles", {"bundles.see", "bundles.edit", "bundles.publish"}),
    ("/admin", {"own", SETUP, "bundles.see", "bundles.edit", "bundles.publish"}),
)
"""Beginnings of addresses, without /api/v1, and the acts that may stand there."""


class Route(NamedTuple):
    endpoint: str
    method: str
    path: str
    needs: str | None

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")


def routes(town: Town) -> Iterator[Route]:
    """Every way into the staff's rooms."""
    adapter = town.app.url_map.bind("localhost")
    for rule in town.app.url_map.iter_rules():
        if not any(rule.rule == each or rule.rule.startswith(f"{each}/") for each in PREFIXES):
            continue
        values = {
            name: rule._converters[name].to_python(SAMPLES.get(type(rule._converters[name]).__name__, "x7"))
            for name in rule.arguments
        }
        path = adapter.build(rule.endpoint, values)
        view = town.app.view_functions[rule.endpoint]
        for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}):
            yield Route(rule.endpoint, method, path, getattr(view, "needs", None))


@pytest.fixture
def quiet(jieyang: Town, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Every view of the desk does nothing but note that it was reached, and whether the form's token was missing."""
    reached: list[tuple[str, bool]] = []

    def silent(endpoint: str, view: Any) -> Any:
        @functools.wraps(view)
        def noted(**_: Any) -> tuple[str, int]:
            reached.append((endpoint, bool(g.get("csrf_failed"))))
            return "", 204

        return noted

    for route in list(routes(jieyang)):
        view = jieyang.app.view_functions[route.endpoint]
        monkeypatch.setitem(jieyang.app.view_functions, route.endpoint, silent(route.endpoint, view))
    return reached


def ask(client: Any, route: Route, *, csrf: str = "") -> Any:
    headers = {"X-CSRFToken": csrf} if csrf else {}
    more: dict[str, Any] = {"json": {}} if route.is_api and route.method not in SAFE else {}
    return client.open(route.path, method=route.method, headers=headers, **more)


def refusals(town: Town, username: str) -> int:
    with town.app.extensions["world"].database.read() as unit:
        asked = text("SELECT count(*) FROM audit_log WHERE action = 'refused' AND actor_id = :who")
        return int(unit.connection.execute(asked, {"who": username}).scalar_one())


def test_there_are_routes_of_all_kinds(jieyang: Town) -> None:
    found = list(routes(jieyang))
    assert {"GET", "POST", "DELETE", "PATCH"} <= {each.method for each in found}
    assert {each.is_api for each in found} == {True, False}
    assert len(found) > 30


def test_every_route_says_which_act_it_is(jieyang: Town) -> None:
    silent = {each.endpoint for each in routes(jieyang) if each.needs is None}
    assert silent == OPEN
    assert not {each.endpoint for each in routes(jieyang) if each.needs not in {None, SETUP, *ACTS}}


def test_the_act_of_a_route_fits_where_it_lies_and_what_it_does(jieyang: Town) -> None:
    for route in routes(jieyang):
        if route.needs is None:
            continue
        room = next(acts for start, acts in WHOSE if route.path.removeprefix("/api/v1").startswith(start))
        assert route.needs in room, route
        only_looks = route.needs.endswith(".see") and route.needs != "bundles.see"
        assert route.method in SAFE or route.path.endswith(("/search", "/find")) or not only_looks, route


@pytest.mark.parametrize("role", ROLES)
def test_a_role_comes_in_exactly_where_its_acts_are(jieyang: Town, quiet: list[Any], role: str) -> None:
    client = staff_client(jieyang.app, role)
    expected = 0
    for route in routes(jieyang):
        if route.needs is None:
            continue
        quiet.clear()
        answer = ask(client, route, csrf=client.csrf)
        if route.needs == SETUP or role in ACTS[route.needs]:
            assert (quiet, answer.status_code) == ([(route.endpoint, False)], 204), route
            continue
        expected += 1
        assert (quiet, answer.status_code) == ([], 403), route
        if route.is_api:
            assert answer.json["code"] == "not-yours"
    assert refusals(jieyang, client.member.username) == expected


def test_several_roles_add_up(jieyang: Town, quiet: list[Any]) -> None:
    client = staff_client(jieyang.app, "clerk", "administrator")
    for route in routes(jieyang):
        if route.needs is not None:
            allowed = route.needs == SETUP or not ACTS[route.needs].isdisjoint({"clerk", "administrator"})
            assert ask(client, route, csrf=client.csrf).status_code == (204 if allowed else 403), route


@pytest.mark.parametrize("who", ["nobody", "citizen", "bearer", "no role", "ended"])
def test_nobody_else_comes_in(jieyang: Town, quiet: list[Any], who: str) -> None:
    if who == "nobody":
        client: Any = jieyang.client()
    elif who == "citizen":
        client = jieyang.browser(f"roles-{uuid.uuid4().hex}")
        for name in (COOKIE, f"__Host-{COOKIE}"):
            client.set_cookie(name, client.get_cookie("wxserver_session").value)
    elif who == "bearer":
        client = jieyang.client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {jieyang.citizen().token}"
    else:
        client = staff_client(jieyang.app)
        if who == "ended":
            jieyang.app.extensions["usecases"].staffing.sign_out(client.member)
    for route in routes(jieyang):
        if route.needs is None or (who == "no role" and route.needs == SETUP):
            continue
        answer = ask(client, route)
        if who == "no role":
            assert answer.status_code == 403, route
        elif route.is_api:
            assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated"), route
        else:
            assert answer.status_code == 303, route
            assert answer.location.startswith("/admin/login?next="), route
    assert quiet == []


@pytest.mark.parametrize("role", ["clerk", "administrator"])
def test_who_has_not_set_up_comes_in_only_to_do_that(jieyang: Town, quiet: list[Any], role: str) -> None:
    client = staff_client(jieyang.app, role, stage="setup")
    for route in routes(jieyang):
        if route.needs is None:
            continue
        quiet.clear()
        answer = ask(client, route, csrf=client.csrf)
        if route.needs == SETUP:
            assert answer.status_code == 204, route
        elif route.is_api:
            assert (answer.status_code, answer.json["code"], quiet) == (403, "setup-required", []), route
        else:
            assert (answer.status_code, answer.location, quiet) == (303, "/admin/setup", []), route


@pytest.mark.parametrize("token", ["", "0" * 64, "another member's"])
def test_no_change_without_the_sessions_own_token(jieyang: Town, quiet: list[Any], token: str) -> None:
    client = staff_client(jieyang.app, *ROLES)
    if token == "another member's":
        token = staff_client(jieyang.app, *ROLES).csrf
    changing = [each for each in routes(jieyang) if each.method not in SAFE and each.needs is not None]
    assert len(changing) > 15
    for route in changing:
        quiet.clear()
        answer = ask(client, route, csrf=token)
        if answer.status_code == 204:  # it shows the form again, and must look at g.csrf_failed: see below
            assert quiet == [(route.endpoint, True)], route
            assert not route.is_api, route
        else:
            assert (answer.status_code, quiet) == ((403 if route.is_api else 400), []), route


def test_a_form_that_is_shown_again_has_changed_nothing(jieyang: Town) -> None:
    for route in routes(jieyang):
        view = jieyang.app.view_functions[route.endpoint]
        if getattr(view, "keeps_typed", False) and route.method not in SAFE:
            client: StaffClient = staff_client(jieyang.app, *ROLES, stage="setup" if route.needs == SETUP else "full")
            assert 400 <= ask(client, route).status_code < 500, route


def test_nothing_that_a_role_may_ask_breaks(jieyang: Town) -> None:
    """Made-up ids, empty forms: an answer, and never a fault of ours."""
    for role in ROLES:
        for route in routes(jieyang):
            client = staff_client(jieyang.app, role)
            answer = ask(client, route, csrf=client.csrf)
            assert answer.status_code < 500, (role, route)


def test_a_clerk_who_posts_to_the_administrators_routes_changes_nothing(jieyang: Town) -> None:
    clerk, target = staff_client(jieyang.app, "clerk"), staff_client(jieyang.app, "editor")
    username = target.member.username
    fields = {"name": "x", "roles": "administrator", "username": "mallory"}
    for path in ("new", username, f"{username}/reset", f"{username}/disable", clerk.member.username):
        assert clerk.post_form(f"/admin/staff/{path}", **fields).status_code == 403
    for method, path in (("POST", "staff"), ("PATCH", f"staff/{username}"), ("POST", f"staff/{username}/reset")):
        assert clerk.call(method, path, json=fields).status_code == 403
    desk = jieyang.app.extensions["usecases"]
    assert desk.staff_accounts.account(None, username).scope.roles == ("editor",)
    assert desk.staff_accounts.account(None, clerk.member.username).scope.roles == ("clerk",)
    assert not any(each.username == "mallory" for each in desk.staff_accounts.listed(None))
    assert target.get("/admin/me").status_code == 200


def test_a_cookie_of_staff_is_no_citizens_session(jieyang: Town) -> None:
    staff: Any = staff_client(jieyang.app, *ROLES)
    token = staff.get_cookie(COOKIE).value
    stranger = jieyang.client()
    stranger.set_cookie("wxserver_session", token)
    assert stranger.get("/api/v1/sessions/current").status_code == 401
    assert staff.get("/api/v1/sessions/current").status_code == 401
    assert stranger.get("/api/v1/cases", headers={"Authorization": f"Bearer {token}"}).status_code == 401

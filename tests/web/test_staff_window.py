"""The window's forms: what is wrong stands in the form that was sent, all at once, with what was typed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

import pytest

from bundles.organisations import check_sign
from tests.web.form_reading import ReadForm, links, read_form
from tests.web.letters import id_number
from tests.web.pages import page
from tests.web.staff import StaffClient, staff_client
from tests.web.world import NAME, Town
from wxserver.adapters.credentials import Argon2Passwords
from wxserver.usecases.account_desk import Seen

ACCOUNTS, ORGANISATIONS = "/admin/accounts", "/admin/organisations"
REASON = "已核对单位介绍信"


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes(jieyang: Town) -> None:
    jieyang.app.extensions["usecases"].account_desk.passwords = Argon2Passwords(memory_kib=8, passes=1)


@pytest.fixture
def clerk(jieyang: Town) -> StaffClient:
    return staff_client(jieyang.app, "clerk")


class Shown(HTMLParser):
    """A page: its ids in order, the forms behind an open fold, form -> fields marked as wrong, where its summary
    leads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.open: set[str] = set()
        self.wrong: dict[str, list[str]] = {}
        self._form, self._folds = "", [False]
        self.feed(html)
        self.jumps = [each[1:] for each in links(html) if each.startswith("#f-")]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        if name := got.get("id"):
            self.ids.append(name)
        if tag == "details":
            self._folds.append("open" in got)
        elif tag == "form":
            self._form = got.get("id", "").removeprefix("f-form-")
            if self._folds[-1]:
                self.open.add(self._form)
        if "aria-invalid" in got:
            self.wrong.setdefault(self._form, []).append(got.get("name") or got["id"].split("-")[1])

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self._folds.pop()


def form(html: str, key: str) -> ReadForm:
    return read_form(html, f"f-form-{key}")


def press(client: StaffClient, read: ReadForm, **typed: str) -> Any:
    """Send a form as a browser does, with this typed into it."""
    for name, value in typed.items():
        read.type(name, value)
    return client.post(read.action, data=read.sent)


def checked(html: str) -> Shown:
    """The page, after what holds for each: the summary leads to what is wrong, in order, and no id comes twice."""
    shown = Shown(html)
    assert len(shown.ids) == len(set(shown.ids))
    assert shown.jumps == [name for name in shown.ids if name in shown.jumps]
    fields = [each for each in shown.jumps if not each.startswith("f-form")]
    assert [each.split("-")[1] for each in fields] == [each for all_ in shown.wrong.values() for each in all_]
    return shown


def organisation(jieyang: Town, clerk: StaffClient) -> str:
    """The page of a new organisation."""
    body = f"11445200{uuid.uuid4().int % 10**9:09}"
    desk = jieyang.app.extensions["usecases"].organisation_desk
    return f"{ORGANISATIONS}/{desk.add(clerk.member, body + check_sign(body), '榕江制衣厂', '445200', REASON)}"


def with_agent(jieyang: Town, clerk: StaffClient) -> tuple[str, str]:
    """The page of a new organisation with one agent, and the agent."""
    home = organisation(jieyang, clerk)
    until = jieyang.app.extensions["world"].clock.now().date().replace(day=28)
    desk, seen = jieyang.app.extensions["usecases"].organisation_desk, Seen("resident_id", id_number(), NAME)
    new: str = desk.add_agent(
        clerk.member, home.rpartition("/")[2], seen, (), until.replace(year=until.year + 1), REASON
    )
    return home, new


def kept(read: ReadForm, typed: Mapping[str, str]) -> None:
    assert {name: read.sent[name] for name in typed} == {name: [value] for name, value in typed.items()}


def test_an_agents_account_with_gaps_is_mended_in_its_own_form(jieyang: Town, clerk: StaffClient) -> None:
    home, agent = with_agent(jieyang, clerk)
    key = f"account-{agent}"
    typed = {"id_number": "", "name": "", "username": "ab", "reason": "x"}
    answer = press(clerk, form(page(clerk, home), key), **typed)
    assert answer.status_code == 422
    shown = checked(answer.text)
    assert shown.wrong == {key: ["id_number", "name", "username", "reason"]}
    assert shown.open == {key}
    kept(form(answer.text, key), typed)
    others = [form(answer.text, each) for each in ("agent", f"change-{agent}", f"end-{agent}", "disable")]
    assert [each.sent["reason"] for each in others] == [[""]] * 4
    made = press(clerk, form(answer.text, key), id_number=id_number(), name=NAME, username="a.good.name", reason=REASON)
    assert made.status_code == 404, "another person's document"
    assert checked(made.text).open == {key}
    assert form(made.text, key).sent["username"] == ["a.good.name"]


def test_the_other_deeds_upon_an_agent_and_an_organisation_are_mended_in_their_own_forms(
    jieyang: Town, clerk: StaffClient
) -> None:
    home, agent = with_agent(jieyang, clerk)
    first = page(clerk, home)
    change = form(first, f"change-{agent}")
    change.sent["scope"] = ["social-security-card"]
    changed = press(clerk, change, ends_on="2020-01-01", reason="改")
    assert checked(changed.text).wrong == {f"change-{agent}": ["ends_on", "reason"]}
    assert Shown(changed.text).open == {f"change-{agent}"}
    again = form(changed.text, f"change-{agent}")
    kept(again, {"ends_on": "2020-01-01", "reason": "改", "scope": "social-security-card"})
    assert "scope" not in form(changed.text, "agent").sent
    ended = press(clerk, form(first, f"end-{agent}"))
    assert checked(ended.text).wrong == {f"end-{agent}": ["reason"]}
    assert Shown(ended.text).open == {f"end-{agent}"}
    stopped = press(clerk, form(first, "disable"), reason="停")
    assert checked(stopped.text).wrong == {"disable": ["reason"]}
    assert Shown(stopped.text).open == {"disable"}
    kept(form(stopped.text, "disable"), {"reason": "停"})


def test_everything_missing_from_a_new_agent_is_told_at_once(jieyang: Town, clerk: StaffClient) -> None:
    home = organisation(jieyang, clerk)
    answer = press(clerk, form(page(clerk, home), "agent"))
    assert answer.status_code == 422
    assert checked(answer.text).wrong == {"agent": ["id_number", "name", "ends_on", "reason"]}
    strange = press(clerk, form(page(clerk, home), "agent"), ends_on="月底", name=NAME)
    assert checked(strange.text).wrong == {"agent": ["id_number", "ends_on", "reason"]}
    kept(form(strange.text, "agent"), {"name": NAME})


def test_what_is_no_longer_on_the_page_is_told_above_it(jieyang: Town, clerk: StaffClient) -> None:
    home, agent = with_agent(jieyang, clerk)
    first = page(clerk, home)
    assert press(clerk, form(first, f"end-{agent}"), reason=REASON).status_code == 303
    late = press(clerk, form(first, f"end-{agent}"), reason=REASON)
    assert late.status_code == 404
    assert "已经不再经办" in late.text
    assert checked(late.text).wrong == {}


def test_a_page_left_too_long_keeps_its_fold_open_with_what_was_typed(jieyang: Town, clerk: StaffClient) -> None:
    home, agent = with_agent(jieyang, clerk)
    number = id_number()
    ends, opens = form(page(clerk, home), f"end-{agent}"), form(looked(clerk, number), "open")
    for read, typed in ((ends, {"reason": REASON}), (opens, {"username": "lin.xiaolan", "reason": REASON})):
        read.sent["csrf_token"] = ["old"]
        answer = press(clerk, read, **typed)
        key = f"end-{agent}" if read is ends else "open"
        assert answer.status_code == 400
        assert "页面放得太久了" in answer.text
        assert checked(answer.text).open == ({key} if read is ends else set())
        kept(form(answer.text, key), typed)


def looked(clerk: StaffClient, number: str) -> str:
    """The page with what was found of a person."""
    answer = press(clerk, form(page(clerk, ACCOUNTS), "look"), id_number=number, name=NAME)
    assert answer.status_code == 200
    found: str = answer.text
    return found


def test_an_account_is_stopped_or_reset_only_with_a_reason_asked_for_in_its_place(clerk: StaffClient) -> None:
    number = id_number()
    opened = press(clerk, form(looked(clerk, number), "open"), username=f"w.{number[-8:]}", reason=REASON)
    assert "data-password" in opened.text
    for act in ("disable", "reset"):
        answer = press(clerk, form(looked(clerk, number), act), reason="好")
        assert answer.status_code == 422
        assert checked(answer.text).wrong == {act: ["reason"]}
        assert Shown(answer.text).open == {act}
        kept(form(answer.text, act), {"reason": "好"})
    stopped = press(clerk, form(looked(clerk, number), "disable"), reason="本人要求停用")
    assert "已停用" in stopped.text
    assert checked(stopped.text).open == set(), "what is done is closed"
    again = press(clerk, form(stopped.text, "enable"))
    assert checked(again.text).wrong == {"enable": ["reason"]}


def test_everything_missing_from_a_new_account_is_told_at_once(clerk: StaffClient) -> None:
    answer = press(clerk, form(looked(clerk, id_number()), "open"))
    assert answer.status_code == 422
    assert checked(answer.text).wrong == {"open": ["username", "reason"]}
    somebody = press(clerk, form(page(clerk, ACCOUNTS), "look"))
    assert checked(somebody.text).wrong == {"look": ["id_number", "name"]}


def test_an_agents_account_is_stopped_in_its_own_fold(jieyang: Town, clerk: StaffClient) -> None:
    number, home = id_number(), organisation(jieyang, clerk)
    year = jieyang.app.extensions["world"].clock.now().year
    agent = form(page(clerk, home), "agent")
    added = press(clerk, agent, id_number=number, name=NAME, ends_on=f"{year + 1}-06-30", reason=REASON)
    assert added.status_code == 303
    new = next(each for each in Shown(page(clerk, home)).ids if each.startswith("f-form-account-"))[len("f-form-") :]
    typed = {"id_number": number, "name": NAME, "username": f"unit.{number[-8:]}", "reason": REASON}
    assert "data-password" in press(clerk, form(page(clerk, home), new), **typed).text
    own = press(clerk, form(looked(clerk, number), "open"), username=f"own.{number[-8:]}", reason=REASON)
    assert "data-password" in own.text
    key = new.replace("account-", "disable-")
    answer = press(clerk, form(looked(clerk, number), key))
    assert checked(answer.text).wrong == {key: ["reason"]}
    assert Shown(answer.text).open == {key}


@pytest.mark.parametrize("regions", [(), ("445200",)])
def test_no_region_is_chosen_for_a_clerk(jieyang: Town, regions: tuple[str, ...]) -> None:
    clerk = staff_client(jieyang.app, "clerk", regions=regions)
    blank = read_form(page(clerk, ORGANISATIONS), "f-form")
    assert blank.sent["region"] == [""]
    assert "请选地区" in page(clerk, ORGANISATIONS)
    answer = press(clerk, blank, code="91350100M000100Y43", name="榕江制衣厂")
    assert answer.status_code == 422
    assert checked(answer.text).wrong == {"f-form": ["region", "reason"]}
    assert "请选单位所在的地区。" in answer.text
    kept(read_form(answer.text, "f-form"), {"name": "榕江制衣厂", "region": ""})

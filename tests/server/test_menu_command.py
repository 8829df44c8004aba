"""`flask menu` and `flask qr` against the sandbox's WeChat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.clinic import Clinic, explain, run
from wxserver.cli.menu import menu as menu_command
from wxserver.cli.qr import qr
from wxserver.store import records
from wxserver.usecases.menus import difference


@pytest.fixture
def clinic(town):
    found = Clinic(town)
    found.at_the_platform("/cgi-bin/menu/delete")
    yield found
    found.put_right()


@pytest.fixture
def menu(clinic):
    """`flask menu …` over the configured menu, or another one."""
    return lambda *arguments, expect=0, **changed: run(
        menu_command, *arguments, expect=expect, menus=clinic.menus(**changed)
    )


def pushes(clinic):
    """Audit rows about menus, the oldest first."""
    with clinic.world.database.read() as unit:
        found = records.audited(unit, records.AuditSearch(action="menu_pushed"), before=None, most=100)
    return list(reversed(found))


def test_a_menu_is_pushed_shown_and_the_same_on_both_sides(clinic):
    assert "live: none" in clinic.flask("menu", "show")
    assert clinic.flask("menu", "push") == "jieyang: 8 buttons are live\n"
    assert clinic.at_the_platform("/cgi-bin/menu/get") == {"menu": clinic.menu}
    assert clinic.flask("menu", "diff") == "WeChat shows what is configured\n"
    shown = clinic.flask("menu", "show", "jieyang")
    assert "live:\n" in shown
    assert shown.count("智慧人社") == 2


def test_a_push_is_audited_as_the_operators(menu, clinic):
    before = len(pushes(clinic))
    menu("push", "jieyang")
    (row,) = pushes(clinic)[before:]
    assert (row.actor_kind, row.subject_kind, row.subject_id) == ("operator", "wechat_account", "jieyang")
    assert row.data == {"buttons": 8, "certain": True}


def test_a_difference_names_every_button_by_its_path_and_changes_nothing(menu, clinic):
    clinic.menus().push("jieyang")
    changed = clinic.menu
    changed["button"][1]["sub_button"][1]["key"] = "OTHER"
    changed["button"][0]["sub_button"].append(changed["button"][2]["sub_button"].pop(1))
    changed["button"][1]["sub_button"].append({"type": "click", "name": "人工", "key": "HUMAN"})
    changed["button"].reverse()
    lines = menu("diff", expect=1, menu=changed).splitlines()
    moved = [line for line in lines if "moved to place" in line]
    assert len(moved) == 2
    assert sorted(set(lines) - set(moved)) == [
        "+ 办事 > 人工: click HUMAN",
        "> 微动态 > 个人中心: moved from 我的 > 个人中心",
        "~ 办事 > 怎么办社保卡: key HELP_CARD -> OTHER",
    ]
    assert menu("diff") == "WeChat shows what is configured\n"


def test_where_nothing_is_live_everything_is_new(menu):
    lines = menu("diff", expect=1).splitlines()
    assert len(lines) == 8
    assert all(line.startswith("+ ") for line in lines)


def test_what_wechat_refuses_is_told_with_cause_and_mend_and_not_audited(menu, clinic):
    before = len(pushes(clinic))
    menu_of_four = {"button": [{"type": "click", "name": str(each), "key": "K"} for each in range(4)]}
    said = menu("push", expect=1, menu=menu_of_four)
    cause, mend = explain(40016)
    assert said == f"Error: WeChat says 40016: {cause}; {mend}\n"
    assert len(pushes(clinic)) == before


def test_a_push_without_an_answer_is_told_and_audited_as_uncertain(menu, clinic):
    before = len(pushes(clinic))
    clinic.wechat().menu("jieyang")
    clinic.town.sandbox.mishap("wechat", "lost_reply", only_effects=True)
    said = menu("push", expect=1)
    assert "no definite answer" in said
    assert [row.data["certain"] for row in pushes(clinic)[before:]] == [False]
    assert menu("diff") == "WeChat shows what is configured\n"


@pytest.mark.parametrize("account", ["nobody", "jieyang_mini"])
def test_an_account_without_a_menu_is_said_so(menu, account):
    for command in ("show", "diff", "push"):
        assert f"there is no menu for {account}; configured are those of: jieyang" in menu(command, account, expect=1)


def test_no_menu_at_all_is_said_so(menu):
    assert "there is no menu for any account" in menu("push", expect=1, menu={})


# QR codes


def test_a_code_for_a_configured_scene_is_what_wechat_gives(clinic):
    assert clinic.flask("qr", "jieyang", "lost-window").startswith("http://")


@pytest.mark.parametrize(
    ("account", "scene", "said"),
    [
        ("jieyang", "lost", "lost is no scene of jieyang"),
        ("jieyang", "lost", "there are: lost-window, new-card"),
        ("jieyang_mini", "lost-window", "there are: none"),
        ("nobody", "lost-window", "there is no account nobody"),
    ],
)
def test_a_scene_that_would_lead_nowhere_gets_no_code(clinic, account, scene, said):
    assert said in run(qr, account, scene, expect=1, qr_codes=clinic.qr_codes())


def test_a_wechat_that_refuses_a_code_is_told_with_cause_and_mend(clinic):
    clinic.town.sandbox.mishap("wechat", "error", at="create")
    said = run(qr, "jieyang", "lost-window", expect=1, qr_codes=clinic.qr_codes())
    assert said.startswith("Error: WeChat gives no definite answer")
    assert "check wechat.api_base_url" in said


# Comparing

NAMES = st.sampled_from("甲乙丙")
LEAF = st.fixed_dictionaries({"name": NAMES, "type": st.just("click"), "key": st.sampled_from("XY")})
TOP = st.one_of(LEAF, st.fixed_dictionaries({"name": NAMES, "sub_button": st.lists(LEAF, min_size=1, max_size=4)}))
MENUS = st.builds(lambda button: {"button": button}, st.lists(TOP, min_size=1, max_size=3))


@given(MENUS, MENUS)
def test_two_menus_differ_where_a_line_says_so_and_only_there(one, other):
    assert bool(difference(one, other)) == (one != other)
    assert len(difference(one, other)) == len(set(difference(one, other)))


@given(MENUS)
def test_what_wechat_adds_of_its_own_is_no_difference(menu):
    live = {
        "button": [each | {"sub_button": each.get("sub_button", []), "news_info": {}} for each in menu["button"]],
        "menuid": 7,
    }
    assert difference(live, menu) == ()

"""A new bundle: from nothing or from a copy, with everything that is missing named at once."""

from tests.web.staff import staff_client

BUNDLE = "social-security-card"
EVIL = '"><script>alert(1)</script>'


def test_a_new_bundle_comes_from_nothing_and_lands_in_the_editor(jieyang):
    client = staff_client(jieyang.app, "editor")
    answer = client.post_form(
        "/admin/bundles/new", start="nothing", name="养老“一件事”", code="pension-2", prefix="YL", region="445200"
    )
    assert answer.status_code == 303, answer.text[-3000:]
    page = client.get(answer.location).text
    assert "养老“一件事”" in page
    again = client.post_form(
        "/admin/bundles/new", start="nothing", name="养老", code="pension-2", prefix="YL", region="445200"
    )
    assert again.status_code == 422
    assert "已经有人用了" in again.text


def test_a_new_bundle_comes_from_a_copy(jieyang):
    client = staff_client(jieyang.app, "editor")
    asked = {"name": "换卡", "code": "copied-2", "prefix": "HK", "region_text": "揭阳市"}
    answer = client.post_form("/admin/bundles/new", start="copy", copy_of=BUNDLE, **asked)
    assert answer.status_code == 303, answer.text[-3000:]
    assert "items/apply" in client.get(answer.location).text


def test_the_wizard_names_everything_that_is_missing_and_keeps_what_was_typed(jieyang):
    client = staff_client(jieyang.app, "editor")
    answer = client.post_form(
        "/admin/bundles/new", start="copy", name=EVIL, code="大写", prefix="x", region_text="火星"
    )
    assert answer.status_code == 422
    assert "有 4 处要改" in answer.text
    assert "<script>" not in answer.text.replace("<script src", "")
    assert "火星" in answer.text
    stale = client.post("/admin/bundles/new", data={"name": "留着", "csrf_token": "old"})
    assert stale.status_code == 422
    assert "留着" in stale.text


def test_an_editor_of_one_region_makes_nothing_elsewhere(jieyang):
    client = staff_client(jieyang.app, "editor", regions=("500000",))
    asked = {"name": "越界", "code": "elsewhere-2", "prefix": "YJ", "region_text": "445200"}
    assert client.post_form("/admin/bundles/new", start="nothing", **asked).status_code == 403


def test_a_page_that_is_not_there_is_the_desks_own(jieyang):
    client = staff_client(jieyang.app, "editor")
    answer = client.get("/admin/help/nothing")
    assert answer.status_code == 404
    assert "回到工作台" in answer.text

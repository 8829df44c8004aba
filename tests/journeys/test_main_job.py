"""The main job, over HTTP from end to end: come, sign in by face, submit, see the date."""

from tests.town import wait_for


def test_an_instant_item_is_completed_in_the_answer(town):
    citizen = town.citizen("active").sign_in()
    answer = citizen.change_phone("138 0000 5620")
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert case["status"] == "completed"
    assert case["due_on"] is None
    assert [entry["node"] for entry in case["timeline"]] == ["submitted", "completed"]
    (effect,) = town.effects(citizen)
    assert (effect["effect"], effect["key"]) == ("profile", f"{case['number']}:profile")


def test_a_working_days_item_is_accepted_with_its_date_and_moves_with_the_registry(town):
    town.sandbox.control("time", {"set": "2026-11-26T10:00:00+08:00"})
    citizen = town.citizen().sign_in()
    case = citizen.apply(bank="boc").json()
    assert (case["status"], case["due_on"], case["due_provisional"]) == ("accepted", "2026-12-31", False)
    assert any("25 个工作日" in sentence for sentence in case["due_explained"])
    number = case["number"]
    assert number.startswith("JY20261126-")
    wait_for(lambda: "production_accepted" in [e["node"] for e in citizen.case(number)["timeline"]])
    (effect,) = town.effects(citizen)
    assert effect["key"] == f"{number}:production"
    production = town.production_of(number)
    for node in ("made", "sent", "received"):
        town.sandbox.control(f"productions/{production}", {"node": node})
    wait_for(lambda: citizen.case(number)["status"] == "completed")
    nodes = [entry["node"] for entry in citizen.case(number)["timeline"]]
    assert nodes == ["submitted", "accepted", "production_accepted", "card_made", "sent", "received", "completed"]

"""Several items in one application: a case each, in their order, and what is done stays done."""

import uuid

import pytest

from tests.town import Citizen, wait_for

ADDRESS = "揭阳市榕城区进贤门大道 18 号"


def apply_for(citizen: Citizen, *items: str, key: str | None = None, **body):
    body.setdefault("card_id", citizen.cards()[0]["id"])
    body.setdefault("form", {"phone": "13800005620", "address": ADDRESS})
    body.setdefault("uploads", [citizen.uploaded("identity_document")])
    return citizen.api(
        "POST",
        "/applications",
        {"bundle": "lost-card", "items": list(items), **body},
        **{"Idempotency-Key": key or uuid.uuid4().hex},
    )


@pytest.fixture
def loser(town):
    return town.citizen("active").sign_in()


def test_each_item_becomes_a_case_of_its_own_and_they_are_done_in_their_order(town, loser):
    answer = apply_for(loser, "replace", "loss")

    assert answer.status_code == 201
    loss, replace = answer.json()["cases"]
    assert (loss["item"], loss["status"]) == ("loss", "completed")
    assert replace["item"] == "replace"
    assert replace["number"] != loss["number"]
    assert answer.headers["Location"] == f"/api/v1/applications/{answer.json()['id']}"
    done = wait_for(lambda: [each["effect"] for each in town.effects(loser)] == ["loss", "productions"])
    assert done
    replace = loser.case(replace["number"])
    assert (replace["status"], replace["due_on"] is not None) == ("accepted", True)
    assert [each["node"] for each in replace["timeline"]] == ["submitted", "accepted"]
    assert loser.cards()[0]["state"] == "formally_lost"


def test_a_question_that_both_ask_is_answered_once_and_each_case_holds_its_own_answers(town, loser):
    cases = apply_for(loser, "loss", "replace").json()["cases"]

    assert [[each["label"] for each in case["answers"]] for case in cases] == [["手机号码"], ["手机号码", "收件地址"]]


def test_a_failing_first_step_takes_what_waited_for_it_along_and_says_so(town, loser):
    town.sandbox.mishap("registry", "refused", at="loss")
    loss, replace = apply_for(loser, "loss", "replace").json()["cases"]

    assert (loss["status"], replace["status"]) == ("refused", "refused")
    assert "“挂失”没有办成" in replace["refusal"]
    assert [each["effect"] for each in town.effects(loser)] == []
    assert town.desk.casework.reconciliation()["stuck"] == 0


def test_a_failing_second_step_leaves_the_first_honestly_done(town, loser):
    town.sandbox.mishap("registry", "refused", at="productions", only_effects=True)
    loss, replace = apply_for(loser, "loss", "replace").json()["cases"]
    assert loss["status"] == "completed"

    wait_for(lambda: loser.case(replace["number"])["status"] == "refused")
    assert loser.case(loss["number"])["status"] == "completed"
    assert loser.cards()[0]["state"] == "formally_lost"


def test_while_the_registry_is_away_nothing_is_lost_and_the_order_is_kept(town, loser):
    card = loser.cards()[0]["id"]
    papers = [loser.uploaded("identity_document")]
    town.sandbox.mishap("registry", "error", 3, only_effects=True)
    loss, replace = apply_for(loser, "loss", "replace", card_id=card, uploads=papers).json()["cases"]
    assert (loss["status"], replace["status"]) == ("submitted", "submitted")
    assert "等前面一项办好" in replace["waiting"]

    wait_for(lambda: [each["effect"] for each in town.effects(loser)] == ["loss", "productions"], seconds=30)
    assert loser.case(loss["number"])["status"] == "completed"
    assert wait_for(lambda: loser.case(replace["number"])["status"] == "accepted")


def test_the_guard_between_items_says_what_to_tick(town, loser):
    answer = apply_for(loser, "replace")

    assert answer.status_code == 422
    (sentence,) = answer.json()["errors"]["card_id"]
    assert "卡要先办正式挂失" in sentence
    assert "没有挂失" in sentence
    assert "请把“挂失”也勾上" in sentence


def test_the_second_alone_is_enough_where_the_loss_was_reported_before(town):
    citizen = town.citizen("formally_lost").sign_in()

    answer = apply_for(citizen, "replace")
    assert [each["status"] for each in answer.json()["cases"]] == ["accepted"]


def test_the_same_key_gives_the_same_cases_and_other_items_409(town, loser):
    key, card = uuid.uuid4().hex, loser.cards()[0]["id"]
    papers = [loser.uploaded("identity_document")]
    first = apply_for(loser, "loss", "replace", key=key, card_id=card, uploads=papers)
    again = apply_for(loser, "replace", "loss", key=key, card_id=card, uploads=papers)
    other = apply_for(loser, "loss", key=key, card_id=card, uploads=papers)

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert [each["number"] for each in again.json()["cases"]] == [each["number"] for each in first.json()["cases"]]


def test_one_that_is_open_already_keeps_all_of_them_from_being_opened(town):
    citizen = town.citizen("formally_lost").sign_in()
    card = citizen.cards()[0]["id"]
    apply_for(citizen, "replace", card_id=card)
    before = len(citizen.get("/api/v1/cases").json()["items"])

    answer = apply_for(citizen, "replace", card_id=card)
    assert (answer.status_code, answer.json()["code"]) == (409, "already-open")
    assert len(citizen.get("/api/v1/cases").json()["items"]) == before


def test_all_faults_of_all_items_are_told_at_once_and_nothing_is_written(town, loser):
    answer = apply_for(loser, "loss", "replace", form={"phone": "1380000", "hat": "1"}, uploads=[])

    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"form.phone", "form.hat", "form.address", "uploads.identity"}
    assert loser.get("/api/v1/cases").json()["items"] == []


def test_an_application_shows_its_cases_to_its_person_only(town, loser):
    made = apply_for(loser, "loss", "replace").json()
    stranger = town.citizen("active").sign_in()

    shown = loser.get(f"/api/v1/applications/{made['id']}").json()
    assert [each["number"] for each in shown["cases"]] == [each["number"] for each in made["cases"]]
    assert stranger.get(f"/api/v1/applications/{made['id']}").status_code == 404


def test_a_bundle_of_single_items_takes_no_two_and_no_joined_code_opens_a_case(town, loser):
    two = loser.api(
        "POST",
        "/applications",
        {"bundle": "social-security-card", "items": ["activate", "card-status"], "form": {}},
        **{"Idempotency-Key": uuid.uuid4().hex},
    )
    joined = loser.api(
        "POST",
        "/cases",
        {"bundle": "lost-card", "item": "loss+replace", "form": {}},
        **{"Idempotency-Key": uuid.uuid4().hex},
    )

    assert (two.status_code, joined.status_code) == (422, 422)
    assert "item" in joined.json()["errors"]


def test_a_citizen_is_told_before_any_form_what_keeps_them_from_it(town, loser):
    card = loser.cards()[0]["id"]
    ask = {"bundle": "lost-card", "item": "replace", "card_id": card}
    refused = loser.api("POST", "/eligibility", ask).json()
    both = loser.api("POST", "/eligibility", {**ask, "item": "loss+replace"}).json()

    assert refused["eligible"] is False
    assert "请把“挂失”也勾上" in refused["errors"]["card_id"][0]
    assert both == {"eligible": True, "errors": {}}

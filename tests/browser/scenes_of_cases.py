"""Scenes of people who have applied: cases of every status, lists, receipts."""

from __future__ import annotations

import uuid

from tests.browser.street import stored, turn
from tests.browser.visiting import HERE, Act, Group, Scene, unfold
from tests.town import Citizen, Town, wait_for
from wxserver.adapters.http import RequestsHttp
from wxserver.ports.signed_calls import SignedCalls
from wxserver.settings import load

BANKS = ("中国银行", "交通银行")
_WITHDRAWN = "UPDATE \"case\" SET status = 'withdrawn', withdrawn_at = submitted_at WHERE number = :number"


def _refused(town: Town, citizen: Citizen, card: str) -> str:
    """The number of a case that the registry has refused: its card was cancelled elsewhere a moment before."""
    registry = load(town.config).registry
    calls = SignedCalls("registry", registry.base_url, registry.secrets[0], RequestsHttp(5), town.desk.sessions.clock)
    town.sandbox.mishap("registry", "no_callback", 99)
    reference = next(each["card"] for each in citizen.person["cards"] if each["bank"] == BANKS[0])
    there = f"/cards/{reference}/cancellation"
    calls.call("POST", there, lambda document: document, key=uuid.uuid4().hex)
    answer = citizen.submit("change-information", card_id=card, form={"phone": "13800005623"}).json()
    town.sandbox.control("mishaps", method="DELETE")
    assert answer["status"] == "refused", answer
    return str(answer["number"])


def needed(town: Town) -> Group:
    """A case that waits for the citizen, and so many that the list goes on."""
    citizen = town.citizen("active").sign_in()
    for each in range(20):
        citizen.change_phone(f"138000056{each:02}")
    number = citizen.apply().json()["number"]
    wait_for(lambda: any(each["reference"] == number for each in town.sandbox.items("productions")))
    town.sandbox.control(f"productions/{town.production_of(number)}", {"node": "correction_requested"})
    wait_for(lambda: citizen.case(number)["status"] == "correcting")
    older: Act = lambda page: turn(page, page.get_by_role("link", name="看更早的"))  # noqa: E731
    return Group(
        citizen,
        (
            Scene("home-needs-you", "/"),
            Scene("cases-needs-you", "/cases"),
            Scene("cases-older", "/cases", older),
            Scene("messages", "/messages"),
            Scene("messages-older", "/messages", older),
            Scene("home-nothing-new", "/"),
            Scene("case-correcting", f"/cases/{number}", unfold),
        ),
    )


def following(town: Town) -> Group:
    """Cases of every status, the page right after submitting, and lists short and long."""
    town.sandbox.control("mishaps", method="DELETE")
    citizen = town.citizen(cards=[{"bank": bank} for bank in BANKS]).sign_in()
    numbers = {"completed": citizen.change_phone().json()["number"]}
    numbers["accepted"] = citizen.apply().json()["number"]
    wait_for(lambda: citizen.case(numbers["accepted"])["status"] == "accepted")
    numbers["withdrawn"] = citizen.change_phone("13800005621").json()["number"]
    stored(town, _WITHDRAWN, number=numbers["withdrawn"])
    cards = {each["bank"]: each["id"] for each in citizen.cards()}
    numbers["refused"] = _refused(town, citizen, cards[BANKS[0]])
    town.sandbox.mishap("registry", "error", 999)
    late = citizen.submit("change-information", card_id=cards[BANKS[1]], form={"phone": "13800005622"})
    numbers["submitted"] = late.json()["number"]
    cases = [Scene(f"case-{status}", f"/cases/{number}", unfold) for status, number in numbers.items()]
    return Group(
        citizen,
        (
            Scene("home-with-cases", "/"),
            Scene("cases", "/cases"),
            *cases,
            *[Scene(f"result-{status}", f"/cases/{number}?submitted=1") for status, number in numbers.items()],
            *[Scene(f"receipt-{status}", f"/cases/{numbers[status]}/receipt") for status in ("accepted", "completed")],
            Scene("receipt-printed", f"/cases/{numbers['accepted']}/receipt", media="print"),
            Scene("guide-printed", f"{HERE}/apply", media="print"),
        ),
    )

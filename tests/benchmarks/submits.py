"""Submitting: everything included, against three bare ORM inserts; and an instant item with the registry answering."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from functools import partial

from sqlalchemy import func, select

from tests.benchmarks.load import Reply, request
from tests.benchmarks.people import Resident, papers, settle
from tests.benchmarks.rotation import Aim, Contestant, Group, Sample
from tests.benchmarks.stand import Place, Stand
from tests.town import BUNDLE
from wxserver.store.tables.applications import Case
from wxserver.usecases.tokens import new_token

SUBMIT = Aim(0.6, 1.0)
PHONE = {"phone": "13800005620"}


def apply(stand: Stand, most: int) -> Group:
    """`apply` (25 working days), each by somebody who has not applied before; no jobs run."""
    contestants: list[Contestant] = []
    for place in stand.places:
        base = f"three bare ORM inserts, {place.title}"
        contestants += [
            Contestant(base, partial(_inserts, stand, place, most)),
            Contestant(f"ours, everything included, {place.title}", _Applying(stand, place, most).run, base, SUBMIT),
        ]
    return Group("Submit an application: session, rules, encryption, key, case, events, outbox", contestants)


def change(stand: Stand, most: int, holders: int) -> Group:
    """`change-information`: an instant item, carried out at the sandbox's registry within the request."""
    contestants: list[Contestant] = []
    for place in stand.places:
        base = f"three bare ORM inserts and the same call, {place.title}"
        changing = _Changing(stand, place, most, holders)
        contestants += [
            Contestant(base, changing.inserts),
            Contestant(f"ours, carried out within the request, {place.title}", changing.run, base),
        ]
    return Group("Submit an instant item: a change of phone, with the registry (sandbox) answering", contestants)


def counted(place: Place) -> int:
    """Cases that our app has opened."""
    with place.database.read() as unit:
        return int(unit.session.scalar(select(func.count()).select_from(Case)))


def posted(path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> bytes:
    """A POST with JSON."""
    return request(
        "POST", path, headers=headers, body=json.dumps(body).encode("ascii"), content_type="application/json"
    )


def submission(resident: Resident, item: str, **more: object) -> bytes:
    """A submit under a fresh key."""
    body = {"bundle": BUNDLE, "item": item, "form": PHONE, **more}
    return posted("/api/v1/cases", body, resident.headers | {"Idempotency-Key": new_token()[:32]})


def _inserts(stand: Stand, place: Place, most: int) -> Sample:
    body = {"openid": "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "bundle": BUNDLE, "item": "apply", "form": PHONE}
    return place.city.load([posted("/cases", body)] * most, status=201, seconds=stand.seconds)[0]


class _Applying:
    """Slices of applications; whoever was not used up by one slice applies in the next."""

    def __init__(self, stand: Stand, place: Place, most: int) -> None:
        self.stand, self.place, self.most = stand, place, most
        self.waiting: deque[Resident] = deque()
        self.papers: dict[str, list[str]] = {}

    def run(self) -> Sample:
        if missing := self.most - len(self.waiting):
            coming = settle(self.place, missing)
            self.papers |= papers(self.place, coming)
            self.waiting.extend(coming)
        before = counted(self.place)
        sent = [submission(each, "apply", uploads=self.papers[each.person_id]) for each in self.waiting]
        sample, load = self.place.ours.load(sent, status=201, seconds=self.stand.seconds)
        assert counted(self.place) - before == load.done, "a 201 without its case, or a case too many"
        for reply in load.samples:
            _check(reply, "accepted")
        for _ in range(load.done):
            self.waiting.popleft()
        return sample


class _Changing:
    """Slices of changes for a few people whom the registry knows: instant cases do not keep each other out."""

    def __init__(self, stand: Stand, place: Place, most: int, holders: int) -> None:
        self.stand, self.place, self.most = stand, place, most
        people = [stand.sandbox.person("active") for _ in range(holders)]
        self.holders = settle(place, 0, numbers=[each["id_number"] for each in people])
        self.cards = {each.person_id: place.desk.cards.refreshed(each.person_id)[0] for each in self.holders}

    def run(self) -> Sample:
        for each in self.holders:
            self.place.desk.cards.refreshed(each.person_id)
        chosen = [self.holders[number % len(self.holders)] for number in range(self.most)]
        sent = [submission(each, "change-information", card_id=self.cards[each.person_id].id) for each in chosen]
        sample, load = self.place.ours.load(sent, status=201, seconds=self.stand.seconds)
        for reply in load.samples:
            _check(reply, "completed")
        return sample

    def inserts(self) -> Sample:
        sent = [self._insert(self.holders[number % len(self.holders)]) for number in range(self.most)]
        return self.place.city.load(sent, status=201, seconds=self.stand.seconds)[0]

    def _insert(self, holder: Resident) -> bytes:
        card = self.cards[holder.person_id].card.reference
        person = {"openid": holder.person_id, "id_type": "resident_id", "id_number": holder.id_number, "card": card}
        return posted("/changes", {**person, "bundle": BUNDLE, "item": "change-information", "form": PHONE})


def _check(reply: Reply, status: str) -> None:
    case = json.loads(reply.body)
    assert case["status"] == status, case
    assert case["answers"] == [{"label": "手机号码", "value": "138****5620"}], case

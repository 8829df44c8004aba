"""What citizens look at most, against a read of the same kind through the ORM; and what the guard at the door costs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

from tests.benchmarks.load import request
from tests.benchmarks.peers.city import PERSONS
from tests.benchmarks.people import Resident, papers, settle
from tests.benchmarks.rotation import Aim, Contestant, Group, Sample
from tests.benchmarks.stand import Place, Server, Stand
from tests.town import BUNDLE
from wxserver.usecases.submissions import Submission
from wxserver.usecases.tokens import new_token

READ = Aim(1.0, 3.0)
CASES = 10
SHORTER = 0.6
"""Reads are many and quick: their slices are this part of a full one."""


def reads(stand: Stand, most: int, readers: int) -> Group:
    """Pages and API reads of somebody with ten cases."""
    contestants = [_contestant(stand, stand.echo, "floor: Flask's jsonify of plain dicts, 20 KB", ["/json"], most)]
    for place in stand.places:
        base = f"bundle and ten cases through the ORM, 20 KB, {place.title}"
        own = [f"/mine?openid=citizen-{number}" for number in range(PERSONS)]
        contestants.append(_contestant(stand, place.city, base, own, most))
        callers, browsers = (_readers(stand, place, kind, readers) for kind in ("bearer", "cookie"))
        for name, path, who, expected in (
            ("home page", "/", browsers, "我的办件"),
            ("bundle page", f"/bundles/{BUNDLE}", browsers, "25 个工作日"),
            ("GET /cases", "/api/v1/cases", callers, "JY"),
            ("GET /sessions/current", "/api/v1/sessions/current", callers, "陈"),
        ):
            sent = [_get(path, reader) for reader in who]
            contestants.append(
                _contestant(stand, place.ours, f"ours: {name}, {place.title}", sent, most, base, READ, expected)
            )
    return Group("Reads of a citizen who is signed in and has ten cases", contestants)


def door(stand: Stand, most: int, readers: int) -> Group:
    """What every request pays before its view runs. `/display` is the view that does least."""
    base = "a bare Flask view"
    contestants = [_contestant(stand, stand.echo, base, ["/bare"], most)]
    group = Group("The door: limiter, guard, headers, and the session behind a cookie", contestants)
    path = "/display?size=normal"
    for place in stand.places:
        without, with_session = f"ours, open view, no session, {place.title}", f"ours, same with session, {place.title}"
        sent = [_get(path, reader) for reader in settle(place, readers, "cookie")]
        contestants += [
            _contestant(stand, place.ours, without, [path], most, base, status=303),
            _contestant(stand, place.ours, with_session, sent, most, base, status=303),
        ]
    return group


def door_notes(group: Group) -> None:
    """How much CPU guard and session add, once the group has been measured."""
    names = [each.name for each in group.contestants]
    group.notes.append(f"frame of our app over a bare view: {group.added_cpu(names[1], names[0])} CPU")
    for without, with_session in zip(names[1::2], names[2::2], strict=True):
        title = without.rpartition(", ")[2]
        group.notes.append(f"session lookup on {title}: {group.added_cpu(with_session, without)} CPU")


def _contestant(
    stand: Stand,
    server: Server,
    name: str,
    sent: Sequence[str | bytes],
    most: int,
    base: str | None = None,
    aim: Aim | None = None,
    expected: str = "",
    status: int = 200,
) -> Contestant:
    rounds = [request("GET", each) if isinstance(each, str) else each for each in sent]
    requests = (rounds * (most // len(rounds) + 1))[:most]

    def run() -> Sample:
        sample, load = server.load(requests, status=status, seconds=stand.seconds * SHORTER)
        for reply in load.samples:
            assert expected in reply.body.decode(), f"{name}: {expected!r} is missing"
        return sample

    return Contestant(name, run, base, aim)


def _get(path: str, reader: Resident) -> bytes:
    return request("GET", path, headers=reader.headers)


def _readers(stand: Stand, place: Place, kind: str, number: int) -> list[Resident]:
    """People with ten cases each: one with a date, nine carried out at the registry."""
    people = [stand.sandbox.person("active") for _ in range(number)]
    readers = settle(place, 0, kind, numbers=[each["id_number"] for each in people])
    for reader in readers:
        session = reader.session(place)
        (card,) = place.desk.cards.refreshed(reader.person_id)
        submit = partial(_submit, place, session)
        handed_in = tuple(papers(place, [reader])[reader.person_id])
        submit(Submission(BUNDLE, "apply", form={"phone": "13800005620"}, uploads=handed_in))
        for number in range(1, CASES):
            form = {"phone": f"1380000{5620 + number}"}
            submit(Submission(BUNDLE, "change-information", card_id=card.id, form=form))
        assert len(place.desk.casework.list(session).items) == CASES
    return readers


def _submit(place: Place, session: object, submission: Submission) -> None:
    place.desk.applying.submit(session, new_token()[:32], submission)  # type: ignore[arg-type]


def size(stand: Stand) -> dict[str, int]:
    """Bytes of JSON that the two floors answer, to see that they are the 20 KB they are said to be."""
    found = {}
    for name, server, path in (
        ("plain", stand.echo, "/json"),
        ("orm", stand.places[0].city, "/mine?openid=citizen-1"),
    ):
        _, load = server.load([request("GET", path)], status=200, seconds=5)
        json.loads(load.samples[0].body)
        found[name] = len(load.samples[0].body)
    return found

"""Every benchmark runs once, with next to nothing to do, so that none of them rots."""

import pytest

from tests.benchmarks import reads
from tests.benchmarks.__main__ import Scale, run
from tests.benchmarks.rotation import Aim, Contestant, Group, Sample
from tests.benchmarks.stand import stand

ONCE = Scale(rotations=1, seconds=2.0, most=8, submits=8, calls=5, cases=40, times=1, people=1)


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    with stand(tmp_path_factory.mktemp("benchmarks"), postgres=None, seconds=ONCE.seconds) as everything:
        yield everything


def test_every_group_is_measured_and_told(up):
    told: list[str] = []
    run(up, ONCE, frozenset(), told.append)
    titles = [text.splitlines()[0].partition(":")[0] for text in told]
    assert titles == [
        "Push codec alone",
        "Encrypted push, verified and answered",
        "Submit an application",
        "Submit an instant item",
        "Reads of a citizen who is signed in and has ten cases",
        "The door",
        "An item with 60 fields",
        "The editor of a bundle with seven items and 60 questions",
        "Due date",
        "A new calendar",
    ]
    assert all("CPU" in text for text in told[:-1])


def test_the_floors_of_the_reads_answer_about_as_much_as_they_are_said_to(up):
    assert all(18_000 < size < 24_000 for size in reads.size(up).values()), reads.size(up)


def test_a_ratio_is_formed_inside_each_rotation_and_its_median_is_judged():
    rates = {"base": iter([0.0, 100.0, 10.0, 50.0]), "ours": iter([0.0, 200.0, 25.0, 150.0])}
    contestants = [
        Contestant("base", lambda: Sample(next(rates["base"]))),
        Contestant("ours", lambda: Sample(next(rates["ours"])), "base", Aim(2.0, 2.5)),
    ]
    group = Group("Pairs", contestants)
    group.rotate(3)
    assert group.ratios("ours", "base") == [2.0, 2.5, 3.0]
    (row,) = (line for line in group.table().splitlines() if line.startswith("  ours"))
    assert " ".join(row.split()) == "ours 150 6,667 – 2.50 2.25–2.75 ≥ 2 ×, aim 2.5 × aim met"

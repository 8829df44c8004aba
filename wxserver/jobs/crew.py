"""Who does what: the carriers that work the outbox off, and one worker for everything that comes by the clock."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from wxserver.jobs.worker import Worker
from wxserver.usecases.carrying import CARRY_OUT
from wxserver.usecases.desk import UseCases

CARRIERS, MESSENGERS = 4, 2
"""One far side that times out must not hold up everybody else's work: messages have workers of their own."""


class Crew:
    """The workers of this process. With `mode = "none"` only `flask jobs run` sets them to work."""

    def __init__(self, mode: str, carriers: list[Worker], messengers: list[Worker], others: list[Worker]) -> None:
        self.mode = mode
        self.workers = [*carriers, *messengers, *others]
        self._turns = cycle(zip(carriers, cycle(messengers), strict=False))

    def start(self, even_if: str = "thread") -> None:
        """Start all of them, if the settings want them in this process (`even_if="none"`: in any case)."""
        if self.mode in ("thread", even_if):
            for worker in self.workers:
                worker.start()

    def stop(self) -> None:
        """End all of them; what they had in hand is finished, or found again under its lease."""
        for worker in self.workers:
            worker.ask_to_stop()
        for worker in self.workers:
            worker.stop()

    def wake(self) -> None:
        """New work was written: wake one of each kind; the others look by themselves twice a second."""
        for worker in next(self._turns):
            worker.wake()


def crew_for(mode: str, usecases: UseCases) -> Crew:
    """The workers that these use cases need, not yet started."""
    carrying, working = usecases.carrying, usecases.working
    cases, messages = frozenset({CARRY_OUT}), working.kinds() - {CARRY_OUT}

    def doing(kinds: frozenset[str]) -> Callable[[], None]:
        def do() -> None:
            while working.work(kinds, most=1):
                pass

        return do

    crew = Crew(
        mode,
        carriers=[Worker([(0.5, doing(cases))]) for _ in range(CARRIERS)],
        messengers=[Worker([(0.5, doing(messages))]) for _ in range(MESSENGERS)],
        others=[
            Worker(
                [
                    (2.0, carrying.place_stranded),
                    (30.0, usecases.verifying.verdicts.expire),
                    (60.0, usecases.calendars.catch_up),
                    (3600.0, usecases.tidying.tidy),
                    (3600.0, usecases.guardianships.tidy),
                ]
            )
        ],
    )
    working.wake = crew.wake
    return crew

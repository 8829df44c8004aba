"""Who does what: the carriers that work the outbox off, and one worker for everything that comes by the clock."""

from __future__ import annotations

from itertools import cycle

from wxserver.jobs.worker import Worker
from wxserver.usecases.desk import UseCases

CARRIERS = 4
"""One far side that times out must not hold up everybody else's work."""


class Crew:
    """The workers of this process. With `mode = "none"` only `flask jobs run` sets them to work."""

    def __init__(self, mode: str, carriers: list[Worker], others: list[Worker]) -> None:
        self.mode = mode
        self.workers = [*carriers, *others]
        self._turns = cycle(carriers)

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
        """New work was written: wake one carrier; the others look by themselves twice a second."""
        next(self._turns).wake()


def crew_for(mode: str, usecases: UseCases) -> Crew:
    """The workers that these use cases need, not yet started."""
    carrying = usecases.carrying

    def carry() -> None:
        while carrying.work(most=1):
            pass

    crew = Crew(
        mode,
        carriers=[Worker([(0.5, carry)]) for _ in range(CARRIERS)],
        others=[
            Worker(
                [
                    (2.0, carrying.place_stranded),
                    (30.0, usecases.verifying.expire),
                    (60.0, usecases.calendars.catch_up),
                    (3600.0, usecases.tidying.tidy),
                ]
            )
        ],
    )
    carrying.wake = crew.wake
    return crew

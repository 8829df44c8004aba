"""Workers: they start once, survive what their chores raise, wake at once and stop when told."""

import threading
import time

from wxserver.jobs import Crew
from wxserver.jobs.worker import Worker


def test_a_chore_that_fails_runs_again_and_holds_up_no_other(caplog):
    ran = []

    def fail():
        ran.append("fail")
        raise RuntimeError("broken")

    worker = Worker([(0.01, fail), (0.01, lambda: ran.append("other"))])
    worker.start()
    time.sleep(0.4)
    worker.stop()
    assert ran.count("fail") > 1
    assert ran.count("other") > 1
    assert "will run again" in caplog.text


def test_starting_twice_starts_one_thread():
    before = threading.active_count()
    worker = Worker([(10.0, lambda: None)])
    worker.start()
    worker.start()
    assert threading.active_count() == before + 1
    worker.stop()


def test_a_woken_worker_does_not_wait_for_its_turn():
    ran = threading.Event()
    rounds = []

    def chore():
        rounds.append(time.monotonic())
        ran.set()

    worker = Worker([(60.0, chore)])
    worker.start()
    assert ran.wait(2)
    ran.clear()
    worker.wake()
    assert ran.wait(2)
    worker.stop()
    assert len(rounds) == 2


def test_a_crew_stays_at_rest_where_another_process_does_the_work():
    ran = threading.Event()
    crew = Crew("none", [Worker([(0.01, ran.set)])], [Worker([(1.0, bool)])], [])
    crew.start()
    assert not ran.wait(0.2)
    crew.start(even_if="none")
    assert ran.wait(2)
    crew.stop()

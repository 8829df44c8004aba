"""The port `Clock`."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from wxserver.adapters.clock import ShiftedClock, SystemClock


def shift(clock):
    """Seconds between the clock and the machine's."""
    return (clock.now() - datetime.now(UTC)).total_seconds()


def put(file, text):
    new = file.with_suffix(".new")
    new.write_bytes(text if isinstance(text, bytes) else text.encode())
    new.replace(file)


def test_the_system_clock_is_aware_and_in_utc():
    assert SystemClock().now().tzinfo is UTC
    assert abs(shift(SystemClock())) < 1


def test_without_a_file_time_is_real(tmp_path):
    assert abs(shift(ShiftedClock(tmp_path / "clock"))) < 1


def test_time_moves_with_the_file_at_every_look(tmp_path):
    file = tmp_path / "clock"
    clock = ShiftedClock(file)
    for seconds in (259200.0, -3600.0, 0.0, 259200.5):
        put(file, f"{seconds}\n")
        assert shift(clock) == pytest.approx(seconds, abs=1)
        assert clock.now().utcoffset() == timedelta()
    file.unlink()
    assert abs(shift(clock)) < 1


def test_replacing_the_file_by_one_of_the_same_size_and_time_is_noticed(tmp_path):
    file = tmp_path / "clock"
    clock = ShiftedClock(file)
    put(file, "1000.0")
    assert shift(clock) == pytest.approx(1000, abs=1)
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    new = tmp_path / "new"
    new.write_text("2000.0")
    os.utime(new, ns=times)
    new.replace(file)
    assert shift(clock) == pytest.approx(2000, abs=1)


@pytest.mark.parametrize("text", ["", "tomorrow", "nan", "inf", "1e300", "1e12", "-1e12", b"\xff", "0" * 64 + "9"])
def test_a_file_that_holds_no_usable_number_shifts_nothing(tmp_path, text, caplog):
    put(tmp_path / "clock", text)
    clock = ShiftedClock(tmp_path / "clock")
    assert abs(shift(clock)) < 1
    assert abs(shift(clock)) < 1
    assert len(caplog.records) <= 1


def test_the_file_is_read_only_when_it_was_replaced(tmp_path, monkeypatch):
    file = tmp_path / "clock"
    put(file, "1000.0")
    clock = ShiftedClock(file)
    clock.now()
    monkeypatch.setattr(type(file), "open", lambda *_: pytest.fail("read again"))
    assert shift(clock) == pytest.approx(1000, abs=1)

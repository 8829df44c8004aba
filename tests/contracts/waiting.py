"""Waiting for what a far side does by itself."""

import time


def until(look, seconds=10.0):
    """What `look()` gives as soon as that is true; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found

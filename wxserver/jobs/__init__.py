"""Jobs: what happens without anybody asking."""

from wxserver.jobs.worker import Worker

__all__ = ["Worker"]

"""Jobs: what happens without anybody asking."""

from wxserver.jobs.crew import Crew, crew_for

__all__ = ["Crew", "crew_for"]

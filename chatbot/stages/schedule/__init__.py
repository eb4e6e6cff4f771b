"""Runs everything at its time: a clock that ticks, a thread for each account's deliveries, pools for the rest.

work.py      what there is to be done, as callables: no stage is known here
guard.py     one thing that breaks is logged, counted and rested; the others go on
running.py   ticks, lanes, pools, and the clean end
story.py     which chat a unit of work is about, for the log
streams.py   threads that listen, and connect again without hurry
"""

from chatbot.stages.schedule.guard import Guard
from chatbot.stages.schedule.running import once, run
from chatbot.stages.schedule.work import Chore, Stream, Work

__all__ = ["Chore", "Guard", "Stream", "Work", "once", "run"]

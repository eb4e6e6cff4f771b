"""State machines: any schedule of kills, clocks, servers and hosts, and what the server shows in the end.

    uv run pytest tests/machine                                   a few schedules, others each time
    CHATBOT_MACHINE=2000 uv run pytest tests/machine --timeout 0  as many of each kind, and the shortest that fails

A schedule that broke a promise gets a name in `test_once_broken`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_LONG = int(os.environ.get("CHATBOT_MACHINE", "0"))
_QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # making a failure shorter takes minutes

SCHEDULES = settings(
    max_examples=_LONG or 12,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=tuple(Phase) if _LONG else _QUICK,
)

"""The program under test: `chatbot run` in processes of its own, killed and started again, at times with a stand-by."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

TIMING = {  # seconds; the proportions are those of real nights
    "tick": 0.1,
    "claim_ahead": 0.3,
    "request_deadline": 0.7,
    "settle_after": 1.4,
    "between_looks": 0.2,
    "lease": 2.0,
    "lock_trust": 5.0,
    "retry_after": 0.2,
    "unknown_holds_up": 15.0,
    "between_questions": 0.4,
    "past_the_end": 240.0,
    "late_after": 240.0,
    "grace_announcement": 240.0,
    "grace_reminder": 240.0,
    "grace_welcome": 240.0,
    "grace_question": 240.0,
    "grace_other": 240.0,
    "grace_digest": 240.0,
    "announcement_before": 4.0,
    "reminder_before": 3.0,
    "welcome_before": 2.0,
    "so_far_before": 1.5,
    "first_question_after": 0.5,
    "first_of_few_after": 0.5,
    "last_question_before_end": 1.0,
    "collect_every": 0.5,
    "collect_every_late": 1.0,
    "collect_whole_every": 2.0,
    "budget_window": 1.0,
    "rescan_after": 3.0,
    "mentions_every": 0.7,
    "gone_confirmed_after": 1.0,
    "stream_silence": 5.0,
    "stream_backoff": 0.3,
    "backoff_limit": 1.0,
    "edition_after": 3.0,
    "late_told_after": 20.0,
}


class Program:
    """At most two processes of `chatbot run` on one folder: one at work, and, if wanted, one that stands by."""

    def __init__(self, folder: Path, *, with_stand_by: bool) -> None:
        self.folder = folder
        self._wanted = 2 if with_stand_by else 1
        self.ended_by_itself: list[int] = []
        self._running: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def keep_running(self) -> None:
        """Start what is missing."""
        with self._lock:
            over = [process.returncode for process in self._running if process.poll() is not None]
            self.ended_by_itself += [code for code in over if code != -signal.SIGKILL]
            self._running = [process for process in self._running if process.poll() is None]
            while len(self._running) < self._wanted:
                self._running.append(self._started())

    def is_at_work(self) -> bool:
        """Whether a process has the database now."""
        with self._lock:
            return self._at_work() is not None

    def kill(self) -> bool:
        """Kill whoever is at work, at once; False when nobody is."""
        with self._lock:
            at_work = self._at_work()
            if at_work is None:
                return False
            at_work.send_signal(signal.SIGKILL)
            at_work.wait()
            return True

    def end(self) -> None:
        """Ask everybody to end as a person would."""
        with self._lock:
            for process in reversed(self._running):
                process.terminate()
            for process in self._running:
                process.wait(timeout=30)
            self._running.clear()

    def _at_work(self) -> subprocess.Popen[bytes] | None:
        holder = self._holder()
        return next((p for p in self._running if p.pid == holder and p.poll() is None), None)

    def _holder(self) -> int | None:
        try:
            return int(json.loads((self.folder / "chatbot.db.lock").read_text("utf-8"))["pid"])
        except (OSError, ValueError, LookupError):
            return None

    def _started(self) -> subprocess.Popen[bytes]:
        log = (self.folder / "chatbot.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "chatbot", "--config", str(self.folder / "chatbot.toml"), "run"],
                stdout=log,
                stderr=log,
                env={**os.environ, "CHATBOT_TIMING": json.dumps(TIMING), "PYTHONFAULTHANDLER": "1"},
            )

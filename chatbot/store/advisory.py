"""The lock of a PostgreSQL database: an advisory lock of a connection of its own, which ends with that connection.

The server learns of a dead process at once, and of a dead computer or a cut cable by its keep-alives: two and a half
times `trust` after the last sign of life. Whoever has the lock believes in it for `trust` and no longer without having
asked, so it stops sending before another can begin. A pooler that shares connections between transactions cannot
carry such a lock; it is then found lost at once, and nothing is sent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import sqlalchemy as sa

from chatbot.core.delivery.holder import Holder
from chatbot.store.engine import StoreError, normal_url

_KEY = (0x43484154, 1)  # "CHAT"; one lock a database
_NAME = "chatbot"

_TAKE = sa.text("SELECT pg_try_advisory_lock(:first, :second)")
_HELD = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
    " AND classid = :first AND objid = :second"
)
_HOLDER = sa.text(
    "SELECT seen.application_name FROM pg_locks AS held JOIN pg_stat_activity AS seen ON seen.pid = held.pid"
    " WHERE held.locktype = 'advisory' AND held.granted AND held.classid = :first AND held.objid = :second"
    " AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_CALL = sa.text("SELECT set_config('application_name', :name, false)")
_WHICH = {"first": _KEY[0], "second": _KEY[1]}


class AdvisoryLock:
    """One connection and its lock; used by one thread at a time."""

    def __init__(self, url: str, trust: timedelta) -> None:
        seconds = max(math.ceil(trust.total_seconds()), 1)
        half = max(seconds // 2, 1)
        alive = {"tcp_keepalives_idle": seconds, "tcp_keepalives_interval": half, "tcp_keepalives_count": 3}
        self._engine = sa.create_engine(
            normal_url(url),
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={
                "connect_timeout": max(seconds, 2),
                "keepalives_idle": seconds,
                "keepalives_interval": half,
                "keepalives_count": 3,
                "options": " ".join(f"-c {name}={value}" for name, value in alive.items()),
            },
        )
        self._conn: sa.Connection | None = None

    def take(self, who: Holder) -> bool:
        """Take it if nobody has it."""
        if not self._asked(_TAKE, _WHICH):
            return False
        self._asked(_CALL, {"name": f"{_NAME} {who.pid} {who.since.isoformat(timespec='seconds')} {who.host}"})
        return True

    def is_held(self) -> bool:
        """Whether the connection is there and has the lock; any doubt is a no."""
        try:
            return self._conn is not None and bool(self._asked(_HELD, _WHICH))
        except StoreError:
            return False

    def holder(self) -> Holder | None:
        """Say who has it: process, computer, since when; only the same database user may know."""
        said = str(self._asked(_HOLDER, _WHICH) or "").split(" ", 3)
        with suppress(ValueError):
            name, pid, since, host = said
            return Holder(int(pid), host, datetime.fromisoformat(since)) if name == _NAME else None
        return None

    def let_go(self) -> None:
        """End the connection, and the lock with it."""
        if self._conn is not None:
            with suppress(sa.exc.DBAPIError):
                self._conn.close()
            self._conn = None

    def _asked(self, statement: sa.TextClause, values: Mapping[str, object]) -> object:
        try:
            self._conn = self._conn or self._engine.connect()
            return self._conn.scalar(statement, values)
        except sa.exc.DBAPIError as error:
            self.let_go()
            raise StoreError(
                "The database server cannot be asked whether another chatbot runs on it"
                f" ({str(error.orig or error).strip().splitlines()[0]}). Nothing is sent or read until it can."
                " Check that the server runs, and that name, user and password are right."
            ) from error

"""The connections of a web process' pool: the dead are replaced together, and no server may keep anybody waiting
forever, not even by saying nothing at all."""

from __future__ import annotations

import select
from time import monotonic
from typing import Any, ClassVar, TypeVar

import psycopg
from django.db import connection
from psycopg.abc import Params, PQGen

Result = TypeVar("Result")

INTERVAL_SECONDS = 0.1


class PooledConnection(psycopg.Connection[Any]):
    """One of the pool of a web process, which asks each before it is given to anybody."""

    def execute(self, query: Any, params: Params | None = None, **options: Any) -> psycopg.Cursor[Any]:
        """As any connection's. An empty query is the pool's question whether this connection still works: a server
        that ended it has said so on its socket already, and where nothing was said nobody has to be asked."""
        if query != "":
            return super().execute(query, params, **options)
        if not select.select([self.fileno()], [], [], 0)[0]:
            return self.cursor()
        try:
            return super().execute(query, params, **options)
        except psycopg.Error:
            _look_at_the_others()
            raise


def _look_at_the_others() -> None:
    """Connections die together, with their PostgreSQL. Who asks for one and finds it dead waits before each further
    try, longer each time, and would give up before it came to the end of them."""
    connection.pool.check()  # type: ignore[attr-defined]


class BoundedConnection(PooledConnection):
    """Gives up an answer after so many seconds, and itself with it: what comes later would be taken for the next one.

    `statement_timeout` alone is kept by the server, and so not by one that is frozen or cut off.
    """

    seconds: ClassVar[float]

    def wait(self, gen: PQGen[Result], interval: float = INTERVAL_SECONDS, timeout: float | None = None) -> Result:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        given_up_at = monotonic() + self.seconds
        try:
            return super().wait(gen, interval, self.seconds)
        except psycopg.OperationalError:
            if monotonic() >= given_up_at:
                self.pgconn.finish()
            raise


def waiting(*, seconds: float) -> type[BoundedConnection]:
    """The class of connections that wait so long."""
    return type("BoundedConnection", (BoundedConnection,), {"seconds": seconds})

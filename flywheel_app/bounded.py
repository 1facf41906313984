"""A connection whose server may keep nobody waiting forever, not even by saying nothing at all."""

from __future__ import annotations

import select
from time import monotonic
from typing import Any, ClassVar, TypeVar

import psycopg
from psycopg.abc import Params, PQGen

Result = TypeVar("Result")

INTERVAL_SECONDS = 0.1


class BoundedConnection(psycopg.Connection[Any]):
    """Gives up an answer after so many seconds, and itself with it: what comes later would be taken for the next one.

    `statement_timeout` alone is kept by the server, and so not by one that is frozen or cut off.
    """

    seconds: ClassVar[float]

    def execute(self, query: Any, params: Params | None = None, **options: Any) -> psycopg.Cursor[Any]:
        """As any connection's. An empty query is the pool's question whether this connection still works: a server
        that ended it has said so on its socket already, and where nothing was said nobody has to be asked."""
        if query == "" and not select.select([self.fileno()], [], [], 0)[0]:
            return self.cursor()
        return super().execute(query, params, **options)

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


def connection(*, seconds: float) -> type[BoundedConnection]:
    """The class of connections that wait so long."""
    return type("BoundedConnection", (BoundedConnection,), {"seconds": seconds})

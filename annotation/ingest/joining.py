"""Few records that arrive while others are being written are stored with the next ones, in one transaction.

One request at a time writes: what comes meanwhile waits, and is written together by the first of those that wait. Alone
each would ask the database the same questions, and wait for the disk by itself. The one that is to write waits a moment
for as many as came of late: senders that go on come back as soon as they have their answers, and without this they
would go by turns, half of them each time. Who is alone waits for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError

from annotation import copying
from annotation.ingest import store
from annotation.ingest.outcome import Outcome
from annotation.ingest.store import Batch

COMPANY_SECONDS = 0.005
"""So long those that came of late are waited for: about what an answer and the next request take, and a write too."""


class _Call:
    """A request's records, and what becomes of them. `has_turn` is set when they are written, or it is to write."""

    def __init__(self, batch: Batch, count: int) -> None:
        self.batch = batch
        self.count = count
        self.has_turn = threading.Event()
        self.outcome: Outcome | None = None
        self.error: Exception | None = None

    def result(self) -> Outcome:
        if self.error is not None:
            raise self.error
        assert self.outcome is not None
        return self.outcome

    @property
    def is_done(self) -> bool:
        return self.outcome is not None or self.error is not None


class Joining:
    """The requests of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._came = threading.Condition(self._lock)
        self._waiting: list[_Call] = []
        self._is_busy = False
        self._expected = 1

    def interactions(self, *, batch: Batch, count: int, now: datetime) -> Outcome:
        """As `store.interactions`; `count` is how many records the batch holds. Many are stored by themselves."""
        if count > copying.FEW:
            return store.together(batches=[batch], now=now)[0]
        call = _Call(batch, count)
        with self._lock:
            self._waiting.append(call)
            self._came.notify()  # There is one at most who waits for company.
            must_wait, self._is_busy = self._is_busy, True
        if must_wait:
            call.has_turn.wait()
        if not call.is_done:
            self._write(now)
        return call.result()

    def _write(self, now: datetime) -> None:
        """Write what waits, the caller's own first, then let the next one write."""
        calls = self._taken()
        try:
            _store(calls, now)
        finally:
            self._hand_on(calls)

    def _taken(self) -> list[_Call]:
        with self._lock:
            self._came.wait_for(self._is_company_here, COMPANY_SECONDS)
            taken, room = 0, copying.FEW
            while taken < len(self._waiting) and self._waiting[taken].count <= room:
                room -= self._waiting[taken].count
                taken += 1
            calls, self._waiting = self._waiting[:taken], self._waiting[taken:]
            return calls

    def _is_company_here(self) -> bool:
        records = sum(call.count for call in self._waiting)
        return len(self._waiting) >= self._expected or records >= copying.FEW

    def _hand_on(self, calls: Sequence[_Call]) -> None:
        for call in calls:
            if not call.is_done:
                call.error = OperationalError("the request that was writing this one has ended")
        with self._lock:
            following = self._waiting[:1]
            self._expected = len(calls) + len(self._waiting)
            self._is_busy = bool(following)
        for call in [*calls, *following]:
            call.has_turn.set()


def _store(calls: Sequence[_Call], now: datetime) -> None:
    """Each call gets its outcome or its error. An error that one's records brought about is not the others'."""
    try:
        outcomes = store.together(batches=[call.batch for call in calls], now=now)
    except Exception as error:
        if len(calls) == 1 or isinstance(error, OperationalError | InterfaceError):
            for call in calls:
                call.error = error
        else:
            for call in calls:
                _store([call], now)
        return
    for call, outcome in zip(calls, outcomes, strict=True):
        call.outcome = outcome


process = Joining()

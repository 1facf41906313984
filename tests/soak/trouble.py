"""What goes wrong while everybody works: processes die, PostgreSQL and Valkey are started anew."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import psutil

from tests.caller import Answer
from tests.own_database import OwnDatabase
from tests.own_valkey import OwnValkey
from tests.units import Unit

KILL_EVERY = 20.0
HEADS_AGAIN = 600.0
"""In runs of so many seconds the heads die more than once."""

AFTER_SECONDS = 5.0
"""So long after a server is back may an answer still be one of its absence."""

DATABASE_AT = (0.25, 0.5, 0.75)
VALKEY_AT = (0.38, 0.63)
"""Shares of the whole time."""

DATABASE_BY = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
"""A fast shutdown, an immediate one, a crash."""


@dataclass(frozen=True)
class Outage:
    what: str
    began: float
    ended: float

    def excuses(self, answer: Answer) -> bool:
        return answer.ended >= self.began and answer.began <= self.ended + AFTER_SECONDS


@dataclass
class Trouble:
    """`units` by name; what was done stands in `killed` and `outages`."""

    units: dict[str, Unit]
    database: OwnDatabase
    valkey: OwnValkey
    chance: Random
    killed: Counter[str] = field(default_factory=Counter)
    outages: list[Outage] = field(default_factory=list)

    @property
    def seconds_away(self) -> float:
        return sum(one.ended - one.began for one in self.outages if one.what == "PostgreSQL")

    def excuses(self, answer: Answer) -> bool:
        return any(one.excuses(answer) for one in self.outages)

    @contextlib.contextmanager
    def going_on(self, *, seconds: float) -> Iterator[None]:
        """While the block runs, for so many seconds at most. Raises what went wrong in here."""
        ended = threading.Event()
        failed: list[BaseException] = []

        def guarded(work: Callable[[float, threading.Event], None]) -> None:
            try:
                work(seconds, ended)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=guarded, args=(work,)) for work in (self._kill, self._restart)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        if failed:
            raise failed[0]

    def _kill(self, seconds: float, ended: threading.Event) -> None:
        """The heads first, so that what they start anew lives long enough to be looked at; then by chance. In a short
        run the heads die no second time: with them goes all that could have been looked at."""
        heads = ["web's head", "worker's head"]
        again = int(seconds >= HEADS_AGAIN)
        self.chance.shuffle(heads)
        until = time.monotonic() + seconds - KILL_EVERY / 2
        while not ended.wait(KILL_EVERY) and time.monotonic() < until:
            any_ = self.chance.choices(
                ("web's process", "worker's process", "web's head", "worker's head", "beat's head"),
                (5, 4, again, again, 2),
            )[0]
            self._kill_one(heads.pop() if heads else any_)

    def _kill_one(self, what: str) -> None:
        unit = self.units[what.partition("'")[0]]
        found: Sequence[psutil.Process | None] = [unit.main] if what.endswith("head") else unit.children
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            if process := self.chance.choice(found):
                process.kill()
                self.killed[what] += 1

    def _restart(self, seconds: float, ended: threading.Event) -> None:
        began = time.monotonic()
        plan: list[tuple[float, str, Callable[[], None]]] = [
            (at, "PostgreSQL", lambda by=by: self.database.restart(by))  # type: ignore[misc]
            for at, by in zip(DATABASE_AT, DATABASE_BY, strict=True)
        ]
        plan += [(at, "Valkey", self._empty_valkey) for at in VALKEY_AT]
        for at, what, restart in sorted(plan, key=lambda one: one[0]):
            jitter = self.chance.uniform(-0.04, 0.04)
            if ended.wait(max(0.0, began + (at + jitter) * seconds - time.monotonic())):
                return
            from_ = time.monotonic()
            restart()
            self.outages.append(Outage(what, from_, time.monotonic()))

    def _empty_valkey(self) -> None:
        self.valkey.flush()
        self.valkey.restart(self.chance.choice((signal.SIGTERM, signal.SIGKILL)))

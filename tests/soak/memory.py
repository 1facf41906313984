"""What processes hold of memory over time, and whether it grows.

A young process grows: it reads its code and fills its caches. So each is looked at from some age on (`warm`), and only
if it was seen for `LEAST_SECONDS` since. Its growth is the median slope of all pairs of samples, which a few
large requests don't bend, times the time in which it was seen.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import psutil

from tests.units import Unit

LEAST_SECONDS = 40.0
EVERY_SECONDS = 1.0
MOST_SAMPLES = 300
MEBIBYTE = 1024 * 1024


@dataclass
class Series:
    """Of one process: ages in seconds, bytes that it alone holds, and the seconds of CPU that it took up to the end."""

    what: str
    ages: list[float] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    cpu: float = 0.0


@dataclass(frozen=True)
class Growth:
    what: str
    seconds: float
    mebibytes: float
    held: float

    def __str__(self) -> str:
        return f"{self.what}: {self.held:.0f} MiB, {self.mebibytes:+.1f} in {self.seconds:.0f} s"


def growths(series: Sequence[Series], *, warm: float) -> list[Growth]:
    """Of those that lived long enough. `warm`: the age in seconds from which on it counts."""
    found = []
    for one in series:
        ages, held = np.array(one.ages), np.array(one.held, dtype=float) / MEBIBYTE
        ages, held = ages[ages >= warm], held[ages >= warm]
        if len(ages) < 2 or ages[-1] - ages[0] < LEAST_SECONDS:
            continue
        seconds = float(ages[-1] - ages[0])
        found.append(Growth(one.what, seconds, _slope(ages, held) * seconds, float(np.median(held))))
    return found


def _slope(at: np.ndarray, held: np.ndarray) -> float:
    """Theil and Sen's."""
    chosen = np.unique(np.linspace(0, len(at) - 1, MOST_SAMPLES).astype(int))
    at, held = at[chosen], held[chosen]
    first, second = np.triu_indices(len(at), k=1)
    return float(np.median((held[second] - held[first]) / (at[second] - at[first])))


@contextlib.contextmanager
def watched(units: Sequence[Unit], *, seen: list[Series]) -> Iterator[None]:
    """Look at the units' processes while the block runs; what was seen is in the list `seen` once it ends."""
    found: dict[tuple[int, float], Series] = {}
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(EVERY_SECONDS):
            for unit in units:
                _note(found, unit.main, f"{unit.name}'s head")
                for child in unit.children:
                    _note(found, child, f"{unit.name}'s process")

    thread = threading.Thread(target=look, name="memory", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        seen += found.values()


def _note(found: dict[tuple[int, float], Series], process: psutil.Process | None, what: str) -> None:
    with contextlib.suppress(psutil.Error):
        if process is not None:
            born = process.create_time()
            # What is shared with others, such as the pages of a head that forked, is not this process's growth.
            held = process.memory_full_info().uss
            one = found.setdefault((process.pid, born), Series(f"{what} {process.pid}"))
            one.ages.append(time.time() - born)
            one.held.append(held)
            times = process.cpu_times()
            one.cpu = times.user + times.system

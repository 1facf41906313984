"""How far a long command is, with a rate and the time left: one line rewritten in a terminal, else a line at times."""

from __future__ import annotations

import time
from typing import Protocol

REWRITE_SECONDS = 0.2
LINE_SECONDS = 10.0


class Stream(Protocol):
    def write(self, msg: str = "", style_func: None = None, ending: str | None = None) -> object: ...

    def isatty(self) -> bool: ...


class Progress:
    """`total` and `advance(to=…)` share one unit, such as bytes; `count` is what the rate counts, such as records, and
    `noun` what they are called.

    `since`: how far it was before anybody looked, which says nothing about the rate.
    """

    def __init__(self, *, stream: Stream, label: str, total: int, since: int = 0, noun: str = "records") -> None:
        self.stream = stream
        self.label = label
        self.total = total
        self.noun = noun
        self.since = since
        self.count = 0
        self.position = since
        self.started = self.told = time.monotonic()
        self.is_terminal = stream.isatty()

    def advance(self, *, to: int, count: int) -> None:
        self.position = to
        self.count += count
        now = time.monotonic()
        if now - self.told >= (REWRITE_SECONDS if self.is_terminal else LINE_SECONDS):
            self.told = now
            self._tell(now)

    def end(self) -> None:
        self._tell(time.monotonic())
        if self.is_terminal:
            self.stream.write("")

    def _tell(self, now: float) -> None:
        line = sentence(
            label=self.label,
            count=self.count,
            seconds=now - self.started,
            share=self.position / self.total if self.total else 1.0,
            since=self.since / self.total if self.total else 0.0,
            noun=self.noun,
        )
        if self.is_terminal:
            self.stream.write(f"\r\x1b[2K{line}", ending="")
        else:
            self.stream.write(line)


def sentence(*, label: str, count: int, seconds: float, share: float, since: float = 0.0, noun: str = "records") -> str:
    """Such as `log.jsonl: 12,000 records, 45 %, 3,100 a second, 1 min 20 s left`."""
    rate = count / seconds if seconds > 0 else 0.0
    told = f"{label}: {count:,} {noun}, {share:.0%}, {rate:,.0f} a second".replace("%", " %")
    if since < share < 1:
        told += f", {_span(seconds * (1 - share) / (share - since))} left"
    return told


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

"""Keep children alive: one that ends is said in words and started again, ever later if it keeps ending."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from annotation.errors import Refusal

LONGEST_PAUSE = 30.0
# A child that lived this long has recovered: its next end is a first one again.
RECOVERED_AFTER = 60.0


@dataclass
class Service:
    """One child: how it starts (waiting until it is of use) and how it and all its descendants end."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop: Callable[[], bool]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    def is_down(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def has_just_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


class Supervisor:
    """Services in the order of their needs."""

    def __init__(self, *, say: Callable[[str], None]) -> None:
        self.services: list[Service] = []
        self._say = say

    def start(self, service: Service) -> None:
        service.process = service.start()
        service.started = time.monotonic()
        self.services.append(service)

    def tend(self, *, now: float) -> None:
        """Look at each service once; `now` is in seconds of the monotonic clock."""
        for service in self.services:
            if service.has_just_ended():
                self._note(service, now=now)
            if service.is_down() and now >= service.due:
                self._restart(service, now=now)

    def _note(self, service: Service, *, now: float) -> None:
        code = service.process.returncode if service.process else None
        service.process = None
        service.failures = 1 if now - service.started > RECOVERED_AFTER else service.failures + 1
        wait = pause(failures=service.failures)
        service.due = now + wait
        self._say(f"The {service.name} ended (code {code}). Starting it again{f' in {wait:g} s' if wait else ''}.")

    def _restart(self, service: Service, *, now: float) -> None:
        # What it left over, such as a child that outlived it, would hold its port or its data.
        service.stop()
        service.started = now
        try:
            service.process = service.start()
        except Refusal as refusal:
            service.failures += 1
            service.due = now + pause(failures=service.failures)
            self._say(refusal.message)


def pause(*, failures: int) -> float:
    """Seconds before the next start: none after the first end, then 1, 2, 4 … up to the longest."""
    return 0.0 if failures < 2 else min(LONGEST_PAUSE, 2.0 ** (failures - 2))

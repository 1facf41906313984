"""Flywheel's processes as `deploy/systemd` starts them: by the line of their unit, and again after its pause."""

from __future__ import annotations

import configparser
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from flywheel_app import config

FOLDER = config.ROOT / "deploy" / "systemd"
BIN = "/opt/flywheel/.venv/bin/"
LOOK_SECONDS = 0.05


class Unit:
    """One unit. `options` replaces or adds options of its command, `inside` is what the command is started by."""

    def __init__(
        self,
        name: str,
        *,
        environment: Mapping[str, str],
        log: Path,
        options: Mapping[str, str] | None = None,
        inside: Sequence[str] = (),
    ) -> None:
        service = _service(name)
        self.name = name
        self.starts = 0
        self._pause = float(service["RestartSec"])
        assert service["Restart"] == "always"
        self._command = [*inside, sys.executable, "-m", *_line(service["ExecStart"], options or {})]
        self._environment = dict(environment)
        self._log = log
        self._popen: subprocess.Popen[bytes] | None = None
        self._due = 0.0
        self._lock = threading.Lock()

    def tend(self) -> None:
        """Start it where it is due. A dead main process takes what it left with it, as systemd sees to."""
        with self._lock:
            if self._popen is not None and self._popen.poll() is not None:
                self._end_group(self._popen)
                self._popen, self._due = None, time.monotonic() + self._pause
            if self._popen is None and time.monotonic() >= self._due:
                self._popen = self._start()

    @property
    def main(self) -> psutil.Process | None:
        popen = self._popen
        return _process(popen.pid) if popen is not None and popen.poll() is None else None

    @property
    def children(self) -> list[psutil.Process]:
        main = self.main
        with contextlib.suppress(psutil.NoSuchProcess):
            return [] if main is None else list(main.children())
        return []

    def stop(self, *, first: signal.Signals = signal.SIGTERM, grace: float = 10.0) -> None:
        with self._lock:
            self._due = float("inf")
            if self._popen is not None:
                self._popen.send_signal(first)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(grace)
                self._end_group(self._popen)
                self._popen.wait()
                self._popen = None

    def start_again(self) -> None:
        self._due = 0.0

    def _start(self) -> subprocess.Popen[bytes]:
        self.starts += 1
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                cwd=config.ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @staticmethod
    def _end_group(popen: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)


@contextlib.contextmanager
def tended(units: Sequence[Unit]) -> Iterator[None]:
    """Start these units and keep them running, for as long as the block runs."""
    ended = threading.Event()

    def tend() -> None:
        while not ended.wait(LOOK_SECONDS):
            for unit in list(units):
                unit.tend()

    thread = threading.Thread(target=tend, name="units", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for unit in units:
            unit.stop(first=signal.SIGKILL)


def _service(name: str) -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(FOLDER / f"flywheel-{name}.service")
    return dict(parser["Service"])


def _line(told: str, options: Mapping[str, str]) -> list[str]:
    words = shlex.split(told.replace(BIN, ""))
    for name, value in options.items():
        if name in words:
            words[words.index(name) + 1] = value
        else:
            words += [name, value]
    return words


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None

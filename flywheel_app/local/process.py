"""Processes: who lives, who was left over, how they end. Every one of a place carries the place's tag."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

import psutil

from annotation.errors import Refusal
from flywheel_app.local import place
from flywheel_app.local.account import Account


class AlreadyRunning(Refusal):
    """Flywheel already runs on the data in {folder} (process {pid}). Use that one, or stop it with Ctrl-C where it was
    started (or `kill {pid}`) and try again."""


@contextlib.contextmanager
def lock(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the folder, made if need be, for this process; the kernel lets go when it dies, however it dies."""
    with (place.make_home(folder) / "lock").open("a+") as file:
        if wait:
            fcntl.flock(file, fcntl.LOCK_EX)
        elif not _try_lock(file):
            raise AlreadyRunning(folder=folder, pid=holder(folder))
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _try_lock(file: IO[str]) -> bool:
    # More than once: a command that asks `is_locked` holds the file for an instant itself.
    for _ in range(10):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def is_locked(folder: Path) -> bool:
    """Whether a living process holds the folder."""
    try:
        with (folder / "lock").open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def holder(folder: Path) -> str:
    return (folder / "lock").read_text().strip() or "unknown"


def is_alive(pid: int) -> bool:
    """A zombie is dead: it holds nothing, and its parent may never collect it."""
    try:
        return psutil.Process(pid).status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False


def mentions(pid: int, text: str) -> bool:
    """Whether that process lives and has the text in its command line, so that a reused pid isn't taken for ours."""
    try:
        return is_alive(pid) and any(text in argument for argument in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def tagged(tag: str) -> list[psutil.Process]:
    """Every living process with the tag in its command line, which all may read, unlike environment and folder."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and mentions(process.pid, tag)]


def stop(tag: str, *, first: signal.Signals = signal.SIGTERM, grace: float = 10.0) -> bool:
    """End all that carry the tag: their heads by the signal, what is left after `grace` seconds by force.

    Returns whether there was anything to end.
    """
    found = tagged(tag)
    members = {process.pid for process in found}
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.ppid() not in members:
                process.send_signal(first)
    if not _gone(found, seconds=grace):
        _kill(tagged(tag))
    return bool(found)


def _kill(processes: Iterable[psutil.Process]) -> None:
    killed = list(processes)
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _gone(killed, seconds=5)


def _gone(processes: Iterable[psutil.Process], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    waiting = [process.pid for process in processes]
    while waiting := [pid for pid in waiting if is_alive(pid)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Group:
    """Direct children in one process group of their own, so that a terminal's Ctrl-C reaches the launcher alone and
    it can end them in order."""

    def __init__(self) -> None:
        self._members: list[subprocess.Popen[bytes]] = []
        self._number = 0

    def spawn(
        self,
        command: list[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        folder: Path,
        account: Account | None = None,
    ) -> subprocess.Popen[bytes]:
        # A member that was not yet collected keeps the group's number from being given to others.
        self._members = [member for member in self._members if member.poll() is None]
        number = self._number if self._members else 0
        with log.open("ab") as output:
            member = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                process_group=number,
                **(account.popen() if account else {}),
            )
        _wait_until_shown(member)
        self._members.append(member)
        self._number = number or member.pid
        return member


def _wait_until_shown(child: subprocess.Popen[bytes]) -> None:
    # For an instant after its start the kernel shows no command line, and `tagged` would miss the child.
    with contextlib.suppress(psutil.Error):
        while child.poll() is None and not psutil.Process(child.pid).cmdline():
            time.sleep(0.001)


def tail(log: Path, *, lines: int = 12) -> str:
    """The end of a log, indented below a message in words."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "".join(f"\n    {line}" for line in text.splitlines()[-lines:])

"""Hosts of their own: network namespaces on one bridge, each with an address and a link that can be cut.

A cut link says nothing: what is on its way is gone, and nobody is told that a connection has ended.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from flywheel_app.local.account import Account
from flywheel_app.local.process import Group

# Kept for tests of networks; no route leads to it from elsewhere (RFC 2544).
NETWORK = "198.18"
_numbers = itertools.count()


def missing() -> str:
    """Why there can be no hosts here; empty where there can."""
    if os.geteuid() != 0:
        return "hosts of their own need root: run the tests as root"
    for program, package in (("ip", "iproute2"), ("nsenter", "util-linux"), ("setpriv", "util-linux")):
        if shutil.which(program) is None:
            return f"hosts of their own need `{program}` (Debian: apt install {package})"
    try:
        with hosts():
            return ""
    except subprocess.CalledProcessError as error:
        return f"this machine makes no network namespaces: {error.stderr.decode().strip()}"


class Machine:
    """A namespace with a link to the bridge."""

    def __init__(self, name: str, address: str, link: str) -> None:
        self.name = name
        self.address = address
        self._link = link

    @property
    def inside(self) -> list[str]:
        """What a command is started by, to run there."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "--"]

    def cut(self) -> None:
        _ip("link", "set", self._link, "down")

    def mend(self) -> None:
        _ip("link", "set", self._link, "up")

    @contextlib.contextmanager
    def is_cut(self) -> Iterator[None]:
        self.cut()
        try:
            yield
        finally:
            self.mend()


class Net:
    def __init__(self, number: int) -> None:
        self._tag = f"fw{number}"
        self._bridge = f"{self._tag}-br"
        self._subnet = f"{NETWORK}.{number}"
        self._machines: list[Machine] = []
        _ip("link", "add", self._bridge, "type", "bridge")

    def open(self) -> None:
        _ip("addr", "add", f"{self._subnet}.1/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")

    def machine(self) -> Machine:
        number = len(self._machines) + 2
        name, link, end = (f"{self._tag}-{what}{number}" for what in ("n", "v", "e"))
        made = Machine(name, f"{self._subnet}.{number}", link)
        _ip("netns", "add", name)
        self._machines.append(made)
        _ip("link", "add", link, "type", "veth", "peer", "name", end, "netns", name)
        _ip("link", "set", link, "master", self._bridge, "up")
        for told in (
            ("addr", "add", f"{made.address}/24", "dev", end),
            ("link", "set", end, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", name, *told)
        return made

    def close(self) -> None:
        for machine in self._machines:
            _ip("netns", "del", machine.name)
        _ip("link", "del", self._bridge)


@contextlib.contextmanager
def hosts() -> Iterator[Net]:
    """A net that nobody else has. Raises CalledProcessError where the kernel doesn't let it be made."""
    net = _free()
    try:
        net.open()
        yield net
    finally:
        net.close()


def _free() -> Net:
    first = os.getpid() + next(_numbers)
    for number in range(first, first + 200):
        try:
            return Net(number % 250)
        except subprocess.CalledProcessError as error:
            if b"exists" not in error.stderr:
                raise
    raise AssertionError("200 nets are taken")


class Elsewhere(Group):
    """Starts processes on a machine, as the account that they are to have."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self._machine = machine

    def spawn(
        self,
        command: list[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        folder: Path,
        account: Account | None = None,
    ) -> subprocess.Popen[bytes]:
        given = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"] if account else []
        whole = [*self._machine.inside, *given, *command]
        return super().spawn(whole, log=log, environment=environment, folder=folder)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)

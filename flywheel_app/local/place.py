"""Where one set of servers keeps its data, its sockets and its secrets."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from annotation.errors import Refusal
from flywheel_app.local import account as accounts
from flywheel_app.local.account import Account

# Root's servers live here when their account can't enter the checkout, as under a home folder of mode 0700.
ELSEWHERE = Path("/var/lib/flywheel")
LONGEST_SOCKET = 103 if sys.platform == "darwin" else 107
POSTGRES_SOCKET = ".s.PGSQL.5432"


class NotYours(Refusal):
    """{path} belongs to {owner}, and this command runs as {runner}. Run it as the one who made that folder, or move the
    folder away to start with empty data."""


@dataclass(frozen=True)
class Place:
    """`folder` holds what the launcher writes; `data` the servers' own files, mostly the same folder."""

    folder: Path
    data: Path
    sockets: Path
    account: Account | None

    @property
    def tag(self) -> str:
        """Stands in the command line of each process of this place, so that left-over ones are known."""
        return tag(self.folder)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def tag(folder: Path) -> str:
    return f"flywheel-{_digest(folder)}"


def make_home(folder: Path) -> Path:
    """Make the folder itself, open just enough for the account that root lends to pass through."""
    folder = folder.resolve()
    make_folder(folder, mode=0o711 if os.geteuid() == 0 else 0o700)
    return folder


def prepare(folder: Path) -> Place:
    """Make the folders inside the home. Whoever calls it holds the lock of the home."""
    folder = folder.resolve()
    account = accounts.choose()
    data = folder if accounts.can_enter(folder, account=account) else _elsewhere(folder)
    place = Place(folder=folder, data=data, sockets=_sockets(data), account=account)
    make_folder(place.logs, mode=0o700)
    _turn_over(place.logs)
    make_folder(place.sockets, mode=0o700, account=account)
    return place


def _turn_over(logs: Path) -> None:
    """Begin each log anew and keep the one before: a demo that runs for weeks, started often, fills no disk."""
    for log in logs.glob("*.log"):
        log.replace(log.with_suffix(".log.before"))


def make_folder(path: Path, *, mode: int, account: Account | None = None) -> None:
    """Make the folder for the account (default: oneself), or refuse one that somebody else made."""
    owner = account.uid if account else os.geteuid()
    try:
        path.mkdir(mode=mode, parents=True)
    except FileExistsError:
        check_owner(path, owner=owner)
    accounts.give(path, account=account)
    path.chmod(mode)


def check_owner(path: Path, *, owner: int) -> None:
    found = path.lstat()
    if found.st_uid != owner or not stat.S_ISDIR(found.st_mode):
        raise NotYours(path=path, owner=_name(found.st_uid), runner=_name(owner))


def _elsewhere(folder: Path) -> Path:
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    data = ELSEWHERE / _digest(folder)
    make_folder(data, mode=0o711)
    pointer = folder / "servers"
    if not pointer.is_symlink():
        pointer.symlink_to(data)
    return data


def _sockets(data: Path) -> Path:
    beside = data / "run"
    if fits_a_socket(beside):
        return beside
    return Path(tempfile.gettempdir()) / f"flywheel-{os.geteuid()}-{_digest(data)}"


def fits_a_socket(folder: Path) -> bool:
    """The kernel's address of a socket holds few bytes, and a longer path is cut or refused."""
    return len(os.fsencode(folder / POSTGRES_SOCKET)) <= LONGEST_SOCKET


def _digest(folder: Path) -> str:
    return hashlib.blake2b(os.fsencode(folder.resolve()), digest_size=6).hexdigest()


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the user {uid}"

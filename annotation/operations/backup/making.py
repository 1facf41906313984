"""Make a backup: under a temporary name, renamed when it is whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import zstandard
from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder

from annotation import installation, storage
from annotation.errors import Refusal
from annotation.lib import keyed
from annotation.operations.backup import manifest, tables
from annotation.operations.backup.manifest import Manifest, Part, Table
from annotation.operations.backup.tables import Own
from annotation.operations.backup.watching import Watch
from annotation.storage.folder import flush

LEVEL: Final = 3
MIGRATIONS: Final = f"SELECT app, name FROM {MigrationRecorder.Migration._meta.db_table} ORDER BY id"  # noqa: S608


class InsideStorage(Refusal):
    """{folder} lies in the storage, which is what is to be backed up. Name a folder elsewhere, best on another disk."""


class NotWritten(Refusal):
    """The backup could not be written to {folder}: {reason}. What was written of it is removed; make room or mend it,
    and run the command again."""


class StorageUnread(Refusal):
    """The stored files could not be read: {reason}. There is no backup; run the command again then."""


def make(*, to: Path, now: datetime, watch: Watch) -> tuple[Path, Manifest]:
    """Returns the backup's folder, below `to`. Raises InsideStorage, NotWritten, StorageUnread.

    The rows first, as of one moment, then the files: each that a row of that moment names was there by then. Whatever
    ends it removes what it has written, but for a kill: that leaves a folder that ends in `.unfinished`.
    """
    if settings.STORAGE_FOLDER is not None and to.resolve().is_relative_to(settings.STORAGE_FOLDER.resolve()):
        raise InsideStorage(folder=to)
    public_id = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    folder = to / f"flywheel-{public_id}"
    half = folder.with_name(folder.name + manifest.UNFINISHED)
    try:
        _folder(half)
        made = _write(half, public_id, now, watch)
        flush(half)
        half.rename(folder)
        flush(to)
    except BaseException as error:
        shutil.rmtree(half, ignore_errors=True)
        if isinstance(error, OSError):
            raise NotWritten(folder=to, reason=error.strerror or type(error).__name__) from error
        raise
    installation.backed_up(now=now)
    return folder, made


def unfinished(to: Path) -> list[Path]:
    """What backups that were killed have left there, and those that are being made now."""
    return sorted(to.glob(f"flywheel-*{manifest.UNFINISHED}"))


def _write(half: Path, public_id: str, now: datetime, watch: Watch) -> Manifest:
    with tables.session() as own:
        rows, parts, migrations = _rows(own, half, watch)
        sequences = tables.sequences(own)
        major = own.info.server_version // 10_000
    files, gone = _files(half, watch)
    made = Manifest(
        id=public_id,
        made_at=now.astimezone(UTC).isoformat(),
        flywheel_version=settings.VERSION,
        postgres_major=major,
        migrations=migrations,
        hash_key_check=keyed.key_check(settings.HASH_KEY),
        tables=rows,
        sequences=sequences,
        parts=[manifest.write_key(half, settings.HASH_KEY), *parts, *files],
        gone=gone,
    )
    manifest.write(half, made)
    return made


def _rows(own: Own, half: Path, watch: Watch) -> tuple[dict[str, Table], list[Part], list[list[str]]]:
    told: dict[str, Table] = {}
    parts: list[Part] = []
    _folder(half / manifest.TABLES)
    with tables.moment(own):
        migrations = [list(one) for one in own.execute(MIGRATIONS).fetchall()]
        found = tables.found(own)
        sizes = [size for _, size in found.values()]
        watch.begins("Tables", total=sum(sizes), noun="rows")
        for number, (name, (columns, _)) in enumerate(found.items(), start=1):
            part, rows = _table(own, half, name, columns)
            told[name] = Table(columns=columns, rows=rows)
            parts.append(part)
            watch.advances(to=sum(sizes[:number]), count=rows)
        watch.ends()
    return told, parts, migrations


def _table(own: Own, half: Path, name: str, columns: dict[str, str]) -> tuple[Part, int]:
    with _part(half, f"{manifest.TABLES}/{name}.copy.zst") as file:
        with zstandard.ZstdCompressor(level=LEVEL).stream_writer(file, closefd=False) as packed:  # type: ignore[arg-type]
            rows = tables.read(own, name, columns, to=lambda piece: _ignored(packed.write(piece)))
        return file.part(), rows


def _files(half: Path, watch: Watch) -> tuple[list[Part], int]:
    """Each stored file as it is, and how many were removed before their turn came: erased, or no longer kept."""
    parts: list[Part] = []
    gone = done = 0
    try:
        there = _there()
        watch.begins("Files", total=sum(size for _, size in there), noun="files")
        for name, size in there:
            try:
                parts.append(_copied(half, name))
            except FileNotFoundError:
                gone += 1
            done += size
            watch.advances(to=done, count=1)
        watch.ends()
    except _Unread as error:
        raise StorageUnread(reason=storage.said(error.why)) from error
    return parts, gone


def _there() -> list[tuple[str, int]]:
    try:
        return list(storage.everything())
    except OSError as error:
        raise _Unread(error) from error


class _Unread(Exception):
    def __init__(self, why: OSError) -> None:
        self.why = why


def _copied(half: Path, name: str) -> Part:
    first = _read(name)
    start = next(first, b"")  # before anything is made for it: it may be gone
    with _part(half, f"{manifest.FILES}/{name}") as file:
        file.write(start)
        for piece in first:
            file.write(piece)
        return file.part()


def _read(name: str) -> Iterator[bytes]:
    try:
        yield from storage.pieces(name)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _Unread(error) from error


class _Written:
    """Counts and hashes what goes into one part."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self._name = name
        self._file = file
        self._sha256 = hashlib.sha256()
        self._bytes = 0

    def write(self, data: bytes) -> int:
        self._sha256.update(data)
        self._bytes += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def part(self) -> Part:
        return Part(name=self._name, bytes=self._bytes, sha256=self._sha256.hexdigest())


@contextlib.contextmanager
def _part(half: Path, name: str) -> Iterator[_Written]:
    """On the disk when the block ends, and nobody else's to read."""
    path = half / name
    _folder(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield _Written(name, file)
        file.flush()
        os.fsync(file.fileno())


def _folder(path: Path) -> None:
    """Made with its parents; nobody else may enter those that are made."""
    for one in (*reversed(path.parents), path):
        if not one.exists():
            one.mkdir(mode=0o700)


def _ignored(_: object) -> None:
    """What a writer returns."""

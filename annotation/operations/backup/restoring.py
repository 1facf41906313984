"""Put a backup back: everything is checked first, then files, then all rows at once, then the erasures of later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import zstandard
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from annotation import installation, storage
from annotation.erasure import log, replay
from annotation.errors import Refusal
from annotation.jobs import Clock
from annotation.lib import keyed
from annotation.models import Feature, Installation, User
from annotation.operations.backup import manifest, tables
from annotation.operations.backup.manifest import Broken, Manifest, Part
from annotation.operations.backup.tables import Own
from annotation.operations.backup.watching import Watch

PATIENCE: Final = "30s"
"""So long it waits for others to leave the database alone."""


class OtherKey(Refusal):
    """HASH_KEY is not the one that this backup was made with, and its hashes would mean nothing. Set HASH_KEY to what
    stands in {file}, and run the command again. Nothing was changed."""


class OlderPostgres(Refusal):
    """The backup was made on PostgreSQL {made}, and this is PostgreSQL {found}. Restore it to PostgreSQL {made} or
    later. Nothing was changed."""


class OtherVersion(Refusal):
    """The backup was made by Flywheel {made}, whose tables are not those of this version ({found}): {what}. Restore it
    with the code of that version, then upgrade as usual. Nothing was changed."""


class NotEmpty(Refusal):
    """This database is in use: it holds {features} features and {people} accounts. Name an empty database in
    DATABASE_URL. Nothing was changed."""


class OtherRestore(Refusal):
    """Another backup ({other}) was being restored into this database, and that was cut short. Bring that one to its
    end, or name an empty database in DATABASE_URL. Nothing was changed."""


class StorageInUse(Refusal):
    """The storage holds files that this backup doesn't have, such as {name} ({count} in all). Name an empty
    STORAGE_URL, or move them away; only the log of erasures ({folder}/) stays there. Nothing was changed."""


class NotAlone(Refusal):
    """Somebody else works on this database. Stop web, workers and beat, and run the command again. No row was
    changed."""


class NotStored(Refusal):
    """The files could not be stored: {reason}. Then run the command again; it goes on with the files that are left."""


class NotErasedAgain(Refusal):
    """All rows and files are back, but the log of erasures could not be read: {reason}. Then run the command again;
    nothing starts on this database before."""


@dataclass(frozen=True, kw_only=True)
class Restored:
    """`erased`: the interactions that were erased again."""

    rows: int
    files: int
    erased: int


def restore(*, folder: Path, clock: Clock, watch: Watch) -> Restored:
    """Harmless to repeat where it was cut short: it goes on. Raises the refusals of this room."""
    told = manifest.read(folder)
    _check_key(folder, told)
    with tables.session() as own:
        is_loaded = _check_database(own, told)
        if not is_loaded:
            there = _check_storage(told)
            _check_parts(folder, told, there, watch)
            call_command("migrate", verbosity=0, interactive=False)
            _store(folder, told, there, watch)
            _load(own, folder, told, watch)
            own.execute("ANALYZE")
    erased = _erase_again(clock)
    installation.end_restoring()
    rows = sum(table.rows for table in told.tables.values())
    return Restored(rows=rows, files=len(list(told.in_(manifest.FILES))), erased=erased)


def _erase_again(clock: Clock) -> int:
    try:
        return replay.replay(clock=clock, is_whole=False).interactions
    except OSError as error:
        raise NotErasedAgain(reason=storage.said(error)) from error


def _check_key(folder: Path, told: Manifest) -> None:
    if keyed.key_check(settings.HASH_KEY) != told.hash_key_check:
        raise OtherKey(file=folder / manifest.KEY)


def _check_database(own: Own, told: Manifest) -> bool:
    """Whether the rows are there already, from a restore that was cut short after them."""
    major = own.info.server_version // 10_000
    if major < told.postgres_major:
        raise OlderPostgres(made=told.postgres_major, found=major)
    if what := _differs(told):
        raise OtherVersion(made=told.flywheel_version, found=settings.VERSION, what=what)
    there = tables.found(own)
    if Installation._meta.db_table in there:
        other = installation.restoring()
        if other == told.id:
            return True
        if other is not None:
            raise OtherRestore(other=other)
    _check_unused(own, there)
    return False


def _check_unused(own: Own, there: object) -> None:
    """An installation without features and accounts was prepared at most, and holds nothing of anybody."""
    features, people = (_count(own, model._meta.db_table, there) for model in (Feature, User))
    if features or people:
        raise NotEmpty(features=features, people=people)


def _count(own: Own, table: str, there: object) -> int:
    if not isinstance(there, dict) or table not in there:
        return 0
    found = own.execute(psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))).fetchone()
    return int(found[0]) if found else 0


def _differs(told: Manifest) -> str:
    """How the tables that this code makes are not those of the backup; empty where they are."""
    graph = MigrationExecutor(connections[DEFAULT_DB_ALIAS]).loader.graph
    ours = {(app, name) for app, name in graph.nodes}
    theirs = {(app, name) for app, name in told.migrations if app in {app for app, _ in ours}}
    if odd := sorted(ours ^ theirs):
        return "the migration {}.{} is in one of them alone".format(*odd[0])
    if odd_tables := sorted(set(tables.names()) ^ told.tables.keys()):
        return f"the table {odd_tables[0]} is in one of them alone"
    return ""


def _check_storage(told: Manifest) -> set[str]:
    """The names of the backup's files that are there by that size, from a restore that was cut short."""
    sizes = {part.name.removeprefix(f"{manifest.FILES}/"): part.bytes for part in told.in_(manifest.FILES)}
    try:
        there = dict(storage.everything())
    except OSError as error:
        raise NotStored(reason=storage.said(error)) from error
    odd = [
        name
        for name, size in there.items()
        if sizes.get(name, None if not name.startswith(f"{log.FOLDER}/") else size) != size
    ]
    if odd:
        raise StorageInUse(name=odd[0], count=len(odd), folder=log.FOLDER)
    return there.keys() & sizes.keys()


def _check_parts(folder: Path, told: Manifest, there: set[str], watch: Watch) -> None:
    """Every byte of the backup, and of what is in the storage by now."""
    watch.begins("Checking", total=sum(part.bytes for part in told.parts), noun="parts")
    done = 0
    for part in told.parts:
        _check_part(folder, part)
        name = part.name.removeprefix(f"{manifest.FILES}/")
        if name in there and manifest.sha256(storage.pieces(name)) != part.sha256:
            raise StorageInUse(name=name, count=1, folder=log.FOLDER)
        done += part.bytes
        watch.advances(to=done, count=1)
    watch.ends()


def _check_part(folder: Path, part: Part) -> None:
    try:
        found = manifest.sha256(manifest.pieces(folder / part.name))
    except OSError as error:
        raise Broken(folder=folder, what=f"{part.name} can't be read ({error.strerror})") from error
    if found != part.sha256:
        raise Broken(folder=folder, what=f"{part.name} has another sha256 than its manifest says")


def _store(folder: Path, told: Manifest, there: set[str], watch: Watch) -> None:
    parts = list(told.in_(manifest.FILES))
    watch.begins("Files", total=sum(part.bytes for part in parts), noun="files")
    done = 0
    for part in parts:
        name = part.name.removeprefix(f"{manifest.FILES}/")
        if name not in there:
            _store_one(folder, part, name)
        done += part.bytes
        watch.advances(to=done, count=1)
    watch.ends()


def _store_one(folder: Path, part: Part, name: str) -> None:
    try:
        with storage.writing(name, attempt=0) as file:
            for piece in manifest.pieces(folder / part.name):
                file.write(piece)
            if file.sha256 != part.sha256:
                raise Broken(folder=folder, what=f"{part.name} changed while it was read")
    except OSError as error:
        raise NotStored(reason=storage.said(error)) from error


def _load(own: Own, folder: Path, told: Manifest, watch: Watch) -> None:
    """All or nothing: where it is cut short, PostgreSQL leaves the database as it was."""
    watch.begins("Tables", total=sum(part.bytes for part in told.in_(manifest.TABLES)), noun="rows")
    try:
        with own.transaction():
            own.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            own.execute(f"LOCK TABLE {Feature._meta.db_table}, {User._meta.db_table} IN ACCESS EXCLUSIVE MODE")
            _check_unused(own, there := tables.found(own))
            if not tables.fits(own, told.tables):
                what = next(name for name in there if told.tables[name].columns != there[name][0])
                what = f"the columns of {what} are others"
                raise OtherVersion(made=told.flywheel_version, found=settings.VERSION, what=what)
            with tables.bare(own, told.tables):
                _put(own, folder, told, watch)
                own.execute(
                    f"UPDATE {Installation._meta.db_table} SET hash_key_check = %s",  # noqa: S608 - a name of our own
                    [f"{installation.RESTORING}{told.id}"],
                )
            tables.go_on(own, told.sequences)
    except psycopg.errors.LockNotAvailable as error:
        raise NotAlone from error
    watch.ends()


def _put(own: Own, folder: Path, told: Manifest, watch: Watch) -> None:
    parts = {part.name: part for part in told.in_(manifest.TABLES)}
    done = 0
    for name, table in told.tables.items():
        part = parts[f"{manifest.TABLES}/{name}.copy.zst"]
        rows = tables.put(own, name, table.columns, _unpacked(folder, part))
        if rows != table.rows:
            raise Broken(folder=folder, what=f"{part.name} has {rows} rows, and not {table.rows}")
        done += part.bytes
        watch.advances(to=done, count=rows)


def _unpacked(folder: Path, part: Part) -> Iterator[bytes]:
    """What was checked is read once more: another sum would mean that somebody writes into the backup."""
    digest = hashlib.sha256()
    unpacked = zstandard.ZstdDecompressor().decompressobj()
    for piece in manifest.pieces(folder / part.name):
        digest.update(piece)
        yield unpacked.decompress(piece)
    if digest.hexdigest() != part.sha256:
        raise Broken(folder=folder, what=f"{part.name} changed while it was read")

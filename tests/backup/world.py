"""An installation with something in every room, and a second, empty place to restore it to."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import psycopg
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from psycopg import sql

from annotation import access, installation, storage
from annotation.models import Feature
from annotation.operations.backup import tables
from tests import cast
from tests.erasure import world as erasures
from tests.exports import world as exports
from tests.ingest.sent import interaction, signal

Rows = dict[str, list[bytes]]


def filled(slug: str = "email-drafts") -> Feature:
    """Interactions with labels, a dataset with its files, an erasure that has ended, accounts, tokens."""
    installation.ensure(now=cast.NOW)
    feature = cast.feature(slug)
    cast.person("ada", roles=[access.ADMIN])
    cast.token()
    erasures.sent(
        *(interaction(f"gen_{n}", user_key="u-1", output=f"Dear {n} Anns.", signals=[signal()]) for n in range(8))
    )
    # What text may hold: ends of lines, tabs, backslashes, and what stands for nothing.
    erasures.sent(interaction("odd", output="a\tb\\N\r\n\\. ü 🙂", metadata={"x": 0.1 + 0.2}, signals=[signal()]))
    for number in range(4):
        erasures.labeled(f"gen_{number}", comment="Well said.")
    exports.made(feature)
    erasures.sent(erasures.record(1), erasures.plain("gen_100"))
    erasures.erase(feature, interaction_id=f"{erasures.WORD}-1")
    return feature


def rows() -> Rows:
    """Every row of every table, sorted."""
    found: Rows = {}
    with tables.session() as own:
        for name, (columns, _) in tables.found(own).items():
            pieces: list[bytes] = []
            tables.read(own, name, columns, to=pieces.append)
            found[name] = sorted(b"".join(pieces).splitlines())
    return found


def numbers() -> dict[str, int | None]:
    with tables.session() as own:
        return tables.sequences(own)


def files() -> dict[str, bytes]:
    """Every stored file, byte by byte."""
    return {name: b"".join(storage.pieces(name)) for name, _ in storage.everything()}


SHAPE = """
    SELECT 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid) || t.tgenabled::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'constraint', c.relname, o.conname, pg_get_constraintdef(o.oid) || o.convalidated::text
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', c.relname, i.relname, pg_get_indexdef(i.oid) || x.indisvalid::text
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    WHERE c.relnamespace = 'public'::regnamespace
"""


def shape() -> set[tuple[str, ...]]:
    """Triggers, constraints and indexes, each with its definition."""
    with connection.cursor() as cursor:
        cursor.execute(SHAPE)
        return set(cursor.fetchall())


@contextlib.contextmanager
def second(settings: LazySettings, folder: Path, *, name: str = "second") -> Iterator[None]:
    """An empty database on the same server and an empty storage: as if the machine had been wiped."""
    first, stored = connection.settings_dict["NAME"], (settings.STORAGE_FOLDER, settings.STORAGE_BUCKET)
    other = f"{first}_{name}"
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as own:
        # One that a run left behind which was killed.
        own.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(other)))
        own.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(other)))
        try:
            _go_to(other)
            settings.STORAGE_FOLDER, settings.STORAGE_BUCKET = folder, None
            yield
        finally:
            settings.STORAGE_FOLDER, settings.STORAGE_BUCKET = stored
            _go_to(first)
            own.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(other)))


def _go_to(name: Any) -> None:
    connections.close_all()
    connection.settings_dict["NAME"] = name


def backed_up(to: Path) -> Path:
    out = StringIO()
    call_command("backup", to=to, stdout=out, stderr=StringIO())
    return Path(out.getvalue().strip())


def restored(folder: Path) -> str:
    """What the command says."""
    out = StringIO()
    call_command("restore", str(folder), stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def refused(folder: Path) -> str:
    """Why it is not restored."""
    try:
        restored(folder)
    except CommandError as error:
        return str(error)
    raise AssertionError("it was restored")


def told(backup: Path) -> dict[str, Any]:
    """What the backup says of itself."""
    found: dict[str, Any] = orjson.loads((backup / "manifest.json").read_bytes())
    return found


def changed(backup: Path, told: dict[str, Any], **changes: object) -> None:
    """As if it had been made by somebody else: its manifest says so, and is whole."""
    data = orjson.dumps(told | changes)
    (backup / "manifest.json").write_bytes(data)
    (backup / "manifest.sha256").write_text(hashlib.sha256(data).hexdigest())

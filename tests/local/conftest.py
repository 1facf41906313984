"""Folders and servers of these tests' own: they kill what they start."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from flywheel_app.local import place, postgres, process
from flywheel_app.local.place import Place
from flywheel_app.local.process import Group

PASSWORD = "a password with /, @ and %"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that every account may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="fw-")).resolve()
    path.chmod(0o711)
    yield path
    process.stop(place.tag(path), grace=1)
    shutil.rmtree(path)


@pytest.fixture
def here(folder: Path) -> Place:
    return place.prepare(folder)


@pytest.fixture
def group() -> Group:
    return Group()


class Database:
    """A durable PostgreSQL in its place."""

    def __init__(self, here: Place, group: Group) -> None:
        self.here = here
        self.group = group
        self.data = here.data / "postgres"

    def start(self) -> int:
        """The pid of the postmaster."""
        return postgres.start(self.here, group=self.group, password=PASSWORD, options={}).pid

    def run(self, statement: str) -> str:
        with psycopg.connect(postgres.url(self.here, password=PASSWORD), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return str(row[0]) if row else ""


@pytest.fixture
def database(here: Place, group: Group) -> Iterator[Database]:
    yield Database(here, group)
    postgres.stop(here)

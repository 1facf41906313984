"""Where files are kept. A folder now; what else comes (S3) has the same six verbs.

A file appears under its name whole or not at all: written under a temporary name, flushed to the disk, then renamed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

PIECE = 256 * 1024
_TEMPORARY = ".part-"


class Writer:
    """Counts and hashes what goes through it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._sha256.update(data)
        self.bytes += len(data)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()


@contextlib.contextmanager
def writing(name: str, *, attempt: int) -> Iterator[Writer]:
    """Write one file. It appears when the block ends well, and leaves nothing behind when it doesn't.

    The temporary name holds the attempt, so that a worker given up for dead never writes into its successor's file.
    """
    path = _path(name)
    temporary = path.with_name(f"{path.name}{_TEMPORARY}{attempt}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with temporary.open("wb") as file:
            yield Writer(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def pieces(name: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes of a file from `start`, as they are needed; `length` None reads to the end."""
    with _path(name).open("rb") as file:
        file.seek(start)
        left = length
        while left is None or left > 0:
            piece = file.read(PIECE if left is None else min(PIECE, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece


def opened(name: str) -> BinaryIO:
    """A file for who has to move about in it. Raises FileNotFoundError."""
    return _path(name).open("rb")


def folders(parent: str, *, older_than: datetime) -> list[str]:
    """The names of the folders inside one that nothing was written to since."""
    root = _path(parent)
    if not root.is_dir():
        return []
    return sorted(one.name for one in root.iterdir() if one.is_dir() and one.stat().st_mtime < older_than.timestamp())


def exists(name: str) -> bool:
    return _path(name).is_file()


def names(folder: str) -> list[str]:
    """The whole names of the files in a folder, in order; none where there is no folder."""
    found = _path(folder).glob("*") if _path(folder).is_dir() else []
    return sorted(f"{folder}/{path.name}" for path in found if _TEMPORARY not in path.name)


def remove(folder: str) -> None:
    """Remove a folder and all it holds. Harmless where there is none."""
    shutil.rmtree(_path(folder), ignore_errors=True)


def remove_unfinished(folder: str, *, before: int) -> None:
    """Remove what attempts before this one left half-written."""
    for path in _path(folder).rglob(f"*{_TEMPORARY}*"):
        if int(path.name.rpartition(_TEMPORARY)[2]) < before:
            path.unlink(missing_ok=True)


def _path(name: str) -> Path:
    return Path(settings.STORAGE_FOLDER, name)


def _flush_folder(folder: Path) -> None:
    """Without it, a new name may be gone after a power cut though its bytes are there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

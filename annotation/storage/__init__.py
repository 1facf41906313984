"""Where files are kept: a folder or a bucket of an S3-compatible server, by one setting (STORAGE_URL).

A file appears under its name whole or not at all. Every verb raises OSError with `strerror` in words, which `said`
tells with what to do; FileNotFoundError where there is no file of that name.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Final

from django.conf import settings

from annotation.storage import bucket, folder
from annotation.storage.bucket import Bucket
from annotation.storage.folder import Folder

FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
def writing(name: str, *, attempt: int, patient: bool = True) -> Iterator[Writer]:
    """Write one file. It appears when the block ends well, and leaves nothing behind when it doesn't.

    `attempt` keeps who was given up for dead from writing into its successor's file. Where a server doesn't answer,
    the patient wait for it for minutes; who has somebody waiting isn't (`patient`).
    """
    with _place().writing(name, attempt=attempt, patient=patient) as file:
        yield Writer(file)


def pieces(name: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes of a file from `start`, as they are needed; `length` None reads to the end."""
    return _place().pieces(name, start=start, length=length)


def opened(name: str) -> BinaryIO:
    """A file for who has to move about in it."""
    return _place().opened(name)


def exists(name: str, *, patient: bool = True) -> bool:
    return _place().exists(name, patient=patient)


def names(folder: str) -> list[str]:
    """The whole names of the files in a folder, in order; none where there is no folder."""
    return _place().names(folder)


def everything() -> Iterator[tuple[str, int]]:
    """The whole name and the bytes of each file there is, in the order of their names."""
    yield from sorted(_place().everything())


def folders(parent: str, *, older_than: datetime) -> list[str]:
    """The names of the folders inside one that nothing was written to since."""
    return _place().folders(parent, older_than=older_than)


def remove(folder: str) -> None:
    """Remove a folder and all it holds. Harmless where there is none, and silent where it can't be done: what has to
    know looks whether it `exists`."""
    _place().remove(folder)


def remove_unfinished(name: str, *, before: int | None = None) -> None:
    """Remove what attempts before that one (None: all) left half-written of a file, or of a folder's files."""
    _place().remove_unfinished(name, before=before)


def said(error: OSError) -> str:
    """What went wrong and what to do, without the full stop at its end."""
    reason = error.strerror or type(error).__name__
    if error.errno in FULL:
        return f"{reason}. Free space at the storage"
    if isinstance(error, PermissionError):
        return f"{reason}. Let Flywheel read and write its storage"
    if isinstance(error, ConnectionError):
        return f"{reason}. See that the storage is up and can be reached"
    return f"{reason}. Mend the storage"


def trouble() -> str | None:
    """Why files can't be kept here, with what to do; None where one could be written, read and removed."""
    return _place().trouble()


def misconfigured() -> str | None:
    """What is wrong with the settings, as far as it shows without asking a server."""
    return _place().misconfigured()


def _place() -> Folder | Bucket:
    if settings.STORAGE_FOLDER is not None:
        return folder.of(settings.STORAGE_FOLDER)
    return bucket.of(settings.STORAGE_BUCKET or {})

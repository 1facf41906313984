"""Files in a folder of this machine, or of one that all machines mount.

Not obstore's own: it renames without flushing, and a power cut then leaves an empty file under the final name.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

PIECE = 256 * 1024
_TEMPORARY = ".part-"
_PROBE = ".probe-"


def of(path: str | Path) -> Folder:
    return Folder(Path(path))


class Folder:
    """Written under a temporary name, flushed to the disk, then renamed. See `annotation.storage` for the verbs."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextlib.contextmanager
    def writing(self, name: str, *, attempt: int, patient: bool) -> Iterator[BinaryIO]:
        path = self._root / name
        temporary = path.with_name(f"{path.name}{_TEMPORARY}{attempt}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        flush(path.parent)

    def pieces(self, name: str, *, start: int, length: int | None) -> Iterator[bytes]:
        with (self._root / name).open("rb") as file:
            file.seek(start)
            left = length
            while left is None or left > 0:
                piece = file.read(PIECE if left is None else min(PIECE, left))
                if not piece:
                    return
                left = None if left is None else left - len(piece)
                yield piece

    def opened(self, name: str) -> BinaryIO:
        return (self._root / name).open("rb")

    def exists(self, name: str, *, patient: bool) -> bool:
        return (self._root / name).is_file()

    def names(self, folder: str) -> list[str]:
        path = self._root / folder
        found = path.glob("*") if path.is_dir() else []
        return sorted(f"{folder}/{one.name}" for one in found if one.is_file() and _TEMPORARY not in one.name)

    def everything(self) -> Iterator[tuple[str, int]]:
        for one in self._root.rglob("*"):
            if _TEMPORARY in one.name or one.name.startswith(_PROBE):
                continue
            # What is removed meanwhile is no longer a file.
            with contextlib.suppress(FileNotFoundError):
                found = one.stat()
                if stat.S_ISREG(found.st_mode):
                    yield one.relative_to(self._root).as_posix(), found.st_size

    def folders(self, parent: str, *, older_than: datetime) -> list[str]:
        path = self._root / parent
        found = path.iterdir() if path.is_dir() else []
        return sorted(one.name for one in found if one.is_dir() and one.stat().st_mtime < older_than.timestamp())

    def remove(self, folder: str) -> None:
        shutil.rmtree(self._root / folder, ignore_errors=True)

    def remove_unfinished(self, name: str, *, before: int | None) -> None:
        path = self._root / name
        found = path.rglob(f"*{_TEMPORARY}*") if path.is_dir() else path.parent.glob(f"{path.name}{_TEMPORARY}*")
        for one in found:
            if before is None or int(one.name.rpartition(_TEMPORARY)[2]) < before:
                one.unlink(missing_ok=True)

    def misconfigured(self) -> str | None:
        nearest = next(path for path in (self._root, *self._root.parents) if path.exists())
        if os.access(nearest, os.W_OK | os.X_OK) and nearest.is_dir():
            return None
        return (
            f"STORAGE_URL names {self._root}, and this process may not write to {nearest}. Give the folder to the "
            "account that Flywheel runs as, or name another one."
        )

    def trouble(self) -> str | None:
        name = f"{_PROBE}{secrets.token_hex(8)}"
        try:
            with self.writing(name, attempt=0, patient=False) as file:
                file.write(b"probe")
            (self._root / name).unlink()
        except OSError as error:
            return f"No file can be written to {self._root} ({error.strerror}). Mend it, or name another STORAGE_URL."
        return None


def flush(folder: Path) -> None:
    """Without it, a new name may be gone after a power cut though its bytes are there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Files in a bucket of an S3-compatible server.

What is written waits in a file without a name on this machine's disk (TMPDIR), and is sent in one request when it is
whole. A multipart upload would send it as it comes; but a worker that is killed leaves its parts behind, unseen and
paid for, and only the server's own rules remove those. One request leaves nothing, can be repeated whole when the
server comes back, and no reader sees half of it.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import logging
import mmap
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final

import obstore
from obstore import exceptions
from obstore.store import S3Store

logger = logging.getLogger(__name__)

PIECE = 4 * 1024 * 1024
MOST_IN_ONE_REQUEST = 4 * 1024**3
"""S3 takes 5 GiB in one request. What is larger goes up in parts."""

SENDING = timedelta(minutes=10)
AWAY = timedelta(seconds=150)
"""So long the patient wait for a server that doesn't answer."""

_PROBE: Final = ".probe-"
_BACKOFF: Final = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=3), "base": 2}
_PATIENT: Final[dict[str, Any]] = {"max_retries": 1000, "retry_timeout": AWAY, "backoff": _BACKOFF}
_BRISK: Final[dict[str, Any]] = {"max_retries": 2, "retry_timeout": timedelta(seconds=5), "backoff": _BACKOFF}

# As S3 itself and the servers that speak like it say that there is no room.
_FULL: Final = ("507 ", "InsufficientStorage", "StorageFull", "QuotaExceeded", "EntityTooLarge")


@dataclass(frozen=True, kw_only=True)
class Access:
    """A bucket and how it is reached. What is empty is found as AWS's own tools do: variables, files, roles."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)

    @property
    def where(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/") + (f" at {self.endpoint}" if self.endpoint else "")


def of(access: Mapping[str, str]) -> Bucket:
    """`access`: the fields of `Access` that are known."""
    # A process that was forked has no threads of the store that its parent opened.
    return _opened(Access(**access), os.getpid())


@functools.lru_cache(maxsize=4)
def _opened(access: Access, process: int) -> Bucket:
    return Bucket(access)


class Bucket:
    """See `annotation.storage` for the verbs."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @functools.cached_property
    def _patient(self) -> S3Store:
        return self._store(_PATIENT, SENDING)

    @functools.cached_property
    def _brisk(self) -> S3Store:
        return self._store(_BRISK, timedelta(seconds=10))

    @contextlib.contextmanager
    def writing(self, name: str, *, attempt: int, patient: bool) -> Iterator[BinaryIO]:
        with tempfile.TemporaryFile() as file:
            yield file
            file.flush()
            with self._told(name):
                _send(self._patient if patient else self._brisk, name, file.fileno())

    def pieces(self, name: str, *, start: int, length: int | None) -> Iterator[bytes]:
        # A request a piece, so that whoever reads slowly holds none open and a server that comes back is found.
        end = start + length if length is not None else self._size(name)
        for first in range(start, end, PIECE):
            with self._told(name):
                found = obstore.get_range(self._patient, name, start=first, end=min(first + PIECE, end))
            yield bytes(found)

    def opened(self, name: str) -> BinaryIO:
        return io.BufferedReader(_Remote(self, name, self._size(name)), buffer_size=PIECE)

    def exists(self, name: str, *, patient: bool) -> bool:
        try:
            with self._told(name):
                obstore.head(self._patient if patient else self._brisk, name)
        except FileNotFoundError:
            return False
        return True

    def names(self, folder: str) -> list[str]:
        with self._told(folder):
            found = obstore.list_with_delimiter(self._patient, folder)
        return sorted(one["path"] for one in found["objects"])

    def everything(self) -> Iterator[tuple[str, int]]:
        with self._told(""):
            for chunk in obstore.list(self._patient):
                yield from ((one["path"], one["size"]) for one in chunk if not one["path"].startswith(_PROBE))

    def folders(self, parent: str, *, older_than: datetime) -> list[str]:
        """A folder is as old as the youngest file in it."""
        youngest: dict[str, datetime] = {}
        with self._told(parent):
            for chunk in obstore.list(self._patient, parent):
                for one in chunk:
                    name, inside, _ = one["path"].removeprefix(f"{parent}/").partition("/")
                    if inside:
                        youngest[name] = max(youngest.get(name, one["last_modified"]), one["last_modified"])
        return sorted(name for name, at in youngest.items() if at < older_than)

    def remove(self, folder: str) -> None:
        try:
            with self._told(folder):
                for chunk in obstore.list(self._brisk, folder):
                    obstore.delete(self._brisk, [one["path"] for one in chunk])
        except OSError as error:
            logger.warning("%s was not removed from the storage: %s", folder, error.strerror)

    def remove_unfinished(self, name: str, *, before: int | None) -> None:
        """Nothing unfinished is ever sent."""

    def misconfigured(self) -> str | None:
        one = self._access
        if bool(one.access_key_id) == bool(one.secret_access_key):
            return None
        return "Of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY one is set and one is not. Set both, or neither."

    def trouble(self) -> str | None:
        name = f"{_PROBE}{secrets.token_hex(8)}"
        try:
            with self._told(name):
                obstore.put(self._brisk, name, b"probe")
                obstore.get_range(self._brisk, name, start=0, end=5)
                obstore.delete(self._brisk, name)
        except OSError as error:
            return f"No file can be kept in {self._access.where}: {error.strerror}."
        return None

    def read(self, name: str, start: int, end: int) -> bytes:
        with self._told(name):
            return bytes(obstore.get_range(self._patient, name, start=start, end=end))

    def _size(self, name: str) -> int:
        with self._told(name):
            return obstore.head(self._patient, name)["size"]

    def _store(self, retry: dict[str, Any], timeout: timedelta) -> S3Store:
        one = self._access
        given = {
            "endpoint": one.endpoint,
            "region": one.region,
            "access_key_id": one.access_key_id,
            "secret_access_key": one.secret_access_key,
            "session_token": one.session_token,
        }
        client: Any = {"timeout": timeout, "allow_http": one.endpoint.startswith("http://")}
        config: Any = {key: value for key, value in given.items() if value}
        retries: Any = retry
        return S3Store(
            one.bucket, prefix=one.prefix or None, config=config, client_options=client, retry_config=retries
        )

    @contextlib.contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """What the library raises becomes an OSError that says it in words."""
        where = self._access.where
        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                words = f"There is no bucket “{self._access.bucket}” in {where}; make it, or mend STORAGE_URL"
                raise OSError(errno.EIO, words) from error
            raise FileNotFoundError(errno.ENOENT, f"{where} has no file of that name", name) from error
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise PermissionError(errno.EACCES, f"{where} refuses Flywheel's credentials") from error
        except exceptions.BaseError as error:
            raise _in_words(str(error), where) from error


class _Remote(io.RawIOBase):
    """A file in a bucket, read where it is asked for."""

    def __init__(self, bucket: Bucket, name: str, size: int) -> None:
        self._bucket = bucket
        self._name = name
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: Any) -> int:
        end = min(self._position + len(buffer), self._size)
        if end <= self._position:
            return 0
        found = self._bucket.read(self._name, self._position, end)
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)


def _send(store: S3Store, name: str, file: int) -> None:
    """Mapped and not read: the library sends it from where it is, and memory stays the same however large it is."""
    size = os.fstat(file).st_size
    if size == 0:
        obstore.put(store, name, b"", use_multipart=False)
        return
    with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as mapped:
        obstore.put(store, name, mapped, use_multipart=size > MOST_IN_ONE_REQUEST)


def _in_words(said: str, where: str) -> OSError:
    first = said.partition("\n")[0]
    if any(sign in said for sign in _FULL):
        return OSError(errno.ENOSPC, f"{where} has no room for it")
    if "status code: 4" in said:
        return OSError(errno.EIO, f"{where} refuses it ({first[-300:]})")
    how = "answers with an error of its own" if "status code: 5" in said else "doesn't answer"
    return ConnectionError(errno.ECONNREFUSED, f"{where} {how}")

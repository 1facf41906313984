"""Hand out an export's files: in parts, again, and all in one archive, with memory that doesn't grow with them."""

from __future__ import annotations

import hashlib
import logging
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date, parse_http_date_safe

from annotation import storage
from annotation.errors import Refusal
from annotation.exports.files import manifest, write
from annotation.exports.finished import keep
from annotation.models import Export

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"
CONTENT_TYPES = {
    ".jsonl": "application/jsonl",
    ".gz": "application/gzip",
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
}


class NoSuchFile(Refusal):
    """This export has no file of that name. Look at the export: its list of files names each with its address."""

    code = "unknown_file"
    status = 404


class NotInStorage(Refusal):
    """The storage has no file {name} of this export: it is not there, or not to be reached. Try again later; if it
    goes on, tell an admin, or ask for the export again."""

    code = "not_in_storage"
    status = 503
    headers = {"Retry-After": "5"}


@dataclass(frozen=True, kw_only=True)
class Part:
    """What to answer: 200 with all, 206 with bytes `start` to `start + length`, 304 or 416 with none."""

    status: int
    start: int = 0
    length: int = 0


def files(export: Export) -> list[dict[str, Any]]:
    """Every file of a finished export, with name, bytes, sha256 and, for data, rows; none while it isn't done."""
    found = keep.record(export)
    if found is None or not keep.has_files(export):
        return []
    record = manifest.as_file(found)
    own = {"name": MANIFEST, "bytes": len(record), "sha256": hashlib.sha256(record).hexdigest(), "rows": None}
    return [*found["files"], own]


def file(*, export: Export, name: str, request: HttpRequest) -> HttpResponseBase:
    """One file, or the part that the request asks for. Raises what `keep.check_files` does, NoSuchFile,
    NotInStorage."""
    keep.check_files(export)
    entry = next((entry for entry in files(export) if entry["name"] == name), None)
    if entry is None:
        raise NoSuchFile
    _check_stored(export, [name])
    size, etag = entry["bytes"], f'"{entry["sha256"]}"'
    part = choose(headers=request.headers, size=size, etag=etag, modified=_modified(export))
    response = StreamingHttpResponse(pieces(export, name, part), status=part.status)
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Last-Modified"] = http_date(_modified(export))
    response["Cache-Control"] = "private, no-cache"
    response["Content-Type"] = CONTENT_TYPES.get("." + name.rpartition(".")[2], "application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name.rpartition("/")[2]}"'
    if part.status in (200, 206):
        response["Content-Length"] = str(part.length)
    if part.status == 206:
        response["Content-Range"] = f"bytes {part.start}-{part.start + part.length - 1}/{size}"
    if part.status == 416:
        response["Content-Range"] = f"bytes */{size}"
    return response


def archive(*, export: Export) -> HttpResponseBase:
    """All files in one .zip, made while it is sent."""
    keep.check_files(export)
    _check_stored(export, [entry["name"] for entry in files(export)])
    response = StreamingHttpResponse(_zipped(export), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{export.public_id}.zip"'
    return response


def whole(entry: dict[str, Any]) -> Part:
    return Part(status=200, length=entry["bytes"])


def choose(*, headers: Any, size: int, etag: str, modified: int) -> Part:
    """What RFC 9110 answers to If-None-Match, If-Range and Range. Several ranges at once are answered with all."""
    if _matches(headers.get("If-None-Match", ""), etag):
        return Part(status=304)
    everything = Part(status=200, length=size)
    asked = re.fullmatch(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", headers.get("Range", ""))
    if asked is None or asked.groups() == ("", "") or not _unchanged(headers.get("If-Range"), etag, modified):
        return everything
    first, last = asked.groups()
    if first and last and int(last) < int(first):
        return everything
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end or (not first and int(last) == 0):
        return Part(status=416)
    return Part(status=206, start=start, length=end - start + 1)


def _check_stored(export: Export, names: Iterable[str]) -> None:
    """Before the first byte: later, all that could be done is to break off."""
    for name in names:
        if name != MANIFEST and not _is_stored(f"{write.folder(export)}/{name}"):
            raise NotInStorage(name=name)


def _is_stored(name: str) -> bool:
    try:
        return storage.exists(name, patient=False)
    except OSError as error:
        logger.warning("%s can't be handed out: %s", name, storage.said(error))
        return False


def _modified(export: Export) -> int:
    at = export.rewriting.finished_at if export.rewriting else export.finished_at
    return int(at.timestamp()) if at else 0


def _matches(condition: str, etag: str) -> bool:
    return condition.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in condition.split(",")]


def _unchanged(condition: str | None, etag: str, modified: int) -> bool:
    """Whether the file is still the one that the first part came from."""
    if condition is None:
        return True
    return condition.strip() == etag or parse_http_date_safe(condition) == modified


def pieces(export: Export, name: str, part: Part) -> Iterator[bytes]:
    """The bytes of that part of a file that the export has."""
    if part.length == 0:
        return iter(())
    if name == MANIFEST:
        return iter([manifest.as_file(keep.record(export) or {})[part.start : part.start + part.length]])
    return storage.pieces(f"{write.folder(export)}/{name}", start=part.start, length=part.length)


class _Pipe:
    """A file that can't seek, whose written bytes are taken out again."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def taken(self) -> bytes:
        taken = b"".join(self._written)
        self._written.clear()
        return taken


def _zipped(export: Export) -> Iterator[bytes]:
    pipe = _Pipe()
    # Stored as they are: packing would cost more time than the network saves.
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as packed:  # type: ignore[call-overload]
        for entry in files(export):
            info = zipfile.ZipInfo(entry["name"], date_time=_zip_time(export))
            with packed.open(info, "w", force_zip64=True) as target:
                for piece in pieces(export, entry["name"], whole(entry)):
                    target.write(piece)
                    yield pipe.taken()
    yield pipe.taken()


def _zip_time(export: Export) -> tuple[int, int, int, int, int, int]:
    at = export.finished_at or export.created_at
    return at.year, at.month, at.day, at.hour, at.minute, at.second

"""Write the files of an export, shard by shard, so that whoever resumes starts after the last whole one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import orjson

from annotation import jobs, storage
from annotation.exports import read
from annotation.exports.formats import Row
from annotation.jobs import Superseded
from annotation.lib import canonical, jsonl
from annotation.models import Export, ExportShard

CHUNK = 2_000
MAX_LINE = 1 << 40
"""Lines read back are our own: as long as a row is."""


def folder(export: Export) -> str:
    """Where the export's files are, inside the storage."""
    return f"exports/{export.public_id}"


def shards(*, export: Export, attempt: int) -> str:
    """Write every shard that isn't there yet. Returns `content_sha256`.

    That is over the canonical JSON of the rows in order, a line end after each, without `exported_at`. Rows of shards
    that an earlier attempt wrote are read back for it. Raises Superseded, Cancelled, ErasedMeanwhile, OSError.
    """
    content = hashlib.sha256()
    for shard in ExportShard.objects.filter(export=export):
        jobs.write(export, attempt, rows_done=shard.first_ordinal - 1)
        name = f"{folder(export)}/{shard.name}"
        if shard.sha256 and storage.exists(name):
            for row in _read_back(name):
                content.update(_canonical(row))
        else:
            _write(export, shard, name, attempt, content)
    jobs.write(export, attempt, rows_done=export.rows_total or 0)
    return content.hexdigest()


def small(*, export: Export, name: str, data: bytes, attempt: int) -> dict[str, object]:
    """Write one file that fits in memory. Returns its entry for the manifest."""
    with storage.writing(f"{folder(export)}/{name}", attempt=attempt) as file:
        file.write(data)
    return {"name": name, "bytes": file.bytes, "sha256": file.sha256}


def _write(export: Export, shard: ExportShard, name: str, attempt: int, content: hashlib._Hash) -> None:
    own = hashlib.sha256()
    with storage.writing(name, attempt=attempt) as file:
        for row in _rows(export, shard, attempt):
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            line = _canonical(row)
            own.update(line)
            content.update(line)
    mine = ExportShard.objects.filter(pk=shard.pk, export__attempt=attempt, export__status=Export.Status.RUNNING)
    if not mine.update(bytes=file.bytes, sha256=file.sha256, content_sha256=own.hexdigest()):
        raise Superseded


def _rows(export: Export, shard: ExportShard, attempt: int) -> Iterator[Row]:
    for first in range(shard.first_ordinal, shard.last_ordinal + 1, CHUNK):
        last = min(first + CHUNK - 1, shard.last_ordinal)
        yield from read.rows(export=export, first=first, last=last)
        jobs.write(export, attempt, rows_done=last)


def _read_back(name: str) -> Iterator[Row]:
    for _, line in jsonl.lines(storage.pieces(name), max_line=MAX_LINE):
        yield orjson.loads(line)


def _canonical(row: Row) -> bytes:
    return canonical.dumps({column: value for column, value in row.items() if column != "exported_at"}) + b"\n"

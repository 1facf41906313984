"""The door for files: JSONL, plain or gzipped, in batches that fit in memory whatever the file's size."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from annotation.errors import Refusal
from annotation.ingest.body import MAX_BYTES, line_value
from annotation.ingest.store import RecordIn
from annotation.lib import jsonl

BATCH_RECORDS = 1000
BATCH_BYTES = 16 * 1024 * 1024
_CHUNK = 256 * 1024


class UnreadableFile(Refusal):
    """{path} can't be read further: {reason} What came before is imported; mend the file and run this again."""

    code = "unreadable_file"


@dataclass(frozen=True, slots=True)
class Batch:
    """Records by the number of their line, and how many bytes of the file have been read for them so far."""

    records: list[RecordIn]
    position: int


def batches(*, path: Path, feature: str | None) -> Iterator[Batch]:
    """The records of a file, in order. `feature` is that of the records that name none.

    Raises UnreadableFile, after the batch of what could be read before.
    """
    with path.open("rb") as raw:
        records: list[RecordIn] = []
        size = 0
        for number, line in _lines(raw, path):
            if isinstance(line, UnreadableFile):
                yield Batch(records=records, position=raw.tell())
                raise line
            records.append((number, _with_feature(line_value(number, line), feature)))
            size += len(line)
            if len(records) >= BATCH_RECORDS or size >= BATCH_BYTES:
                yield Batch(records=records, position=raw.tell())
                records, size = [], 0
        yield Batch(records=records, position=raw.tell())


def _lines(raw: BinaryIO, path: Path) -> Iterator[tuple[int, bytes | UnreadableFile]]:
    """Numbered lines; where the file can't be read further, the refusal in place of a line."""
    try:
        yield from jsonl.lines(_chunks(raw, path), max_line=MAX_BYTES)
    except (jsonl.LineTooLongError, OSError, EOFError, zlib.error) as error:
        yield 0, UnreadableFile(path=path, reason=str(error).rstrip(".") + ".")


def _chunks(raw: BinaryIO, path: Path) -> Iterator[bytes]:
    unpacked: Any = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
    while chunk := unpacked.read(_CHUNK):
        yield chunk


def _with_feature(value: object, feature: str | None) -> object:
    if feature is not None and isinstance(value, dict) and "feature" not in value:
        return {"feature": feature, **value}
    return value

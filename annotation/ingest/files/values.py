"""The values of a file one after the other, in bounded memory whatever its size: lines, JSON, CSV, Parquet; or .gz.

Each comes with its place (line, entry or row, from 1), and as the InvalidRecord that it is where it alone is broken.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from annotation.errors import Refusal
from annotation.ingest.body import MAX_BYTES, line_value
from annotation.ingest.fields import InvalidRecord
from annotation.lib import json_values, jsonl

_CHUNK = 256 * 1024
_HEAD = 64 * 1024
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_LINES = (".jsonl", ".ndjson")
_DELIMITERS = ",;\t|"
_ROWS = 500
_OVERFLOW = "\0more"

Value = tuple[int, Any]


class UnreadableFile(Refusal):
    """{path} can't be read further: {reason} Mend the file and start again: what was taken before stays, and is not
    taken twice."""

    code = "unreadable_file"


class Container(StrEnum):
    """How a file holds its values."""

    LINES = "lines"
    VALUES = "values"
    CSV = "csv"
    PARQUET = "parquet"

    @property
    def unit(self) -> str:
        """What a place counts."""
        return {"values": "entry", "parquet": "row"}.get(self, "line")


def container(file: BinaryIO, *, name: str) -> Container:
    """How this file holds its values, by what it begins with and, where that leaves a doubt, by its name."""
    head = _head(file, name)
    if head.startswith(_PARQUET):
        return Container.PARQUET
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    plain = name.lower().removesuffix(".gz")
    if plain.endswith(_LINES):
        return Container.LINES
    if text.startswith(b"["):
        return Container.VALUES
    if text.startswith(b"{"):
        return Container.LINES if _is_json(text.partition(b"\n")[0]) or len(text) == _HEAD else Container.VALUES
    is_table = plain.endswith((".csv", ".tsv")) or any(
        mark.encode() in text.partition(b"\n")[0] for mark in _DELIMITERS
    )
    return Container.CSV if is_table and not plain.endswith(".json") else Container.LINES


def values(file: BinaryIO, *, name: str, kind: Container, skip: int = 0) -> Iterator[Value]:
    """From the value after the first `skip`, which are read as little as can be. Raises UnreadableFile."""
    file.seek(0)
    try:
        match kind:
            case Container.LINES:
                yield from _lines(_unpacked(file, name), skip)
            case Container.VALUES:
                yield from _entries(_unpacked(file, name), skip)
            case Container.CSV:
                yield from _table(_unpacked(file, name), skip)
            case Container.PARQUET:
                yield from _rows(file, skip)
    except (
        jsonl.LineTooLongError,
        json_values.BrokenJsonError,
        csv.Error,
        pa.ArrowException,
        OSError,
        EOFError,
        zlib.error,
    ) as error:
        raise UnreadableFile(path=name, reason=str(error).rstrip(".") + ".") from error


def _head(file: BinaryIO, name: str) -> bytes:
    file.seek(0)
    try:
        return bytes(_unpacked(file, name).read(_HEAD))
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(path=name, reason=str(error).rstrip(".") + ".") from error


def _unpacked(file: BinaryIO, name: str) -> Any:
    is_packed = file.read(2) == _GZIP or name.lower().endswith(".gz")
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if is_packed else file


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _chunks(file: Any) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _lines(file: Any, skip: int) -> Iterator[Value]:
    for count, (number, line) in enumerate(jsonl.lines(_chunks(file), max_line=MAX_BYTES)):
        if count >= skip:
            yield number, line_value(line, called="This line")


def _entries(file: Any, skip: int) -> Iterator[Value]:
    for number, value in json_values.values(_chunks(file), longest=MAX_BYTES):
        if number > skip:
            yield number, value


def _table(file: Any, skip: int) -> Iterator[Value]:
    """Rows by their header; the place is the line on which a row ends. An empty cell is no value."""
    csv.field_size_limit(MAX_BYTES)
    # Half surrogates for what is not UTF-8: the row that holds them is refused, and not the file.
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        header = text.readline()
        delimiter = max(_DELIMITERS, key=header.count)
        names = next(csv.reader([header], delimiter=delimiter), [])
        rows = csv.DictReader(text, names, restkey=_OVERFLOW, delimiter=delimiter)
        for count, row in enumerate(rows):
            if count >= skip:
                yield rows.line_num + 1, _row(row, names)
    finally:
        # It would close the file once it is gone itself.
        text.detach()


def _row(row: dict[str, Any], names: list[str]) -> Any:
    if _OVERFLOW in row:
        told = (
            f"The row has more cells than the header's {len(names)}. Put quotes around cells that hold the delimiter."
        )
        return InvalidRecord("too_many_cells", told)
    return {name: cell for name, cell in row.items() if cell}


def _rows(file: BinaryIO, skip: int) -> Iterator[Value]:
    table = pq.ParquetFile(file)
    before = 0
    for group in range(table.num_row_groups):
        count = table.metadata.row_group(group).num_rows
        if before + count > skip:
            yield from _of_group(table, group, before, skip)
        before += count


def _of_group(table: pq.ParquetFile, group: int, before: int, skip: int) -> Iterator[Value]:
    number = before
    for batch in table.iter_batches(batch_size=_ROWS, row_groups=[group]):
        for row in batch.to_pylist():
            number += 1
            if number > skip:
                yield number, _without_nulls(row)


def _without_nulls(value: Any) -> Any:
    """Columns that a row leaves empty are no values, nor are objects of which nothing else is left; times as text."""
    if isinstance(value, dict):
        kept = {name: _without_nulls(one) for name, one in value.items() if one is not None}
        return {name: one for name, one in kept.items() if one != {} or value[name] == {}}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value

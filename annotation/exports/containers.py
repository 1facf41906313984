"""How rows become a file: a line of JSON each, the same compressed, a Parquet table, or a table of plain text.

The same rows always make the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from annotation.exports import lines
from annotation.exports.columns import COLUMNS, Kind
from annotation.exports.formats import Row
from annotation.storage import Writer


class Sink(Protocol):
    """Takes rows in order. What it holds back is written by `end`."""

    def add(self, rows: Sequence[Row]) -> None: ...

    def end(self) -> None: ...


class Lines:
    def __init__(self, file: Writer, format: str) -> None:
        self._file = file

    def add(self, rows: Sequence[Row]) -> None:
        self._file.write(lines.of(rows))

    def end(self) -> None:
        pass


class CompressedLines:
    def __init__(self, file: Writer, format: str) -> None:
        # No name and no time of its own: they would differ from one writing to the next.
        self._whole = gzip.GzipFile(filename="", mode="wb", fileobj=_Stream(file), mtime=0)

    def add(self, rows: Sequence[Row]) -> None:
        self._whole.write(lines.of(rows))

    def end(self) -> None:
        self._whole.close()


class Parquet:
    """Row groups are what is added at once, with a page index. A tool's arguments are JSON in a text: a table has one
    type for all that a column holds."""

    def __init__(self, file: Writer, format: str) -> None:
        self._columns = COLUMNS[format]
        self._schema = pa.schema([(name, TYPES[kind]) for name, kind in self._columns.items()])
        sink = pa.PythonFile(_Stream(file), mode="w")
        self._whole = pq.ParquetWriter(sink, self._schema, compression="zstd", write_page_index=True)

    def add(self, rows: Sequence[Row]) -> None:
        columns = [
            pa.array([_cell(row[name], kind) for row in rows], TYPES[kind]) for name, kind in self._columns.items()
        ]
        self._whole.write_table(pa.Table.from_arrays(columns, schema=self._schema))

    def end(self) -> None:
        self._whole.close()


class Table:
    """CSV with a header. A null is an empty cell; a text that a spreadsheet would run has an apostrophe before it."""

    def __init__(self, file: Writer, format: str) -> None:
        self._file = file
        self._columns = list(COLUMNS[format])
        self._write([self._columns])

    def add(self, rows: Sequence[Row]) -> None:
        self._write([_harmless(row[name]) for name in self._columns] for row in rows)

    def end(self) -> None:
        pass

    def _write(self, rows: Any) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._file.write(text.getvalue().encode())


SINKS: Final[Mapping[str, Callable[[Writer, str], Sink]]] = {
    "jsonl": Lines,
    "jsonl.gz": CompressedLines,
    "parquet": Parquet,
    "csv": Table,
}

_CALL: Final = pa.struct(
    [("type", pa.string()), ("function", pa.struct([("name", pa.string()), ("arguments", pa.string())]))]
)
_MESSAGE: Final = pa.struct(
    [("role", pa.string()), ("content", pa.string()), ("name", pa.string()), ("tool_calls", pa.list_(_CALL))]
)
TYPES: Final[Mapping[Kind, pa.DataType]] = {
    "messages": pa.list_(_MESSAGE),
    "json": pa.string(),
    "text": pa.string(),
    "float": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
}

_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet."""


class _Stream(io.RawIOBase):
    """A `Writer` for libraries that want a file."""

    def __init__(self, file: Writer) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._file.write(bytes(data))
        return len(data)


def _cell(value: Any, kind: Kind) -> object:
    if value is None:
        return None
    if kind == "time":
        return datetime.fromisoformat(value)
    if kind == "json":
        return orjson.dumps(value).decode()
    return [_message(one) for one in value] if kind == "messages" else value


def _message(message: Mapping[str, Any]) -> Mapping[str, Any]:
    if "tool_calls" not in message:
        return message
    return {**message, "tool_calls": [_call(call) for call in message["tool_calls"]]}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    arguments = orjson.dumps(function["arguments"]).decode()
    return {"type": call["type"], "function": {"name": function["name"], "arguments": arguments}}


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUNS) else value

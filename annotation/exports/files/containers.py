"""How rows become a file: a line of JSON each, the same compressed, a Parquet table, or a table of plain text.

The same rows always make the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, Final, Protocol

import orjson
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from annotation.exports.rows.columns import COLUMNS, Kind
from annotation.lib import cells
from annotation.storage import Writer


class Sink(Protocol):
    """Takes rows in order, as lines of JSON. What was added since the last `cut` may be held together in the file; what
    it holds back is written by `end`."""

    def add(self, lines: bytes) -> None: ...

    def cut(self) -> None: ...

    def end(self) -> None: ...


class Lines:
    def __init__(self, file: Writer, format: str) -> None:
        self._file = file

    def add(self, lines: bytes) -> None:
        self._file.write(lines)

    def cut(self) -> None:
        pass

    def end(self) -> None:
        pass


class CompressedLines:
    def __init__(self, file: Writer, format: str) -> None:
        # No name and no time of its own: they would differ from one writing to the next.
        self._whole = gzip.GzipFile(filename="", mode="wb", fileobj=_Stream(file), mtime=0)

    def add(self, lines: bytes) -> None:
        self._whole.write(lines)

    def cut(self) -> None:
        pass

    def end(self) -> None:
        self._whole.close()


class Parquet:
    """Row groups are what is added between two cuts, with a page index. A tool's arguments are JSON in a text: a table
    has one type for all that a column holds."""

    def __init__(self, file: Writer, format: str) -> None:
        schema = pa.schema([(name, TYPES[kind]) for name, kind in COLUMNS[format].items()])
        self._group: list[bytes] = []
        self._parsed = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
        sink = pa.PythonFile(_Stream(file), mode="w")
        self._whole = pq.ParquetWriter(sink, schema, compression="zstd", write_page_index=True)

    def add(self, lines: bytes) -> None:
        self._group.append(lines)

    def cut(self) -> None:
        texts = _as_texts(b"".join(self._group))
        self._group.clear()
        # In one block: a row that reaches into the next one is an error.
        whole = pj.ReadOptions(use_threads=False, block_size=len(texts) + 1)
        self._whole.write_table(pj.read_json(io.BytesIO(texts), read_options=whole, parse_options=self._parsed))

    def end(self) -> None:
        self._whole.close()


class Table:
    """CSV with a header. A null is an empty cell; a text that a spreadsheet would run has an apostrophe before it."""

    def __init__(self, file: Writer, format: str) -> None:
        self._file = file
        self._columns = list(COLUMNS[format])
        self._write([self._columns])

    def add(self, lines: bytes) -> None:
        rows = map(orjson.loads, lines.splitlines())
        self._write([cells.harmless(row[name]) for name in self._columns] for row in rows)

    def cut(self) -> None:
        pass

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

# No text holds these: there the quotes have a backslash before them.
_IS_FREE: Final = re.compile(rb'"tool_calls":|"tools":\[')
MESSAGES: Final = ("prompt", "completion", "chosen", "rejected")


class _Stream(io.RawIOBase):
    """A `Writer` for libraries that want a file."""

    def __init__(self, file: Writer) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._file.write(bytes(data))
        return len(data)


def _as_texts(lines: bytes) -> bytes:
    """The same lines with what has no type of its own as JSON in a text. Most have nothing of the kind."""
    if not _IS_FREE.search(lines):
        return lines
    return b"".join(_as_text(line) if _IS_FREE.search(line) else line for line in lines.splitlines(keepends=True))


def _as_text(line: bytes) -> bytes:
    row = orjson.loads(line)
    if row.get("tools") is not None:
        row["tools"] = orjson.dumps(row["tools"]).decode()
    for messages in filter(None, map(row.get, MESSAGES)):
        for call in chain.from_iterable(message.get("tool_calls", ()) for message in messages):
            call["function"]["arguments"] = orjson.dumps(call["function"]["arguments"]).decode()
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)

"""The same records as files of each kind."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq


def written(path: Path, records: Sequence[Any]) -> Path:
    """By the name's ending: .jsonl, .json, .csv, .parquet; and .gz behind it."""
    text = _text(path.name.removesuffix(".gz"), records)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def _text(name: str, records: Sequence[Any]) -> bytes:
    if name.endswith(".parquet"):
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(list(records)), sink, row_group_size=10)
        return sink.getvalue()
    if name.endswith(".csv"):
        return _csv(records)
    if name.endswith(".jsonl"):
        return b"".join(orjson.dumps(one) + b"\n" for one in records)
    return orjson.dumps(list(records), option=orjson.OPT_INDENT_2)


def _csv(records: Sequence[Any]) -> bytes:
    rows = [flat(one) for one in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """Dotted columns; messages and what lies in details and metadata as JSON in a cell."""
    row: dict[str, Any] = {}
    for name, value in record.items():
        if name == "exposure":
            row |= {f"exposure.{key}": one for key, one in value.items()}
        elif name == "signals":
            for number, signal in enumerate(value):
                row |= {f"signals.{number}.{key}": _cell(one) for key, one in signal.items()}
        else:
            row[name] = _cell(value)
    return row


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value

"""Rows as lines of JSON: as files hold them, and in the one form that `content_sha256` is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import orjson

from annotation.exports.formats import Row
from annotation.lib import canonical

_NUMBERS: Final = ("confidence", "sample_weight")
_NESTED: Final = ("prompt", "completion", "chosen", "rejected")
_SORTED: Final = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def of(rows: Iterable[Row]) -> bytes:
    """A line each, columns in their order."""
    return b"".join([orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows])


def hashed(rows: Iterable[Row]) -> bytes:
    """Canonical JSON (RFC 8785) of each row without `exported_at`, and a line end after each."""
    return b"".join([_hashed(row) for row in rows])


def _hashed(row: Row) -> bytes:
    kept = row.copy()
    kept.pop("exported_at", None)
    if not is_plain(row):
        return canonical.dumps(kept) + b"\n"
    for name in _NUMBERS:
        number = kept.get(name)
        if number is not None:
            kept[name] = _exact(number)
    return orjson.dumps(kept, option=_SORTED)


def is_plain(row: Row) -> bool:
    """Whether its columns are texts, two numbers, and messages of a role, a text and maybe a name: then sorted keys
    make the canonical form. What tools take and are given may be anything."""
    if "prompt" not in row or row["tools"] is not None:
        return False
    return not any(_calls_tools(row[name]) for name in _NESTED if name in row)


def _calls_tools(messages: Sequence[Row]) -> bool:
    return any("tool_calls" in one for one in messages)


def _exact(number: float) -> float | int | orjson.Fragment:
    """A number that the writer writes as ECMAScript does: it spells 1.0 with its point and small ones otherwise."""
    if number.is_integer() and abs(number) < 2**53:
        return int(number)
    return number if 1e-4 <= abs(number) < 1e15 else orjson.Fragment(canonical.dumps(number))

"""Rows as lines of JSON: as files hold them, and in the one form that `content_sha256` is over (RFC 8785).

What is said of rows comes as the database spells it, column by column. JSON is written of whole rows: by pieces it took
thrice as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import orjson

from annotation.exports.rows.columns import PROVENANCE, Kind
from annotation.exports.rows.formats import Row
from annotation.lib import canonical

FACTS: Final = tuple(name for name in PROVENANCE if name != "exported_at")
"""The columns of provenance that differ from row to row, in their order."""

Facts = Iterable[Sequence[Any]]
"""Of some rows the values of each of FACTS: texts and numbers as they are, times as PostgreSQL writes them in ISO style
and in UTC."""

Both = tuple[bytes, bytes]
"""Rows as their file holds them, and as they are hashed: lines, each with its end."""

_CALLS: Final = b'"tool_calls":'
"""No text holds it: there its quotes have a backslash before them."""

_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def described(exported_at: str) -> Callable[[Sequence[Row], Facts], Both]:
    """For formats with columns of ours: from texts, which take the facts in, and facts to lines. RFC 3339 for the
    time."""
    end = f',"exported_at":"{exported_at}"}}\n'.encode()

    def both(contents: Sequence[Row], facts: Facts) -> Both:
        whole: list[bytes] = []
        hashed: list[bytes] = []
        for row, its in zip(contents, said(facts), strict=True):
            row |= its
            line = orjson.dumps(row)
            is_simple = _CALLS not in line and _is_simple(row)
            whole += (line[:-1], end)
            hashed.append(orjson.dumps(row, None, _CANONICAL) if is_simple else canonical.dumps(row) + b"\n")
        return b"".join(whole), b"".join(hashed)

    return both


def bare(contents: Iterable[Row]) -> Both:
    """For formats that have no other keys than their own."""
    return _joined((orjson.dumps(row, None, orjson.OPT_APPEND_NEWLINE), canonical.dumps(row)) for row in contents)


def flat(rows: Iterable[Row]) -> Both:
    """Rows of which everything is a value."""
    return _joined(
        (
            orjson.dumps(row, None, orjson.OPT_APPEND_NEWLINE),
            canonical.dumps({name: value for name, value in row.items() if name != "exported_at"}),
        )
        for row in rows
    )


def said(facts: Facts) -> list[Row]:
    """Of each row by name, as JSON has them."""
    values = [
        list(map(_AS[PROVENANCE[name]], column)) if PROVENANCE[name] in _AS else column
        for name, column in zip(FACTS, facts, strict=True)
    ]
    return [dict(zip(FACTS, of_row, strict=True)) for of_row in zip(*values, strict=True)]


def _joined(both: Iterable[Both]) -> Both:
    pairs = list(both)
    return b"".join([line for line, _ in pairs]), b"".join([hashed + b"\n" for _, hashed in pairs])


def _is_simple(row: Row) -> bool:
    """Whether its JSON is canonical as soon as its names are sorted: nothing but texts and usual numbers. What tools
    take may be anything."""
    return row["tools"] is None and _is_usual(row["sample_weight"]) and _is_usual(row["confidence"])


def _number(value: float | None) -> float | None:
    """A whole number as such: that is how canonical JSON has it, as far as each is a double."""
    return int(value) if value is not None and value.is_integer() and abs(value) <= canonical.EXACT else value


# A dataset has few weights and confidences, and each of them on many rows.
@lru_cache(maxsize=4096)
def _is_usual(value: float | None) -> bool:
    return orjson.dumps(value) == canonical.dumps(value)


def _moment(text: str | None) -> str | None:
    """Of `2026-03-02 09:00:01.5+00` RFC 3339 with microseconds, so that texts sort as times do."""
    if text is None:
        return None
    if len(text) != _WHOLE:
        text = f"{text[:-3] if '.' in text else text[:-3] + '.':0<26}+00"
    return f"{text[:10]}T{text[11:26]}Z"


_WHOLE: Final = len("2026-03-02 09:00:01.001003+00")
_AS: Final[Mapping[Kind, Callable[[Any], object]]] = {"float": _number, "time": _moment}

"""Rows as lines of JSON: as files hold them, and in the one form that `content_sha256` is over (RFC 8785).

What is said of a row comes as the database spells it. JSON is written of whole rows: by pieces it took thrice as long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import orjson

from annotation.exports.rows.columns import PROVENANCE, Kind
from annotation.exports.rows.formats import Row
from annotation.lib import canonical

FACTS: Final = tuple(name for name in PROVENANCE if name != "exported_at")
"""The columns of provenance that differ from row to row, in their order."""

Facts = Sequence[Any]
"""Each of FACTS: texts and whole numbers as they are, times and other numbers as PostgreSQL writes them in ISO style
and in UTC."""

Both = tuple[bytes, bytes]
"""A row as its file holds it, and as it is hashed: lines, each with its end."""

_CALLS: Final = b'"tool_calls":'
"""No text holds it: there its quotes have a backslash before them."""

_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def described(exported_at: str) -> Callable[[Row, Facts], Both]:
    """For formats with columns of ours: from texts and facts to the two lines. RFC 3339 for the time."""
    end = f',"exported_at":"{exported_at}"}}\n'.encode()

    def both(content: Row, facts: Facts) -> Both:
        row = {**content, **said(facts)}
        whole = orjson.dumps(row)
        is_simple = _CALLS not in whole and _is_simple(row)
        hashed = orjson.dumps(row, None, _CANONICAL) if is_simple else canonical.dumps(row) + b"\n"
        return whole[:-1] + end, hashed

    return both


def bare(content: Row) -> Both:
    """For formats that have no other keys than their own."""
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE), canonical.dumps(content) + b"\n"


def flat(row: Row) -> Both:
    """A row of which everything is a value."""
    hashed = canonical.dumps({name: value for name, value in row.items() if name != "exported_at"})
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE), hashed + b"\n"


def said(facts: Facts) -> Row:
    """By name, as JSON has them."""
    values = list(facts)
    for place, read in _READ:
        values[place] = read(values[place])
    return dict(zip(FACTS, values, strict=True))


def _is_simple(row: Row) -> bool:
    """Whether its JSON is canonical as soon as its names are sorted: nothing but texts and usual numbers. What tools
    take may be anything."""
    return row["tools"] is None and _is_usual(row["sample_weight"]) and _is_usual(row["confidence"])


# A dataset has few weights and confidences, and each of them on many rows.
@lru_cache(maxsize=4096)
def _number(text: str | None) -> float | None:
    """A whole number as such: that is how canonical JSON has it, as far as each is a double."""
    if text is None:
        return None
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= canonical.EXACT else value


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
_AS: Final[Mapping[Kind, Callable[[str | None], object]]] = {"float": _number, "time": _moment}
_READ: Final = [(place, _AS[PROVENANCE[name]]) for place, name in enumerate(FACTS) if PROVENANCE[name] in _AS]

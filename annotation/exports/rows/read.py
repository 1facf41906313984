"""Read what rows refer to, a range of ordinals at a time: one statement, and one more where there are turns before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from annotation.errors import Refusal
from annotation.exports.rows import formats, lines, openai, sources
from annotation.exports.rows.columns import COLUMNS
from annotation.exports.rows.formats import Row, Source, Turn
from annotation.exports.wanted import OPENAI
from annotation.models import Export

PIECE: Final = 100
"""Rows that are taken from the database at once: about as many as the socket between the two holds, so that it reads on
while these are made into rows."""

FORMATS: Final[Mapping[str, Callable[[Source, Sequence[Turn]], Row]]] = {
    "sft": formats.sft,
    "preference": formats.preference,
    "kto": formats.kto,
    "openai_sft": openai.sft,
    "openai_dpo": openai.dpo,
}

TARGETS: Final[Mapping[str, Callable[[Source], Row]]] = {
    "sft": formats.sft_target,
    "preference": formats.preference_target,
}

BY_INDEX: Final = "; ".join(
    f"SET LOCAL {name} = {value}"
    for name, value in {
        "DateStyle": "ISO",
        "TimeZone": "'UTC'",
        "enable_hashjoin": "off",
        "enable_mergejoin": "off",
        "enable_bitmapscan": "off",
        "enable_sort": "off",
        "jit": "off",
        "join_collapse_limit": 1,
        "max_parallel_workers_per_gather": 0,
    }.items()
)

# In the order in which they are written, the turns would be sought before the conversation is known.
BY_CONVERSATION: Final = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"

_Found = tuple[list[Source], Sequence[Sequence[Any]]]
"""Some rows, and the columns of what is said of them."""

_TEXTS: Final = len(Source._fields)
_JSON: Final = ("input", "output", "other_output", "metadata")
"""Of those."""


class Chunk(NamedTuple):
    """Rows in order, a line end after each: as files hold them, and as canonical JSON without `exported_at`.

    Few at a time, which are gone before the next ones come: where thousands of lines lay in memory at once, to get that
    from the system took a quarter of the time.
    """

    rows: int
    lines: bytes
    hashed: bytes


class ErasedMeanwhile(Refusal):
    """Something that this export had selected was erased before it was written. Ask for it again: the new one goes
    without."""

    code = "erased_meanwhile"
    status = 409


def chunk(*, export: Export, first: int, last: int) -> Iterator[Chunk]:
    """The rows from one ordinal to another, both included, in order, a few at a time. Raises ErasedMeanwhile."""
    at = {"export": export.pk, "first": first, "last": last}
    return _reasons(export, at) if export.request["format"] == "reasons" else _rows(export, at)


def rows(*, export: Export, first: int, last: int) -> list[Row]:
    """The same rows as values. Raises ErasedMeanwhile."""
    pieces = chunk(export=export, first=first, last=last)
    return [orjson.loads(line) for piece in pieces for line in piece.lines.splitlines()]


def provenance(*, export: Export, first: int, last: int) -> list[Row]:
    """Where the rows from one ordinal to another come from, for formats that have no room for it. Raises
    ErasedMeanwhile."""
    target = TARGETS[_of_trl(export)]
    exported_at = rfc3339(export.exported_at)
    made: list[Row] = []
    at = {"export": export.pk, "first": first, "last": last}
    for is_erased, _, *columns in _columns(sources.BARE[_of_trl(export)], at):
        if any(is_erased):
            raise ErasedMeanwhile
        told = zip(_sources(columns[:_TEXTS]), lines.said(columns[_TEXTS:]), strict=True)
        made += ({**target(source), **its, "exported_at": exported_at} for source, its in told)
    return made


def rfc3339(value: datetime | None) -> str:
    """RFC 3339 in UTC, always with microseconds, so that texts sort as times do."""
    if value is None:
        return ""
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _rows(export: Export, at: dict[str, Any]) -> Iterator[Chunk]:
    """From the first of those on that turns may stand before, all wait for the end of the answer: the database answers
    one question at a time."""
    make = _maker(export)
    waiting: list[_Found] = []
    asked_after: list[int] = []
    for is_erased, has_others, *columns in _columns(sources.ROWS[_of_trl(export)], at):
        if any(is_erased):
            raise ErasedMeanwhile
        found: _Found = (_sources(columns[:_TEXTS]), columns[_TEXTS:])
        asked_after += [
            one.ordinal for one, others in zip(found[0], has_others, strict=True) if others and type(one.input) is str
        ]
        if asked_after:
            waiting.append(found)
        else:
            yield make(found, {})
    turns = _turns(export, asked_after) if asked_after else {}
    for found in waiting:
        yield make(found, turns)


def _sources(columns: Sequence[Sequence[Any]]) -> list[Source]:
    """With what the database told in JSON."""
    read = [
        map(_json, column) if name in _JSON else column for name, column in zip(Source._fields, columns, strict=True)
    ]
    return list(map(Source, *read))


def _maker(export: Export) -> Callable[[_Found, Mapping[int, Sequence[Turn]]], Chunk]:
    """From what was found, and the turns before it by ordinal, to lines."""
    name = export.request["format"]
    content = FORMATS[name]
    described = lines.described(rfc3339(export.exported_at))

    def make(found: _Found, turns: Mapping[int, Sequence[Turn]]) -> Chunk:
        contents = [content(source, turns.get(source.ordinal, ())) for source in found[0]]
        return Chunk(len(contents), *(lines.bare(contents) if name in OPENAI else described(contents, found[1])))

    return make


def _of_trl(export: Export) -> str:
    """The format whose rows say the same."""
    name: str = export.request["format"]
    return OPENAI.get(name, name)


def _reasons(export: Export, at: dict[str, Any]) -> Iterator[Chunk]:
    """One label or one consensus a row. `rater` tells people apart without naming them."""
    exported_at = {"exported_at": rfc3339(export.exported_at)}
    for is_erased, *columns in _columns(sources.REASONS, at):
        if any(is_erased):
            raise ErasedMeanwhile
        values = zip(*columns, strict=True)
        told = [dict(zip(COLUMNS["reasons"], one, strict=True)) | exported_at for one in values]
        yield Chunk(len(told), *lines.flat(told))


def _turns(export: Export, ordinals: list[int]) -> dict[int, list[Turn]]:
    turns: dict[int, list[Turn]] = defaultdict(list)
    at = {"export": export.pk, "feature": export.feature_id, "ordinals": ordinals}
    for ordinal, sent, output in _asked(sources.TURNS, at, BY_CONVERSATION):
        turns[ordinal].append((_json(sent), _json(output)))
    return turns


def _columns(statement: sql.Composed, at: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], ...]]:
    """The answer in pieces, each as columns."""
    answer = _asked(statement, at)
    while piece := list(islice(answer, PIECE)):
        yield tuple(zip(*piece, strict=True))


def _asked(statement: sql.Composed, at: dict[str, Any], settings: str = BY_INDEX) -> Iterator[tuple[Any, ...]]:
    """The answer, as the database makes it, in binary: that reads fastest. No other statement runs until it is read to
    its end."""
    with _planned(settings) as cursor, connection.wrap_database_errors:
        yield from cursor.stream(statement, at, binary=True, size=PIECE)


@contextmanager
def _planned(settings: str) -> Iterator[CursorWrapper]:
    """A few thousand rows out of millions, one after the other by their keys, so that the first comes at once.

    Before the first ANALYZE the planner would hash whole tables for each chunk; and to think of every order of so many
    joins took it as long as the answer.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(settings)
        yield cursor


def _json(text: str | None) -> object:
    return None if text is None else orjson.loads(text)

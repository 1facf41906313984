"""Read what rows refer to, a range of ordinals at a time: one statement, and one more where there are turns before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
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

_TOLD: Final = 2 + len(Source._fields)
"""The columns of `sources.ROWS` before the facts."""


class Chunk(NamedTuple):
    """Rows in order, a line end after each: as files hold them, and as canonical JSON without `exported_at`."""

    rows: int
    lines: bytes
    hashed: bytes


class ErasedMeanwhile(Refusal):
    """Something that this export had selected was erased before it was written. Ask for it again: the new one goes
    without."""

    code = "erased_meanwhile"
    status = 409


def chunk(*, export: Export, first: int, last: int) -> Chunk:
    """The rows from one ordinal to another, both included, in order. Raises ErasedMeanwhile."""
    at = {"export": export.pk, "first": first, "last": last}
    made = _reasons(export, at) if export.request["format"] == "reasons" else _rows(export, at)
    return Chunk(len(made), b"".join([line for line, _ in made]), b"".join([hashed for _, hashed in made]))


def rows(*, export: Export, first: int, last: int) -> list[Row]:
    """The same rows as values. Raises ErasedMeanwhile."""
    return [orjson.loads(line) for line in chunk(export=export, first=first, last=last).lines.splitlines()]


def provenance(*, export: Export, first: int, last: int) -> list[Row]:
    """Where the rows from one ordinal to another come from, for formats that have no room for it. Raises
    ErasedMeanwhile."""
    target = TARGETS[OPENAI[export.request["format"]]]
    exported_at = rfc3339(export.exported_at)
    found: list[Row] = []
    for is_erased, _, *fields in _asked(sources.BARE, {"export": export.pk, "first": first, "last": last}):
        if is_erased:
            raise ErasedMeanwhile
        source = Source(*fields[: -len(lines.FACTS)])
        found.append({**target(source), **lines.said(fields[-len(lines.FACTS) :]), "exported_at": exported_at})
    return found


def rfc3339(value: datetime | None) -> str:
    """RFC 3339 in UTC, always with microseconds, so that texts sort as times do."""
    if value is None:
        return ""
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _rows(export: Export, at: dict[str, Any]) -> list[lines.Both]:
    """Those that turns may stand before are made last: the database answers one question at a time."""
    make = _maker(export)
    made: list[lines.Both] = []
    asked_after: dict[int, tuple[int, Source, lines.Facts]] = {}
    for place, found in enumerate(_asked(sources.ROWS, at)):
        is_erased, has_others, ordinal, imitated, praised, sent, output, final, better, other, its, told = found[:_TOLD]
        if is_erased:
            raise ErasedMeanwhile
        texts = (None if sent is None else orjson.loads(sent), orjson.loads(output), final, better)
        source = Source(ordinal, imitated, praised, *texts, other, _json(its), _json(told))
        if has_others and type(texts[0]) is str:
            asked_after[ordinal] = (place, source, found[_TOLD:])
            made.append((b"", b""))
        else:
            made.append(make(source, (), found[_TOLD:]))
    turns = _turns(export, list(asked_after)) if asked_after else {}
    for ordinal, (place, source, facts) in asked_after.items():
        made[place] = make(source, turns.get(ordinal, ()), facts)
    return made


def _maker(export: Export) -> Callable[[Source, Sequence[Turn], lines.Facts], lines.Both]:
    name = export.request["format"]
    content = FORMATS[name]
    if name in OPENAI:
        return lambda source, turns, facts: lines.bare(content(source, turns))
    both = lines.described(rfc3339(export.exported_at))
    return lambda source, turns, facts: both(content(source, turns), facts)


def _reasons(export: Export, at: dict[str, Any]) -> list[lines.Both]:
    """One label or one consensus a row. `rater` tells people apart without naming them."""
    exported_at = rfc3339(export.exported_at)
    made: list[lines.Both] = []
    for is_erased, *values in _asked(sources.REASONS, at):
        if is_erased:
            raise ErasedMeanwhile
        row = dict(zip(COLUMNS["reasons"], values, strict=True))
        made.append(lines.flat(row | {"exported_at": exported_at}))
    return made


def _turns(export: Export, ordinals: list[int]) -> dict[int, list[Turn]]:
    turns: dict[int, list[Turn]] = defaultdict(list)
    at = {"export": export.pk, "feature": export.feature_id, "ordinals": ordinals}
    for ordinal, sent, output in _asked(sources.TURNS, at, BY_CONVERSATION):
        turns[ordinal].append((_json(sent), _json(output)))
    return turns


def _asked(statement: sql.Composed, at: dict[str, Any], settings: str = BY_INDEX) -> Iterator[tuple[Any, ...]]:
    """The answer, as the database makes it. No other statement runs until it is read to its end."""
    with _planned(settings) as cursor, connection.wrap_database_errors:
        yield from cursor.stream(statement, at, size=PIECE)


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
    """Django leaves decoding to its fields, and these cursors are none."""
    return None if text is None else orjson.loads(text)

"""Both forms of a row are put together from pieces: they say the same, and the hashed one is canonical JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.exports.rows import lines
from annotation.exports.rows.columns import COLUMNS, PROVENANCE
from annotation.lib import canonical

AT = "2026-03-02T11:00:00.000000Z"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3),
    max_leaves=5,
)
CALLS = st.builds(
    lambda arguments: [{"type": "function", "function": {"name": "f", "arguments": arguments}}],
    st.dictionaries(TEXTS, VALUES, max_size=3),
)
MESSAGES = st.lists(
    st.builds(lambda text, calls: {"role": "user", "content": text} | ({"tool_calls": calls} if calls else {}),
              TEXTS | st.just('"tool_calls":'), st.none() | CALLS),
    max_size=3,
)  # fmt: skip
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 20).map(float)
MOMENTS = st.datetimes(datetime(1900, 1, 1)) | st.just(datetime(2026, 3, 1, 12))  # noqa: DTZ001 - all in UTC
# What a fact is, and as PostgreSQL spells it.
FACTS: dict[str, st.SearchStrategy[tuple[Any, Any]]] = {
    "float": NUMBERS.map(lambda one: (one, one)),
    "time": MOMENTS.map(lambda one: (f"{one.isoformat(timespec='microseconds')}Z", _spelled(one))),
    "integer": st.integers(1, 2**31).map(lambda one: (one, one)),
}
PLAIN: st.SearchStrategy[tuple[Any, Any]] = TEXTS.map(lambda one: (one, one))
KINDS = {"messages": MESSAGES, "json": st.none() | st.lists(VALUES, min_size=1, max_size=2), "boolean": st.booleans()}


def _spelled(moment: datetime) -> str:
    told = moment.isoformat(" ")
    return f"{told.rstrip('0') if '.' in told else told}+00"


@pytest.mark.parametrize("format", ["sft", "preference", "kto"])
@given(data=st.data())
def test_both_lines_hold_the_row(format: str, data: st.DataObject) -> None:
    columns = COLUMNS[format]
    content: dict[str, Any] = {
        name: data.draw(KINDS.get(kind, TEXTS)) for name, kind in columns.items() if name not in PROVENANCE
    }
    drawn = [
        data.draw(st.none().map(lambda _: (None, None)) | FACTS.get(PROVENANCE[name], PLAIN)) for name in lines.FACTS
    ]
    said = {name: value for name, (value, _) in zip(lines.FACTS, drawn, strict=True)}

    whole, hashed = lines.described(AT)([content.copy(), content.copy()], [(spelled,) * 2 for _, spelled in drawn])

    row = {**content, **said, "exported_at": AT}
    line, *rest = whole.splitlines(keepends=True)
    assert rest == [line]
    assert list(orjson.loads(line)) == list(columns)
    assert orjson.loads(line) == orjson.loads(orjson.dumps(row))
    assert hashed == (canonical.dumps({**content, **said}) + b"\n") * 2
    assert line.endswith(b"}\n")

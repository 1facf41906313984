"""How cells are kept: one record of fixed width after another, as PostgreSQL sends their values, for numpy to read."""

from __future__ import annotations

from typing import Final

import numpy as np

from annotation.models import ClosureTally

NEVER: Final = 2**31 - 1
"""The hour of what has not happened: later than every other."""

POPULATIONS: Final = tuple(ClosureTally.Population.values)

TIMES: Final = ("occurred", "ingested", "queued", "labeled", "resolved", "ended_at", "stopped_at")

# `reached`: the place of the stage among the nine, of the first five; what follows is of the exports that hold it.
# `has_ended`, `has_stopped`: whether the item, or the interaction as a whole, leads no further, `ended_at` and
# `stopped_at` since when; the former counts only where no export holds it. Times are whole hours since 1970, UTC, and
# never run backwards. `number`: how many interactions; `weight`, `squares`: the sums of 1/π of those in a sample and
# of its square, 0 of others.
_FIELDS: Final = {
    **dict.fromkeys(("population", "reached", "has_ended", "has_stopped"), ("int2send", ">i2")),
    **dict.fromkeys(TIMES, ("int4send", ">i4")),
    "number": ("int8send", ">i8"),
    "weight": ("float8send", ">f8"),
    "squares": ("float8send", ">f8"),
}
_SQL: Final = {
    "population": f"(array_position(ARRAY{list(POPULATIONS)}, population) - 1)::int2",
    "reached": "reached::int2",
    "has_ended": "has_ended::int::int2",
    "has_stopped": "has_stopped::int::int2",
    **{name: f"COALESCE({name}, {NEVER})" for name in TIMES},
}

SENT: Final = " || ".join(f"{send}({_SQL.get(name, name)})" for name, (send, _) in _FIELDS.items())
"""The record of a cell, of columns by these names."""

CELL: Final = np.dtype([(name, kind) for name, (_, kind) in _FIELDS.items()])

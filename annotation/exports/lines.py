"""Rows as lines of JSON: as files hold them, and in the one form that `content_sha256` is over (RFC 8785).

A row's texts come as values, what is said of it as JSON that the database wrote. Both forms are put together from the
same pieces, since making each of a dictionary takes longer than reading the row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final

import orjson

from annotation.exports.columns import COLUMNS, PROVENANCE
from annotation.exports.formats import Row
from annotation.lib import canonical

FACTS: Final = tuple(name for name in PROVENANCE if name != "exported_at")
"""The columns of provenance that differ from row to row, in their order."""

_CALLS: Final = b'"tool_calls":'
"""No text holds it: there its quotes have a backslash before them."""

Pieces = Sequence[str]
"""JSON of each of FACTS."""


def described(format: str, exported_at: str) -> Callable[[Row, Pieces], tuple[str, str]]:
    """For formats with columns of ours: from texts and facts to the two lines. RFC 3339 for the time."""
    texts = [name for name in COLUMNS[format] if name not in PROVENANCE]
    told = "".join(f',"{name}":%s' for name in FACTS) + f',"exported_at":"{exported_at}"}}\n'
    names = [*texts, *FACTS]
    ordered = sorted(names)
    sorted_form = "{" + ",".join(f'"{name}":%s' for name in ordered) + "}\n"
    in_order = itemgetter(*map(names.index, ordered))

    def both(content: Row, facts: Pieces) -> tuple[str, str]:
        whole = orjson.dumps(content)
        # Only texts, under names that sort as they are. What tools take may be anything.
        is_plain = content["tools"] is None and _CALLS not in whole
        pieces = _sorted(content) if is_plain else _canonical(content)
        return whole[:-1].decode() + told % facts, sorted_form % in_order((*pieces, *facts))

    return both


def bare(content: Row) -> tuple[str, str]:
    """For formats that have no other keys than their own."""
    whole = orjson.dumps(content)
    return f"{whole.decode()}\n", f"{canonical.dumps(content).decode()}\n"


def flat(row: Row) -> tuple[str, str]:
    """A row of which everything is a value."""
    hashed = canonical.dumps({name: value for name, value in row.items() if name != "exported_at"})
    return f"{orjson.dumps(row).decode()}\n", f"{hashed.decode()}\n"


def _sorted(content: Row) -> list[str]:
    return [orjson.dumps(value, None, orjson.OPT_SORT_KEYS).decode() for value in content.values()]


def _canonical(content: Row) -> list[str]:
    return [canonical.dumps(value).decode() for value in content.values()]

"""Which arms an item counts in: that with its own kind, and those without the kinds that its interaction lacks.

An interaction counts once in each arm, and a conversation once in each arm of a model version, by its first turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class Placed(NamedTuple):
    """A sample item, as far as arms need it. `is_first`: of its interaction; `is_first_of_kind`: of its kind there."""

    item_id: int
    interaction_id: int
    signal_kind: str
    model_version: str
    conversation_id: str | None
    occurred_at: datetime
    kinds: frozenset[str]
    is_first: bool
    is_first_of_kind: bool


@dataclass
class Counted:
    """Conversations that have been counted, each as (conversation, model version, kind)."""

    with_: set[tuple[str, str, str]] = field(default_factory=set)
    without: set[tuple[str, str, str]] = field(default_factory=set)


class Arms(NamedTuple):
    counts_with: bool
    counts_without: list[str]


def of(items: Iterable[Placed], *, compared: Collection[str], counted: Counted) -> dict[int, Arms]:
    """By item id. `compared`: the kinds that have an arm without them. Notes in `counted` what counts now."""
    ordered = sorted(items, key=lambda item: (item.occurred_at, item.interaction_id, item.item_id))
    return {item.item_id: _of(item, sorted(compared), counted) for item in ordered}


def _of(item: Placed, compared: Iterable[str], counted: Counted) -> Arms:
    lacking = [kind for kind in compared if kind not in item.kinds] if item.is_first else []
    return Arms(
        counts_with=item.is_first_of_kind and _is_new(item, item.signal_kind, counted.with_),
        counts_without=[kind for kind in lacking if _is_new(item, kind, counted.without)],
    )


def _is_new(item: Placed, kind: str, counted: set[tuple[str, str, str]]) -> bool:
    if item.conversation_id is None:
        return True
    name = (item.conversation_id, item.model_version, kind)
    if name in counted:
        return False
    counted.add(name)
    return True

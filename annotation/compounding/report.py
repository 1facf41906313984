"""What a comparison of a feature's model versions holds. Shares lie in 0..1, changes in -1..1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from annotation.validity.report import Rate

Answer = Literal["compounds", "better", "worse", "open"]


@dataclass(frozen=True, kw_only=True)
class Group:
    """One part of the mix: its share of it, and of each version how many of its answers are good, from how many labels.

    `name` is a value of the metadata key; "" for those without one, or where no key is named.
    """

    name: str
    share: float
    old: float
    new: float
    old_labels: int
    new_labels: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """A version beside the one before it.

    `change` is on the fixed mix, `crude` as it meets the eye; both are None where `refusal` says why not. `cause`:
    `caused` where chance gave each a part of the same traffic (then all figures are of that part), else `came_with`.
    """

    old: str
    new: str
    since: datetime
    change: Rate | None
    crude: Rate | None
    cause: Literal["caused", "came_with"]
    groups: tuple[Group, ...]
    old_labels: int
    new_labels: int
    is_worst_case: bool
    refusal: str
    sentence: str

    @property
    def is_better(self) -> bool:
        return self.change is not None and self.change.low > 0

    @property
    def is_worse(self) -> bool:
        return self.change is not None and self.change.high < 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """`changes`: the earliest first. `key`: the metadata key that makes the groups of the mix; "": all is one group.

    `answer` is None where nothing can be said of the latest change.
    """

    feature: str
    computed_at: datetime | None
    key: str
    changes: tuple[Change, ...]
    answer: Answer | None
    sentence: str

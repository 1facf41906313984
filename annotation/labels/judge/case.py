"""What a judge is shown of an item: plain values, so that whoever knows the evidence can put them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from annotation.models import Item


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the evidence. `most`: so many characters of it are shown; the middle of a longer one is left out."""

    title: str
    text: str
    most: int


@dataclass(frozen=True, kw_only=True)
class Case:
    """One item as it is judged. All of `sections` was written outside, and none of it is trusted."""

    item: Item
    evidence_version: int
    sections: Sequence[Section]


Look = Callable[[Item], Case]

"""One signal as a condition sees it: who sent or did it is not among what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Value: TypeAlias = str | float | bool | None
"""What a field can hold; None: nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`facts` are the stored evidence: [code, figures] each. `answer` is the text that the user saw.

    `details` and `metadata` are as they were sent; only what stands at their top is read, by its name.
    """

    signal_kind: str
    derived_by: str | None = None
    conversation_rank: int = 1
    model_version: str = ""
    answer: str = ""
    facts: Sequence[Sequence[Any]] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)

"""The terms of one cohort as columns, whether they are being written or read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from annotation import loading
from annotation.lib.validity.estimate import FloatArray
from annotation.models import Reason

Mask = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]

OUTCOMES: Final = ("", *Reason.Outcome.values)
"""An outcome's code is its place; 0: not in the sample."""

CODES: Final = {outcome: code for code, outcome in enumerate(OUTCOMES)}
UNKNOWABLE: Final = CODES[Reason.Outcome.UNKNOWABLE]

READ: Final = """
SELECT item_id, interaction_id, signal_kind, model_version, part_id, is_first, kinds, counts_with, counts_without,
    probability, outcome, reason_id, f_good, f_bad, lam_good, lam_bad
FROM annotation_term WHERE sheet_id = $1 AND model_version = ANY($2::text[]) ORDER BY item_id
"""

CORRECTED: Final = """
SELECT c.id, c.term_id, c.outcome, c.reason_id
FROM annotation_correction c JOIN annotation_term t ON t.item_id = c.term_id
WHERE t.sheet_id = $1 AND t.model_version = ANY($2::text[]) ORDER BY c.id
"""


class Row(NamedTuple):
    """A term, as `annotation.models.Term` has it."""

    item_id: int
    interaction_id: int
    signal_kind: str
    model_version: str
    part_id: int | None
    is_first: bool
    kinds: list[str]
    counts_with: bool
    counts_without: list[str]
    probability: float | None
    outcome: str | None
    reason_id: int | None
    f_good: float | None
    f_bad: float | None
    lam_good: float
    lam_bad: float


class Correction(NamedTuple):
    id: int
    item_id: int
    outcome: str
    reason_id: int | None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Columns of one length, in the order of the items' ids.

    `probability` is 0 beyond the sample, `part` and `reason` 0 where there is none, f 0 without a prediction
    (`is_predicted`); λ then counts for nothing.
    """

    items: Whole
    kinds: npt.NDArray[np.object_]
    versions: npt.NDArray[np.object_]
    parts: Whole
    counts_with: Mask
    without: Mapping[str, Mask]
    probability: FloatArray
    outcomes: Whole
    reasons: Whole
    is_predicted: Mask
    f: Mapping[str, FloatArray]
    lam: Mapping[str, FloatArray]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Terms:
        return cls(
            items=np.array([row.item_id for row in rows], dtype=np.int64),
            kinds=np.array([row.signal_kind for row in rows], dtype=object),
            versions=np.array([row.model_version for row in rows], dtype=object),
            parts=np.array([row.part_id or 0 for row in rows], dtype=np.int64),
            counts_with=np.array([row.counts_with for row in rows], dtype=bool),
            without=_without(rows),
            probability=np.array([row.probability or 0.0 for row in rows]),
            outcomes=np.array([CODES[row.outcome or ""] for row in rows], dtype=np.int64),
            reasons=np.array([row.reason_id or 0 for row in rows], dtype=np.int64),
            is_predicted=np.array([row.f_good is not None for row in rows], dtype=bool),
            f={
                "good": np.array([row.f_good or 0.0 for row in rows]),
                "bad": np.array([row.f_bad or 0.0 for row in rows]),
            },
            lam={"good": np.array([row.lam_good for row in rows]), "bad": np.array([row.lam_bad for row in rows])},
        )

    def of_version(self, version: str) -> Mask:
        return self._by_version[version]

    @cached_property
    def _by_version(self) -> dict[str, Mask]:
        return {str(version): self.versions == version for version in set(self.versions)}

    @property
    def present(self) -> set[str]:
        """The model versions that occur."""
        return set(self._by_version)

    def corrected(self, corrections: Sequence[Correction]) -> Terms:
        """With the last of these corrections of each."""
        if not corrections:
            return self
        outcomes, reasons = self.outcomes.copy(), self.reasons.copy()
        places = np.searchsorted(self.items, [one.item_id for one in corrections])
        for place, one in zip(places, corrections, strict=True):
            outcomes[place], reasons[place] = CODES[one.outcome], one.reason_id or 0
        return replace(self, outcomes=outcomes, reasons=reasons)


def read(*, sheet_id: int, versions: Sequence[str]) -> tuple[Terms, list[Correction]]:
    """The terms of a sheet as they were written, of these model versions, and all corrections of them since."""
    found: list[tuple[Any, ...]] = loading.asked(READ, [sheet_id, list(versions)])
    corrections = [Correction._make(row) for row in loading.asked(CORRECTED, [sheet_id, list(versions)])]
    return Terms.of([Row._make(row) for row in found]), corrections


def _without(rows: Sequence[Row]) -> dict[str, Mask]:
    masks: dict[str, Mask] = {}
    for place, row in enumerate(rows):
        for kind in row.counts_without:
            if kind not in masks:
                masks[kind] = np.zeros(len(rows), dtype=bool)
            masks[kind][place] = True
    return masks

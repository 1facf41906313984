"""How often people say the same: of one person (`people`), and of all on what was meant to be labeled by several
(`report`), with the reasons that get confused.

Labels count as they stood before review touched their item: who changes a label because a note asked for it, or an
adjudicator had settled the item, had said something else.
"""

from annotation.consensus.agreement.confusion import KEEP, MERGE, SHARPEN, WAIT, Confusion, Mixed
from annotation.consensus.agreement.measure import Line
from annotation.consensus.agreement.people import (
    LATEST,
    MIN_GOLD,
    MIN_LOOKS,
    MIN_OVERLAP,
    Correction,
    MixUp,
    MixUps,
    corrections,
    mix_ups,
    of_second_looks,
    with_gold,
    with_others,
)
from annotation.consensus.agreement.report import WEEKS, OfReason, Report, SideBySide, of_feature

__all__ = [
    "KEEP",
    "LATEST",
    "MERGE",
    "MIN_GOLD",
    "MIN_LOOKS",
    "MIN_OVERLAP",
    "SHARPEN",
    "WAIT",
    "WEEKS",
    "Confusion",
    "Correction",
    "Line",
    "MixUp",
    "MixUps",
    "Mixed",
    "OfReason",
    "Report",
    "SideBySide",
    "corrections",
    "mix_ups",
    "of_feature",
    "of_second_looks",
    "with_gold",
    "with_others",
]

"""Why an item is not in a dataset. Each item counts once, under the first cause in this order that holds."""

from __future__ import annotations

from collections.abc import Mapping

LEFT_OUT = {
    "erased": "were erased",
    "filtered": "don't match the filters",
    "evaluation_set": "are reserved for evaluation",
    "no_consensus": "have no consensus yet",
    "below_confidence": "are below the confidence asked for, or were decided by one label, which has none",
    "use_not_permitted": "have a reason that doesn't permit this use",
    "contradicting_signals": "have another signal of the same answer that turned out bad",
    "no_counterpart": "have no usable other text: an edit between 2 and 60 words in 100",
    "lint": "could not be read by a trainer: no question before the answer, an empty answer, or an unchanged edit",
    "bridges_splits": "would connect two splits",
    "duplicate": "say the same as another row of their split, or stand for an answer that has its row",
}


def sentence(left_out: Mapping[str, int]) -> str:
    """What was left out, most first: "120 items have no consensus yet; 3 items were erased"."""
    counted = sorted(left_out.items(), key=lambda pair: -pair[1])
    return "; ".join(f"{count:,} {'item' if count == 1 else 'items'} {LEFT_OUT[cause]}" for cause, count in counted)

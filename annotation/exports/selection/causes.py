"""Why an item is not in a dataset. Each item counts once, under the first cause in this order that holds."""

from __future__ import annotations

from collections.abc import Mapping

# One item, and several.
LEFT_OUT = {
    "erased": ("was erased", "were erased"),
    "filtered": ("doesn't match the filters", "don't match the filters"),
    "evaluation_set": ("is reserved for evaluation", "are reserved for evaluation"),
    "no_consensus": ("has no consensus yet", "have no consensus yet"),
    "below_confidence": (
        "is below the confidence asked for, or was decided by one label, which has none",
        "are below the confidence asked for, or were decided by one label, which has none",
    ),
    "use_not_permitted": (
        "has a reason that doesn't permit this use",
        "have a reason that doesn't permit this use",
    ),
    "contradicting_signals": (
        "has another signal of the same answer that turned out bad",
        "have another signal of the same answer that turned out bad",
    ),
    "no_counterpart": (
        "has no usable other text: an edit of 2 to 60 words in 100, a correction, or a good answer made instead",
        "have no usable other text: an edit of 2 to 60 words in 100, a correction, or a good answer made instead",
    ),
    "lint": (
        "could not be read by a trainer: no question before the answer, an empty answer, or an unchanged edit",
        "could not be read by a trainer: no question before the answer, an empty answer, or an unchanged edit",
    ),
    "bridges_splits": ("would connect two splits", "would connect two splits"),
    "duplicate": (
        "says the same as another row of its split, or stands for an answer that has its row",
        "say the same as another row of their split, or stand for an answer that has its row",
    ),
}


def lines(left_out: Mapping[str, int]) -> list[str]:
    """What was left out, most first: "120 items have no consensus yet", "1 item was erased"."""
    counted = sorted(left_out.items(), key=lambda pair: -pair[1])
    return [
        f"1 item {LEFT_OUT[cause][0]}" if count == 1 else f"{count:,} items {LEFT_OUT[cause][1]}"
        for cause, count in counted
    ]


def sentence(left_out: Mapping[str, int]) -> str:
    return "; ".join(lines(left_out))

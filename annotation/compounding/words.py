"""What a comparison of versions says, in plain words; and where it says nothing, why, and what would change that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.compounding.report import Change
from annotation.lib.compounding import ENOUGH_LABELS, HEAVY, SUCCESSIVE
from annotation.models import Part
from annotation.validity.looking import EFFECTIVE, ENOUGH
from annotation.validity.report import Rate

OTHER_VALUES = "other values"
NO_VALUE = "no value"


def part(one: Part) -> str:
    return OTHER_VALUES if one.is_rest else one.value


def refusal(pair: Mapping[str, Any], told: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Why nothing is shown of this change; "" where nothing is missing."""
    new, old = pair["new"], pair["old"]
    if not pair["is_deployed"]:
        return (
            f"No deployment of {new} was reported, so it isn't known what came before it. "
            "Report it with POST /api/v1/deployments."
        )
    if not pair["is_trained"]:
        return (
            f"No training run that succeeded says what {new} learned from, so a change can't be laid to the wheel. "
            "Report it with POST /api/v1/training-runs."
        )
    match told["lack"]:
        case "labels":
            return _too_few(old, new, told["labels"])
        case "apart":
            return (
                f"Under {100 * (1 - HEAVY):.0f} % of the traffic is of groups that both versions have labels of "
                f"({100 * (1 - told['left_out']):.0f} %). Label {old} and {new} in the order of the queue, or judge by "
                "a key whose values both met."
            )
        case "thin":
            return _thin(told, names)
        case "effective":
            return f"One version's labels count as fewer than {EFFECTIVE:.0f} of equal weight. More labels change that."
        case "heavy":
            return (
                "A few items weigh very much, and another answer about one would turn the figure. More labels change "
                "that, and so does a queue whose mix is nearer to 1."
            )
    return ""


def _too_few(old: str, new: str, labels: Sequence[int]) -> str:
    missing = [
        f"{ENOUGH - count:,} more of {name}" for name, count in zip((old, new), labels, strict=True) if count < ENOUGH
    ]
    return (
        f"Each version needs {ENOUGH} labels from days that have closed; {old} has {labels[0]:,} and {new} "
        f"{labels[1]:,}. Label {' and '.join(missing)}, in the queue's order."
    )


def _thin(told: Mapping[str, Any], names: Mapping[str, str]) -> str:
    thin = [cell for cell in told["cells"] if cell["share"] > HEAVY and min(cell["labels"]) < ENOUGH_LABELS]
    named = ", ".join(
        f"{names.get(cell['group'], NO_VALUE)} ({100 * cell['share']:.0f} % of the mix, {min(cell['labels'])} labels)"
        for cell in thin
    )
    return (
        f"A group that carries over {100 * HEAVY:.0f} % of the mix has under {ENOUGH_LABELS} labels of one version: "
        f"{named}. More labels of it change that."
    )


def sentence(pair: Mapping[str, Any], *, change: Rate | None, crude: Rate | None, is_caused: bool, refusal: str) -> str:
    """What came with a version, or what it caused."""
    new, old = pair["new"], pair["old"]
    if change is None or crude is None:
        return f"{new} after {old}: not compared. {refusal}"
    side = "better" if change.low > 0 else "worse" if change.high < 0 else "neither surely better nor surely worse"
    said = f"{new} after {old}: {side}. {_verb(is_caused, new)} {_points(change)} on the same mix of work"
    seen = f"; as it meets the eye, with the mix as it came, {_points(crude, in_full=False)}."
    return said + seen + ("" if is_caused else f" {_why_not(pair)}")


def _verb(is_caused: bool, new: str) -> str:
    return f"{new} caused" if is_caused else "With it came"


def _points(rate: Rate, *, in_full: bool = True) -> str:
    value, low, high = (100 * one for one in (rate.value, rate.low, rate.high))
    said = f"{value:+.1f} good answers in 100 ({low:+.1f} to {high:+.1f}"
    return said.replace("-", "\N{MINUS SIGN}") + (", however often you look)" if in_full else ")")


def _why_not(pair: Mapping[str, Any]) -> str:
    """What keeps a change from being laid to the version."""
    if not pair["were_together"]:
        return (
            "Whether the version caused it can't be told: they never answered at the same time, each a part of the "
            "traffic."
        )
    counts = pair["random"]["labels"]
    return (
        "Whether the version caused it can't be told yet: of answers whose version was drawn at random "
        f"({counts[0]:,} and {counts[1]:,} labels) {ENOUGH} of each are needed."
    )


def summary(changes: Sequence[Change], *, answer: str | None, is_measured: bool) -> str:
    """The answer for the feature."""
    if not is_measured:
        return "Not compared yet: that is done within the hour after a first day of labels has closed."
    if not changes:
        return "Nothing to compare: labels tell of one model version only, and it takes two."
    last = changes[-1]
    match answer:
        case "compounds":
            return f"It compounds: the last {SUCCESSIVE} versions were each surely better than the one before."
        case "better":
            return f"It got better with {last.new}. {_row(changes)}"
        case "worse":
            return f"It got worse with {last.new}. Go back to {last.old}, and look at what {last.new} was trained on."
        case "open":
            return f"Whether {last.new} is better than {last.old} can't be told yet: the change may be nothing at all."
    return f"Not known whether it got better. {last.refusal}"


def _row(changes: Sequence[Change]) -> str:
    """How far it is from compounding."""
    better = 0
    for one in reversed(changes):
        if not one.is_better:
            break
        better += 1
    return (
        f"It compounds once {SUCCESSIVE} versions in a row are each surely better than the one before; "
        f"{better} {'is' if better == 1 else 'are'} so far."
    )

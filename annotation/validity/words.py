"""What the figures of a signal say, in plain words; and where they can't be shown, why, and what would change that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from annotation.validity.figures import Figures
from annotation.validity.looking import EFFECTIVE, ENOUGH, HEAVIEST_SHARE, heaviest_share
from annotation.validity.report import Line, Meaning, Rate

CLAIMED: Final = {"positive": "good", "negative": "bad"}

WHY_NOT: Final = {
    "none": "No rule or judge predicts it whose choice of items is free of what people labeled.",
    "few": "No rule or judge has answered 30 items yet that people have labeled.",
    "seen": "It was not used for the last day: people saw what is suggested, and their labels may lean to it.",
    "no_help": "It does not help: what it says goes with what people decide no more than chance would.",
}

VERDICTS: Final = {"valid": "valid", "inverted": "inverted", "noise": "noise", "not_enough": "open"}


def title(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def refusal(lack: str, figures: Figures) -> str:
    """Why nothing is shown; "" where nothing is missing."""
    arms = figures.with_, figures.without
    match lack:
        case "version":
            return (
                "These interactions came without a model version, and a rate over several models says nothing about "
                "any. Send model_version with each."
            )
        case "labels":
            return _too_few("with", figures.with_.labels)
        case "labels_without":
            return _too_few("without", figures.without.labels)
        case "effective":
            count = min(one.effective_n for one in arms if one.labels)
            return (
                f"The labels count as {count:.0f} of equal weight, and {EFFECTIVE:.0f} are needed: a few items weigh "
                "very much. More labels change that, and so does a queue whose mix is nearer to 1."
            )
        case "heavy":
            share = max(heaviest_share(one) for one in arms)
            return (
                f"One item carries {100 * share:.0f} % of the weight, and at most {100 * HEAVIEST_SHARE:.0f} % may: "
                "another answer about it would turn the figure. More labels change that."
            )
    return ""


def _too_few(which: str, labels: int) -> str:
    return (
        f"{labels:,} of the {ENOUGH} labels that are needed {which} this signal are in, from days that have closed. "
        f"Still missing: {ENOUGH - labels:,} of answers {which} it, from the queue, in its order."
    )


def sentence(
    *,
    name: str,
    polarity: str,
    verdict: str,
    refused: str,
    rate: Rate | None,
    without: Rate | None,
    labels: int,
    labels_needed: int | None,
    is_worst_case: bool,
    meanings: Sequence[Meaning],
) -> str:
    """`name`: the signal and the model version."""
    if refused:
        return f"{name}: no figure yet. {refused}"
    if rate is None or without is None:
        return f"{name}: it claims nothing, so it has no verdict. {_meant(meanings)}"
    claim = CLAIMED[polarity]
    said = (
        f"Answers with it are {claim} {_times(rate)}, however often you look), per conversation, from {labels:,} labels"
    )
    said += f"; without it {_times(without)})."
    worst = " Whatever the many unknowable ones would have turned out to be, it lies there." if is_worst_case else ""
    return f"{name}: {_verdict(verdict, labels_needed)} {said}{worst}"


def _verdict(verdict: str, labels_needed: int | None) -> str:
    match verdict:
        case "valid":
            return "valid."
        case "inverted":
            return "inverted: where it is given, answers are what it claims less often than elsewhere."
        case "noise":
            return "noise: whether it is there or not says next to nothing about the answer."
    if labels_needed is None:
        return "not enough evidence, and how many labels would settle it can't be said yet."
    return f"not enough evidence: about {roughly(labels_needed):,} more labels would settle it."


def roughly(count: int) -> int:
    """To two figures: no forecast is known to the last label."""
    unit = int(10 ** max(len(str(count)) - 2, 0))
    return -(-count // unit) * unit


def _times(rate: Rate) -> str:
    return f"{100 * rate.value:.0f} times in 100 ({100 * rate.low:.0f}\N{EN DASH}{100 * rate.high:.0f}"


def _meant(meanings: Sequence[Meaning]) -> str:
    if not meanings:
        return ""
    first = meanings[0]
    return f"Most often it means “{first.title}”: {100 * first.share:.0f} of 100."


def summary(*, feature: str, lines: Sequence[Line]) -> str:
    """The first of the flywheel's three verdicts. `lines`: of the newest model version first."""
    judged = [line for line in lines if not line.part and line.verdict in VERDICTS]
    if not judged:
        return f"Not judged yet: {_missing(lines)}"
    version = judged[0].model_version
    newest = [line for line in judged if line.model_version == version]
    counts = Counter(line.verdict for line in newest)
    told = ", ".join(
        f"{counts[verdict]} {word} ({_names(newest, verdict)})" for verdict, word in VERDICTS.items() if counts[verdict]
    )
    plural = "signal" if len(newest) == 1 else "signals"
    return f"Of {len(newest)} {plural} of {feature} with {version} that have labels enough: {told}."


def _names(lines: Sequence[Line], verdict: str) -> str:
    return ", ".join(line.title.lower() for line in lines if line.verdict == verdict)


def _missing(lines: Sequence[Line]) -> str:
    near = [line for line in lines if not line.part and line.refusal and line.polarity != "none"]
    if not near:
        return f"each signal needs {ENOUGH} labels with it and {ENOUGH} without it, from days that have closed."
    nearest = max(near, key=lambda line: min(line.labels, line.labels_without))
    return f"the nearest is {nearest.title.lower()}. {nearest.refusal}"

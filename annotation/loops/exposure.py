"""Exposure: whether what the product holds to be best is as good, compared with what it tries, as its own rates say.

A product that shows only what it holds to be best learns only of that. A sender marks a share of answers as tried, by
`flywheel.arm` in the metadata: `explore`, and `greedy` for the others.
"""

from __future__ import annotations

from typing import Any, Final

from annotation.loops.report import Figure, Finding, refused
from annotation.models import Feature
from annotation.validity import votes
from annotation.validity.contest import Contest
from annotation.validity.looking import ENOUGH
from annotation.validity.votes import EXPLORE, GREEDY


def measure(feature: Feature) -> dict[str, Any]:
    """Both arms on one mix of model versions, so that a version which tries more doesn't count for the other."""
    contest, tried = Contest(), 0
    for day, told in votes.by_sheet(feature=feature):
        mine = [one for one in told if one.arm in (GREEDY, EXPLORE)]
        tried += sum(one.arm == EXPLORE for one in mine)
        contest.take((one.on(is_new=one.arm == GREEDY, group=one.model_version) for one in mine), day=day)
    return {"tried": tried, **contest.as_json()}


def told(figures: dict[str, Any]) -> Finding:
    if not figures["tried"] or figures["change"] is None or figures["lack"]:
        return refused("exposure", _missing(figures), figures)
    value, low, high = figures["change"]
    alarms = low > 0 or high < 0
    return Finding(
        detector="exposure",
        sentence=_sentence(value, low, high),
        todo=_todo(low, high),
        alarm="amber" if alarms else "none",
        figure=Figure(value=value, low=low, high=high),
        figures=figures,
    )


_NO_ARM: Final = (
    "Can't tell: no exploration arm. Show something else than the best in a small share of cases, drawn by chance, and "
    "send flywheel.arm in the metadata: explore there, greedy elsewhere."
)


def _missing(figures: dict[str, Any]) -> str:
    if not figures["tried"]:
        return _NO_ARM
    if figures["lack"] == "labels":
        tried, best = figures["labels"]
        return (
            f"Can't tell yet: of answers that were tried {tried:,} are labeled and of the others {best:,}; {ENOUGH} of "
            "each are needed, from days that have closed."
        )
    return (
        "Can't tell yet: labels of both arms lie with different model versions, or a few of them weigh very much. More "
        "labels in the order of the queue change that."
    )


def _sentence(value: float, low: float, high: float) -> str:
    said = (
        f"Of 100 answers that the product held to be best, {_more(value)} are good than of those it tried "
        f"({_signed(low)} to {_signed(high)}, however often you look)"
    )
    if low > 0:
        return f"{said}: rates from what it shows say too much of what it could show."
    if high < 0:
        return f"{said}: what it tries is better than what it holds to be best."
    return f"{said}: no difference is sure."


def _more(value: float) -> str:
    return f"{abs(100 * value):.0f} {'fewer' if value < 0 else 'more'}"


def _signed(value: float) -> str:
    return f"{100 * value:+.0f}".replace("-", "\N{MINUS SIGN}")


def _todo(low: float, high: float) -> str:
    if low > 0:
        return (
            "Judge signals and versions on the exploration traffic, and weigh exports by how often each arm was shown."
        )
    return "Show more of what is tried, and export it." if high < 0 else "Go on exploring."

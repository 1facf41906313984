"""The fourth question about a feature, and what to do next about all four."""

from __future__ import annotations

from annotation import closure
from annotation.loops.pushing import Answered, Push, next_push
from annotation.loops.report import Report


def verdict(report: Report) -> closure.Verdict:
    """Whether the wheel feeds on itself, with the figures that say most."""
    training = report.of("self_training").figure
    return closure.Verdict(
        answer=report.answer,
        sentence=report.sentence,
        figures={
            "self_training_percent": round(100 * training.value) if training else None,
            "detectors": len(report.findings),
            "told": sum(not one.is_refused for one in report.findings),
            "alarms": sum(one.alarm != "none" for one in report.findings),
        },
    )


def push(*, valid: tuple[str | None, str], closes: closure.Verdict, fast: closure.Verdict, feeds: Report) -> Push:
    """`valid`: the answer about signals, and its sentence."""
    return next_push(
        valid=Answered(question="valid", answer=valid[0], sentence=valid[1]),
        closes=Answered(question="closes", answer=closes.answer, sentence=closes.sentence),
        fast=Answered(question="fast", answer=fast.answer, sentence=fast.sentence),
        feeds=Answered(question="feeds", answer=feeds.answer, sentence=feeds.sentence),
    )

"""How many signals have which verdict, and what that says of a feature. Pure: from the lines of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from annotation.validity.report import Line

VERDICTS = ("valid", "inverted", "noise", "not_enough", "no_polarity", "refused")


def by_verdict(lines: Iterable[Line]) -> dict[str, int]:
    """Signals of each model version by verdict, those of one value of the audited key left out. Every verdict is in."""
    found = [line.verdict for line in lines if not line.part]
    return {verdict: found.count(verdict) for verdict in VERDICTS}


def answer(counts: Mapping[str, int]) -> Literal["valid", "none_valid"] | None:
    """Whether there is a signal to learn from; None where no verdict has been reached."""
    if counts["valid"]:
        return "valid"
    return "none_valid" if counts["inverted"] or counts["noise"] else None

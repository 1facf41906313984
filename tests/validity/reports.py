"""Reports made by hand: for tests of what pages show, not of how figures come about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from annotation import validity
from annotation.models import Feature
from annotation.validity import Line, LookShown, Meaning, Provisional, Rate, Report, Saving
from tests.cast import NOW

SENTENCE = "Accepted unedited can be trained on; thumbs down can't: it means the opposite."

MEANINGS = (
    Meaning(code="verified", title="Verified", outcome="good", share=0.612, reason_id=1),
    Meaning(code="adequate", title="Adequate", outcome="good", share=0.1, reason_id=2),
    Meaning(code="undone_later", title="Undone later", outcome="bad", share=0.078, reason_id=3),
    Meaning(code="slip", title="A slip", outcome="not_about_model", share=0.066, reason_id=4),
    Meaning(code="unread", title="Unread", outcome="unknowable", share=0.141, reason_id=5),
    Meaning(code="no_context", title="No context", outcome="unknowable", share=0.003, reason_id=6),
)


def rate(value: float, low: float, high: float) -> Rate:
    return Rate(value=value, low=low, high=high)


def looks(count: int = 5, *, last: Rate) -> tuple[LookShown, ...]:
    """As many days, on which the interval of the difference came closer to the last one."""
    return tuple(
        LookShown(
            day=date(2026, 3, 2) + timedelta(days=day),
            rate=rate(0.9, 0.8, 0.95),
            difference=rate(last.value, max(last.low - wide, -1), min(last.high + wide, 1)),
            labels=120 + 40 * day,
            verdict="not_enough" if wide else "valid",
        )
        for day, wide in ((day, 0.06 * (count - 1 - day)) for day in range(count))
    )


def line(kind: str = "accepted", verdict: str = "valid", **changes: Any) -> Line:
    """Accepted unedited, which is valid, with these fields changed."""
    difference = rate(0.31, 0.24, 0.38)
    made = Line(
        feature="email-drafts",
        kind=kind,
        title=kind.replace("_", " ").capitalize(),
        polarity="positive",
        model_version="drafts-7",
        part="",
        verdict=verdict,
        verdict_at=NOW if verdict in ("valid", "inverted", "noise") else None,
        restarted_at=None,
        sentence=f"{kind}, drafts-7: {verdict}. Its answers are good 91 times in 100, from 264 labels.",
        refusal="",
        rate=rate(0.91, 0.902, 0.94),
        rate_without=rate(0.6, 0.55, 0.66),
        difference=difference,
        labels=264,
        labels_without=301,
        labels_needed=None,
        hours_needed=None,
        effective_n=211.4,
        unknowable_share=0.144,
        is_worst_case=False,
        saving=None,
        suggestions_seen=False,
        corrections=0,
        likelihood_ratio=rate(2.25, 1.7544, 2.8855),
        information_bits=0.21409,
        meanings=MEANINGS,
        provisional=None,
        looks=looks(last=difference),
    )
    return replace(made, **changes)


def refused(kind: str = "copied", **changes: Any) -> Line:
    said = "41 of the 100 labels that are needed with this signal are in, from days that have closed."
    return replace(line(kind, "refused"), **(BARE | {"refusal": said, "labels": 41, "labels_needed": 59} | changes))


BARE: dict[str, Any] = {
    "sentence": "",
    "rate": None,
    "rate_without": None,
    "difference": None,
    "likelihood_ratio": None,
    "information_bits": None,
    "meanings": (),
    "looks": (),
}


def every() -> list[Line]:
    """One of each verdict, with everything that a line can say somewhere among them."""
    open_one = rate(0.04, -0.07, 0.15)
    return [
        line(saving=Saving(helper="The judge “critic”", labels=120, worth=310, is_used=True, why_not="")),
        line("copied", rate=rate(0.86, 0.83, 0.9), corrections=3),
        line("thumbs_up", rate=rate(0.71, 0.66, 0.76)),
        line("later", rate=rate(0.84, 0.76, 0.91)),
        line(
            "thumbs_down",
            "inverted",
            polarity="negative",
            rate=rate(0.2, 0.15, 0.26),
            rate_without=rate(0.5, 0.44, 0.55),
            difference=rate(-0.3, -0.38, -0.21),
            is_worst_case=True,
            unknowable_share=0.27,
        ),
        line("dismissed", "noise", polarity="negative", difference=rate(0.01, -0.06, 0.08), restarted_at=NOW),
        line(
            "regenerated",
            "not_enough",
            polarity="negative",
            difference=open_one,
            labels_needed=430,
            hours_needed=4.8,
            provisional=Provisional(labels=142, rate=0.88, days=3),
            saving=Saving(
                helper="The rule “quick”",
                labels=90,
                worth=90,
                is_used=False,
                why_not="It agrees no better than chance.",
            ),
            suggestions_seen=True,
            looks=looks(1, last=open_one),
        ),
        line("escalated", "not_enough", polarity="negative", difference=open_one, labels_needed=30, hours_needed=0.4),
        line("abandoned", "not_enough", polarity="negative", difference=rate(0.1, 0.04, 0.16)),
        replace(line("edited", "no_polarity"), **(BARE | {"polarity": "none", "meanings": MEANINGS})),
        refused("no_signal", provisional=Provisional(labels=12, rate=None, days=1)),
    ]


def report(*lines: Line) -> Report:
    return Report(feature="email-drafts", lines=lines, computed_at=NOW if lines else None, sentence=SENTENCE)


def stand_in(patch: pytest.MonkeyPatch, *lines: Line) -> None:
    """Let the pages read these lines, of the versions that they ask for."""

    def read(*, feature: Feature, versions: Sequence[str] | None = None, with_looks: bool = True, **_: Any) -> Report:
        found = (one for one in lines if versions is None or one.model_version in versions)
        return report(*(one if with_looks else replace(one, looks=()) for one in found))

    patch.setattr(validity, "report", read)

"""What to do about a signal follows from its verdict and from how sure it is that it is pure enough."""

from __future__ import annotations

import pytest

from annotation.validity import Rate, advice
from tests.validity import reports

SURE, MIXED, IMPURE = reports.rate(0.95, 0.92, 0.97), reports.rate(0.85, 0.76, 0.93), reports.rate(0.7, 0.6, 0.78)


@pytest.mark.parametrize(
    ("verdict", "polarity", "rate", "choice", "uses"),
    [
        ("valid", "positive", SURE, "train", ("sft", "preference", "kto")),
        ("valid", "positive", reports.rate(0.88, 0.82, 0.93), "train", ("kto",)),
        ("valid", "positive", MIXED, "wait", ()),
        ("valid", "positive", IMPURE, "avoid", ()),
        # Bad answers are never imitated, and may be what another is preferred to.
        ("valid", "negative", SURE, "train", ("preference", "kto")),
        ("inverted", "positive", SURE, "avoid", ()),
        ("noise", "positive", SURE, "avoid", ()),
        ("not_enough", "positive", SURE, "wait", ()),
        ("refused", "positive", None, "wait", ()),
        ("no_polarity", "none", None, "read", ()),
    ],
)
def test_a_signal_is_trained_on_where_it_is_valid_and_pure_enough(
    verdict: str, polarity: str, rate: Rate | None, choice: str, uses: tuple[str, ...]
) -> None:
    line = reports.line(verdict=verdict, polarity=polarity, rate=rate, rate_without=rate and IMPURE)
    found = advice.about(line)
    assert (found.choice, found.uses) == (choice, uses)
    assert found.because.endswith(".")


def test_a_line_that_was_never_looked_at_has_advice_without_figures() -> None:
    bare = reports.line(verdict="not_enough", rate=None, rate_without=None)
    assert advice.about(bare).because == "nothing can be said of it yet."


def test_a_lower_end_just_under_a_bar_does_not_read_as_the_bar() -> None:
    assert advice.in_100(Rate(value=0.95, low=0.8971, high=0.98)) == "95 times in 100 (89.7\N{EN DASH}98)"
    assert advice.in_100(Rate(value=0.95, low=0.9001, high=0.98)) == "95 times in 100 (90\N{EN DASH}98)"

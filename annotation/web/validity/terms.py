"""A sentence for each term of these pages, and how their figures came about, for who knows no statistics."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

TERMS: Sequence[tuple[str | Promise, str | Promise]] = (
    (
        gettext_lazy("Signal"),
        gettext_lazy(
            "What a user did or said about an answer, such as accepting it: it claims that the answer is good, "
            "or that it is bad, or nothing."
        ),
    ),
    (
        gettext_lazy("Label"),
        gettext_lazy(
            "What a person found when looking at the answer behind a signal: one reason, such as “verified” or "
            "“pleasing but wrong”. Each is good, bad, not about the model, or can't be known."
        ),
    ),
    (
        gettext_lazy("Train on"),
        gettext_lazy(
            "Take the signal by itself as a sign of good or bad answers. That asks for two things: the signal is "
            "valid, and it is right often enough (see “pure enough”)."
        ),
    ),
    (
        gettext_lazy("Valid"),
        gettext_lazy(
            "Where the signal is given, answers are what it claims at least 10 times in 100 more often than "
            "where it is not, even at the low end of the interval."
        ),
    ),
    (
        gettext_lazy("Inverted"),
        gettext_lazy(
            "The reverse: where the signal is given, answers are what it claims at least 10 times in 100 less often."
        ),
    ),
    (
        gettext_lazy("Noise"),
        gettext_lazy(
            "It makes less than 10 times in 100 of a difference up or down, and that is sure: learning from it "
            "is learning from chance."
        ),
    ),
    (
        gettext_lazy("Not enough evidence"),
        gettext_lazy(
            "The interval still reaches over the margin, so more than one verdict could be true. Label on, if "
            "the answer is worth the labels."
        ),
    ),
    (
        gettext_lazy("Margin"),
        gettext_lazy(
            "10 points: the difference from which a signal is worth learning from. It is the shaded band in the "
            "pictures. A verdict is given when the interval lies wholly inside it or beyond it; for that the "
            "interval is taken a little wider than it is shown, since several signals are judged at once."
        ),
    ),
    (
        gettext_lazy("Interval, as (87\N{EN DASH}94)"),
        gettext_lazy(
            "The true figure is very likely in this range, even if you look every day and stop when you like "
            "what you see: 95 in 100 such ranges hold it on every day."
        ),
    ),
    (
        gettext_lazy("Points"),
        gettext_lazy("A difference between two shares: from 60 in 100 to 91 in 100 is 31 points."),
    ),
    (
        gettext_lazy("Pure enough"),
        gettext_lazy(
            "To imitate answers, 90 in 100 must be good at the low end of the interval; to tell good from bad, "
            "80. An export from a signal that is less pure asks for a reason and records it."
        ),
    ),
    (
        gettext_lazy("Closed day"),
        gettext_lazy(
            "A day's answers count once people have labeled what was asked of them, or its time is over. Before "
            "that they are provisional: what is labeled first is not like what is labeled last."
        ),
    ),
    (
        gettext_lazy("The queue's order"),
        gettext_lazy(
            "The queue asks for items in an order drawn by lot. Only labels made in that order move these "
            "figures: what somebody picks by link or by filter is not a fair sample."
        ),
    ),
    (
        gettext_lazy("Per conversation"),
        gettext_lazy(
            "Of each conversation only the first such answer counts, or a few long conversations would speak for all."
        ),
    ),
    (
        gettext_lazy("Weighted"),
        gettext_lazy(
            "The queue asks for some items more often than for others. A label of an item that had 1 chance in 5 "
            "to be asked for counts for 5, so the rates are those of all traffic and not of what happened to be "
            "labeled."
        ),
    ),
    (
        gettext_lazy("Effective sample"),
        gettext_lazy(
            "Weighted labels tell less than as many that all weigh the same: they are worth so many of those. "
            "Under 50 nothing is shown."
        ),
    ),
    (
        gettext_lazy("Likelihood ratio"),
        gettext_lazy(
            "How many times as often the signal comes with an answer that is what it claims as with another one. "
            "1 tells nothing, 2 doubles the odds, 0.25 quarters them."
        ),
    ),
    (
        gettext_lazy("Bits of information"),
        gettext_lazy(
            "How much knowing the signal tells about whether the answer was good: 0 is nothing, 1 bit would be "
            "all. Even a valid signal has few, where most answers are good anyway."
        ),
    ),
    (
        gettext_lazy("Unknowable"),
        gettext_lazy(
            "People looked and could not tell, or nobody answered in time. It counts among all, never as what "
            "the signal claims."
        ),
    ),
    (
        gettext_lazy("Worst case"),
        gettext_lazy(
            "Where 20 in 100 or more can't be known, all of them are counted against the signal, and the verdict "
            "must hold even so."
        ),
    ),
    (
        gettext_lazy("Saving by a judge or rule"),
        gettext_lazy(
            "A judge or rule guesses, people check a part, and the guesses are corrected by what people found "
            "(prediction-powered). It is checked on every human label and ignored when it stops helping."
        ),
    ),
    (
        gettext_lazy("Began anew"),
        gettext_lazy(
            "More than 2 in 100 of the answers that a figure rests on were corrected afterwards, so it is "
            "computed from the corrected ones, and its verdict had to be reached again."
        ),
    ),
)


METHOD: Sequence[str | Promise] = (
    gettext_lazy(
        "People labeled what the queue gave them in an order drawn by lot, so that each item's chance to be labeled is "
        "known, and each label counts for as many items as had that chance."
    ),
    gettext_lazy(
        "A signal is judged by the difference it makes: how often answers are what it claims in conversations with it, "
        "less how often in those without it, one answer a conversation."
    ),
    gettext_lazy(
        "Only people and known answers decide what an answer was; rules and judges may narrow an interval, and are "
        "corrected by every human label."
    ),
    gettext_lazy(
        "Each interval holds the truth at every look of every day with a probability of 95 %, and a verdict is given "
        "when it lies wholly beyond the margin of 10 points, or wholly inside it."
    ),
    gettext_lazy(
        "No figure is shown from under 100 labels with the signal or without it, from an effective sample under 50, or "
        "where one item carries more than 10 % of the weight."
    ),
)
"""What the report says of how its figures came about."""

"""What the record says about why a user did something: short sentences, each with its figures.

Each kind of signal has the facts that help to tell its meanings apart. A sentence is a template filled with figures,
so that pages can translate it; figures are plain numbers, times in seconds, shares from 0 to 1. Nothing is claimed
beyond the figure: words that are shared, words that stand in a list, times that were sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from annotation.lib.evidence import act, afterwards, before, edits
from annotation.lib.evidence.afterwards import MAX_SIGNALS
from annotation.lib.evidence.case import MAX_QUOTE, Case, Fact, Habit, Instead, OtherSignal, Turn

__all__ = [
    "HABITS",
    "MAX_QUOTE",
    "MAX_SIGNALS",
    "Case",
    "Fact",
    "Habit",
    "Instead",
    "OtherSignal",
    "Turn",
    "facts",
    "first_facts",
    "tells_more_later",
]

HABITS = frozenset({"accepted", "dismissed", "thumbs_up", "thumbs_down", "regenerated"})
"""Kinds of which it tells something how often the same user did the same."""


def facts(case: Case) -> list[Fact]:
    """The evidence for one signal, the most telling kinds of fact for it first. Pure and deterministic."""
    return [fact for gather in _BY_KIND.get(case.kind, _ANY) for fact in gather(case)]


def first_facts(case: Case) -> list[Fact]:
    """Those of `facts` that the record alone tells in microseconds: they are stored with it."""
    found: list[Fact] = []
    for gather in _FIRST.get(case.kind, _FIRST_OF_ANY):
        found += gather(case)
    return found


def tells_more_later(case: Case) -> bool:
    """Whether `facts` may tell more than `first_facts`, although the interaction belongs to no conversation."""
    return case.kind in _NEEDS_MORE or (case.final_text is not None and case.final_text != case.output)


_Gather = Callable[[Case], Iterable[Fact]]
_AFTERWARDS: tuple[_Gather, ...] = (
    *(afterwards.what_came_next, afterwards.other_signals),
    *(afterwards.came_back, afterwards.shown_together),
)
_KEPT: tuple[_Gather, ...] = (act.kept, edits.changed)
_ANY: tuple[_Gather, ...] = (act.timing, *_KEPT, act.comment, act.exposure, *_AFTERWARDS)
_BY_KIND: dict[str, tuple[_Gather, ...]] = {
    # read or not, taken back later, nothing else to choose
    "accepted": (act.timing, *_KEPT, act.comment, act.exposure, before.habit, *_AFTERWARDS),
    # facts, form, length, or the user's own additions
    "edited": (act.derived, *_KEPT, act.timing, act.comment, act.exposure, *_AFTERWARDS),
    # got the answer, gave up, refused, or waited too long
    "abandoned": (
        *(act.derived, act.timing, act.latency, act.cut_short, act.ends_with_question, before.refuses),
        *(before.asked_before, before.asked_with, before.messages, before.tools, act.comment, *_AFTERWARDS),
    ),
    # a bad answer, a wish for choices, or a mended question
    "regenerated": (
        *(act.timing, afterwards.instead, before.another_try, before.asked_before, act.latency, act.cut_short),
        *(act.comment, act.exposure, before.habit, *_AFTERWARDS),
    ),
    # not usable, not wanted now, or not read
    "dismissed": (act.timing, act.comment, act.exposure, before.habit, *_AFTERWARDS),
    # used as it is, or in part
    "copied": (act.copied, act.timing, *_KEPT, act.comment, act.exposure, *_AFTERWARDS),
    # right, polite, or a habit
    "thumbs_up": (act.comment, act.timing, before.habit, *_KEPT, before.tools, act.exposure, *_AFTERWARDS),
    # wrong, refused, unknown to it, disliked, or a habit
    "thumbs_down": (
        *(act.comment, act.timing, before.refuses, act.cut_short, before.asked_before, before.asked_with),
        *(before.tools, before.habit, act.latency, *_KEPT, act.exposure, *_AFTERWARDS),
    ),
    # in time, too late, or on principle
    "escalated": (
        *(act.comment, act.timing, before.asked_with, before.refuses, before.messages, before.asked_before),
        *(before.tools, *_AFTERWARDS),
    ),
    "no_signal": (act.reading_time, *_KEPT, before.refuses, before.tools, act.exposure, *_AFTERWARDS),
}


# What needs no other row and no comparison of texts.
_AT_ONCE = {
    *(act.derived, act.timing, act.reading_time, act.latency, act.cut_short, act.kept, act.copied, act.comment),
    *(act.ends_with_question, act.exposure),
}


def _at_once(gathered: tuple[_Gather, ...]) -> tuple[_Gather, ...]:
    return tuple(gather for gather in gathered if gather in _AT_ONCE)


_FIRST = {kind: _at_once(gathered) for kind, gathered in _BY_KIND.items()}
_FIRST_OF_ANY = _at_once(_ANY)

# Kinds that are rare and whose further facts need no conversation. The others are by far the most: that a habit or
# the words of an answer may tell a little of them is not worth a bell for each.
_NEEDS_MORE = frozenset({"abandoned", "regenerated", "thumbs_up", "thumbs_down", "escalated"})

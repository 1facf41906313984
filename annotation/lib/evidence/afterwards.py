"""Facts of what came after: the next words, other signals, the answer made instead, and the user's return."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.lib import phrases, words
from annotation.lib.evidence.case import Case, Fact, Instead, OtherSignal, Turn, fact, quoted, since

MAX_SIGNALS = 5
"""Signals of the same interaction or conversation that are told one by one; the rest are counted."""

TAKEN = frozenset({"accepted", "copied", "edited", "thumbs_up"})
"""Kinds that say that an answer was the one that was taken."""


_TONES: tuple[tuple[phrases.Kind, str], ...] = (
    ("thanks", "next_thanks"),
    ("complaint", "next_complaint"),
    ("person", "next_person"),
)


def instead(case: Case) -> Iterator[Fact]:
    if case.instead is None:
        return
    text = case.instead.text
    same = words.overlap(case.output, text)
    yield fact("instead", before=words.count(case.output), after=words.count(text), same=same)
    yield from _asked_instead(case.asked, case.instead)
    for signal in case.instead.signals[:MAX_SIGNALS]:
        yield fact("instead_signal", kind=signal.kind, after=since(case.occurred_at, signal.at))


def _asked_instead(asked: str, other: Instead) -> Iterator[Fact]:
    if not asked or not other.asked:
        return
    if asked.split() == other.asked.split():
        yield fact("instead_same_question")
    else:
        yield fact("instead_other_question", same=words.overlap(asked, other.asked))


def shown_together(case: Case) -> Iterator[Fact]:
    if case.shown_together is None:
        return
    taken = [one for one in case.shown_together if one.kind in TAKEN]
    for one in taken[:MAX_SIGNALS]:
        code = "taken" if one.rank is None else "taken_rank"
        yield fact(code, kind=one.kind, **({} if one.rank is None else {"rank": one.rank}))
    if not taken and case.kind not in TAKEN:
        yield fact("none_taken")


def what_came_next(case: Case) -> Iterator[Fact]:
    if case.later:
        turns = sorted(case.later, key=lambda turn: turn.at)
        yield from _next_turn(case, turns[0])
        if len(turns) > 1:
            yield fact("went_on", after=since(case.occurred_at, turns[-1].at), count=len(turns))
    elif case.later is not None:
        came = any(signal.at > case.observed_at for signal in case.later_signals)
        yield fact("nothing_written" if came else "nothing_else")


def _next_turn(case: Case, turn: Turn) -> Iterator[Fact]:
    after = since(case.occurred_at, turn.at)
    if not case.asked or not turn.user_text:
        yield fact("wrote_next", after=after)
    elif turn.user_text.split() == case.asked.split():
        yield fact("sent_again", after=after)
        return
    else:
        yield fact("wrote_again", after=after, same=words.overlap(case.asked, turn.user_text))
    if turn.user_text.strip():
        yield fact("next_words", quote=quoted(turn.user_text))
    yield from _tone(turn.user_text)


def _tone(text: str) -> Iterator[Fact]:
    for kind, code in _TONES:
        if (found := phrases.find(text, kind)) is not None:
            yield fact(code, quote=found)


def came_back(case: Case) -> Iterator[Fact]:
    turn = case.came_back
    if turn is None:
        return
    after = since(case.occurred_at, turn.at)
    if case.asked and turn.user_text:
        yield fact("came_back_asking", after=after, same=words.overlap(case.asked, turn.user_text))
    else:
        yield fact("came_back", after=after)


def other_signals(case: Case) -> Iterator[Fact]:
    signals = sorted(case.later_signals, key=lambda signal: signal.at)
    for signal in signals[:MAX_SIGNALS]:
        yield _told(signal, since(case.observed_at, signal.at))
    if len(signals) > MAX_SIGNALS:
        yield fact("more_signals", count=len(signals) - MAX_SIGNALS)


def _told(signal: OtherSignal, after: float) -> Fact:
    if after < 0:
        return fact("earlier_signal", kind=signal.kind, before=-after)
    if signal.name:
        return fact("later_named", kind=signal.kind, name=quoted(signal.name), after=after)
    return fact("later_signal", kind=signal.kind, after=after)

"""What the record says about why a user did something: short sentences, each with its figures.

Each kind of signal has the facts that help to tell its meanings apart. A sentence is a template filled with figures,
so that pages can translate it; figures are plain numbers, times in seconds, shares from 0 to 1.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from annotation.lib import reading, sentences, words
from annotation.lib.sentences import SENTENCES, Figure

MAX_QUOTE = 280
"""Characters of a user's own words that a fact quotes."""

MAX_SIGNALS = 5
"""Signals of the same interaction or conversation that are told one by one; the rest are counted."""

_LONGEST_MS = 1e13  # 300 years; also keeps infinity out
_QUESTION_MARKS = ("?", "\uff1f", "\u061f")  # Latin, CJK, Arabic


@dataclass(frozen=True, slots=True)
class Turn:
    """A later turn of the conversation: when its answer came, what the user had written, what was answered."""

    at: datetime
    user_text: str
    answer_text: str


@dataclass(frozen=True, slots=True)
class OtherSignal:
    """Another signal on the same interaction or conversation; `name` is the sender's, as of a `later_result`."""

    kind: str
    at: datetime
    name: str | None = None


@dataclass(slots=True, kw_only=True)
class Case:
    """One signal and what is stored around it.

    `details` are the signal's: `dwell_ms` or `visible_ms` (how long the answer was on screen), `latency_ms` (how long
    the user waited for it), `text` or `chars` (what was copied, or how many characters), `comment`, `reason` or
    `feedback` (the user's own words) are read, others are ignored.
    `earlier_user_texts` are the user's messages up to this answer; the last is the one it replies to.
    `later` is None where the interaction belongs to no conversation, so that nothing is known of what came next.
    `exposure` has `rank` and `of`; `replaced_by` is the text of the answer that was made instead. `derived_by` is the
    rule that made the signal from raw facts; the time of such a signal says nothing.
    """

    kind: str
    occurred_at: datetime
    observed_at: datetime
    output: str
    final_text: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    later: Sequence[Turn] | None = ()
    later_signals: Sequence[OtherSignal] = ()
    earlier_user_texts: Sequence[str] = ()
    exposure: Mapping[str, object] | None = None
    replaced_by: str | None = None
    derived_by: str | None = None


class Fact(NamedTuple):
    """One piece of evidence. `quote` and `name` among the figures are the user's or the sender's words."""

    code: str
    figures: dict[str, Figure]

    @property
    def sentence(self) -> str:
        return sentences.filled(SENTENCES[self.code], self.figures)


def facts(case: Case) -> list[Fact]:
    """The evidence for one signal, the most telling kinds of fact for it first. Pure and deterministic."""
    return [fact for gather in _BY_KIND.get(case.kind, _ANY) for fact in gather(case)]


def first_facts(case: Case) -> list[Fact]:
    """Those of `facts` that the record alone tells in microseconds: they are stored with it."""
    return [fact for gather in _FIRST.get(case.kind, _FIRST_OF_ANY) for fact in gather(case)]


def tells_more_later(case: Case) -> bool:
    """Whether `facts` may tell more than `first_facts`, although the interaction belongs to no conversation."""
    return case.kind in _NEEDS_MORE or (case.final_text is not None and case.final_text != case.output)


def _fact(code: str, **figures: Figure) -> Fact:
    return Fact(code, figures)


def _derived(case: Case) -> Iterator[Fact]:
    if case.derived_by is not None:
        yield _fact("derived", rule=case.derived_by)


def _timing(case: Case) -> Iterator[Fact]:
    if case.derived_by is not None:
        yield from _reading_time(case)
        return
    on_screen = _milliseconds(case, "dwell_ms", "visible_ms")
    after = on_screen if on_screen is not None else (case.observed_at - case.occurred_at).total_seconds()
    to_read = reading.seconds(case.output)
    if after < 0:
        yield _fact("clock", before=-after)
    elif not to_read:
        yield _fact("after", after=after)
    else:
        code = f"{case.kind}_after" if f"{case.kind}_after" in SENTENCES else "signal_after"
        yield _fact(code, after=after, reading=to_read, rate=reading.WORDS_PER_MINUTE)


def _reading_time(case: Case) -> Iterator[Fact]:
    if to_read := reading.seconds(case.output):
        yield _fact("reading", reading=to_read, rate=reading.WORDS_PER_MINUTE)


def _latency(case: Case) -> Iterator[Fact]:
    latency = _milliseconds(case, "latency_ms")
    if latency is not None:
        yield _fact("latency", latency=latency)


def _milliseconds(case: Case, *names: str) -> float | None:
    """The first of these details that is a length of time, in seconds."""
    for name in names:
        value = case.details.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LONGEST_MS:
            return value / 1000
    return None


def _kept(case: Case) -> Iterator[Fact]:
    if case.final_text is None:
        if case.kind == "edited":
            yield _fact("kept_unknown")
    elif case.final_text == case.output:
        yield _fact("kept")
    elif not case.final_text.strip():
        yield _fact("kept_nothing")


def _changed(case: Case) -> Iterator[Fact]:
    if case.final_text is None or case.final_text == case.output or not case.final_text.strip():
        return
    if _letters(case.final_text) == _letters(case.output):
        yield _fact("changed_signs")
    else:
        yield from _changes(case.output, case.final_text)


def _letters(text: str) -> list[str]:
    return [token for token in words.tokens(text.casefold()) if token[0].isalnum()]


def _changes(before: str, after: str) -> Iterator[Fact]:
    old, new = words.count(before), words.count(after)
    changes = words.diff(before, after)
    yield _fact(
        "changed",
        share=min(words.distance(before, after) / max(old, new, 1), 1.0),
        removed=sum(words.count(change.text) for change in changes if change.kind == "delete"),
        added=sum(words.count(change.text) for change in changes if change.kind == "insert"),
        edit_rate=words.edit_rate(before, after),
    )
    removed, added = _numbers(before) - _numbers(after), _numbers(after) - _numbers(before)
    if removed or added:
        yield _fact("numbers", removed=removed.total(), added=added.total())
    if not 0.8 < new / max(old, 1) < 1.25:
        yield _fact("length", before=old, after=new)


def _numbers(text: str) -> Counter[str]:
    return Counter(token for token in words.tokens(text) if token[0].isdigit())


def _copied(case: Case) -> Iterator[Fact]:
    text, chars = case.details.get("text"), case.details.get("chars")
    total = words.count(case.output)
    if isinstance(text, str) and text.strip() and total:
        copied = min(words.count(text), total)
        whole = text.strip() == case.output.strip()
        yield (
            _fact("copied_whole") if whole else _fact("copied_words", copied=copied, total=total, share=copied / total)
        )
    elif isinstance(chars, int) and not isinstance(chars, bool) and chars > 0 and case.output:
        copied = min(chars, len(case.output))
        yield _fact("copied_chars", copied=copied, total=len(case.output), share=copied / len(case.output))


def _instead(case: Case) -> Iterator[Fact]:
    if case.replaced_by is not None:
        same = words.overlap(case.output, case.replaced_by)
        yield _fact("instead", before=words.count(case.output), after=words.count(case.replaced_by), same=same)


def _comment(case: Case) -> Iterator[Fact]:
    for name in ("comment", "reason", "feedback"):
        value = case.details.get(name)
        if isinstance(value, str) and value.strip():
            yield _fact("comment", quote=_quoted(value))


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 1].rstrip() + "…"


def _ends_with_question(case: Case) -> Iterator[Fact]:
    if case.output.rstrip("*_ \n").endswith(_QUESTION_MARKS):
        yield _fact("ends_with_question")


def _messages(case: Case) -> Iterator[Fact]:
    if case.earlier_user_texts:
        yield _fact("messages", count=len(case.earlier_user_texts))


def _asked_before(case: Case) -> Iterator[Fact]:
    *earlier, asked = case.earlier_user_texts or ("",)
    same = max((words.overlap(text, asked) for text in earlier), default=0.0)
    if same >= 0.5:
        yield _fact("asked_before", same=same)


def _exposure(case: Case) -> Iterator[Fact]:
    rank, of = (case.exposure or {}).get("rank"), (case.exposure or {}).get("of")
    if isinstance(rank, int) and isinstance(of, int):
        yield _fact("shown_alone") if of == 1 else _fact("shown_as", rank=rank, of=of)


def _what_came_next(case: Case) -> Iterator[Fact]:
    if case.later is None:
        return
    if not case.later:
        came = any(signal.at > case.observed_at for signal in case.later_signals)
        yield _fact("nothing_written" if came else "nothing_else")
        return
    turns = sorted(case.later, key=lambda turn: turn.at)
    yield from _next_turn(case, turns[0])
    if len(turns) > 1:
        yield _fact("went_on", after=_since(case.occurred_at, turns[-1].at), count=len(turns))


def _next_turn(case: Case, turn: Turn) -> Iterator[Fact]:
    after = _since(case.occurred_at, turn.at)
    asked = case.earlier_user_texts[-1] if case.earlier_user_texts else ""
    if not asked or not turn.user_text:
        yield _fact("wrote_next", after=after)
    elif turn.user_text.split() == asked.split():
        yield _fact("sent_again", after=after)
        return
    else:
        yield _fact("wrote_again", after=after, same=words.overlap(asked, turn.user_text))
    if turn.user_text.strip():
        yield _fact("next_words", quote=_quoted(turn.user_text))


def _other_signals(case: Case) -> Iterator[Fact]:
    signals = sorted(case.later_signals, key=lambda signal: signal.at)
    for signal in signals[:MAX_SIGNALS]:
        after = _since(case.observed_at, signal.at)
        if after < 0:
            yield _fact("earlier_signal", kind=signal.kind, before=-after)
        elif signal.name:
            yield _fact("later_named", kind=signal.kind, name=_quoted(signal.name), after=after)
        else:
            yield _fact("later_signal", kind=signal.kind, after=after)
    if len(signals) > MAX_SIGNALS:
        yield _fact("more_signals", count=len(signals) - MAX_SIGNALS)


def _since(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()


_Gather = Callable[[Case], Iterator[Fact]]
_AFTERWARDS: tuple[_Gather, ...] = (_what_came_next, _other_signals)
_ANY: tuple[_Gather, ...] = (_timing, _kept, _changed, _comment, _exposure, *_AFTERWARDS)
_BY_KIND: dict[str, tuple[_Gather, ...]] = {
    # read or not, taken back later, nothing else to choose
    "accepted": (_timing, _kept, _changed, _comment, _exposure, *_AFTERWARDS),
    # facts, form, length, or the user's own additions
    "edited": (_derived, _kept, _changed, _timing, _comment, _exposure, *_AFTERWARDS),
    # got the answer, gave up, or waited too long
    "abandoned": (_derived, _timing, _latency, _ends_with_question, _asked_before, _messages, _comment, *_AFTERWARDS),
    # a bad answer, a wish for choices, or a mended question
    "regenerated": (_timing, _instead, _asked_before, _latency, _comment, _exposure, *_AFTERWARDS),
    # not usable, not wanted now, or not read
    "dismissed": (_timing, _comment, _exposure, *_AFTERWARDS),
    # used as it is, or in part
    "copied": (_copied, _timing, _kept, _changed, _comment, _exposure, *_AFTERWARDS),
    "thumbs_up": (_comment, _timing, _kept, _changed, _exposure, *_AFTERWARDS),
    "thumbs_down": (_comment, _timing, _asked_before, _latency, _kept, _changed, _exposure, *_AFTERWARDS),
    # in time, too late, or on principle
    "escalated": (_comment, _timing, _messages, _asked_before, *_AFTERWARDS),
    "no_signal": (_reading_time, _kept, _changed, _exposure, *_AFTERWARDS),
}


# What needs no other row and no comparison of texts.
_AT_ONCE = {_derived, _timing, _reading_time, _latency, _kept, _copied, _comment, _ends_with_question, _exposure}


def _at_once(gathered: tuple[_Gather, ...]) -> tuple[_Gather, ...]:
    return tuple(gather for gather in gathered if gather in _AT_ONCE)


_FIRST = {kind: _at_once(gathered) for kind, gathered in _BY_KIND.items()}
_FIRST_OF_ANY = _at_once(_ANY)
_NEEDS_MORE = {kind for kind, gathered in _BY_KIND.items() if {*gathered} - _AT_ONCE - {_changed, *_AFTERWARDS}}

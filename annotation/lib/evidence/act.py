"""Facts of the signal itself: its time beside the time to read, what was kept or copied, and the user's comment."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.lib import reading, words
from annotation.lib.evidence.case import Case, Fact, fact, quoted
from annotation.lib.sentences import SENTENCES

_QUESTION_MARKS = ("?", "\uff1f", "\u061f")  # Latin, CJK, Arabic

# Reasons to stop that say nothing: the model was done, or called a tool.
_DONE = frozenset({"stop", "end_turn", "completed", "tool_calls", "tool_call", "tool_use", "function_call"})


def derived(case: Case) -> Iterator[Fact]:
    if case.derived_by is not None:
        yield fact("derived", rule=case.derived_by)


def timing(case: Case) -> Iterator[Fact]:
    if case.derived_by is not None:
        yield from reading_time(case)
        return
    on_screen = case.milliseconds("dwell_ms", "visible_ms")
    after = on_screen if on_screen is not None else (case.observed_at - case.occurred_at).total_seconds()
    to_read = reading.seconds(case.output)
    if after < 0:
        yield fact("clock", before=-after)
    elif not to_read:
        yield fact("after", after=after)
    else:
        code = f"{case.kind}_after" if f"{case.kind}_after" in SENTENCES else "signal_after"
        yield fact(code, after=after, reading=to_read, rate=reading.WORDS_PER_MINUTE)


def reading_time(case: Case) -> Iterator[Fact]:
    if to_read := reading.seconds(case.output):
        yield fact("reading", reading=to_read, rate=reading.WORDS_PER_MINUTE)


def latency(case: Case) -> Iterator[Fact]:
    waited = case.milliseconds("latency_ms")
    if waited is not None:
        yield fact("latency", latency=waited)


def cut_short(case: Case) -> Iterator[Fact]:
    if case.ended_by is not None and case.ended_by.casefold() not in _DONE:
        yield fact("ended_by", name=quoted(case.ended_by))
    if case.output.count("```") % 2:
        yield fact("open_code")


def kept(case: Case) -> Iterator[Fact]:
    if case.final_text is None:
        if case.kind == "edited":
            yield fact("kept_unknown")
    elif case.final_text == case.output:
        yield fact("kept")
    elif not case.final_text.strip():
        yield fact("kept_nothing")


def copied(case: Case) -> Iterator[Fact]:
    text, chars = case.details.get("text"), case.details.get("chars")
    total = words.count(case.output)
    if isinstance(text, str) and text.strip() and total:
        taken = min(words.count(text), total)
        whole = text.strip() == case.output.strip()
        yield fact("copied_whole") if whole else fact("copied_words", copied=taken, total=total, share=taken / total)
    elif isinstance(chars, int) and not isinstance(chars, bool) and chars > 0 and case.output:
        taken = min(chars, len(case.output))
        yield fact("copied_chars", copied=taken, total=len(case.output), share=taken / len(case.output))


def comment(case: Case) -> Iterator[Fact]:
    for name in ("comment", "reason", "feedback"):
        value = case.details.get(name)
        if isinstance(value, str) and value.strip():
            yield fact("comment", quote=quoted(value))


def ends_with_question(case: Case) -> Iterator[Fact]:
    if case.output.rstrip("*_ \n").endswith(_QUESTION_MARKS):
        yield fact("ends_with_question")


def exposure(case: Case) -> Iterator[Fact]:
    rank, of = (case.exposure or {}).get("rank"), (case.exposure or {}).get("of")
    if isinstance(rank, int) and isinstance(of, int):
        yield fact("shown_alone") if of == 1 else fact("shown_as", rank=rank, of=of)

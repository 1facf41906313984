"""Facts of the signal itself: its time beside the time to read, what was kept or copied, and the user's comment."""

from __future__ import annotations

from annotation.lib import reading, words
from annotation.lib.evidence.case import Case, Fact, fact, quoted
from annotation.lib.sentences import SENTENCES

Facts = tuple[Fact, ...]
"""None, mostly. Not generated one by one: most of these are asked of every signal that comes in."""

_QUESTION_MARKS = ("?", "\uff1f", "\u061f")  # Latin, CJK, Arabic

# Reasons to stop that say nothing: the model was done, or called a tool.
_DONE = frozenset({"stop", "end_turn", "completed", "tool_calls", "tool_call", "tool_use", "function_call"})

# The details that hold the user's own words, in the order in which they are told.
_COMMENTS = dict.fromkeys(("comment", "reason", "feedback")).keys()

# The sentence that says when a signal came, for the kinds that have one of their own.
_AFTER = "_after"
_CAME_AFTER = {code.removesuffix(_AFTER): code for code in SENTENCES if code.endswith(_AFTER)}


def derived(case: Case) -> Facts:
    return () if case.derived_by is None else (fact("derived", rule=case.derived_by),)


def timing(case: Case) -> Facts:
    if case.derived_by is not None:
        return reading_time(case)
    after = case.milliseconds("dwell_ms", "visible_ms")
    if after is None:
        after = (case.observed_at - case.occurred_at).total_seconds()
    to_read = reading.seconds(case.output)
    if after < 0:
        return (fact("clock", before=-after),)
    if not to_read:
        return (fact("after", after=after),)
    code = _CAME_AFTER.get(case.kind, "signal_after")
    return (fact(code, after=after, reading=to_read, rate=reading.WORDS_PER_MINUTE),)


def reading_time(case: Case) -> Facts:
    to_read = reading.seconds(case.output)
    return (fact("reading", reading=to_read, rate=reading.WORDS_PER_MINUTE),) if to_read else ()


def latency(case: Case) -> Facts:
    waited = case.milliseconds("latency_ms")
    return () if waited is None else (fact("latency", latency=waited),)


def cut_short(case: Case) -> Facts:
    found = []
    if case.ended_by is not None and case.ended_by.casefold() not in _DONE:
        found.append(fact("ended_by", name=quoted(case.ended_by)))
    if case.output.count("```") % 2:
        found.append(fact("open_code"))
    return tuple(found)


def kept(case: Case) -> Facts:
    if case.final_text is None:
        return (fact("kept_unknown"),) if case.kind == "edited" else ()
    if case.final_text == case.output:
        return (fact("kept"),)
    return () if case.final_text.strip() else (fact("kept_nothing"),)


def copied(case: Case) -> Facts:
    text, chars = case.details.get("text"), case.details.get("chars")
    total = words.count(case.output)
    if isinstance(text, str) and text.strip() and total:
        taken = min(words.count(text), total)
        whole = text.strip() == case.output.strip()
        part = fact("copied_whole") if whole else fact("copied_words", copied=taken, total=total, share=taken / total)
        return (part,)
    if isinstance(chars, int) and not isinstance(chars, bool) and chars > 0 and case.output:
        taken = min(chars, len(case.output))
        return (fact("copied_chars", copied=taken, total=len(case.output), share=taken / len(case.output)),)
    return ()


def comment(case: Case) -> Facts:
    if _COMMENTS.isdisjoint(case.details):
        return ()
    said = [case.details.get(name) for name in _COMMENTS]
    return tuple(fact("comment", quote=quoted(one)) for one in said if isinstance(one, str) and one.strip())


def ends_with_question(case: Case) -> Facts:
    return (fact("ends_with_question"),) if case.output.rstrip("*_ \n").endswith(_QUESTION_MARKS) else ()


def exposure(case: Case) -> Facts:
    if not case.exposure:
        return ()
    rank, of = case.exposure.get("rank"), case.exposure.get("of")
    if not isinstance(rank, int) or not isinstance(of, int):
        return ()
    return (fact("shown_alone") if of == 1 else fact("shown_as", rank=rank, of=of),)

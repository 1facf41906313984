"""Facts of what came before the signal: the conversation, the answer's own words, the user's habits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from annotation.lib import phrases, words
from annotation.lib.evidence.case import Case, Fact, fact, since

_DECIMAL = re.compile(r"[0-9]+\.[0-9]+")

MIN_HABIT = 3
"""Earlier answers of the same user from which on a habit is told."""

MIN_SAME = 0.5
"""Share of the same words from which on a question counts as asked again."""


def messages(case: Case) -> Iterator[Fact]:
    count = len(case.earlier_user_texts)
    if count and case.began_at is not None and case.began_at < case.occurred_at:
        yield fact("messages_since", count=count, after=since(case.began_at, case.occurred_at))
    elif count:
        yield fact("messages", count=count)


def asked_before(case: Case) -> Iterator[Fact]:
    *earlier, asked = case.earlier_user_texts or ("",)
    same = max((words.overlap(text, asked) for text in earlier), default=0.0)
    if same >= MIN_SAME:
        yield fact("asked_before", same=same)


_ASKED: tuple[tuple[phrases.Kind, str], ...] = (("complaint", "complained"), ("person", "asked_person"))
_ANSWERED: tuple[tuple[phrases.Kind, str], ...] = (("refusal", "refuses"), ("unknown", "knows_not"))


def asked_with(case: Case) -> Iterator[Fact]:
    """Words of complaint, or for a person, in what the user had written for this answer."""
    for kind, code in _ASKED:
        if (words_found := phrases.find(case.asked, kind)) is not None:
            yield fact(code, quote=words_found)


def refuses(case: Case) -> Iterator[Fact]:
    for kind, code in _ANSWERED:
        if (words_found := phrases.find(case.output, kind)) is not None:
            yield fact(code, quote=words_found)


def tools(case: Case) -> Iterator[Fact]:
    """How much of the answer, and of its numbers, stands in what tools gave for it."""
    if not case.tool_results:
        return
    said, given = _said(case.output), {word for text in case.tool_results for word in _said(text)}
    same = len(said & given) / len(said) if said else 0.0
    yield fact("tools", words=sum(map(words.count, case.tool_results)), same=same)
    if numbers := {word for word in said if word[0].isdigit()}:
        yield fact("tool_numbers", count=len(numbers), same=len(numbers & given))


def _said(text: str) -> set[str]:
    """Different words and numbers; 129.00 and 129.0 are one."""
    found = (token for token in words.tokens(text.casefold()) if token[0].isalnum())
    return {token.rstrip("0").rstrip(".") if _DECIMAL.fullmatch(token) else token for token in found}


def habit(case: Case) -> Iterator[Fact]:
    if case.habit is not None and case.habit.of >= MIN_HABIT:
        yield fact("habit", same=case.habit.same, of=case.habit.of)


def another_try(case: Case) -> Iterator[Fact]:
    if case.is_another_try:
        yield fact("another_try")

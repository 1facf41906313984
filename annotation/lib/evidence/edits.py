"""Facts of an edit: how much, of what sort, and where the words that came stood before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from annotation.lib import changes, pii, words
from annotation.lib.changes import Change
from annotation.lib.evidence.case import Case, Fact, fact, quoted

MAX_NUMBERS = 4
"""Numbers that are told one by one; more are counted."""

MIN_SPELLED, MAX_SPELLED = 4, 24
"""Letters of the words whose spelling is compared: in shorter ones another letter makes another word."""

LONG_WORD = 6
"""Letters of a word of which two may differ."""

_PRIVATE = ("email", "phone", "card", "iban", "ip")
_LINK = re.compile(r"https?://[^\s<>()\[\]\"']+")


def changed(case: Case) -> Iterator[Fact]:
    if case.final_text is None or case.final_text == case.output or not case.final_text.strip():
        return
    if _letters(case.final_text) == _letters(case.output):
        yield fact("changed_signs")
        yield from _lines(case.output, case.final_text)
        return
    found = changes.diff(case.output, case.final_text) if case.changes is None else case.changes
    yield from _amount(case.output, case.final_text, found)
    yield from _spelling(found)
    yield from _numbers(case.output, case.final_text)
    yield from _private(case.output, case.final_text)
    yield from _links(case.output, case.final_text)
    yield from _origin(case, found)
    yield from _length(case.output, case.final_text)
    yield from _lines(case.output, case.final_text)


def _letters(text: str) -> list[str]:
    return [token for token in words.tokens(text.casefold()) if token[0].isalnum()]


def _amount(before: str, after: str, found: Sequence[Change]) -> Iterator[Fact]:
    # What was moved stands in both texts, so it is left out of both.
    old, new = (_text(found, "equal", kind) for kind in ("delete", "insert"))
    removed, added = _words(found, "delete"), _words(found, "insert")
    moved = [change for change in found if change.kind == "moved_here"]
    if removed or added or not moved:
        yield fact(
            "changed",
            share=min(words.distance(old, new) / max(words.units(before), words.units(after), 1), 1.0),
            removed=removed,
            added=added,
            edit_rate=words.edit_rate(before, after),
        )
    if moved:
        yield fact("moved", moved=_words(found, "moved_here"), count=len(moved))


def _text(found: Sequence[Change], *kinds: str) -> str:
    return "".join(change.text for change in found if change.kind in kinds)


def _words(found: Sequence[Change], kind: str) -> int:
    return sum(words.count(change.text) for change in found if change.kind == kind)


def _spelling(found: Sequence[Change]) -> Iterator[Fact]:
    """How many of the words that others replaced are written with nearly the same letters."""
    replaced = slips = 0
    for gone, come in pairwise(found):
        if (gone.kind, come.kind) == ("delete", "insert"):
            old, new = gone.text.split(), come.text.split()
            replaced += max(len(old), len(new))
            slips += sum(map(_is_slip, old, new)) if len(old) == len(new) else 0
    if slips:
        yield fact("spelling", slips=slips, replaced=replaced)


def _is_slip(gone: str, come: str) -> bool:
    lengths = sorted((len(gone), len(come)))
    if not (gone.isalpha() and come.isalpha()) or lengths[0] < MIN_SPELLED or lengths[1] > MAX_SPELLED:
        return False
    return words.letters_apart(gone, come) <= (2 if lengths[0] >= LONG_WORD else 1)


def _numbers(before: str, after: str) -> Iterator[Fact]:
    removed, added = _figures(before) - _figures(after), _figures(after) - _figures(before)
    if not removed and not added:
        return
    if max(removed.total(), added.total()) > MAX_NUMBERS:
        yield fact("numbers", removed=removed.total(), added=added.total())
    else:
        yield fact("numbers_are", removed=_listed(removed), added=_listed(added))


def _figures(text: str) -> Counter[str]:
    return Counter(token for token in words.tokens(text) if token[0].isdigit())


def _listed(numbers: Counter[str]) -> str:
    return quoted(" ".join(numbers.elements())) or "none"


def _private(before: str, after: str) -> Iterator[Fact]:
    old, new = (Counter(one.value for one in pii.find(text, _PRIVATE)) for text in (before, after))
    if old != new:
        yield fact("private", removed=(old - new).total(), added=(new - old).total())


def _links(before: str, after: str) -> Iterator[Fact]:
    old, new = Counter(_LINK.findall(before)), Counter(_LINK.findall(after))
    if old != new:
        yield fact("links", removed=(old - new).total(), added=(new - old).total())


def _origin(case: Case, found: Sequence[Change]) -> Iterator[Fact]:
    """Of the words that came, how many the user had written before, and how many nobody had."""
    came = {token for change in found if change.kind == "insert" for token in _letters(change.text)}
    came -= set(_letters(case.output))
    if not came or not case.earlier_user_texts:
        return
    asked = {token for text in case.earlier_user_texts for token in _letters(text)}
    yield fact("origin", added=len(came), asked=len(came & asked))


def _length(before: str, after: str) -> Iterator[Fact]:
    old, new = words.count(before), words.count(after)
    if not 0.8 < new / max(old, 1) < 1.25:
        yield fact("length", before=old, after=new)


def _lines(before: str, after: str) -> Iterator[Fact]:
    old, new = (sum(1 for line in text.splitlines() if line.strip()) for text in (before, after))
    if old != new:
        yield fact("lines", before=old, after=new)

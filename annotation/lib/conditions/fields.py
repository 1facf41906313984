"""The fields that a condition may name, and how each is read. What is not listed here can't be read by any rule."""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

from annotation.lib import languages, reading, words
from annotation.lib.conditions.case import Case, Value
from annotation.lib.sentences import SENTENCES

Kind: TypeAlias = Literal["text", "number", "truth", "any"]
"""What a field holds: `any` where only the sender knows."""

DETAILS: Final = "details."
METADATA: Final = "metadata."
EVIDENCE_PREFIX: Final = "evidence."

MAX_NAME: Final = 100
"""Characters of a name that follows `details.` or `metadata.`."""

MAX_READ: Final = 20_000
"""Characters of a text that are compared; what a sender puts into metadata may be longer."""

# Words of users and senders, which a rule does not read, and figures that are lists of numbers as text.
_WORDS: Final = frozenset({"quote", "name", "rule", "kind"})
_LISTS: Final = frozenset({"numbers_are"})
_UNTOLD: Final = {"changed": ("edit_rate",)}


def _figures(code: str) -> tuple[str, ...]:
    if code in _LISTS:
        return ()
    named = [name for _, name, _, _ in string.Formatter().parse(SENTENCES[code]) if name and name not in _WORDS]
    return tuple(dict.fromkeys([*named, *_UNTOLD.get(code, ())]))


EVIDENCE: Final[Mapping[str, tuple[str, ...]]] = {code: _figures(code) for code in SENTENCES}
"""Facts by code, with their figures that are numbers: `evidence.<code>` and `evidence.<code>.<figure>`."""


def kind_of(field: str) -> Kind | None:
    """What the field holds; None: there is no such field."""
    if field in FIXED:
        return FIXED[field][0]
    if field.startswith(EVIDENCE_PREFIX):
        code, _dot, figure = field.removeprefix(EVIDENCE_PREFIX).partition(".")
        return _kind_of_evidence(code, figure, has_figure=bool(_dot))
    for prefix, kind in _NAMED.items():
        if field.startswith(prefix) and 0 < len(field) - len(prefix) <= MAX_NAME:
            return kind
    return None


_NAMED: Final[Mapping[str, Kind]] = {DETAILS: "number", METADATA: "any"}


def _kind_of_evidence(code: str, figure: str, *, has_figure: bool) -> Kind | None:
    if code not in EVIDENCE:
        return None
    if not has_figure:
        return "truth"
    return "number" if figure in EVIDENCE[code] else None


def read(case: Case, field: str) -> Value:
    """What the case holds there. A field that `kind_of` doesn't know is a defect: KeyError."""
    if field in FIXED:
        return FIXED[field][1](case)
    if field.startswith(EVIDENCE_PREFIX):
        return _evidence(case, *field.removeprefix(EVIDENCE_PREFIX).partition(".")[::2])
    if field.startswith(DETAILS):
        return number(case.details.get(field.removeprefix(DETAILS)))
    if field.startswith(METADATA):
        return _plain(case.metadata.get(field.removeprefix(METADATA)))
    raise KeyError(field)


def number(value: object) -> float | None:
    """A finite number that a double holds; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _plain(value: object) -> Value:
    """Text, a number or a truth; of an object or list nothing is read."""
    if isinstance(value, str):
        return value[:MAX_READ]
    return value if isinstance(value, bool) else number(value)


def _facts(case: Case) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in case.facts:
        if len(one) == 2 and isinstance(one[0], str) and isinstance(one[1], dict):
            yield one[0], one[1]


def _evidence(case: Case, code: str, figure: str) -> Value:
    """Whether such a fact is told (True or nothing), or the first such fact's figure."""
    told = [figures for found, figures in _facts(case) if found == code]
    if not figure:
        return True if told else None
    return next((value for figures in told if (value := number(figures.get(figure))) is not None), None)


def _after(case: Case) -> float | None:
    """Seconds from when the answer appeared to the signal."""
    codes = {f"{case.signal_kind}_after", "signal_after", "after"}
    told = (number(figures.get("after")) for code, figures in _facts(case) if code in codes)
    return next((value for value in told if value is not None), None)


def _to_read(case: Case) -> float | None:
    return reading.seconds(case.answer) or None


def _share_of_reading(case: Case) -> float | None:
    after, to_read = _after(case), _to_read(case)
    return None if after is None or to_read is None else after / to_read


FIXED: Final[Mapping[str, tuple[Kind, Callable[[Case], Value]]]] = {
    "signal.kind": ("text", lambda case: case.signal_kind),
    "signal.derived_by": ("text", lambda case: case.derived_by),
    "signal.after_seconds": ("number", _after),
    "signal.share_of_reading": ("number", _share_of_reading),
    "answer.words": ("number", lambda case: float(words.count(case.answer))),
    "answer.characters": ("number", lambda case: float(len(case.answer))),
    "answer.reading_seconds": ("number", _to_read),
    "answer.language": ("text", lambda case: languages.guess(case.answer)),
    "conversation.rank": ("number", lambda case: float(case.conversation_rank)),
    "model.version": ("text", lambda case: case.model_version[:MAX_READ]),
}
"""The fields with a name of their own: what each holds, and how it is read."""

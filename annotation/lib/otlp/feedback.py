"""Evaluations, annotations and `flywheel.signal` as signals: which kind they are, and all that they say.

A thumb that a person gave is `thumbs_up` or `thumbs_down`. Everything else keeps its own name as its kind, so that
nothing is taken for what it isn't: scores have no common scale and no common direction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.lib import canonical
from annotation.lib.otlp.attributes import mapping, numbered
from annotation.lib.otlp.shape import Attributes, Span
from annotation.lib.otlp.times import rfc3339

EVALUATION = "gen_ai.evaluation.result"
SIGNAL = "flywheel.signal"
LISTS = r"(annotations\.\d+\.annotation|evaluations\.\d+\.evaluation)\."

UP, DOWN, OTHER = "thumbs_up", "thumbs_down", "evaluation"
MAX_KIND = 60
_RESERVED = "no_signal"
_THUMBS = frozenset(
    {"thumb", "thumbs", "thumbs_up_down", "thumbs_up", "thumbs_down", "user_thumb", "user_thumbs", "user_feedback"}
)
_UP_LABELS = frozenset({"thumbs_up", "thumb_up", "thumbsup", "up", "positive", "like", "liked", "1", "👍"})
_DOWN_LABELS = frozenset({"thumbs_down", "thumb_down", "thumbsdown", "down", "negative", "dislike", "disliked", "👎"})
_SCORES = {1: UP, 0: DOWN, -1: DOWN}

_EVALUATION_NAMES = {
    "gen_ai.evaluation.name": "name",
    "gen_ai.evaluation.score.value": "score",
    "gen_ai.evaluation.score.label": "label",
    "gen_ai.evaluation.explanation": "explanation",
}
_SIGNAL_NAMES = ("flywheel.signal.kind", "flywheel.signal.id", "flywheel.signal.details")


@dataclass(frozen=True, slots=True)
class Feedback:
    """A signal that lacks only its interaction. `id` is None where its content can't be spelled, and so not stored."""

    id: str | None
    kind: str
    observed_at: str | None
    details: dict[str, Any]

    def as_signal(self) -> dict[str, Any]:
        """As a signal of the contract; the id is left out where there is none."""
        told = {"id": self.id, "kind": self.kind, "observed_at": self.observed_at, "details": self.details}
        return {name: value for name, value in told.items() if value is not None}


def of_event(name: str, attributes: Attributes, time_ns: int) -> Feedback | None:
    """What one event says, inside a span or as a log record; None for an event of another kind."""
    if name == EVALUATION:
        details = {_EVALUATION_NAMES.get(key, key): value for key, value in attributes.items()}
        return _judged(details, time_ns)
    if name == SIGNAL:
        return _signal(attributes, time_ns)
    return None


def of_span(span: Span) -> list[Feedback]:
    """The annotations of a span (evaluations is their other name), and the events in it that are feedback."""
    sent = numbered(span.attributes, "annotations") + numbered(span.attributes, "evaluations")
    found = [_judged(_annotation(one), span.end_ns or span.start_ns) for one in sent]
    told = (of_event(one.name, one.attributes, one.time_ns or span.end_ns) for one in span.events)
    return found + [one for one in told if one is not None]


def _annotation(entry: Mapping[str, Any]) -> dict[str, Any]:
    flat = {re.sub(r"^(annotation|evaluation)\.", "", name): value for name, value in entry.items()}
    return flat | ({"metadata": mapping(flat["metadata"]) or flat["metadata"]} if "metadata" in flat else {})


def _judged(details: dict[str, Any], time_ns: int) -> Feedback:
    return _feedback(None, kind_of(details), time_ns, details)


def _signal(attributes: Attributes, time_ns: int) -> Feedback:
    sent = attributes.get("flywheel.signal.details")
    details = dict(mapping(sent)) or ({} if sent in (None, "", "{}") else {"details": sent})
    details |= {name: value for name, value in attributes.items() if name not in _SIGNAL_NAMES}
    name = attributes.get("flywheel.signal.id")
    return _feedback(str(name) if name else None, str(attributes.get("flywheel.signal.kind") or ""), time_ns, details)


def _feedback(name: str | None, kind: str, time_ns: int, details: dict[str, Any]) -> Feedback:
    """The same thing sent again has the same id, wherever it is found to belong."""
    told = {key: value for key, value in details.items() if value is not None}
    observed_at = rfc3339(time_ns)
    try:
        derived = f"otlp-{canonical.sha256([kind, observed_at, told])[:32]}"
    except canonical.NotCanonicalError:
        derived = None
    return Feedback(id=name or derived, kind=kind, observed_at=observed_at, details=told)


def kind_of(details: Mapping[str, Any]) -> str:
    """The kind of an evaluation, by its name, label and score."""
    name = str(details.get("name") or "").strip()
    plain = _plain(name)
    if plain in _THUMBS and details.get("annotator_kind", "HUMAN") == "HUMAN" and (thumb := _thumb(plain, details)):
        return thumb
    is_misleading = plain in (UP, DOWN, _RESERVED) or not name
    return OTHER if is_misleading else name[:MAX_KIND]


def _thumb(name: str, details: Mapping[str, Any]) -> str | None:
    """Up or down, where label or score leave no doubt."""
    if (label := details.get("label")) not in (None, ""):
        plain = _plain(str(label))
        return UP if plain in _UP_LABELS else DOWN if plain in _DOWN_LABELS else None
    score = details.get("score")
    if score is None:
        return name if name in (UP, DOWN) else None
    if name == DOWN:
        return DOWN if score in (1, -1) else None
    return next((thumb for value, thumb in _SCORES.items() if score == value), None)


def _plain(text: str) -> str:
    return re.sub(r"[\s.-]+", "_", text.strip().lower())


def all_of(found: Iterable[Feedback]) -> list[dict[str, Any]]:
    """As the signals of one record: what is told twice is told once."""
    return list({repr(one.id) if one.id else repr(one): one.as_signal() for one in found}.values())

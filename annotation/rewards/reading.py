"""The audit as the page reads it: what was measured last, in words; and which later results nobody has named."""

from __future__ import annotations

from typing import Any, Final, LiteralString

from annotation import loading
from annotation.models import DelayedOutcome, Feature
from annotation.rewards import words
from annotation.rewards.report import Line, Outcome
from annotation.validity.words import title

LATEST: Final = 5_000
"""Of how many later results names are looked for."""

NAMES: LiteralString = """
SELECT x.details ->> 'name', count(*) FROM (
    SELECT s.id FROM annotation_signal s JOIN annotation_interaction n ON n.id = s.interaction_id
    WHERE s.kind = 'later_result' AND n.feature_id = %(feature)s AND n.erased_at IS NULL
    ORDER BY s.id DESC LIMIT %(latest)s
) latest JOIN annotation_signalcontent x ON x.signal_id = latest.id
WHERE length(x.details ->> 'name') BETWEEN 1 AND 200
    AND x.details ->> 'name' NOT IN (SELECT name FROM annotation_delayedoutcome WHERE feature_id = %(feature)s)
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20
"""


def report(*, feature: Feature) -> tuple[Outcome, ...]:
    """Each outcome that is named, by name."""
    return tuple(_outcome(one) for one in DelayedOutcome.objects.filter(feature=feature))


def warnings(*, feature: Feature) -> tuple[Line, ...]:
    """The early signals that were found not to predict an outcome, or to point the wrong way."""
    return tuple(
        line for outcome in report(feature=feature) for line in outcome.lines if line.verdict in ("noise", "inverted")
    )


def unnamed(*, feature: Feature) -> list[tuple[str, int]]:
    """Names of later results that were sent and say nothing here, with how many of the latest have them."""
    found: list[Any] = loading.fetched(NAMES, {"feature": feature.pk, "latest": LATEST})
    return found


def _outcome(found: DelayedOutcome) -> Outcome:
    figures: dict[str, Any] = found.figures or {}
    lines = tuple(_line(told, found) for told in figures.get("lines", ()))
    counted = {name: int(figures.get(name, 0)) for name in ("conversations", "good", "bad", "missing", "young")}
    return Outcome(
        name=found.name,
        days=found.days,
        good_when=found.good_when,
        absent_is_false=found.absent_is_false,
        margin=found.margin,
        sentence=words.outcome(found=found, lines=lines),
        lines=lines,
        computed_at=found.computed_at,
        **counted,
    )


def _line(told: dict[str, Any], found: DelayedOutcome) -> Line:
    return Line(
        kind=told["kind"],
        title=title(told["kind"]),
        polarity=told["polarity"],
        verdict="refused" if told["lack"] else told["verdict"],
        sentence=words.line(name=found.name, title=title(told["kind"]), told=told, found=found),
        rate=words.rate(told.get("with")),
        rate_without=words.rate(told.get("without")),
        difference=words.rate(told.get("difference")),
        conversations=int(told["known"][0]),
        conversations_without=int(told["known"][1]),
        needed=told.get("needed"),
    )

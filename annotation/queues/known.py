"""What a condition may read of signals: the columns of their own interaction and signal, and nothing of anybody else's.

Neither who the user is nor any other feature's data is asked for: a condition can't read what was never loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from annotation.lib import conditions, messages
from annotation.models import Evidence, InteractionContent, Signal, SignalContent

SIGNAL = (
    "pk",
    "interaction_id",
    "kind",
    "derived_by",
    "interaction__conversation_rank",
    "interaction__model_version",
)

# What is long is read only where the condition asks for it.
ANSWER = ("answer.", "signal.share_of_reading")
METADATA = (conditions.METADATA,)


def of(signal_ids: Collection[int], *, fields: Sequence[str]) -> Iterator[tuple[int, conditions.Case]]:
    """Each signal's id with its case, as far as these fields need it. What was erased is left out."""
    rows = Signal.objects.filter(pk__in=signal_ids, interaction__erased_at=None).order_by("pk")
    found = list(rows.values_list(*SIGNAL))
    interactions = [row[1] for row in found]
    answers = _answers(interactions) if _asks(fields, ANSWER) else {}
    metadata = _metadata(interactions) if _asks(fields, METADATA) else {}
    told = _told([row[0] for row in found])
    for pk, interaction, kind, derived_by, rank, model_version in found:
        details, facts = told.get(pk, ({}, ()))
        yield (
            pk,
            conditions.Case(
                signal_kind=kind,
                derived_by=derived_by,
                conversation_rank=rank,
                model_version=model_version,
                answer=answers.get(interaction, ""),
                facts=facts or (),
                details=details if isinstance(details, dict) else {},
                metadata=metadata.get(interaction, {}),
            ),
        )


def _asks(fields: Sequence[str], beginnings: tuple[str, ...]) -> bool:
    return any(field.startswith(beginnings) for field in fields)


def _answers(interactions: list[int]) -> dict[int, str]:
    rows = InteractionContent.objects.filter(pk__in=interactions).values_list("pk", "output")
    return {pk: messages.text_of(output) for pk, output in rows}


def _metadata(interactions: list[int]) -> dict[int, dict[str, object]]:
    rows = InteractionContent.objects.filter(pk__in=interactions).values_list("pk", "metadata")
    return {pk: value for pk, value in rows if isinstance(value, dict)}


def _told(signals: list[int]) -> dict[int, tuple[Any, Any]]:
    """By signal: what came with it, and the latest version of its facts."""
    rows = SignalContent.objects.filter(pk__in=signals).values_list("pk", "details", "facts")
    found = {pk: (details, facts) for pk, details, facts in rows}
    later = Evidence.objects.filter(signal__in=signals).order_by("version").values_list("signal_id", "facts")
    for pk, facts in later:
        found[pk] = (found.get(pk, ({}, None))[0], facts)
    return found

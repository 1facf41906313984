"""The first evidence of a signal: what the record alone tells, found while it is stored."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from annotation import copying
from annotation.ingest.record import InteractionIn
from annotation.lib import evidence, messages
from annotation.lib.evidence import Case
from annotation.models import Interaction

NO_FACTS = copying.jsonb([])


class About(NamedTuple):
    """What the first evidence needs of an interaction."""

    occurred_at: datetime
    output: Any
    final_text: str | None
    exposure: dict[str, Any] | None


def of_record(sent: InteractionIn, *, now: datetime) -> About:
    values = sent.values
    return About(min(values["occurred_at"], now), values["output"], values["final_text"], values["exposure"])


def of_stored(interaction_ids: Collection[int]) -> dict[int, About]:
    """By interaction id. An interaction whose texts are gone is missing."""
    rows = Interaction.objects.filter(pk__in=interaction_ids, content__isnull=False).select_related("content")
    return {one.pk: of_interaction(one) for one in rows.defer("content__input", "content__metadata")}


def of_interaction(one: Interaction) -> About:
    """Where its texts are gone, nothing of them is told."""
    content = getattr(one, "content", None)
    output, final = (content.output, content.final_text) if content else ("", None)
    return About(one.occurred_at, output, final, exposure_of(one))


def exposure_of(interaction: Interaction) -> dict[str, Any] | None:
    if interaction.exposure_rank is None:
        return None
    return {"rank": interaction.exposure_rank, "of": interaction.exposure_of}


def case(
    about: About, *, kind: str, observed_at: datetime, details: dict[str, Any], derived_by: str | None = None
) -> Case:
    output = about.output
    return Case(
        kind=kind,
        occurred_at=about.occurred_at,
        observed_at=observed_at,
        output=output if isinstance(output, str) else messages.text_of(output),
        final_text=about.final_text,
        details=details,
        later=None,
        exposure=about.exposure,
        derived_by=derived_by,
        ended_by=None if isinstance(output, str) else messages.finish_reason(output),
    )


def facts(found: Case) -> bytes:
    """As they are stored, which takes less memory than themselves."""
    return copying.jsonb([(fact.code, fact.figures) for fact in evidence.first_facts(found)])

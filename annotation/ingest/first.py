"""The first evidence of a signal: what the record alone tells, found while it is stored."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from annotation.ingest.record import InteractionIn
from annotation.lib import evidence, messages
from annotation.lib.evidence import Case
from annotation.lib.sentences import Figure
from annotation.models import Interaction, InteractionContent

Stored = tuple[str, dict[str, Figure]]
"""A fact as it is stored: its code and its figures."""


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
    rows = InteractionContent.objects.filter(interaction_id__in=interaction_ids).select_related("interaction")
    return {
        one.pk: About(one.interaction.occurred_at, one.output, one.final_text, exposure_of(one.interaction))
        for one in rows.defer("input", "metadata")
    }


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
    )


def facts(found: Case) -> list[Stored]:
    return [(fact.code, fact.figures) for fact in evidence.first_facts(found)]

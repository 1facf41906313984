"""What a rule may read of items: the columns of their own interaction and signal, and nothing of anybody else's.

Neither who the user is nor any other feature's data is asked for: a condition can't read what was never loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from annotation import taxonomy
from annotation.labels import second_looks
from annotation.lib import conditions, messages
from annotation.models import Evidence, InteractionContent, Item, Queue, RuleVersion, SignalContent

ITEM = (
    "pk",
    "signal_id",
    "interaction_id",
    "signal_kind",
    "signal__derived_by",
    "interaction__conversation_rank",
    "interaction__model_version",
)

# What is long is read only where the condition asks for it.
ANSWER = ("answer.", "signal.share_of_reading")
METADATA = (conditions.METADATA,)


def items_of(version: RuleVersion) -> QuerySet[Item]:
    """The items that this version is about: of its feature and kind, in queues that ask by its taxonomy version."""
    return (
        Item.objects.filter(
            feature=version.rule.feature_id,
            queue__in=_queues(version),
            signal_kind=version.reason.signal_kind,
            purpose__in=second_looks.FIRST,
        )
        .exclude(status=Item.Status.WITHDRAWN)
        .order_by("pk")
    )


def rests(version: RuleVersion) -> bool:
    """Whether no queue of the feature asks by its taxonomy version any more, so that it has nothing to say."""
    return not _queues(version)


def of(item_ids: Collection[int], *, fields: Sequence[str]) -> Iterator[tuple[int, conditions.Case]]:
    """Each item's id with its case, as far as these fields need it. What was erased is left out."""
    found = list(Item.objects.filter(pk__in=item_ids, interaction__erased_at=None).order_by("pk").values_list(*ITEM))
    interactions, signals = [row[2] for row in found], [row[1] for row in found]
    answers = _answers(interactions) if _asks(fields, ANSWER) else {}
    metadata = _metadata(interactions) if _asks(fields, METADATA) else {}
    told = _told(signals)
    for pk, signal, interaction, kind, derived_by, rank, model_version in found:
        details, facts = told.get(signal, ({}, ()))
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


def _queues(version: RuleVersion) -> list[int]:
    queues = Queue.objects.filter(feature=version.rule.feature_id)
    wanted = version.reason.taxonomy_version_id
    bound = queues.filter(taxonomy_version=wanted)
    asking = queues.filter(taxonomy_version=None) | bound if taxonomy.current().pk == wanted else bound
    return list(asking.values_list("pk", flat=True))


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

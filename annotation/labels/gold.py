"""Known answers: which settled items people are asked about again, and how often they then say the same.

An admin marks resolved items; what an adjudicator settled, and what came as gold from outside, is taken by itself where
the queue mixes gold in. The answer is what the item is resolved as, by whomever and under whichever taxonomy version.
Whoever answers a copy is told nothing. Its known answer becomes a label of the copy in the transaction that stores the
person's, so that the two stand side by side, and the copy is resolved by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotation import audit
from annotation.errors import Refusal
from annotation.labels import raters, second_looks
from annotation.lib.intervals import Share
from annotation.models import ConsensusRevision, Feature, Item, KnownAnswer, Label, Rater
from annotation.queues import gold as copies

FED = {
    ConsensusRevision.Method.ADJUDICATED: KnownAnswer.Source.ADJUDICATED,
    ConsensusRevision.Method.GOLD: KnownAnswer.Source.SENT,
}
FEED_BATCH = 500

# What a person said of a copy first: who looks at what became of it, and then changes the label, learned the answer.
ANSWERS = """
    WITH copies AS (
        SELECT k.id AS answer_id, c.id AS item_id
        FROM annotation_knownanswer k
        JOIN annotation_item f ON f.id = k.item_id
        JOIN annotation_item c ON c.queue_id = k.queue_id AND c.signal_id = f.signal_id AND c.purpose = 'gold'
        WHERE k.id = ANY(%(answers)s::bigint[])
    ), said AS (
        SELECT DISTINCT ON (c.item_id, l.rater_id) c.answer_id, c.item_id, l.reason_id
        FROM copies c
        JOIN annotation_label l ON l.item_id = c.item_id AND l.role = 'annotator'
        JOIN annotation_rater h ON h.id = l.rater_id AND h.kind = 'human'
        ORDER BY c.item_id, l.rater_id, l.id
    )
    SELECT said.answer_id, count(*) FILTER (WHERE r.code = known.code), count(*)
    FROM said
    JOIN annotation_reason r ON r.id = said.reason_id
    CROSS JOIN LATERAL (
        SELECT g.code FROM annotation_label l
        JOIN annotation_rater h ON h.id = l.rater_id AND h.kind = 'gold'
        JOIN annotation_reason g ON g.id = l.reason_id
        WHERE l.item_id = said.item_id ORDER BY l.id DESC LIMIT 1
    ) AS known
    GROUP BY said.answer_id
"""


class NotResolved(Refusal):
    """Only a resolved item has an answer that can be known, and {item} is {status}. Nothing was marked."""

    code = "not_resolved"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A known answer with what its item is resolved as (null: nothing just now, so it is asked nobody), and how often
    people answered a copy of it right."""

    answer: KnownAnswer
    revision: ConsensusRevision | None
    right: Share


@transaction.atomic
def mark(*, items: Sequence[Item], actor: audit.Actor, now: datetime) -> int:
    """These items' answers are known from now on, also where they were retired before. Returns how many are new."""
    locked = list(Item.objects.select_for_update(of=("self",)).filter(pk__in=[one.pk for one in items]).order_by("pk"))
    for item in locked:
        if item.status != Item.Status.RESOLVED or item.purpose not in second_looks.FIRST:
            raise NotResolved(item=item.public_id, status=item.get_status_display().lower())
    return sum(_mark(item, actor, now) for item in locked)


@transaction.atomic
def retire(*, answer: KnownAnswer, actor: audit.Actor, now: datetime) -> KnownAnswer:
    """Ask nobody about it any more; what people answered stays. Harmless where it is retired."""
    held = KnownAnswer.objects.select_for_update(of=("self",)).select_related("item__feature").get(pk=answer.pk)
    if held.retired_at is None:
        held.retired_at = now
        held.save(update_fields=["retired_at"])
        copies.withdraw(answers=[held])
        _record(held.item, "gold.retired", actor, now)
    return held


def feed(*, now: datetime) -> int:
    """Take what was settled by an adjudicator or by gold from outside, in queues that mix gold in."""
    found = ConsensusRevision.objects.filter(
        superseded_at=None,
        method__in=FED,
        item__queue__gold_share__gt=0,
        item__status=Item.Status.RESOLVED,
        item__purpose__in=second_looks.FIRST,
        item__known_answer=None,
    )
    rows = [
        KnownAnswer(item_id=item, queue_id=queue, source=FED[ConsensusRevision.Method(method)], added_at=now)
        for item, queue, method in found.order_by("pk").values_list("item", "item__queue", "method")[:FEED_BATCH]
    ]
    return len(KnownAnswer.objects.bulk_create(rows, ignore_conflicts=True))


def tell(*, item: Item, now: datetime) -> None:
    """Write the known answer beside what a person has said of this copy, whose row the caller has locked."""
    known = KnownAnswer.objects.filter(item__signal=item.signal_id, queue=item.queue_id).select_related("item").first()
    revision = None if known is None else _revision(known.item_id)
    if known is None or revision is None or _told(item).exists():
        return
    Label.objects.create(
        item=item,
        rater=raters.own(kind=Rater.Kind.GOLD, name=str(known.source)),
        taxonomy_version_id=revision.reason.taxonomy_version_id,
        reason=revision.reason,
        labeled_at=now,
        received_at=now,
        submission_id=uuid4(),
    )


def hide(*, item: Item, now: datetime) -> None:
    """A person takes back the answer: the copy is open again, as any other item would be."""
    _told(item).update(superseded_at=now)


def known(feature: Feature) -> QuerySet[KnownAnswer]:
    """Those of a feature, the latest first."""
    found = KnownAnswer.objects.filter(item__feature=feature)
    return found.select_related("item__interaction", "queue", "added_by")


def candidates(feature: Feature) -> QuerySet[ConsensusRevision]:
    """What is resolved and could be marked, with its texts, the latest first."""
    found = ConsensusRevision.objects.filter(
        superseded_at=None,
        label_source__in=[Rater.Kind.HUMAN, Rater.Kind.GOLD],
        item__feature=feature,
        item__status=Item.Status.RESOLVED,
        item__purpose__in=second_looks.FIRST,
        item__interaction__content__isnull=False,
    ).exclude(Exists(KnownAnswer.objects.filter(item=OuterRef("item"), retired_at=None)))
    return found.select_related("item__queue", "item__interaction__content", "reason").order_by("-resolved_at", "-pk")


def asked(answers: Iterable[KnownAnswer]) -> list[Asked]:
    """Each with how often people were right about it: by what they said first."""
    chosen = list(answers)
    counts = right([one.pk for one in chosen])
    rows = ConsensusRevision.objects.filter(item__in=[one.item_id for one in chosen], superseded_at=None)
    revisions = {one.item_id: one for one in rows.select_related("reason")}
    return [
        Asked(answer=one, revision=revisions.get(one.item_id), right=counts.get(one.pk, Share(hits=0, n=0)))
        for one in chosen
    ]


def right(answer_ids: Sequence[int]) -> dict[int, Share]:
    """By known answer that was asked: how often people said it."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, {"answers": list(answer_ids)})
        return {answer: Share(hits=hits, n=n) for answer, hits, n in cursor.fetchall()}


def _mark(item: Item, actor: audit.Actor, now: datetime) -> int:
    values = {"queue": item.queue, "source": KnownAnswer.Source.MARKED, "added_at": now, "added_by": actor.user}
    answer, created = KnownAnswer.objects.get_or_create(item=item, defaults=values)
    if not created and answer.retired_at is None:
        return 0
    if not created:
        KnownAnswer.objects.filter(pk=answer.pk).update(retired_at=None)
    _record(item, "gold.marked", actor, now)
    return 1


def _revision(item_id: int) -> ConsensusRevision | None:
    current = ConsensusRevision.objects.filter(item=item_id, superseded_at=None, item__status=Item.Status.RESOLVED)
    return current.select_related("reason").first()


def _told(item: Item) -> QuerySet[Label]:
    return Label.objects.filter(item=item, rater__kind=Rater.Kind.GOLD, superseded_at=None)


def _record(item: Item, verb: str, actor: audit.Actor, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, target=("item", item.public_id), feature=item.feature, now=now)

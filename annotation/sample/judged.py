"""The sample's judge: answers as a model might have given them, so that its pages have something to show.

No server was asked. It says what people said on four items of five, and else another reason; which, a digest decides.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from hashlib import blake2b

from django.db import transaction

from annotation import audit, taxonomy
from annotation.labels import imported
from annotation.labels.judge import prompt, versions
from annotation.models import ConsensusRevision, Item, Judge, JudgeVersion, Reason

NAME = "Sample judge"
MODEL = "sample-model"
EXPLANATION = "An answer of the sample: no model gave it."


@transaction.atomic
def label(now: datetime) -> None:
    """Make the judge, and let it label what people have decided. Once."""
    if Judge.objects.filter(name=NAME).exists():
        return
    spec = versions.Spec(
        taxonomy_version=taxonomy.current(),
        model=MODEL,
        prompt=prompt.DEFAULT,
        temperature=0.0,
        max_tokens=500,
        price_in=Decimal(0),
        price_out=Decimal(0),
    )
    version = versions.create(name=NAME, spec=spec, actor=audit.FLYWHEEL, now=now)
    decided = ConsensusRevision.objects.filter(superseded_at=None).exclude(method="skipped").select_related("reason")
    revisions = {revision.item_id: revision for revision in decided}
    items = Item.objects.select_for_update().filter(pk__in=revisions).order_by("pk")
    said = [_said(version, item, revisions[item.pk]) for item in items]
    imported.say(rater=version.rater, said=said, now=now)


def _said(version: JudgeVersion, item: Item, revision: ConsensusRevision) -> imported.Said:
    return imported.Said(
        item=item,
        reason=_reason(version, revision, item.signal_kind),
        confidence=round(0.6 + _draw(revision) % 35 / 100, 2),
        explanation=EXPLANATION,
        evidence_version=item.evidence_version,
    )


def _reason(version: JudgeVersion, revision: ConsensusRevision, kind: str) -> Reason:
    drawn = _draw(revision)
    if drawn % 5:
        return revision.reason
    known = prompt.reasons_of(version, kind)
    return known[drawn // 5 % len(known)]


def _draw(revision: ConsensusRevision) -> int:
    """Of the reason and its place, and of no id that another start would deal otherwise."""
    told = f"{revision.reason.code} {revision.resolved_at.minute} {revision.resolved_at.second}"
    return int.from_bytes(blake2b(told.encode(), digest_size=4).digest())

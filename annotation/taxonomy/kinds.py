"""The kinds of signals of a draft: add one, say what it claims and whether people are asked about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from annotation import audit
from annotation.models import Reason, SignalKind, TaxonomyVersion
from annotation.taxonomy import default, drafts
from annotation.taxonomy.refusals import KindTaken


@transaction.atomic
def add(*, version: TaxonomyVersion, kind: str, polarity: str, actor: audit.Actor, now: datetime) -> SignalKind:
    """A kind that senders may send, with the six reasons that every kind has. Its own ones are added next."""
    draft = drafts.lock(version)
    if draft.kinds.filter(kind=kind).exists():
        raise KindTaken(kind=kind)
    last = draft.kinds.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    made = SignalKind.objects.create(taxonomy_version=draft, kind=kind, polarity=polarity, position=position)
    Reason.objects.bulk_create(_common(draft, kind))
    drafts.record(draft, "signal_kind.added", actor=actor, now=now, kind=kind, polarity=polarity)
    return made


@transaction.atomic
def change(*, kind: SignalKind, polarity: str, is_queued: bool, actor: audit.Actor, now: datetime) -> None:
    """Say anew what it claims, and whether its signals become items from the publishing on."""
    draft = drafts.lock(kind.taxonomy_version)
    SignalKind.objects.filter(pk=kind.pk).update(polarity=polarity, is_queued=is_queued)
    if is_queued and not Reason.objects.filter(taxonomy_version=draft, signal_kind=kind.kind).exists():
        Reason.objects.bulk_create(_common(draft, kind.kind))
    data = {"kind": kind.kind, "polarity": polarity, "is_queued": is_queued}
    drafts.record(draft, "signal_kind.changed", actor=actor, now=now, **data)


def _common(draft: TaxonomyVersion, kind: str) -> list[Reason]:
    # After those that are still to come: people read their own reasons first.
    keyed = zip(default.COMMON, default.COMMON_KEYS, strict=True)
    return reasons(version=draft, kind=kind, keyed=keyed, first=len(default.OWN_KEYS))


def reasons(
    *, version: TaxonomyVersion, kind: str, keyed: Iterable[tuple[default.ReasonRow, str]], first: int = 0
) -> list[Reason]:
    """Rows and their keys as reasons, not saved yet; `first` is the position of the first."""
    return [
        Reason(
            taxonomy_version=version,
            signal_kind=kind,
            code=row.code,
            title=row.title,
            definition=row.definition,
            outcome=row.outcome,
            uses=list(row.uses),
            key=key,
            position=position,
        )
        for position, (row, key) in enumerate(keyed, start=first)
    ]

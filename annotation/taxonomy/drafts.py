"""Begin a draft, discard it, say what is in the way of publishing it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from annotation import audit
from annotation.models import Reason, ReasonMapping, SignalKind, TaxonomyVersion
from annotation.taxonomy import comparing, default
from annotation.taxonomy.refusals import DraftExists, KindWithoutReasons, NotADraft, NothingChanged, NothingQueued

OWN_REASONS_AT_LEAST = 2
COMMON_CODES = frozenset(row.code for row in default.COMMON)


@transaction.atomic
def begin(*, actor: audit.Actor, now: datetime) -> TaxonomyVersion:
    """A draft that is the current version as it stands: each reason is mapped to its copy. Raises DraftExists."""
    # Its row is the door: of two who begin at once, the second finds the first one's draft.
    base = TaxonomyVersion.objects.select_for_update().filter(published_at__isnull=False).latest("number")
    if found := TaxonomyVersion.objects.filter(published_at=None).first():
        raise DraftExists(number=found.number)
    draft = TaxonomyVersion.objects.create(number=base.number + 1, created_at=now)
    for kind in base.kinds.all():
        kind.pk, kind.taxonomy_version = None, draft
        kind.save(force_insert=True)
    _copy_reasons(base, draft)
    record(draft, "taxonomy.drafted", actor=actor, now=now, base=base.number)
    return draft


@transaction.atomic
def discard(*, version: TaxonomyVersion, actor: audit.Actor, now: datetime) -> None:
    """Throw the draft away. Nothing else knew of it."""
    draft = lock(version)
    ReasonMapping.objects.filter(taxonomy_version=draft).delete()
    Reason.objects.filter(taxonomy_version=draft).delete()
    SignalKind.objects.filter(taxonomy_version=draft).delete()
    TaxonomyVersion.objects.filter(pk=draft.pk).delete()
    record(draft, "taxonomy.discarded", actor=actor, now=now)


def lock(version: TaxonomyVersion) -> TaxonomyVersion:
    """The draft, for as long as the transaction: who changes it comes one after the other. Raises NotADraft."""
    found = TaxonomyVersion.objects.select_for_update().filter(pk=version.pk).first()
    if found is None or found.published_at is not None:
        raise NotADraft(number=version.number)
    return found


def base_of(version: TaxonomyVersion) -> TaxonomyVersion | None:
    """The published version before it, which a draft was made from."""
    return TaxonomyVersion.objects.filter(number__lt=version.number, published_at__isnull=False).last()


def check(version: TaxonomyVersion) -> None:
    """Raise the refusal that says what is in the way of publishing, if anything is."""
    queued = [kind for kind in version.kinds.all() if kind.is_queued]
    if not queued:
        raise NothingQueued
    for kind in queued:
        own = Reason.objects.filter(taxonomy_version=version, signal_kind=kind.kind).exclude(code__in=COMMON_CODES)
        count = own.count()
        if count < OWN_REASONS_AT_LEAST:
            raise KindWithoutReasons(kind=kind.kind, count="no reasons" if not count else "one reason")
    base = base_of(version)
    if base is not None and comparing.is_same(comparing.versions(base, version)):
        raise NothingChanged(number=base.number)


def record(draft: TaxonomyVersion, verb: str, *, actor: audit.Actor, now: datetime, **data: object) -> None:
    audit.record(actor=actor, verb=verb, target=("taxonomy_version", draft.number), now=now, data=dict(data))


def _copy_reasons(base: TaxonomyVersion, draft: TaxonomyVersion) -> None:
    origins = list(base.reasons.order_by("pk"))
    copies = Reason.objects.bulk_create(copy(origin, draft) for origin in origins)
    ReasonMapping.objects.bulk_create(
        ReasonMapping(taxonomy_version=draft, from_reason=origin, to_reason=made)
        for origin, made in zip(origins, copies, strict=True)
    )


def copy(origin: Reason, draft: TaxonomyVersion) -> Reason:
    """The same reason in another version, not saved."""
    fields = ("signal_kind", "code", "title", "definition", "examples", "outcome", "uses", "key", "position")
    return Reason(taxonomy_version=draft, **{name: getattr(origin, name) for name in fields})

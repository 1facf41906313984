"""Which exports a person may see."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from annotation.access import Person, features_of
from annotation.models import Export


def exports(person: Person) -> QuerySet[Export]:
    """Those of the person's features, newest first."""
    seen = Export.objects.filter(feature__in=features_of(person))
    return seen.select_related("feature", "requested_by", "token", "rewriting").order_by("-created_at", "-pk")


def export(person: Person, public_id: str) -> Export:
    """Raises Http404."""
    return get_object_or_404(exports(person), public_id=public_id)
